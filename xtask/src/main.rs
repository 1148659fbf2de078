//! Set-up, tests and checks of kullback in one command on every platform.
//!
//! It has no dependencies, so that `cargo xtask` answers seconds after a fresh clone.

mod adapters;
mod args;
mod check;
mod msrv;
mod run;
mod tally;
mod test;
mod tier;
mod workspace;

use args::Task;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match args::parse(std::env::args().skip(1)) {
        Ok(Task::Help) => {
            print!("{}", args::USAGE);
            Ok(true)
        }
        Ok(Task::Setup { tier, system }) => adapters::setup::run(tier, system),
        Ok(Task::Test(request)) => test::run(&request),
        Ok(Task::Check) => check::run(),
        Err(message) => {
            eprintln!("xtask: {message}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
