//! Tests with the backend, the adapter and what was done in their names.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

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

/// A test that says what is wrong. Of an adapter one at a time runs: software adapters do not gain by more, and those of
/// OpenGL share a context.
pub fn trial(name: &str, test: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
    let adapter = on_what(name).filter(|target| target.starts_with("[gpu"));
    let turns = adapter.map(turns_of);
    Trial::test(name, move || {
        let turn = turns.as_ref().map(|turns| turns.lock());
        let outcome = test().map_err(Failed::from);
        drop(turn);
        outcome
    })
}

/// What a test of that name runs on, with its brackets.
fn on_what(name: &str) -> Option<&str> {
    name.strip_prefix('[')?;
    Some(&name[..=name.find(']')?])
}

/// What is locked by whoever uses an adapter; a test that panics leaves it to the next.
fn turns_of(adapter: &str) -> Arc<Mutex<()>> {
    static ALL: Mutex<BTreeMap<String, Arc<Mutex<()>>>> = Mutex::new(BTreeMap::new());
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.entry(adapter.to_owned()).or_default().clone()
}

/// Runs tests as the standard harness would, having printed what they depend on.
pub fn run(trials: Vec<Trial>) -> Conclusion {
    let arguments = Arguments::from_args();
    if arguments.list {
        return libtest_mimic::run(&arguments, trials);
    }
    println!("tier {}, seed {}", settings::tier(), settings::seed());
    // A test that is asked for by name runs wherever it can.
    let trials = match arguments.filter {
        Some(_) => trials,
        None => share_of_slow(trials),
    };
    libtest_mimic::run(&arguments, side_by_side(trials))
}

/// Tests in such an order that those on different targets run at the same time: of each target as large a part is done
/// as of the others.
fn side_by_side(trials: Vec<Trial>) -> Vec<Trial> {
    let target = |trial: &Trial| on_what(trial.name()).map(str::to_owned);
    let mut counts = BTreeMap::new();
    let places: Vec<usize> = trials
        .iter()
        .map(|trial| {
            let count = counts.entry(target(trial)).or_insert(0);
            *count += 1;
            *count
        })
        .collect();
    let mut placed: Vec<(f64, Trial)> = trials
        .into_iter()
        .zip(places)
        .map(|(trial, place)| (place as f64 / counts[&target(&trial)] as f64, trial))
        .collect();
    placed.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    placed.into_iter().map(|(_, trial)| trial).collect()
}

/// SwiftShader, which takes longer than all other adapters together.
const SLOW: &str = "SwiftShader";
/// Of so many tests of it, the small tiers run one.
const SHARE: usize = 12;

/// Whether an adapter is that one.
#[allow(dead_code)]
pub fn is_slow(adapter: &str) -> bool {
    adapter.contains(SLOW)
}

/// Whether an adapter does this in the tier at hand: of the slow one, one thing in `share`, drawn by its name.
pub fn is_drawn(adapter: &str, name: &str, share: usize) -> bool {
    let all = !is_slow(adapter) || settings::tier() == Tier::Exhaustive;
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
