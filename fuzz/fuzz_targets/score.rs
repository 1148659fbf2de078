//! The CPU backend against the reference, on rows of arbitrary bits.
#![no_main]

#[path = "../../tests/fuzz_seeds/score.rs"]
mod score;

libfuzzer_sys::fuzz_target!(|data: &[u8]| score::run(data));
