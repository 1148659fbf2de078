//! Jobs on a GPU.

use std::collections::VecDeque;
use std::ops::Range;

use crate::gpu::{End, GpuEngine, GpuError, IN_FLIGHT, Lines, Products, Progress, Taking, Waiting};
use crate::scores::Reduction;
use crate::status::Issues;

use super::fast::{Fast, OfP};
use super::job::Job;
use super::product::Product;
use super::stop::{EngineError, Stop};

impl Progress for Job<'_> {
    fn finished(&mut self, rows: usize, scores: &[&[f32]], issues: Vec<Issues>) {
        Job::finished(self, rows, scores, issues);
    }

    fn summarized(&mut self, rows: usize, infinities: Vec<u64>, issues: Vec<Issues>) {
        Job::summarized(self, rows, &infinities, issues);
    }

    fn reduced(&mut self, reduction: Reduction) {
        self.tally.reduced(reduction);
    }

    fn is_cancelled(&self) -> bool {
        Job::is_cancelled(self)
    }

    fn on_threads<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.run(work)
    }
}

/// Scores the rows of a job from the first unfinished one on; the calling thread waits.
pub(crate) fn run(gpu: &GpuEngine, job: &mut Job<'_>, out: &mut [&mut [f32]]) -> Result<(), Stop> {
    pollster::block_on(run_async(gpu, job, out, Waiting::Here))
}

/// The same; threads of the engine wait in the caller's place.
pub(crate) async fn run_async(
    gpu: &GpuEngine,
    job: &mut Job<'_>,
    out: &mut [&mut [f32]],
    waiting: Waiting,
) -> Result<(), Stop> {
    if let Some(Product::Fast(fast)) = job.product
        && !fast.is_for_cpu()
    {
        match multiply(gpu, fast, job, out, waiting).await {
            // The kernels of pairs may do: they are others, and want less memory.
            Err(Stop::Failed(EngineError::Gpu(
                error @ (GpuError::OutOfMemory { .. } | GpuError::Refused { .. }),
            ))) => {
                log::warn!("{error}: pairs are scored for themselves");
                fast.give_up();
            }
            // Products have not told most: what is left is scored as pairs.
            Ok(()) if job.rows_done() < job.p.rows() as usize => {}
            end => return end,
        }
    }
    score(gpu, job, Taking::Scores(out), waiting).await
}

/// Scores the rows of a job, from the first unfinished one on, as pairs.
pub(super) async fn score(
    gpu: &GpuEngine,
    job: &mut Job<'_>,
    taking: Taking<'_, '_>,
    waiting: Waiting,
) -> Result<(), Stop> {
    let (p, q, options) = (job.p, job.q, job.options);
    let (start, numbers) = (job.rows_done(), job.numbers);
    let batch = crate::gpu::Batch {
        options,
        p: &p,
        q: &q,
        numbers,
    };
    match gpu.score(batch, start, taking, waiting, job).await {
        Ok(End::Done) => Ok(()),
        Ok(End::Cancelled) => Err(Stop::Cancelled),
        Err(error) => Err(EngineError::Gpu(error).into()),
    }
}

/// Rows of P on their way.
struct Flight {
    lines: Range<usize>,
    of_p: OfP,
    products: Products,
}

/// Scores all pairs of a job by products in f32, from the first unfinished line on, as long as these tell most scores.
async fn multiply(
    gpu: &GpuEngine,
    fast: &Fast,
    job: &mut Job<'_>,
    out: &mut [&mut [f32]],
    waiting: Waiting,
) -> Result<(), Stop> {
    let failed = |error: GpuError| {
        gpu.take_note(&error);
        Stop::Failed(EngineError::Gpu(error))
    };
    if gpu.is_lost() {
        return Err(failed(GpuError::Lost));
    }
    let ([out], [options]) = (out, job.options) else {
        return Ok(());
    };
    let resident = match fast.resident.get() {
        Some(resident) => resident,
        None => {
            let resident = gpu.reside(&fast.q, fast.finish).map_err(failed)?;
            fast.resident.get_or_init(|| resident)
        }
    };
    let (p, q) = (job.p.without_grid(), job.q.without_grid());
    let (lines, columns) = (p.rows() as usize, q.rows() as usize);
    let mut line = job.rows_done() / columns.max(1);
    let mut flights: VecDeque<Flight> = VecDeque::new();
    loop {
        let more = line < lines && !fast.has_given_up();
        if !more && flights.is_empty() {
            return Ok(());
        }
        if job.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        if more && flights.len() < IN_FLIGHT {
            let end = lines.min(line + fast.lines_of_gpu);
            let some = p.slice(line, end);
            let of_p = job.pool.run(|| fast.ready(options, &some));
            let no_memory = || failed(GpuError::OutOfMemory { step: "rows of P" });
            let of_p = of_p.ok_or_else(no_memory)?;
            let products = gpu.multiply(resident, &of_p.ready).map_err(failed)?;
            flights.push_back(Flight {
                lines: line..end,
                of_p,
                products,
            });
            line = end;
            if flights.len() < IN_FLIGHT && line < lines {
                continue;
            }
        }
        let Some(Flight {
            lines,
            of_p,
            products,
        }) = flights.pop_front()
        else {
            continue;
        };
        let some = p.slice(lines.start, lines.end);
        let numbers = job.numbers.behind(lines.start * columns);
        let out = &mut out[lines.start * columns..lines.end * columns];
        let pool = job.pool;
        let mut issues = None;
        let take = |scores: Lines<'_>| {
            issues = Some(pool.run(|| {
                copy(scores, columns, out);
                fast.settle(options, [&some, &q], &of_p, numbers, out)
            }));
        };
        gpu.take_products(products, waiting, take)
            .await
            .map_err(failed)?;
        job.tally.reduced(Reduction {
            strategy: "product",
            subgroups: false,
        });
        let bound = of_p.bound;
        let issues = issues.into_iter().collect();
        job.finished_within(out.len(), &[out], issues, Some(bound));
    }
}

/// Copies lines of scores, on the current rayon pool.
fn copy(scores: Lines<'_>, columns: usize, out: &mut [f32]) {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        let lines = out.par_chunks_exact_mut(columns).enumerate();
        lines.for_each(|(line, out)| scores.copy(line, out));
    }
    #[cfg(not(feature = "parallel"))]
    for (line, out) in out.chunks_exact_mut(columns).enumerate() {
        scores.copy(line, out);
    }
}
