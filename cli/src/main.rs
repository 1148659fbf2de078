//! The `kullback` command. Everything it does is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    kullback_cli::run(std::env::args_os())
}
