//! Where things are.

use std::env;
use std::path::PathBuf;

/// The root of the repository.
pub fn root() -> PathBuf {
    // Cargo says it when it runs us; the path from build time serves a binary started by hand.
    let own = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or(own.clone(), PathBuf::from)
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Where adapters are unpacked.
pub fn adapters() -> PathBuf {
    target().join("adapters")
}
