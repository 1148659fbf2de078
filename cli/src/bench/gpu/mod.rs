//! The figures of GPU adapters.
//!
//! Two things are timed: kernels inside the pass, recorded on a device of the bench's own whose buffers
//! already hold the rows, and whole requests to a [`Scorer`] with the way to the GPU and back. On
//! software adapters the same kernels also run with the builtin `log` in place of our own.

mod builtin_log;
mod copies;
mod device;
mod size;
mod sums;
mod timing;

use kullback::gpu::GpuScorer;
use kullback::{Backend, Fallback, Scorer, ScorerBuilder};

use super::data::Matrices;
use super::report::{BackendReport, Described};
use super::table::Table;
use crate::Failure;
use crate::adapters::{self, Adapter};
use crate::args::BenchArguments;
use crate::progress::ProgressLine;

use device::Device;

/// What was measured, and a line for each adapter that was not.
pub(super) struct Gpus {
    pub(super) reports: Vec<BackendReport>,
    pub(super) left_out: Vec<String>,
}

/// Measures the named adapter, or all that are no software.
pub(super) fn run(
    arguments: &BenchArguments,
    table: &Table,
    matrices: &mut Matrices,
) -> Result<Gpus, Failure> {
    let all = adapters::all();
    let mut gpus = Gpus {
        reports: Vec::new(),
        left_out: Vec::new(),
    };
    if let Some(wanted) = &arguments.adapter {
        let adapter = named(&all, wanted)?;
        gpus.reports
            .push(measure(arguments, table, matrices, adapter)?);
        return Ok(gpus);
    }
    for adapter in &all {
        if adapter.software {
            gpus.left_out.push(format!(
                "{} is software: --adapter {} measures it",
                adapter.title(),
                adapter.index
            ));
            continue;
        }
        match measure(arguments, table, matrices, adapter) {
            Ok(report) => gpus.reports.push(report),
            // Nobody asked for this one: what else was measured stands.
            Err(failure) => gpus
                .left_out
                .push(format!("{}: {failure}", adapter.title())),
        }
    }
    if all.is_empty() {
        gpus.left_out.push(adapters::why_cpu(&all));
    }
    Ok(gpus)
}

/// The first adapter that a name or an index means, as in the library.
fn named<'a>(all: &'a [Adapter], wanted: &str) -> Result<&'a Adapter, Failure> {
    let found = all.iter().find(|adapter| adapter.answers_to(wanted));
    found.ok_or_else(|| {
        let error = Scorer::builder()
            .backend(Backend::Gpu)
            .adapter(wanted)
            .build()
            .err()
            .map_or_else(|| "it comes and goes".to_owned(), |e| e.to_string());
        Failure::new(format_args!("--adapter {wanted}: {error}"))
    })
}

/// A scorer on this adapter that fails rather than score on the CPU.
fn builder(adapter: &Adapter) -> ScorerBuilder {
    Scorer::builder()
        .backend(Backend::Gpu)
        .adapter(adapter.index.to_string())
        .fallback(Fallback::None)
}

fn measure(
    arguments: &BenchArguments,
    table: &Table,
    matrices: &mut Matrices,
    adapter: &Adapter,
) -> Result<BackendReport, Failure> {
    let named = |error: &dyn std::fmt::Display| {
        Failure::new(format_args!("adapter {}: {error}", adapter.title()))
    };
    let scorer = builder(adapter).build().map_err(|e| named(&e))?;
    let device =
        Device::open(adapter, matrices.bytes(), table.shortest_row()).map_err(|e| named(&e))?;
    let mut embedded = GpuScorer::new(device.wgpu(), device.queue()).map_err(|e| named(&e))?;
    embedded.probe().map_err(|e| named(&e))?;
    let builtin = if adapter.software && !arguments.resident {
        builtin_log::scorers(adapter).map_err(|e| named(&e))?
    } else {
        Vec::new()
    };
    let sums = sums::Sums::compile(&device)?;
    let on = timing::On {
        scorer: &scorer,
        embedded: &embedded,
        device: &device,
        sums: &sums,
        builtin: &builtin,
        resident: arguments.resident,
        software: adapter.software,
    };

    let mut all_timed = Vec::new();
    let sets = table.sets();
    let line = ProgressLine::new("sets of rows");
    for (done, set) in (0..).zip(&sets) {
        line.show(done, Some(sets.len() as u64));
        matrices.fill(set);
        let timed = timing::time(&on, matrices, set, arguments.repetitions);
        all_timed.push(timed.map_err(|e| named(&e))?);
    }
    line.clear();
    let described = Described {
        backend: "gpu",
        adapter: Some(adapter.name.clone()),
        device: adapter.title(),
        clock: device.clock(),
    };
    Ok(BackendReport::new(described, all_timed))
}
