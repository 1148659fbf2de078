//! Tests with the backend, the adapter and what was done in their names.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Conclusion, Failed, Trial};

use super::backends::Target;
use super::random::Random;
use super::settings::{self, Tier};

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
    // A test that is asked for by name runs wherever it can.
    let trials = if arguments.list || arguments.filter.is_some() {
        trials
    } else {
        share_of_slow(trials)
    };
    libtest_mimic::run(&arguments, trials)
}

/// SwiftShader, which takes longer than all other adapters together.
const SLOW: &str = "SwiftShader";
/// Of so many tests of it, the small tiers run one.
const SHARE: usize = 6;

/// Whether an adapter does this in the tier at hand: of the slow one, one thing in `share`, drawn by its name.
pub fn is_drawn(adapter: &str, name: &str, share: usize) -> bool {
    let all = !adapter.contains(SLOW) || settings::tier() == Tier::Exhaustive;
    all || Random::named(settings::seed(), name).one_in(share)
}

/// Draws from the tests of the slow adapter, and says of how many.
fn share_of_slow(trials: Vec<Trial>) -> Vec<Trial> {
    let (slow, mut kept): (Vec<Trial>, _) =
        trials.into_iter().partition(|t| t.name().contains(SLOW));
    if slow.is_empty() {
        return kept;
    }
    let all = slow.len();
    let drawn: Vec<Trial> = slow
        .into_iter()
        .filter(|trial| is_drawn(SLOW, trial.name(), SHARE))
        .collect();
    println!("{SLOW}: {} of {all} tests, drawn by the seed", drawn.len());
    kept.extend(drawn);
    kept
}

/// Runs the tests of a binary that has nothing to add.
pub fn main(trials: Vec<Trial>) -> ExitCode {
    run(trials).exit_code()
}
