//! Running other programs and saying how long they took.

use crate::workspace;
use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The cargo that runs this task, in the root of the repository.
pub fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(workspace::root())
        .stdin(Stdio::null());
    command
}

/// Runs `work` as a named step, and prints its outcome and its time.
pub fn step(name: &str, work: impl FnOnce() -> Result<bool, String>) -> bool {
    println!("== {name}");
    let start = Instant::now();
    let outcome = work();
    let seconds = start.elapsed().as_secs_f64();
    let word = match &outcome {
        Ok(true) => "ok",
        Ok(false) => "FAILED",
        Err(message) => {
            println!("{message}");
            "FAILED"
        }
    };
    println!("== {name}: {word} in {seconds:.1} s\n");
    outcome == Ok(true)
}

/// Runs a command to its end: whether it succeeded.
pub fn status(command: &mut Command) -> Result<bool, String> {
    match command.status() {
        Ok(status) => Ok(status.success()),
        Err(error) => Err(cannot_run(command, &error)),
    }
}

/// Runs a command silently: its standard output, or its complaint.
pub fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| cannot_run(command, &error))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(format!("{}: {}", name(command), complaint.trim()))
    }
}

/// The line for a program that does not start.
pub fn cannot_run(command: &Command, error: &std::io::Error) -> String {
    format!("cannot run {}: {error}", name(command))
}

/// A program's name for messages.
fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
