//! The command line of `cargo xtask`.

use crate::tier::Tier;

/// What `cargo xtask help` prints.
pub const USAGE: &str = "\
usage: cargo xtask setup [--tier fast|ci|exhaustive] [--system]
       cargo xtask test  [--tier fast|ci|exhaustive] [--seed NUMBER|random] [-- ARGUMENTS]
       cargo xtask check

setup   makes software adapters available, under target/ without asking for root;
        --system installs them with the package manager instead (needs root)
test    sets up what the tier needs, then runs every test of the workspace;
        ARGUMENTS go to the test binaries: a part of a test's name, --nocapture, ...
check   formatting, clippy, documentation, features and the stated Rust version
";

/// Drawn once; it makes a run of one commit give the same verdict everywhere.
const DEFAULT_SEED: u64 = 0x6b75_6c6c_6261_636b;

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    /// Print the usage.
    Help,
    /// Make the adapters of a tier available.
    Setup {
        /// The tier whose adapters are wanted.
        tier: Tier,
        /// Install with the package manager, as root.
        system: bool,
    },
    /// Run the tests.
    Test(TestRequest),
    /// Run the checks.
    Check,
}

/// Which tests to run.
#[derive(Debug, PartialEq, Eq)]
pub struct TestRequest {
    /// How much of the table of cells.
    pub tier: Tier,
    /// From which the tests draw their cells and rows.
    pub seed: u64,
    /// For the test binaries.
    pub arguments: Vec<String>,
}

/// Reads the arguments after `cargo xtask`.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Task, String> {
    let mut arguments = arguments.into_iter();
    let task = arguments.next().unwrap_or_default();
    let mut tier = Tier::Fast;
    let mut system = false;
    let mut seed = None;
    let mut rest = Vec::new();
    while let Some(argument) = arguments.next() {
        let (flag, inline) = match argument.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        let mut value = || {
            inline
                .clone()
                .or_else(|| arguments.next())
                .ok_or(format!("{flag} needs a value"))
        };
        match (task.as_str(), flag.as_str()) {
            ("setup" | "test", "--tier") => {
                let name = value()?;
                tier = Tier::from_name(&name)
                    .ok_or(format!("no tier `{name}`: it is fast, ci or exhaustive"))?;
            }
            ("setup", "--system") if inline.is_none() => system = true,
            ("test", "--seed") => seed = Some(seed_from(&value()?)?),
            ("test", "--") => rest.extend(arguments.by_ref()),
            _ => return Err(format!("`{flag}` does not belong here")),
        }
    }
    match task.as_str() {
        "setup" => Ok(Task::Setup { tier, system }),
        "test" => Ok(Task::Test(TestRequest {
            tier,
            seed: seed.unwrap_or(DEFAULT_SEED),
            arguments: rest,
        })),
        "check" => Ok(Task::Check),
        "help" | "--help" | "-h" => Ok(Task::Help),
        "" => Err("say what to do".into()),
        other => Err(format!("no task `{other}`")),
    }
}

/// The seed that a value of `--seed` means.
fn seed_from(value: &str) -> Result<u64, String> {
    if value == "random" {
        // The standard library keys its hash maps with randomness of the system.
        use std::hash::{BuildHasher, RandomState};
        return Ok(RandomState::new().hash_one(0_u8));
    }
    value
        .parse()
        .map_err(|_| format!("`{value}` is not a seed: a whole number below 2^64, or random"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_test_is_fast_and_seeded_alike_unless_told() {
        let plain = TestRequest {
            tier: Tier::Fast,
            seed: DEFAULT_SEED,
            arguments: vec![],
        };
        assert_eq!(parsed("test"), Ok(Task::Test(plain)));
        let told = TestRequest {
            tier: Tier::Ci,
            seed: 7,
            arguments: vec!["kl".into(), "--nocapture".into()],
        };
        let line = "test --tier=ci --seed 7 -- kl --nocapture";
        assert_eq!(parsed(line), Ok(Task::Test(told)));
    }

    #[test]
    fn what_does_not_belong_is_refused() {
        for line in [
            "",
            "tets",
            "test --tier slow",
            "test --tier",
            "test --seed -1",
            "test kl",
            "test --system",
            "setup --system=yes",
            "check --tier ci",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }

    #[test]
    fn random_seeds_differ() {
        assert_ne!(seed_from("random"), seed_from("random"));
    }
}
