//! Plans on wgpu's no-op backend, which validates sizes, offsets and grids as any other and then
//! computes nothing. So the limits that every device has are met here without one.

#![allow(clippy::unwrap_used)]

use super::engine::{check_limits, limits_of_chunks};
use super::pipeline::Kernels;
use super::probe::probe;
use super::record::{Operands, Program, Span};
use super::scope::scoped;
use super::slot::{Layout, Slot};
use super::wait::{map, wait};
use super::{GpuError, GpuScorer, Output, Strategy};
use crate::element::ElementType;
use crate::encoding::Encoding;
use crate::measure::{Arithmetic, Measure};
use crate::options::Options;
use crate::plan::{
    Blocks, Chunks, Entry, Exchange, Key, Limits, Meeting, Parameters, Side, Temperatures, Tried,
};
use crate::rows::Rows;
use crate::statistics::Statistics;

const F32: [ElementType; 2] = [ElementType::F32; 2];

/// Rows of one length; `normalised` ones take two dispatches.
#[derive(Clone, Copy)]
struct Batch {
    rows: u64,
    k: u64,
    normalised: bool,
}

/// A device with the limits that every device has, unless more are asked for.
struct Noop {
    device: wgpu::Device,
    queue: wgpu::Queue,
    kernels: Kernels,
}

impl Noop {
    fn new(required_limits: wgpu::Limits) -> Noop {
        let (device, queue) = wgpu::Device::noop(&wgpu::DeviceDescriptor {
            required_limits,
            ..wgpu::DeviceDescriptor::default()
        });
        Noop {
            device,
            queue,
            kernels: Kernels::default(),
        }
    }

    /// What plans are made from, with submissions as large as the device allows.
    fn limits(&self) -> Limits {
        limits_of_chunks(&self.device.limits(), u64::MAX, u64::MAX)
    }

    /// Records a chunk between the copies in and out, and submits it.
    fn run(
        &self,
        chunks: &Chunks,
        batch: Batch,
        workgroups: u32,
        operands: &Operands<'_>,
        slot: Option<(&Slot, &Layout)>,
    ) -> Result<wgpu::SubmissionIndex, GpuError> {
        let Batch {
            rows,
            k,
            normalised,
        } = batch;
        let side = (Encoding::Weights, ElementType::F32);
        let key = Key {
            temperatures: Temperatures::Any,
            meeting: Meeting::Rows,
            p: Side::new(side.1, side.0),
            q: Side::new(side.1, side.0),
            measure: Measure::KullbackLeibler.stem(),
            smoothed: false,
            normalised,
            exchange: Exchange::Shared,
            entry: Entry::Rows,
            blocks: Blocks::Many,
        };
        let program = Program::new(&self.device, &self.kernels, key, chunks.shape, k)?;
        let parameters = Parameters {
            rows: rows as u32,
            k: k as u32,
            p_start: 0,
            q_start: 0,
            p_stride: k as u32,
            q_stride: k as u32,
            shape: chunks.shape,
            grid_width: 0,
            epoch: 7,
            pass: 0,
            aligned: true,
            tried: Tried::default(),
            columns: 0,
            arithmetic: Arithmetic::new(&Options::new(Measure::KullbackLeibler), side, side),
        };
        let descriptor = wgpu::CommandEncoderDescriptor::default();
        let mut encoder = self.device.create_command_encoder(&descriptor);
        if let Some((slot, layout)) = slot {
            slot.copy_in(&mut encoder, layout);
        }
        let device = &self.device;
        let kept = program.record(
            device,
            &mut encoder,
            operands,
            &parameters,
            workgroups,
            Tried::FILLING,
        )?;
        if let Some((slot, layout)) = slot {
            slot.copy_out(&mut encoder, layout);
        }
        let submission = scoped(device, "a submission", || {
            self.queue.submit([encoder.finish()])
        });
        drop(kept);
        submission
    }

    /// Plans a batch and runs its first and its last chunk. Gives the rows of a chunk.
    fn run_plan(&self, strategy: Strategy, rows: u64, k: u64) -> Result<u64, GpuError> {
        let limits = self.limits();
        let chunks = Chunks::new(&limits, strategy, rows, k, F32, 1).unwrap();
        let (first, last) = (chunks.iter().next().unwrap(), chunks.iter().last().unwrap());
        let both = |piece| [(piece, false), (piece, true)];
        for ((from, to), normalised) in [first, last].into_iter().flat_map(both) {
            let layout = Layout::new(to - from, [to - from; 2], k, F32, 1, None);
            let slot = Slot::new(&self.device, &layout)?;
            let nothing = Rows::weights::<f32>(&[], 1).unwrap();
            slot.upload(&layout, &nothing, &nothing)?;
            let operands = slot.operands(&layout, 0);
            let of_slot = Some((&slot, &layout));
            let batch = Batch {
                rows: to - from,
                k,
                normalised,
            };
            self.run(&chunks, batch, limits.workgroups, &operands, of_slot)?;
        }
        Ok(first.1 - first.0)
    }
}

#[test]
fn the_limits_of_every_device_suffice() {
    let noop = Noop::new(wgpu::Limits::default());
    check_limits(&noop.device).unwrap();
    let limits = noop.limits();
    assert_eq!((limits.binding, limits.buffer), (128 << 20, 256 << 20));
    assert_eq!(limits.workgroups, 65_535);
}

#[test]
fn a_row_may_fill_a_binding() {
    let noop = Noop::new(wgpu::Limits::default());
    let k = (128 << 20) / 4;
    let rows = noop.run_plan(Strategy::WorkgroupPerRow, 3, k).unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn rows_may_fill_a_binding_at_any_offset_of_the_second() {
    let noop = Noop::new(wgpu::Limits::default());
    // No row length but one in four keeps rows aligned, and no chunk ends at a multiple of 256 bytes.
    for k in [4099, 50_257] {
        let rows = noop.run_plan(Strategy::Auto, 1 << 22, k).unwrap();
        assert_eq!(rows, (128 << 20) / (4 * k), "K = {k}");
    }
}

#[test]
fn rows_beyond_a_dimension_of_the_grid_take_a_second_one() {
    let noop = Noop::new(wgpu::Limits::default());
    let rows = noop.run_plan(Strategy::WorkgroupPerRow, 200_001, 3);
    assert_eq!(rows.unwrap(), 200_001);
    let rows = noop.run_plan(Strategy::RowsPerWorkgroup, 1 << 24, 1);
    assert_eq!(rows.unwrap(), 1 << 24);
}

#[test]
fn rows_over_workgroups_stay_within_their_scratch_memory() {
    let noop = Noop::new(wgpu::Limits::default());
    let rows = noop.run_plan(Strategy::RowOverWorkgroups, 200_001, 3);
    assert_eq!(rows.unwrap(), (128 << 20) / 1024);
    let rows = noop.run_plan(Strategy::RowOverWorkgroups, 100, 1 << 20);
    assert_eq!(rows.unwrap(), 32);
}

#[test]
fn both_operands_fit_a_buffer_that_is_no_larger_than_a_binding() {
    let noop = Noop::new(wgpu::Limits {
        max_storage_buffer_binding_size: 1 << 20,
        max_buffer_size: 1 << 20,
        ..wgpu::Limits::default()
    });
    let k = (1 << 20) / 8;
    assert_eq!(noop.run_plan(Strategy::Auto, 3, k).unwrap(), 1);
    let larger = Chunks::new(&noop.limits(), Strategy::Auto, 3, k + 1, F32, 1);
    assert_eq!(larger.unwrap_err().limit, 1 << 19);
}

/// What must be refused, so that the tests above mean something.
#[test]
fn the_backend_does_validate() {
    let noop = Noop::new(wgpu::Limits::default());
    let buffer = noop.device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 160 << 20,
        usage: wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    });
    let output = noop.device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 4 << 20,
        usage: wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    });
    let span = |buffer, offset, size| Span {
        buffer,
        offset,
        size,
    };
    let run = |p: Span<'_>, workgroups| {
        let chunks = Chunks::new(
            &noop.limits(),
            Strategy::WorkgroupPerRow,
            200_001,
            4,
            F32,
            1,
        )
        .unwrap();
        let operands = Operands {
            p,
            q: span(&buffer, 0, 4 << 20),
            scores: span(&output, 0, 1 << 20),
            statuses: span(&output, 1 << 20, 1 << 20),
        };
        let batch = Batch {
            rows: 200_001,
            k: 4,
            normalised: false,
        };
        noop.run(&chunks, batch, workgroups, &operands, None)
    };
    let refused = |outcome| matches!(outcome, Err(GpuError::Refused { .. }));
    assert!(run(span(&buffer, 256, 4 << 20), 65_535).is_ok());
    assert!(refused(run(span(&buffer, 16, 4 << 20), 65_535)));
    assert!(refused(run(span(&buffer, 0, (128 << 20) + 16), 65_535)));
    assert!(refused(run(span(&buffer, 256, 4 << 20), u32::MAX)));
}

/// Nothing that a dispatch has not written is taken for a score.
#[test]
fn a_dispatch_that_did_nothing_leaves_no_epoch() {
    let noop = Noop::new(wgpu::Limits::default());
    let (rows, k) = (100, 5);
    let layout = Layout::new(rows, [rows; 2], k, F32, 1, None);
    let slot = Slot::new(&noop.device, &layout).unwrap();
    let values = vec![1.0_f32; (rows * k) as usize];
    let given = Rows::weights(&values, k as usize).unwrap();
    slot.upload(&layout, &given, &given).unwrap();
    let chunks = Chunks::new(&noop.limits(), Strategy::Auto, rows, k, F32, 1).unwrap();
    let operands = slot.operands(&layout, 0);
    let of_slot = Some((&slot, &layout));
    let batch = Batch {
        rows,
        k,
        normalised: true,
    };
    let submission = noop
        .run(&chunks, batch, 65_535, &operands, of_slot)
        .unwrap();
    let mapping = map(&slot.readback, wgpu::MapMode::Read);
    wait(&noop.device, submission, super::engine::TIME_OUT).unwrap();
    mapping.finish().unwrap();
    let read = slot.read(&layout, rows as usize, |results| {
        let [_, statuses] = results[0];
        assert_eq!(*statuses, [0; 100]);
    });
    read.unwrap();
}

#[test]
fn a_device_that_computes_nothing_fails_the_start_up_probe() {
    let noop = Noop::new(wgpu::Limits::default());
    let probed = probe(&noop.device, &noop.queue, "noop", false, None);
    assert!(matches!(probed, Err(GpuError::Probe { .. })), "{probed:?}");
}

/// As many scores and quantiles as every device binds.
#[test]
fn statistics_fit_the_limits_that_every_device_has() {
    let noop = Noop::new(wgpu::Limits::default());
    let scorer = GpuScorer::new(&noop.device, &noop.queue).unwrap();
    let (scores, levels) = (1 << 25, vec![0.5; 8192]);
    let statistics = Statistics::new().mean().quantiles(&levels).unwrap();
    let edges: Vec<f32> = (0..1 << 20).map(|edge| edge as f32).collect();
    let statistics = statistics.histogram(&edges).unwrap();
    let taking = scorer.statistics(&statistics, scores).unwrap();
    let buffer = |size| {
        let descriptor = wgpu::BufferDescriptor {
            label: None,
            size,
            usage: wgpu::BufferUsages::STORAGE,
            mapped_at_creation: false,
        };
        scoped(&noop.device, "a buffer", || {
            noop.device.create_buffer(&descriptor)
        })
        .unwrap()
    };
    let (of_scores, result) = (buffer(scores * 4), buffer(taking.size()));
    let descriptor = wgpu::CommandEncoderDescriptor::default();
    let mut encoder = noop.device.create_command_encoder(&descriptor);
    let recording = taking.encode(&mut encoder, &Output::new(&of_scores), &result, 0);
    drop(recording.unwrap());
    let submitted = scoped(&noop.device, "a submission", || {
        noop.queue.submit([encoder.finish()])
    });
    assert!(submitted.is_ok(), "{submitted:?}");
    // One more of either does not fit.
    assert!(scorer.statistics(&statistics, scores + 1).is_err());
    let more = Statistics::new().quantiles(&vec![0.5; 8193]).unwrap();
    assert!(scorer.statistics(&more, 1).is_err());
}
