//! Statistics of a batch on a GPU, where its scores are.

use crate::gpu::{Gathering, GpuError, Taking, Waiting};
use crate::options::Verify;

use super::engine::Engine;
use super::fallback::Fallback;
use super::gpu;
use super::stop::{EngineError, Stop};
use super::summarize::Summarizing;

/// How far a GPU came.
pub(super) struct OnDevice {
    /// Of each measure, where they are wanted and all rows are done.
    pub(super) quantiles: Option<Vec<Option<Vec<f64>>>>,
    pub(super) end: Result<(), Stop>,
}

/// Takes the statistics of as many rows as a GPU does. `None` where none can, or where it is better that all scores come
/// back; what is then left is for others, or if an error allows it.
pub(super) async fn run(
    work: &mut Summarizing<'_>,
    by_product: bool,
    blocks: bool,
) -> Option<OnDevice> {
    let Engine::Gpu(engine) = work.batch.engine else {
        return None;
    };
    let measures = work.ask.options.len();
    let verified = !matches!(work.ask.verify, Verify::Off | Verify::Sample(0));
    if by_product || verified || measures == 0 {
        return None;
    }
    let waiting = match blocks {
        true => Waiting::Here,
        false => Waiting::Elsewhere,
    };
    let pairs = work.batch.p.rows();
    let mut gathering = match Gathering::new(engine, work.statistics, measures, pairs) {
        Ok(Some(gathering)) => gathering,
        Ok(None) => return None,
        Err(error) => {
            engine.take_note(&error);
            return failed(work, error, false);
        }
    };
    let mut job = work.job([work.batch.p, work.batch.q], None);
    let end = gpu::score(
        engine,
        &mut job,
        Taking::Statistics(&mut gathering),
        waiting,
    )
    .await;
    work.tally = job.tally;
    for (collector, part) in work.collectors.iter_mut().zip(gathering.told()) {
        collector.append(part);
    }
    let error = match end {
        Ok(()) => match engine.quantiles(&gathering, waiting).await {
            Ok(quantiles) => {
                return Some(OnDevice {
                    quantiles,
                    end: Ok(()),
                });
            }
            Err(error) => {
                engine.take_note(&error);
                error
            }
        },
        Err(Stop::Failed(EngineError::Gpu(error))) => error,
        Err(stop) => {
            return Some(OnDevice {
                quantiles: gathering.holds_scores().then(|| vec![None; measures]),
                end: Err(stop),
            });
        }
    };
    failed(work, error, gathering.holds_scores())
}

/// What an error makes of a batch; `held` says that the device kept scores for quantiles, which went with it.
fn failed(work: &mut Summarizing<'_>, error: GpuError, held: bool) -> Option<OnDevice> {
    let told = work.tally.rows;
    let memory = matches!(error, GpuError::OutOfMemory { .. });
    if memory || work.ask.inner.fallback == Fallback::Cpu {
        log::warn!("{error} after row {told}: scores come back instead");
        if held {
            // Of all rows, since the quantiles are of all.
            work.observer = work.observer.behind(told);
            work.start_over();
        }
        return None;
    }
    let measures = work.ask.options.len();
    Some(OnDevice {
        quantiles: held.then(|| vec![None; measures]),
        end: Err(EngineError::Gpu(error).into()),
    })
}
