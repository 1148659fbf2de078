//! Formatting, lints, documentation and features.

use crate::msrv;
use crate::run::{cargo, output, status, step};
use std::path::Path;
use std::process::Command;

/// A target without threads, files or a GPU: the library alone must still build there.
const BARE_TARGET: &str = "wasm32-unknown-unknown";

/// Runs every check, also after a failure, and says at the end which failed.
pub fn run() -> Result<bool, String> {
    let mut failed = Vec::new();
    let mut note = |name: &'static str, passed: bool| {
        if !passed {
            failed.push(name);
        }
    };
    for (name, line) in [
        ("formatting", "fmt --all -- --check"),
        (
            "clippy",
            "clippy --workspace --all-targets -- --deny warnings",
        ),
        (
            "clippy of the library without default features",
            "clippy --package kullback --all-targets --no-default-features -- --deny warnings",
        ),
        (
            "clippy without the gpu feature",
            "clippy --package kullback --package kullback-cli --all-targets --no-default-features \
             --features kullback/parallel -- --deny warnings",
        ),
        (
            "the library without default features, and without what tests depend on",
            "check --package kullback --lib --no-default-features",
        ),
        ("documentation", "doc --workspace --no-deps"),
        (
            "documentation without default features",
            "doc --package kullback --no-deps --no-default-features",
        ),
    ] {
        let mut command = cargo(line.split_whitespace());
        command.env("RUSTDOCFLAGS", "-Dwarnings");
        note(name, step(name, || status(&mut command)));
    }
    note(
        "stated Rust version",
        step("stated Rust version", msrv::check),
    );
    if bare_target_installed()? {
        let line =
            format!("check --package kullback --lib --no-default-features --target {BARE_TARGET}");
        let mut command = cargo(line.split_whitespace());
        note(BARE_TARGET, step(BARE_TARGET, || status(&mut command)));
    } else {
        println!(
            "== {BARE_TARGET}: NOT CHECKED, for `rustup target add {BARE_TARGET}` was not run\n"
        );
    }
    if failed.is_empty() {
        println!("all checks passed");
    } else {
        println!("failed: {}", failed.join(", "));
    }
    Ok(failed.is_empty())
}

/// Whether the standard library of that target is there.
fn bare_target_installed() -> Result<bool, String> {
    let arguments = ["--print", "target-libdir", "--target", BARE_TARGET];
    let libraries = output(Command::new("rustc").args(arguments))?;
    Ok(Path::new(libraries.trim()).is_dir())
}
