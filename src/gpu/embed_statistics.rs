//! Statistics of scores on a device that belongs to the caller.

use std::sync::Arc;

use super::GpuError;
use super::embed::{GpuScorer, Output, RecordError, Recording};
use super::pipeline::Kernel;
use super::record::Span;
use super::scope::scoped;
use super::statistics::{OrderProgram, Recorder, StateProgram, Targets, levels};
use crate::plan::statistics::{Parameters, ROUNDS, StatisticsKey};
use crate::statistics::Statistics;

/// Statistics of so many scores, compiled: made by [`GpuScorer::statistics`].
///
/// They are of the finite scores, as everywhere, and are written as 32-bit words:
///
/// | word | holds |
/// | --- | --- |
/// | 0, 1, 2 | u32: how many scores are finite, infinite, and NaN |
/// | 3 | [`Recording::epoch`] if the counts, extremes, sum and histogram are of all scores, and else 0, or what lay there before |
/// | 4, 5 | f32: the least and the greatest score |
/// | 6, 7 | f32: mean and sum, exact but for one rounding to f32; `+inf` beyond its range |
/// | [`quantiles_at`](GpuStatistics::quantiles_at) on | f32: the quantiles, in the order of their levels |
/// | [`histogram_at`](GpuStatistics::histogram_at) on | u32: how many scores lie below the first edge, in each bin, and above the last |
///
/// What was not asked for is NaN, as are the mean, extremes and quantiles of no finite score, and a quantile that was not
/// found: word 3 does not speak for these.
#[derive(Debug)]
pub struct GpuStatistics {
    device: wgpu::Device,
    state: StateProgram,
    quantiles: Option<Quantiles>,
    finish: Arc<Kernel>,
    scores: u64,
}

/// Bytes of the most scores: they are counted in 32 bits, as are the steps of kernels from one to the next.
const MOST: u64 = 1 << 32;

/// What looks for quantiles.
#[derive(Debug)]
struct Quantiles {
    ranks: Arc<Kernel>,
    order: OrderProgram,
    levels: wgpu::Buffer,
}

impl GpuScorer {
    /// Compiles statistics of `scores` scores, up to what one binding of the device holds, and 2^30.
    ///
    /// ```no_run
    /// use kullback::gpu::{BufferRows, GpuScorer, Output};
    /// use kullback::{Encoding, Measure, Options, Statistics, wgpu};
    ///
    /// # fn record(device: &wgpu::Device, queue: &wgpu::Queue, p: &wgpu::Buffer, q: &wgpu::Buffer,
    /// #     scores: &wgpu::Buffer, result: &wgpu::Buffer, encoder: &mut wgpu::CommandEncoder)
    /// #     -> Result<(), Box<dyn std::error::Error>> {
    /// let scorer = GpuScorer::new(device, queue)?;
    /// let options = Options::new(Measure::KullbackLeibler);
    /// let kernel = scorer.kernel(&options, Encoding::LOGITS, Encoding::LOGITS, 4096, 1000)?;
    /// let statistics = scorer.statistics(&Statistics::new().mean().quantiles(&[0.99])?, 4096)?;
    ///
    /// let out = Output::new(scores);
    /// let scoring = kernel.encode(encoder, &BufferRows::new(p), &BufferRows::new(q), &out)?;
    /// let taking = statistics.encode(encoder, &out, result, 0)?;
    /// // Submit the encoder, then drop both recordings; word 6 of `result` is the mean.
    /// # drop((scoring, taking));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`GpuError::Limit`] if a binding of the device does not hold the scores, the edges of a histogram or what quantiles
    /// take, 16 KiB each; also if the device refuses a kernel.
    pub fn statistics(
        &self,
        statistics: &Statistics,
        scores: u64,
    ) -> Result<GpuStatistics, RecordError> {
        let device = self.device();
        let state = StateProgram::new(device, self.kernels(), statistics, false)?;
        let [_, digits] = state.needs.targets();
        let limits = device.limits();
        let found = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size)
            .min(MOST);
        let scores_size = scores.saturating_mul(4);
        let needed = scores_size.max(digits).max(state.needs.state());
        if needed > found {
            return Err(GpuError::Limit {
                what: match found {
                    MOST => "the room for scores",
                    _ => "max_storage_buffer_binding_size",
                },
                found,
                needed,
            }
            .into());
        }
        let quantiles = match state.needs.targets {
            0 => None,
            _ => Some(Quantiles {
                ranks: self.kernels().statistics(device, StatisticsKey::Ranks)?,
                order: OrderProgram::new(device, self.kernels())?,
                levels: levels(device, statistics)?,
            }),
        };
        Ok(GpuStatistics {
            device: device.clone(),
            finish: self.kernels().statistics(device, StatisticsKey::Finish)?,
            state,
            quantiles,
            scores,
        })
    }
}

impl GpuStatistics {
    /// The word where the quantiles begin.
    #[must_use]
    pub fn quantiles_at(&self) -> usize {
        self.state.needs.result()[0]
    }

    /// The word where the histogram begins.
    #[must_use]
    pub fn histogram_at(&self) -> usize {
        self.state.needs.result()[1]
    }

    /// Bytes of the result.
    #[must_use]
    pub fn size(&self) -> u64 {
        4 * self.state.needs.result()[2] as u64
    }

    /// Records the statistics of the scores of `scores` into `result`, from byte `offset` on.
    ///
    /// The commands read scores as they are when the encoder runs: those that a [`GpuKernel`](super::GpuKernel) was
    /// recorded to write before, or any others that are not negative. Statuses are not looked at. `result` needs the usage
    /// `STORAGE`, `offset` must be a multiple of the device's storage offset alignment.
    ///
    /// # Errors
    /// [`RecordError`]; nothing is recorded then, unless the device itself refuses in the middle.
    pub fn encode(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        scores: &Output<'_>,
        result: &wgpu::Buffer,
        offset: u64,
    ) -> Result<Recording, RecordError> {
        let limits = self.device.limits();
        let alignment = u64::from(limits.min_storage_buffer_offset_alignment);
        let bytes = self.scores * 4;
        for (operand, buffer, offset, size) in [
            ("scores", scores.scores, scores.scores_offset, bytes),
            ("statistics", result, offset, self.size()),
        ] {
            if !offset.is_multiple_of(alignment) {
                return Err(RecordError::Offset {
                    operand,
                    offset,
                    alignment,
                });
            }
            let needed = offset.saturating_add(size);
            if buffer.size() < needed {
                return Err(RecordError::BufferSize {
                    operand,
                    size: buffer.size(),
                    needed,
                });
            }
        }
        let needs = &self.state.needs;
        let state = self.scratch("kullback/state", needs.state())?;
        // No binding is empty.
        let none = match self.scores {
            0 => Some(self.scratch("kullback/none", 4)?),
            _ => None,
        };
        let scores = match &none {
            Some(none) => whole(none),
            None => Span {
                buffer: scores.scores,
                offset: scores.scores_offset,
                size: bytes,
            },
        };
        let targets = Targets::new(&self.device, needs, &[])?;
        let recording = Recording::new();
        let mut parameters = Parameters {
            needs: *needs,
            scores: self.scores,
            epoch: recording.epoch(),
            round: 0,
        };
        let mut kept = Vec::new();
        let mut recorder = Recorder {
            device: &self.device,
            encoder,
            kept: &mut kept,
        };
        self.state
            .record(&mut recorder, &parameters, &scores, None, &whole(&state))?;
        if let Some(Quantiles {
            ranks,
            order,
            levels,
        }) = &self.quantiles
        {
            let buffers = [&state, levels, &targets.targets].map(wgpu::Buffer::as_entire_binding);
            recorder.dispatch(ranks, StatisticsKey::Ranks, &parameters, &buffers)?;
            for round in 0..ROUNDS.len() {
                parameters.round = round;
                order.record_digits(&mut recorder, &parameters, &scores, &targets)?;
                order.record_pick(&mut recorder, &parameters, &targets)?;
            }
        }
        parameters.round = ROUNDS.len();
        let result = Span {
            buffer: result,
            offset,
            size: self.size(),
        };
        let buffers = [
            state.as_entire_binding(),
            targets.targets.as_entire_binding(),
            result.binding(),
        ];
        recorder.dispatch(&self.finish, StatisticsKey::Finish, &parameters, &buffers)?;
        kept.extend([state]);
        kept.extend(none);
        kept.extend(targets.into_buffers());
        Ok(recording.keeping(kept))
    }

    fn scratch(&self, label: &str, size: u64) -> Result<wgpu::Buffer, GpuError> {
        use wgpu::BufferUsages as Usage;
        scoped(&self.device, "scratch memory", || {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size,
                usage: Usage::STORAGE | Usage::COPY_DST,
                mapped_at_creation: false,
            })
        })
    }
}

fn whole(buffer: &wgpu::Buffer) -> Span<'_> {
    Span {
        buffer,
        offset: 0,
        size: buffer.size(),
    }
}
