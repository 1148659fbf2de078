//! The Rust version that the project promises is stated alike wherever it is stated.

use crate::workspace;
use std::fs;

/// Files for readers that must state it.
const STATED_IN: [&str; 2] = ["README.md", "CONTRIBUTING.md"];

/// Whether every file states the `rust-version` of `Cargo.toml` and no other.
pub fn check() -> Result<bool, String> {
    let manifest = read("Cargo.toml")?;
    let promised = promised(&manifest).ok_or("Cargo.toml states no rust-version")?;
    for file in STATED_IN {
        let text = read(file)?;
        let stated = stated(&text);
        if stated.is_empty() {
            return Err(format!("{file} does not say `Rust {promised}`"));
        }
        if let Some(other) = stated.iter().find(|version| **version != promised) {
            return Err(format!(
                "{file} says Rust {other}, Cargo.toml says {promised}"
            ));
        }
    }
    println!("Rust {promised} in Cargo.toml, {}", STATED_IN.join(", "));
    Ok(true)
}

/// A file of the repository.
fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(workspace::root().join(file)).map_err(|error| format!("{file}: {error}"))
}

/// The `rust-version` of a manifest.
fn promised(manifest: &str) -> Option<&str> {
    let value = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version"))?;
    Some(value.trim_start_matches([' ', '=']).trim_matches('"'))
}

/// Every version that a text names as `Rust 1.x`.
fn stated(text: &str) -> Vec<&str> {
    text.split("Rust ")
        .skip(1)
        .filter(|rest| rest.starts_with("1."))
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
            rest[..end.unwrap_or(rest.len())].trim_end_matches('.')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_manifest_and_prose() {
        let manifest = "[workspace.package]\nrust-version = \"1.89\"\n";
        assert_eq!(promised(manifest), Some("1.89"));
        assert_eq!(promised("[package]\n"), None);
        let prose = "Needs Rust 1.89. A Rust example; Rust 1.90 or newer, Rust 1.89";
        assert_eq!(stated(prose), ["1.89", "1.90", "1.89"]);
    }
}
