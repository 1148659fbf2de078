//! Jobs on a GPU.

use crate::gpu::{End, GpuEngine, Progress, Waiting};
use crate::scores::Reduction;
use crate::status::Issues;

use super::job::Job;
use super::stop::{EngineError, Stop};

impl Progress for Job<'_> {
    fn finished(&mut self, rows: usize, scores: &[&[f32]], issues: Vec<Issues>) {
        Job::finished(self, rows, scores, issues);
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
    let (p, q, options) = (job.p, job.q, job.options);
    let (start, numbers) = (job.rows_done(), job.numbers);
    let batch = crate::gpu::Batch {
        options,
        p: &p,
        q: &q,
        numbers,
    };
    match gpu.score(batch, start, out, waiting, job).await {
        Ok(End::Done) => Ok(()),
        Ok(End::Cancelled) => Err(Stop::Cancelled),
        Err(error) => Err(EngineError::Gpu(error).into()),
    }
}
