//! Every backend and adapter against the f64 reference, and against arbitrary precision.
//!
//! Cells are drawn from one table: how the target works, the encodings and element types of P and Q, the
//! measure, bins, rows, support and unit. In the tier `fast` every two choices meet in some cell of each
//! target, in `ci` every three on the CPU and every two on an adapter, and `exhaustive` runs the whole table,
//! but for batches of very many rows, of which it draws some. Of SwiftShader's tests the small tiers run a
//! share, see `tests/common/harness.rs`. A cell is a batch that mixes rows of all kinds; all its scores and
//! issues are compared.

mod accuracy;
mod cells;
mod covering;
mod draw;
mod exact_values;
mod table;

#[path = "../common/mod.rs"]
mod common;

use std::process::ExitCode;

use libtest_mimic::Trial;

use common::backends::{self, Execution, Shared};
use common::harness::{self, trial};
use common::settings;

fn main() -> ExitCode {
    let (tier, seed) = (settings::tier(), settings::seed());
    let targets = backends::judged();
    let mut trials = vec![trial(
        "every choice meets the others",
        cells::check_covering,
    )];
    trials.extend(adapters(&targets));
    let (mut tallies, mut tables) = (Vec::new(), Vec::new());
    for target in &targets {
        let scorer = Shared::new(target, Execution::Chosen);
        trials.extend(exact_values::trials(&scorer, tier, seed));
        let table = accuracy::Accuracy::new(target.name());
        let (of_cells, tally) = cells::trials(&scorer, tier, seed, &table);
        trials.extend(of_cells);
        tables.push(table);
        tallies.push(tally);
    }
    let conclusion = harness::run(trials);
    // Nothing to tell where tests are only listed.
    if conclusion.num_passed + conclusion.num_failed > 0 {
        for tally in &tallies {
            println!("{tally}");
        }
        accuracy::write(&tables, conclusion.num_filtered_out == 0);
        println!();
    }
    conclusion.exit_code()
}

/// A missing adapter is a failure, never a skip.
fn adapters(targets: &[backends::Target]) -> Vec<Trial> {
    let names: Vec<String> = targets.iter().map(|t| t.name().to_owned()).collect();
    backends::expected(targets)
        .into_iter()
        .map(|(name, answers)| {
            let found = names.join(", ");
            trial(&format!("[{name}] answers"), move || {
                if answers {
                    Ok(())
                } else {
                    Err(format!("it does not; there are {found}"))
                }
            })
        })
        .collect()
}
