//! The command line of [`kullback`]: scores pairs of distributions in `.npy` files.
//!
//! `kullback score`, `matrix`, `nearest`, `devices` and `bench` are [`run`]. The parts behind them are
//! public for tests and fuzzing, and promise no stability.

pub mod adapters;
pub mod args;
pub mod bench;
pub mod devices;
mod failure;
pub mod format;
pub mod infinities;
pub mod json;
pub mod measure;
pub mod npy;
pub mod progress;
pub mod request;
pub mod score;
mod scoring;
pub mod statistics;
pub mod summary;
pub mod temperature;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use args::{Arguments, Command};
pub use failure::Failure;
use request::Request;

/// How a command ended that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is right: exit code 0.
    Good,
    /// Some rows are bad, or a score misses what is promised: exit code 1.
    Flawed,
}

/// Runs the command with these arguments, the first of which is the name of the program.
///
/// The exit code is 0 if all is well, 1 if some rows are bad or a verification failed, and 2, with one
/// line on standard error, if arguments or files cannot be used.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error),
    };
    let mut out = Vec::new();
    let outcome = match arguments.command {
        Command::Score(arguments) => score::run(Request::of_rows(*arguments), &mut out),
        Command::Matrix(arguments) => score::run(Request::of_matrix(*arguments), &mut out),
        Command::Nearest(arguments) => score::run(Request::of_nearest(*arguments), &mut out),
        Command::Devices(arguments) => devices::run(&arguments, &mut out),
        Command::Bench(arguments) => bench::run(&arguments, &mut out),
    };
    let outcome = outcome.and_then(|outcome| {
        print(&out)?;
        Ok(outcome)
    });
    match outcome {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Flawed) => ExitCode::from(1),
        Err(failure) => {
            complain(&failure.to_string());
            ExitCode::from(2)
        }
    }
}

/// Writes to standard output; a reader that has heard enough (`| head`) is no error.
fn print(text: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(format_args!(
            "standard output cannot be written: {error}"
        ))),
        _ => Ok(()),
    }
}

/// One line on standard error. Where even that cannot be written, the exit code must do.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "error: {line}");
}

/// Prints help, or what is wrong with the arguments in one line.
fn refused(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match error.print() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(2),
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            complain(
                "no command is given: the commands are score, matrix, nearest, devices, bench (see --help)",
            );
            ExitCode::from(2)
        }
        _ => {
            complain(&one_line(&error.to_string()));
            ExitCode::from(2)
        }
    }
}

/// The message of an argument error without the usage behind it.
fn one_line(message: &str) -> String {
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let told = message.split("\nUsage:").next().unwrap_or(message);
    let told = told.split("\nFor more information").next().unwrap_or(told);
    let paragraphs = told.split("\n\n").map(Failure::new);
    let lines: Vec<String> = paragraphs
        .map(|line| line.to_string())
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("; ")
}
