//! What a run is told by the environment: the tier and the seed.

use std::env;
use std::fmt;

/// How much of the table of cells is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Every pair of choices meets in some cell.
    Fast,
    /// Every three choices meet in some cell on the CPU, every two on an adapter; of
    /// SwiftShader a twelfth of the tests.
    Ci,
    /// Every cell, but for very many rows.
    Exhaustive,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tier::Fast => "fast",
            Tier::Ci => "ci",
            Tier::Exhaustive => "exhaustive",
        })
    }
}

/// The tier that `KULLBACK_TIER` names, `fast` if it is not set.
///
/// # Panics
/// If there is no such tier.
pub fn tier() -> Tier {
    let Some(name) = variable("KULLBACK_TIER") else {
        return Tier::Fast;
    };
    match name.as_str() {
        "fast" => Tier::Fast,
        "ci" => Tier::Ci,
        "exhaustive" => Tier::Exhaustive,
        _ => panic!("KULLBACK_TIER={name}: it is fast, ci or exhaustive"),
    }
}

/// What everything random is drawn from: `KULLBACK_TEST_SEED`, or the same number every time.
///
/// # Panics
/// If the variable holds no number.
pub fn seed() -> u64 {
    match variable("KULLBACK_TEST_SEED") {
        None => 0x6b75_6c6c_6261_636b,
        Some(text) => match text.parse() {
            Ok(seed) => seed,
            Err(error) => panic!("KULLBACK_TEST_SEED={text}: {error}"),
        },
    }
}

/// A variable of the environment that is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
