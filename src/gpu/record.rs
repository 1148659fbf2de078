//! Dispatches recorded into an encoder: the same for our own chunks and for callers' buffers.

use std::sync::Arc;

use super::GpuError;
use super::pipeline::{self, Kernel, Kernels};
use super::scope::scoped;
use crate::plan::{Chunks, Entry, Key, Parameters, Shape, Tried};

/// A part of a buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span<'a> {
    pub buffer: &'a wgpu::Buffer,
    pub offset: u64,
    pub size: u64,
}

impl Span<'_> {
    pub(super) fn binding(&self) -> wgpu::BindingResource<'_> {
        wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: self.buffer,
            offset: self.offset,
            size: std::num::NonZeroU64::new(self.size),
        })
    }
}

/// What a recording reads and writes.
pub(crate) struct Operands<'a> {
    pub p: Span<'a>,
    pub q: Span<'a>,
    pub scores: Span<'a>,
    pub statuses: Span<'a>,
}

/// Kernels of one request.
#[derive(Clone, Debug)]
pub(crate) enum Program {
    /// One dispatch for all passes.
    Rows(Arc<Kernel>),
    /// One that settles most rows, in a shape of its own, and one behind it for those that are left.
    Tried {
        first: Arc<Kernel>,
        shape: Shape,
        rows: Arc<Kernel>,
    },
    /// Two dispatches a pass.
    Spread {
        spread: Arc<Kernel>,
        gather: Arc<Kernel>,
        key: Key,
    },
}

impl Program {
    /// Compiles what `key` and `shape` need; the entry of the key does not matter.
    pub(crate) fn new(
        device: &wgpu::Device,
        kernels: &Kernels,
        key: Key,
        shape: Shape,
        k: u64,
    ) -> Result<Self, GpuError> {
        let get = |key| kernels.get(device, key);
        Ok(match shape {
            Shape::Rows { .. } => {
                if let Some((entry, first)) = key.first_try(&shape, k) {
                    let tried = key.with(entry, &first, k);
                    let rows = key.with(Entry::Rows, &shape, k);
                    kernels.check_mutation(&[tried, rows])?;
                    return Ok(Program::Tried {
                        first: get(tried)?,
                        shape: first,
                        rows: get(rows)?,
                    });
                }
                let entry = key.logarithms(k).unwrap_or(Entry::Rows);
                let rows = key.with(entry, &shape, k);
                kernels.check_mutation(&[rows])?;
                Program::Rows(get(rows)?)
            }
            Shape::Spread { .. } => {
                let spread = key.with(Entry::Spread, &shape, k);
                let gather = key.with(Entry::Gather, &shape, k);
                kernels.check_mutation(&[spread, gather])?;
                Program::Spread {
                    spread: get(spread)?,
                    gather: get(gather)?,
                    key,
                }
            }
        })
    }

    /// Records the scoring of `parameters.rows` rows, with up to so many `workgroups` in a line, and about `filling`
    /// that look for what a first try left. What is returned must live until the encoder is submitted.
    pub(crate) fn record(
        &self,
        device: &wgpu::Device,
        encoder: &mut wgpu::CommandEncoder,
        operands: &Operands<'_>,
        parameters: &Parameters,
        workgroups: u32,
        filling: u64,
    ) -> Result<Vec<wgpu::Buffer>, GpuError> {
        let rows = u64::from(parameters.rows);
        let mut kept = Vec::new();
        let groups = parameters.shape.workgroups(rows);
        let mut record = |dispatch: Dispatch<'_>, parameters: &Parameters| {
            dispatch.record(device, encoder, operands, parameters, workgroups)
        };
        match self {
            Program::Rows(kernel) => {
                let dispatch = Dispatch {
                    kernel,
                    groups,
                    pass: 0,
                    scratch: &[],
                };
                kept.push(record(dispatch, parameters)?);
            }
            Program::Tried {
                first: kernel_of_first,
                shape,
                rows: kernel,
            } => {
                let shape = *shape;
                let tried = Tried::new(&shape, rows, filling);
                let unsettled = scratch(
                    device,
                    "kullback/unsettled",
                    4 * u64::from(tried.all_groups),
                )?;
                let first = Parameters {
                    shape,
                    ..*parameters
                };
                let behind = Parameters {
                    tried,
                    ..*parameters
                };
                for (kernel, groups, parameters) in [
                    (kernel_of_first, shape.workgroups(rows), &first),
                    (kernel, tried.workgroups(), &behind),
                ] {
                    let dispatch = Dispatch {
                        kernel,
                        groups,
                        pass: 0,
                        scratch: &[&unsettled],
                    };
                    kept.push(record(dispatch, parameters)?);
                }
                kept.push(unsettled);
            }
            Program::Spread {
                spread,
                gather,
                key,
            } => {
                let per_row = parameters.shape.scratch_per_row();
                let partials = scratch(device, "kullback/partials", rows * per_row)?;
                let results = scratch(
                    device,
                    "kullback/results",
                    rows * u64::from(Key::PASSES) * 16,
                )?;
                for pass in key.passes() {
                    for (kernel, groups) in [(spread, groups), (gather, rows)] {
                        let dispatch = Dispatch {
                            kernel,
                            groups,
                            pass,
                            scratch: &[&partials, &results],
                        };
                        kept.push(record(dispatch, parameters)?);
                    }
                }
                kept.extend([partials, results]);
            }
        }
        Ok(kept)
    }
}

fn scratch(device: &wgpu::Device, label: &str, size: u64) -> Result<wgpu::Buffer, GpuError> {
    scoped(device, "scratch memory", || {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage: wgpu::BufferUsages::STORAGE,
            mapped_at_creation: false,
        })
    })
}

struct Dispatch<'a> {
    kernel: &'a Kernel,
    groups: u64,
    pass: u32,
    scratch: &'a [&'a wgpu::Buffer],
}

impl Dispatch<'_> {
    fn record(
        &self,
        device: &wgpu::Device,
        encoder: &mut wgpu::CommandEncoder,
        operands: &Operands<'_>,
        parameters: &Parameters,
        workgroups: u32,
    ) -> Result<wgpu::Buffer, GpuError> {
        let (width, height) = Chunks::grid(self.groups, workgroups);
        let words = Parameters {
            grid_width: width,
            pass: self.pass,
            ..*parameters
        }
        .words();
        scoped(device, "recording a dispatch", || {
            let uniforms = pipeline::uniforms(device, &words);
            let mut resources = vec![
                uniforms.as_entire_binding(),
                operands.p.binding(),
                operands.q.binding(),
                operands.scores.binding(),
                operands.statuses.binding(),
            ];
            resources.extend(self.scratch.iter().map(|buffer| buffer.as_entire_binding()));
            pipeline::dispatch(device, encoder, self.kernel, resources, [width, height]);
            uniforms
        })
    }
}
