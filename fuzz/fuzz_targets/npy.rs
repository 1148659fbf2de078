//! The `.npy` reader on arbitrary bytes.
#![no_main]

#[path = "../../tests/fuzz_seeds/npy.rs"]
mod npy;

libfuzzer_sys::fuzz_target!(|data: &[u8]| npy::run(data));
