//! The command as its users meet it: arguments, files, exit codes and what is printed.

// A test that cannot go on fails.
#![allow(clippy::expect_used)]

mod adapters;
mod arguments;
mod devices;
mod files;
mod json;
#[cfg(target_os = "linux")]
mod memory;
mod output;
mod rows;
mod summary;
mod support;
