//! Every test of the workspace, with the adapters of a tier.

use crate::adapters::{environment, setup};
use crate::args::TestRequest;
use crate::run::{cannot_run, cargo, status, step};
use crate::tally::Tally;
use crate::tier::Tier;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// One configuration of the workspace that is tested.
struct Run {
    /// For the reader.
    name: &'static str,
    /// For `cargo test`. One profile, so that nothing is built twice.
    line: &'static str,
    /// The least tier that takes it.
    least: Tier,
    /// Whether it can be built ahead of running: rustdoc builds doc tests while it runs them.
    built_ahead: bool,
}

/// Once with everything, then what only other configurations compile.
const RUNS: [Run; 3] = [
    Run {
        name: "workspace",
        line: "test --profile dev --workspace --lib --bins --tests",
        least: Tier::Fast,
        built_ahead: true,
    },
    Run {
        name: "documentation examples",
        line: "test --profile dev --workspace --doc",
        least: Tier::Fast,
        built_ahead: false,
    },
    // Both packages, for with the library alone, whose features of dependencies are others, all of wgpu is built anew.
    Run {
        name: "library and command line without the gpu feature",
        line: "test --profile dev --package kullback --package kullback-cli --lib --no-default-features --features kullback/parallel",
        // The library is built twice more for it.
        least: Tier::Exhaustive,
        built_ahead: true,
    },
];

/// Sets up, builds and runs; the last line printed is the total.
pub fn run(request: &TestRequest) -> Result<bool, String> {
    let tier = request.tier.name();
    println!("tier {tier}, seed {}", request.seed);
    println!(
        "again: cargo xtask test --tier {tier} --seed {}\n",
        request.seed
    );

    let found = setup::ensure(request.tier, false);
    print!("{found}");
    let mut variables = environment::variables(&found)?;
    variables.push(("KULLBACK_TIER", tier.into()));
    variables.push(("KULLBACK_TEST_SEED", request.seed.to_string().into()));
    for (name, value) in &variables {
        println!("{name}={}", value.display());
    }
    println!();

    let mut total = Tally::default();
    // A test runs them as they stand; among the targets to test they would be built as tests.
    let mut examples = cargo("build --profile dev --workspace --examples".split_whitespace());
    if !step("examples: build", || status(&mut examples)) {
        total += Tally::BROKEN;
    }
    for run in &RUNS {
        if request.tier < run.least {
            println!("== {}: from tier {} on\n", run.name, run.least.name());
            continue;
        }
        total += tested(run, request, &variables);
    }
    if total.ignored > 0 {
        println!("{} ignored", total.ignored);
    }
    let any = total.passed + total.failed > 0;
    if !any {
        println!("no test has such a name");
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(any && total.failed == 0)
}

/// Builds and runs one configuration.
fn tested(run: &Run, request: &TestRequest, variables: &[(&str, OsString)]) -> Tally {
    // Building has its own step, so that the time of the tests is theirs alone.
    if run.built_ahead {
        let mut build = cargo(run.line.split_whitespace());
        let built = step(&format!("{}: build", run.name), || {
            status(build.arg("--no-run"))
        });
        if !built {
            return Tally::BROKEN;
        }
    }
    let mut command = cargo(run.line.split_whitespace());
    command
        .args(["--no-fail-fast", "--"])
        .args(&request.arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    let mut tally = Tally::default();
    step(run.name, || counted(&mut command, &mut tally));
    tally
}

/// Runs test binaries, passing their output on and adding up what they report.
fn counted(command: &mut Command, tally: &mut Tally) -> Result<bool, String> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| cannot_run(command, &error))
        .inspect_err(|_| *tally += Tally::BROKEN)?;
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        // Bytes, not text: a test may print anything.
        while output.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let mut terminal = std::io::stdout().lock();
            // Nobody reading us is no reason to stop the tests.
            let _ = terminal.write_all(&line).and_then(|()| terminal.flush());
            if let Some(counts) = Tally::from_line(&String::from_utf8_lossy(&line)) {
                *tally += counts;
            }
            line.clear();
        }
    }
    let succeeded = child.wait().is_ok_and(|status| status.success());
    if !succeeded && tally.failed == 0 {
        println!("cargo test failed though no test did: a binary died or did not build");
        *tally += Tally::BROKEN;
    }
    Ok(succeeded)
}
