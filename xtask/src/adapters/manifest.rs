//! Driver manifests: small JSON files that name a library.

use std::path::Path;

/// The key whose value is rewritten.
const KEY: &str = "\"library_path\"";

/// Where the value of `library_path` starts and ends in a manifest, without its quotes.
fn span(manifest: &str) -> Option<(usize, usize)> {
    let after_key = manifest.find(KEY)? + KEY.len();
    let start = after_key + manifest[after_key..].find('"')? + 1;
    let length = manifest[start..].find('"')?;
    Some((start, start + length))
}

/// The library that a manifest names.
pub fn library(manifest: &str) -> Option<&str> {
    span(manifest).map(|(start, end)| &manifest[start..end])
}

/// The manifest with another library.
pub fn with_library(manifest: &str, library: &Path) -> Option<String> {
    let (start, end) = span(manifest)?;
    let library = library.to_str()?.replace('\\', "\\\\").replace('"', "\\\"");
    Some([&manifest[..start], &library, &manifest[end..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_library_changes() {
        let before = r#"{"ICD": {"library_path" : "./libvk.so", "api_version": "1.0.5"}}"#;
        let after = r#"{"ICD": {"library_path" : "/a b/libvk.so", "api_version": "1.0.5"}}"#;
        assert_eq!(library(before), Some("./libvk.so"));
        let rewritten = with_library(before, Path::new("/a b/libvk.so"));
        assert_eq!(rewritten.as_deref(), Some(after));
        assert_eq!(library("{}"), None);
        assert_eq!(with_library("{}", Path::new("/x")), None);
    }
}
