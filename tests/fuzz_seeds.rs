//! The seeds of the fuzz target `score`, replayed without a fuzzer.

// A test that cannot go on fails.
#![allow(clippy::expect_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

#[path = "fuzz_seeds/score.rs"]
mod score;

/// All seeds of the target, with their file names.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz_seeds/score");
    let files = fs::read_dir(folder).expect("the seeds are committed");
    let mut seeds: Vec<_> = files
        .map(|file| {
            let path = file.expect("a readable folder").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            (name.into_owned(), fs::read(&path).expect("a readable seed"))
        })
        .collect();
    seeds.sort();
    seeds
}

#[test]
fn score_seeds_hold() {
    let seeds = seeds();
    assert!(seeds.len() >= 24, "{} seeds", seeds.len());
    for (name, data) in seeds {
        println!("{name}");
        score::run(&data);
    }
}

/// The backend chooses its instructions once in a process, so each choice gets one.
#[test]
fn score_seeds_hold_on_every_instruction_set() {
    let this = std::env::current_exe().expect("a test binary has a path");
    for isa in ["avx512", "avx2", "neon", "portable"] {
        let run = Command::new(&this)
            .args(["--exact", "score_seeds_hold", "--nocapture"])
            .env("KULLBACK_ISA", isa)
            .output()
            .expect("a test binary runs");
        let error = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{isa}: {error}");
    }
}
