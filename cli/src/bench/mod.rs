//! `kullback bench`: how fast this machine scores, beside how fast it can read.
//!
//! One table of kernels runs over each set of rows: plain sums, which give the roof, and the measures.
//! Repetitions are interleaved, so that what disturbs the machine disturbs all kernels alike, and the
//! median of each counts. Only the fractions of one run mean anything on a busy machine.

mod check;
mod data;
#[cfg(feature = "gpu")]
mod gpu;
mod plain_sum;
mod report;
mod table;
mod timing;

use std::io::Write;

use kullback::{Backend, ElementType, Scorer};

use crate::args::{BenchArguments, On, Pairs};
use crate::progress::ProgressLine;
use crate::{Failure, Outcome, devices, json};

use report::{BackendReport, Described};
use table::{Cell, Table};

/// Measures every backend and prints roof, figures and fractions.
///
/// # Errors
/// A [`Failure`] if there is no memory for the rows, or a backend cannot be used.
pub fn run(arguments: &BenchArguments, out: &mut impl Write) -> Result<Outcome, Failure> {
    if let (Some(On::Cpu), Some(adapter)) = (arguments.on, &arguments.adapter) {
        return Err(Failure::new(format_args!(
            "--adapter {adapter}: --on cpu measures no adapter; leave one of the two out"
        )));
    }
    if arguments.on == Some(On::Cpu) && arguments.resident {
        return Err(Failure::new(
            "--resident: rows of the CPU lie in its memory anyway; leave it out or give --on gpu",
        ));
    }
    let table = Table::new(arguments);
    let of_f64 = table.element == ElementType::F64;
    let on_cpu_alone = of_f64 || table.pairs == Pairs::OneToMany;
    let gpu_wanted =
        arguments.on == Some(On::Gpu) || arguments.adapter.is_some() || arguments.resident;
    let why = if of_f64 {
        "rows of f64 are scored on the CPU"
    } else {
        "one-to-many is measured on the CPU"
    };
    if on_cpu_alone && gpu_wanted {
        let flag = if of_f64 {
            "--element f64"
        } else {
            "--pairs one-to-many"
        };
        return Err(Failure::new(format_args!(
            "{flag}: {why}; leave out --on gpu, --adapter and --resident"
        )));
    }
    table.check(arguments.mib)?;
    let mut matrices = data::Matrices::allocate(arguments.mib)?;
    let (gpus, left_out) = match arguments.on {
        Some(On::Cpu) => (Vec::new(), Vec::new()),
        None if on_cpu_alone => (Vec::new(), vec![why.to_owned()]),
        Some(On::Gpu) | None => gpus(arguments, &table, &mut matrices)?,
    };
    if arguments.on == Some(On::Gpu) && gpus.is_empty() {
        return Err(Failure::new(format_args!(
            "--on gpu: {}",
            left_out.join("; ")
        )));
    }
    let mut backends = Vec::new();
    if arguments.on != Some(On::Gpu) {
        backends.push(cpu(arguments, &table, &mut matrices)?);
    }
    backends.extend(gpus);
    let printed = if arguments.json {
        json::write(
            &report::object(arguments, &table, &backends, &left_out),
            out,
        )
    } else {
        report::print(arguments, &table, &backends, &left_out, out)
    };
    printed.map_err(Failure::new)?;
    if backends.iter().all(BackendReport::is_right) {
        Ok(Outcome::Good)
    } else {
        Ok(Outcome::Flawed)
    }
}

/// The figures of GPU adapters, and a line for each that was left out.
#[cfg(feature = "gpu")]
fn gpus(
    arguments: &BenchArguments,
    table: &Table,
    matrices: &mut data::Matrices,
) -> Result<(Vec<BackendReport>, Vec<String>), Failure> {
    let gpus = gpu::run(arguments, table, matrices)?;
    Ok((gpus.reports, gpus.left_out))
}

/// This build reaches none.
#[cfg(not(feature = "gpu"))]
fn gpus(
    arguments: &BenchArguments,
    _: &Table,
    _: &mut data::Matrices,
) -> Result<(Vec<BackendReport>, Vec<String>), Failure> {
    let why = crate::adapters::why_cpu(&[]);
    match &arguments.adapter {
        Some(adapter) => Err(Failure::new(format_args!("--adapter {adapter}: {why}"))),
        None => Ok((Vec::new(), vec![why])),
    }
}

/// The figures of the CPU, on all its threads.
fn cpu(
    arguments: &BenchArguments,
    table: &Table,
    matrices: &mut data::Matrices,
) -> Result<BackendReport, Failure> {
    let scorer = Scorer::builder()
        .backend(Backend::Cpu)
        .build()
        .map_err(Failure::new)?;
    let mut timed = Vec::new();
    let sets = table.sets();
    let line = ProgressLine::new("sets of rows");
    for (done, set) in (0..).zip(&sets) {
        line.show(done, Some(sets.len() as u64));
        matrices.fill(set);
        timed.push(timing::time(&scorer, matrices, set, arguments.repetitions)?);
    }
    line.clear();
    let isa = devices::cpu_isa()?;
    let threads = rayon::current_num_threads();
    let described = Described {
        backend: "cpu",
        adapter: None,
        device: format!("{isa}, {threads} threads"),
        clock: "host clock",
    };
    Ok(BackendReport::new(described, timed))
}

/// What a kernel reached.
#[derive(Clone, Debug)]
struct Figure {
    cell: Cell,
    rows: u64,
    /// Bytes of P and Q read in a second, P and Q once each, on a GPU inside the pass; `None` if scores
    /// were wrong.
    bytes_per_second: Option<f64>,
    /// Rows scored in a second from end to end; likewise.
    rows_per_second: Option<f64>,
    /// The time of a bare copy of the rows to the device over that of scoring them from end to end, where
    /// that was measured.
    bare_copy_over_time: Option<f64>,
    /// The time from end to end over that of the same kernel with the builtin `log`, where both ran.
    time_over_builtin_log: Option<f64>,
    /// What the check of the scores found.
    check: check::Check,
}
