//! Tests with the backend, the adapter and what was done in their names.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Conclusion, Failed, Trial};

use super::backends::Target;
use super::settings;

/// A test of one target.
pub type Test = (&'static str, fn(&Target));

/// Each test on each target.
pub fn on_each(targets: &[Target], tests: &[Test]) -> Vec<Trial> {
    let on = |target: &Target| {
        let target = target.clone();
        tests.iter().map(move |&(name, test)| {
            let target = target.clone();
            trial(&format!("[{}] {name}", target.name()), move || {
                test(&target);
                Ok(())
            })
        })
    };
    targets.iter().flat_map(on).collect()
}

/// A test that says what is wrong.
pub fn trial(name: &str, test: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
    Trial::test(name, || test().map_err(Failed::from))
}

/// Runs tests as the standard harness would, having printed what they depend on.
pub fn run(trials: Vec<Trial>) -> Conclusion {
    let mut arguments = Arguments::from_args();
    // Software adapters use every core by themselves, and those of OpenGL share a context.
    if cfg!(feature = "gpu") {
        arguments.test_threads = arguments.test_threads.or(Some(1));
    }
    if !arguments.list {
        println!("tier {}, seed {}", settings::tier(), settings::seed());
    }
    libtest_mimic::run(&arguments, trials)
}

/// Runs the tests of a binary that has nothing to add.
pub fn main(trials: Vec<Trial>) -> ExitCode {
    run(trials).exit_code()
}
