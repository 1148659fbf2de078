//! The command as its users meet it: arguments, files, exit codes and what is printed.

// A test that cannot go on fails.
#![allow(clippy::expect_used)]

mod adapters;
mod arguments;
mod devices;
mod entropy;
mod files;
mod json;
mod matrix;
mod measures;
#[cfg(target_os = "linux")]
mod memory;
mod nearest;
mod output;
mod pairs;
mod rows;
mod summary;
mod support;
mod temperature;
mod uneven;
