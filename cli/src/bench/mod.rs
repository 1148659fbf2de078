//! `kullback bench`: how fast this machine scores, beside how fast it can read.
//!
//! One table of kernels runs over each set of rows: plain sums, which give the roof, and the measures.
//! Repetitions are interleaved, so that what disturbs the machine disturbs all kernels alike, and the
//! median of each counts. Only the fractions of one run mean anything on a busy machine.

mod check;
mod data;
mod plain_sum;
mod report;
mod table;
mod timing;

use std::io::Write;

use kullback::{Backend, Scorer};

use crate::args::BenchArguments;
use crate::progress::ProgressLine;
use crate::{Failure, Outcome, devices, json};

use report::BackendReport;
use table::Cell;

/// Measures every backend and prints roof, figures and fractions.
///
/// # Errors
/// A [`Failure`] if there is no memory for the rows, or a backend cannot be used.
pub fn run(arguments: &BenchArguments, out: &mut impl Write) -> Result<Outcome, Failure> {
    let backends = vec![cpu(arguments)?];
    let printed = if arguments.json {
        json::write(&report::object(arguments, &backends), out)
    } else {
        report::print(arguments, &backends, out)
    };
    printed.map_err(Failure::new)?;
    if backends.iter().all(BackendReport::is_right) {
        Ok(Outcome::Good)
    } else {
        Ok(Outcome::Flawed)
    }
}

/// The figures of the CPU, on all its threads.
fn cpu(arguments: &BenchArguments) -> Result<BackendReport, Failure> {
    let scorer = Scorer::builder()
        .backend(Backend::Cpu)
        .build()
        .map_err(Failure::new)?;
    let mut matrices = data::Matrices::allocate(arguments.mib)?;
    let mut sums = Vec::new();
    let mut figures = Vec::new();
    let sets = table::sets();
    let line = ProgressLine::new("sets of rows");
    for (done, set) in (0..).zip(&sets) {
        line.show(done, Some(sets.len() as u64));
        matrices.fill(set);
        let timed = timing::time(&scorer, &matrices, set, arguments.repetitions)?;
        sums.extend(timed.sums);
        figures.extend(timed.figures);
    }
    line.clear();
    let isa = devices::cpu_isa()?;
    let threads = rayon::current_num_threads();
    Ok(BackendReport::new(
        "cpu",
        None,
        format!("{isa}, {threads} threads"),
        sums,
        figures,
    ))
}

/// What a kernel reached.
#[derive(Clone, Debug)]
struct Figure {
    cell: Cell,
    rows: u64,
    /// Bytes of P and Q read in a second, P and Q once each; `None` if scores were wrong.
    bytes_per_second: Option<f64>,
    /// What the check of the scores found.
    check: check::Check,
}
