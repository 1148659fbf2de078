//! Statistics of scores recorded into an encoder: the same for our own chunks and for callers' buffers.

use std::sync::Arc;

use wgpu::BufferUsages as Usage;

use super::GpuError;
use super::pipeline::{self, Kernel, Kernels};
use super::record::Span;
use super::scope::scoped;
use crate::plan::Chunks;
use crate::plan::statistics::{
    Needs, Parameters, ROUNDS, StatisticsKey, TARGET, fixed_levels, ordered_edges,
};
use crate::statistics::Statistics;

/// Kernels that take statistics of scores into a state.
#[derive(Debug)]
pub(super) struct StateProgram {
    pub(super) needs: Needs,
    moments: Arc<Kernel>,
    moments_key: StatisticsKey,
    /// With the edges.
    histogram: Option<(Arc<Kernel>, wgpu::Buffer)>,
}

/// Kernels that look for places in the order of scores.
#[derive(Debug)]
pub(super) struct OrderProgram {
    digits: Arc<Kernel>,
    pick: Arc<Kernel>,
}

/// What is looked for in the order of scores, and what helps to find it.
#[derive(Debug)]
pub(super) struct Targets {
    pub(super) targets: wgpu::Buffer,
    digits: wgpu::Buffer,
}

/// Where dispatches go.
pub(super) struct Recorder<'a> {
    pub(super) device: &'a wgpu::Device,
    pub(super) encoder: &'a mut wgpu::CommandEncoder,
    /// What must live until the encoder is submitted.
    pub(super) kept: &'a mut Vec<wgpu::Buffer>,
}

impl Recorder<'_> {
    /// Records one dispatch with these buffers behind its parameters.
    pub(super) fn dispatch(
        &mut self,
        kernel: &Kernel,
        key: StatisticsKey,
        parameters: &Parameters,
        buffers: &[wgpu::BindingResource<'_>],
    ) -> Result<(), GpuError> {
        let limit = self.device.limits().max_compute_workgroups_per_dimension;
        let (width, height) = Chunks::grid(parameters.workgroups(key), limit);
        let words = parameters.words(width);
        let uniforms = scoped(self.device, "recording statistics", || {
            let uniforms = pipeline::uniforms(self.device, &words);
            let mut resources = vec![uniforms.as_entire_binding()];
            resources.extend(buffers.iter().cloned());
            pipeline::dispatch(
                self.device,
                self.encoder,
                kernel,
                resources,
                [width, height],
            );
            uniforms
        })?;
        self.kept.push(uniforms);
        Ok(())
    }
}

impl StateProgram {
    /// Compiles what these statistics need; `judged` are scores that have statuses.
    pub(super) fn new(
        device: &wgpu::Device,
        kernels: &Kernels,
        statistics: &Statistics,
        judged: bool,
    ) -> Result<Self, GpuError> {
        let needs = Needs::new(statistics);
        let moments_key = StatisticsKey::Moments {
            sum: needs.sum,
            judged,
        };
        let histogram = match needs.bins {
            0 => None,
            _ => Some((
                kernels.statistics(device, StatisticsKey::Histogram)?,
                words(
                    device,
                    "kullback/edges",
                    &ordered_edges(statistics),
                    Usage::empty(),
                )?,
            )),
        };
        Ok(StateProgram {
            needs,
            moments: kernels.statistics(device, moments_key)?,
            moments_key,
            histogram,
        })
    }

    /// Records the statistics of scores into a state that is cleared first.
    pub(super) fn record(
        &self,
        recorder: &mut Recorder<'_>,
        parameters: &Parameters,
        scores: &Span<'_>,
        statuses: Option<&Span<'_>>,
        state: &Span<'_>,
    ) -> Result<(), GpuError> {
        scoped(recorder.device, "recording statistics", || {
            let Span {
                buffer,
                offset,
                size,
            } = *state;
            recorder.encoder.clear_buffer(buffer, offset, Some(size));
        })?;
        let mut buffers = vec![scores.binding(), state.binding()];
        buffers.extend(statuses.map(Span::binding));
        recorder.dispatch(&self.moments, self.moments_key, parameters, &buffers)?;
        if let Some((kernel, edges)) = &self.histogram {
            let buffers = [scores.binding(), state.binding(), edges.as_entire_binding()];
            recorder.dispatch(kernel, StatisticsKey::Histogram, parameters, &buffers)?;
        }
        Ok(())
    }
}

impl OrderProgram {
    pub(super) fn new(device: &wgpu::Device, kernels: &Kernels) -> Result<Self, GpuError> {
        Ok(OrderProgram {
            digits: kernels.statistics(device, StatisticsKey::Digits)?,
            pick: kernels.statistics(device, StatisticsKey::Pick)?,
        })
    }

    /// Records a count of the digits of scores.
    pub(super) fn record_digits(
        &self,
        recorder: &mut Recorder<'_>,
        parameters: &Parameters,
        scores: &Span<'_>,
        targets: &Targets,
    ) -> Result<(), GpuError> {
        let buffers = [
            scores.binding(),
            targets.targets.as_entire_binding(),
            targets.digits.as_entire_binding(),
        ];
        recorder.dispatch(&self.digits, StatisticsKey::Digits, parameters, &buffers)
    }

    /// Records the choice of digits, once those of all scores have been counted.
    pub(super) fn record_pick(
        &self,
        recorder: &mut Recorder<'_>,
        parameters: &Parameters,
        targets: &Targets,
    ) -> Result<(), GpuError> {
        let buffers = [
            targets.targets.as_entire_binding(),
            targets.digits.as_entire_binding(),
        ];
        recorder.dispatch(&self.pick, StatisticsKey::Pick, parameters, &buffers)
    }
}

impl Targets {
    /// Room for the targets of these statistics, and these ranks in it, behind so many scores each.
    pub(super) fn new(
        device: &wgpu::Device,
        needs: &Needs,
        ranks: &[u32],
    ) -> Result<Self, GpuError> {
        let [targets, digits] = needs.targets();
        let mut all = vec![0; targets as usize / 4];
        for (target, &rank) in all.chunks_exact_mut(TARGET).zip(ranks) {
            target[0] = rank;
        }
        Ok(Targets {
            targets: words(device, "kullback/targets", &all, Usage::COPY_SRC)?,
            // Memory is cleared before it is first used.
            digits: scoped(device, "memory for digits", || {
                device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("kullback/digits"),
                    size: digits,
                    usage: Usage::STORAGE,
                    mapped_at_creation: false,
                })
            })?,
        })
    }

    /// What must live until the commands are submitted that use it.
    pub(super) fn into_buffers(self) -> [wgpu::Buffer; 2] {
        [self.targets, self.digits]
    }
}

/// The score at a target once all rounds are over; `None` if they did not find it.
pub(super) fn found(target: &[u32]) -> Option<f32> {
    let &[_, bits, rounds, _] = target else {
        return None;
    };
    (rounds as usize == ROUNDS.len()).then(|| f32::from_bits(bits))
}

/// The levels of quantiles as kernels read them.
pub(super) fn levels(
    device: &wgpu::Device,
    statistics: &Statistics,
) -> Result<wgpu::Buffer, GpuError> {
    let fixed = fixed_levels(statistics);
    words(device, "kullback/levels", &fixed, Usage::empty())
}

/// A storage buffer with these words, which are at least one.
fn words(
    device: &wgpu::Device,
    label: &str,
    words: &[u32],
    usage: Usage,
) -> Result<wgpu::Buffer, GpuError> {
    let buffer = scoped(device, "memory for statistics", || {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: (size_of_val(words) as u64).max(4),
            usage: Usage::STORAGE | usage,
            mapped_at_creation: true,
        })
    })?;
    {
        let mut view = buffer
            .get_mapped_range_mut(..)
            .map_err(|_| GpuError::Lost)?;
        view.slice(..size_of_val(words))
            .copy_from_slice(bytemuck::cast_slice(words));
    }
    buffer.unmap();
    Ok(buffer)
}
