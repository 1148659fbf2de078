//! Engines: who scores the rows of a job.

use crate::cpu;
use crate::options::{Backend, Options};
use crate::product::ErrorBound;
use crate::rows::{Rows, UnevenPairs};
use crate::scores::ScoredOn;
use crate::status::{Issues, Numbers};

use super::fallback::Fallback;
use super::fast::Fast;
#[cfg(feature = "gpu")]
use super::gpu;
use super::job::Job;
use super::product::Product;
use super::reference;
use super::stop::{EngineError, Stop};

/// Bytes of P and Q that a thread of the CPU scores before it looks up: about a millisecond.
const CPU_STEP: usize = 16 << 20;

/// The same for the reference, which is slower by far.
const REFERENCE_STEP: usize = 1 << 20;

/// A backend, ready to score.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    Cpu,
    Reference,
    #[cfg(feature = "gpu")]
    Gpu(std::sync::Arc<crate::gpu::GpuEngine>),
    /// Misbehaves on purpose, to prove that it is noticed.
    #[cfg(test)]
    Faulty(super::faulty::Faulty),
}

impl Engine {
    pub(crate) fn backend(&self) -> Backend {
        match self {
            Engine::Cpu => Backend::Cpu,
            Engine::Reference => Backend::Reference,
            #[cfg(feature = "gpu")]
            Engine::Gpu(_) => Backend::Gpu,
            #[cfg(test)]
            Engine::Faulty(_) => Backend::Gpu,
        }
    }

    /// How a report names this engine if no row falls back to the CPU.
    pub(crate) fn scored_on(&self) -> ScoredOn {
        match self {
            Engine::Cpu => ScoredOn::Cpu { isa: cpu::isa() },
            Engine::Reference => ScoredOn::Reference,
            #[cfg(feature = "gpu")]
            Engine::Gpu(gpu) => ScoredOn::Gpu {
                adapter: gpu.info().name.clone(),
                api: gpu.info().backend.clone(),
                reductions: Vec::new(),
                cpu_rows: 0,
            },
            #[cfg(test)]
            Engine::Faulty(_) => ScoredOn::Gpu {
                adapter: "faulty".to_owned(),
                api: "none".to_owned(),
                reductions: Vec::new(),
                cpu_rows: 0,
            },
        }
    }

    /// Scores the rows of a job from [`Job::rows_done`] on; `out` has room for all of them, for each measure.
    ///
    /// If the engine fails and that is allowed, the CPU scores what is left.
    pub(crate) fn run(
        &self,
        fallback: Fallback,
        job: &mut Job<'_>,
        out: &mut [&mut [f32]],
    ) -> Result<(), Stop> {
        if job.options.is_empty() {
            job.finished(job.p.rows() as usize, &[], Vec::new());
            return Ok(());
        }
        let end = self.run_alone(job, out);
        fall_back(fallback, end, job, out)
    }

    /// The same, without blocking while a GPU computes.
    pub(crate) async fn run_async(
        &self,
        fallback: Fallback,
        job: &mut Job<'_>,
        out: &mut [&mut [f32]],
    ) -> Result<(), Stop> {
        match self {
            #[cfg(feature = "gpu")]
            Engine::Gpu(gpu) if !job.options.is_empty() => {
                let waiting = crate::gpu::Waiting::Elsewhere;
                let end = gpu::run_async(gpu, job, out, waiting).await;
                fall_back(fallback, end, job, out)
            }
            _ => self.run(fallback, job, out),
        }
    }

    /// Compiles ahead what a batch of that kind needs.
    pub(crate) fn prepare(
        &self,
        options: &[Options],
        p: &Rows<'_>,
        q: &Rows<'_>,
    ) -> Result<(), EngineError> {
        match self {
            #[cfg(feature = "gpu")]
            Engine::Gpu(gpu) => gpu.prepare(options, p, q).map_err(EngineError::Gpu),
            _ => {
                let _ = (options, p, q);
                Ok(())
            }
        }
    }

    fn run_alone(&self, job: &mut Job<'_>, out: &mut [&mut [f32]]) -> Result<(), Stop> {
        match self {
            Engine::Cpu => {
                match job.product {
                    Some(Product::Promised(product)) => by_product(product, job, out)?,
                    Some(Product::Fast(fast)) if fast.is_for_cpu() => fast_on_cpu(fast, job, out)?,
                    _ => {}
                }
                in_steps(CPU_STEP, job, out, |options, p, q, numbers, out| {
                    Ok(cpu::score(options, p, q, numbers, out))
                })
            }
            Engine::Reference => {
                in_steps(REFERENCE_STEP, job, out, |options, p, q, numbers, out| {
                    Ok(reference::score(options, p, q, numbers, out))
                })
            }
            #[cfg(feature = "gpu")]
            Engine::Gpu(gpu) => gpu::run(gpu, job, out),
            #[cfg(test)]
            Engine::Faulty(faulty) => in_steps(1, job, out, |options, p, q, numbers, out| {
                faulty.score(options, p, q, numbers, out)
            }),
        }
    }
}

/// Lets the CPU score what a failed engine left, if that is allowed.
fn fall_back(
    fallback: Fallback,
    end: Result<(), Stop>,
    job: &mut Job<'_>,
    out: &mut [&mut [f32]],
) -> Result<(), Stop> {
    match end {
        Err(Stop::Failed(error)) if fallback == Fallback::Cpu => {
            let done = job.tally.rows;
            log::warn!(
                "{error} after row {}: the CPU scores the rest of the chunk",
                job.numbers.first + done
            );
            let end = Engine::Cpu.run_alone(job, out);
            job.tally.cpu_rows += job.tally.rows - done;
            end
        }
        end => end,
    }
}

/// Scores all pairs of a job by a product in f64; nothing more once it does not suffice for most of them.
fn by_product(
    product: &cpu::Product,
    job: &mut Job<'_>,
    out: &mut [&mut [f32]],
) -> Result<(), Stop> {
    let threads = job.pool.threads();
    let step = || product.lines_of_step(threads);
    by_lines(job, out, step, |options, rows, numbers, out| {
        Some((product.score(options, rows, numbers, out), None))
    })
}

/// Scores all pairs of a job by a product in f32, likewise.
fn fast_on_cpu(fast: &Fast, job: &mut Job<'_>, out: &mut [&mut [f32]]) -> Result<(), Stop> {
    let threads = job.pool.threads();
    let step = || (!fast.has_given_up()).then(|| fast.lines_of_cpu(threads));
    by_lines(job, out, step, |options, [p, q], numbers, out| {
        let of_p = fast.ready(options, p)?;
        fast.multiply(&of_p, out);
        let issues = fast.settle(options, [p, q], &of_p, numbers, out);
        Some((issues, Some(of_p.bound)))
    })
}

/// Scores all pairs of a job, as many rows of P at a time as `step` says, until it says none or there is no memory: what
/// is then left is for others.
fn by_lines(
    job: &mut Job<'_>,
    out: &mut [&mut [f32]],
    step: impl Fn() -> Option<usize>,
    score: impl Fn(
        &Options,
        [&Rows<'_>; 2],
        Numbers,
        &mut [f32],
    ) -> Option<(Issues, Option<ErrorBound>)>
    + Sync,
) -> Result<(), Stop> {
    let ([out], [options]) = (out, job.options) else {
        return Ok(());
    };
    let (p, q) = (job.p.without_grid(), job.q.without_grid());
    let (lines, columns) = (p.rows() as usize, q.rows() as usize);
    let mut line = job.rows_done() / columns.max(1);
    while line < lines {
        if job.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let Some(step) = step() else {
            break;
        };
        let end = lines.min(line + step);
        let some = p.slice(line, end);
        let out = &mut out[line * columns..end * columns];
        let numbers = job.numbers.behind(line * columns);
        let scored = job.pool.run(|| score(options, [&some, &q], numbers, out));
        let Some((issues, bound)) = scored else {
            break;
        };
        job.finished_within(out.len(), &[out], vec![issues], bound);
        line = end;
    }
    Ok(())
}

/// Scores the rows of a job by a function that blocks, some at a time.
fn in_steps(
    bytes_per_thread: usize,
    job: &mut Job<'_>,
    out: &mut [&mut [f32]],
    score: impl Fn(
        &[Options],
        &Rows<'_>,
        &Rows<'_>,
        Numbers,
        &mut [&mut [f32]],
    ) -> Result<Vec<Issues>, EngineError>
    + Sync,
) -> Result<(), Stop> {
    let bytes_per_thread = bytes_per_thread / job.options.len().max(1);
    let threads = job.pool.threads().max(1);
    let step = rows_per_step(bytes_per_thread, threads, job.p.k());
    let uneven = UnevenPairs::new(job.options, &job.p, &job.q);
    let bins = (bytes_per_thread / PAIR).saturating_mul(threads);
    let rows = job.p.rows() as usize;
    let mut from = job.rows_done();
    while from < rows {
        if job.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let to = match &uneven {
            // Each thread has a row at least, however long these are.
            Some(pairs) => pairs
                .end(from, bins, usize::MAX)
                .max(rows.min(from + threads)),
            None => rows.min(from.saturating_add(step)),
        };
        let (p, q) = (job.p.slice(from, to), job.q.slice(from, to));
        let (options, numbers) = (job.options, job.numbers.behind(from));
        let mut room: Vec<&mut [f32]> = out.iter_mut().map(|out| &mut out[from..to]).collect();
        let issues = job
            .pool
            .run(|| score(options, &p, &q, numbers, &mut room))?;
        let scores: Vec<&[f32]> = room.into_iter().map(|scores| &*scores).collect();
        job.finished(to - from, &scores, issues);
        from = to;
    }
    Ok(())
}

/// Bytes of a bin of P and one of Q.
const PAIR: usize = 2 * size_of::<f32>();

/// At least one row for each thread, however long the rows are.
fn rows_per_step(bytes_per_thread: usize, threads: usize, k: usize) -> usize {
    let pair = k.saturating_mul(PAIR).max(1);
    (bytes_per_thread / pair)
        .max(1)
        .saturating_mul(threads.max(1))
}

#[cfg(test)]
mod tests {
    use super::rows_per_step;

    #[test]
    fn a_step_holds_a_row_for_each_thread() {
        assert_eq!(rows_per_step(1 << 20, 2, 1024), 256);
        assert_eq!(rows_per_step(1 << 20, 3, 1 << 30), 3);
        assert_eq!(rows_per_step(1 << 20, 0, usize::MAX), 1);
        assert_eq!(rows_per_step(usize::MAX, usize::MAX, 1), usize::MAX);
    }
}
