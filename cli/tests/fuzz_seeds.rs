//! The seeds of the fuzz target `npy`, replayed without a fuzzer.

// A test that cannot go on fails.
#![allow(clippy::expect_used)]

use std::fs;
use std::path::Path;

#[path = "../../tests/fuzz_seeds/npy.rs"]
mod npy;

#[test]
fn npy_seeds_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz_seeds/npy");
    let files = fs::read_dir(folder).expect("the seeds are committed");
    let mut paths: Vec<_> = files
        .map(|file| file.expect("a readable folder").path())
        .collect();
    assert!(paths.len() >= 24, "{} seeds", paths.len());
    paths.sort();
    for path in paths {
        println!("{}", path.display());
        npy::run(&fs::read(&path).expect("a readable seed"));
    }
}
