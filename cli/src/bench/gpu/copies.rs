//! A bare copy of host memory to a device: what the way there takes, with nothing computed behind it.
//!
//! Mapped buffers take turns: all threads fill one while the device copies others to where it computes.

use std::time::Instant;

use kullback::wgpu;
use rayon::prelude::*;

use super::device::{Device, make};
use crate::Failure;

/// Bytes of each buffer.
const BUFFER: u64 = 32 << 20;

/// How many buffers take turns.
const BUFFERS: usize = 3;

/// Bytes that a thread copies at a time.
const PIECE: usize = 1 << 20;

/// Buffers that take turns.
pub(super) struct Copies<'a> {
    device: &'a Device,
    all: Vec<Turn>,
    next: usize,
}

struct Turn {
    staging: wgpu::Buffer,
    input: wgpu::Buffer,
    submission: Option<wgpu::SubmissionIndex>,
}

impl<'a> Copies<'a> {
    pub(super) fn new(device: &'a Device) -> Result<Self, Failure> {
        use wgpu::BufferUsages as Usage;
        let turn = |_| Turn {
            staging: device.wgpu().create_buffer(&wgpu::BufferDescriptor {
                label: Some("kullback/bench/staging"),
                size: BUFFER,
                usage: Usage::MAP_WRITE | Usage::COPY_SRC,
                mapped_at_creation: true,
            }),
            input: make(
                device.wgpu(),
                "kullback/bench/input",
                BUFFER,
                Usage::STORAGE | Usage::COPY_DST,
            ),
            submission: None,
        };
        let all = (0..BUFFERS).map(turn).collect();
        device.check()?;
        Ok(Copies {
            device,
            all,
            next: 0,
        })
    }

    /// Copies bytes to the device and returns how long that took.
    pub(super) fn seconds(&mut self, parts: [&[u8]; 2]) -> Result<f64, Failure> {
        let start = Instant::now();
        for part in parts {
            for bytes in part.chunks(BUFFER as usize) {
                self.copy(bytes)?;
            }
        }
        self.finish()?;
        let seconds = start.elapsed().as_secs_f64();
        self.device.check()?;
        Ok(seconds)
    }

    /// Copies what fits a buffer, a whole number of words.
    fn copy(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let turn = &mut self.all[self.next];
        self.next = (self.next + 1) % BUFFERS;
        turn.land(self.device)?;
        let size = bytes.len() as u64;
        let pieces = bytes.par_chunks(PIECE).enumerate();
        pieces.try_for_each(|(i, piece)| {
            let from = (i * PIECE) as u64;
            let to = from + piece.len() as u64;
            let view = turn.staging.get_mapped_range_mut(from..to);
            view.map_err(Failure::new)?.copy_from_slice(piece);
            Ok(())
        })?;
        turn.staging.unmap();
        let mut encoder = self.device.encoder();
        encoder.copy_buffer_to_buffer(&turn.staging, 0, &turn.input, 0, size);
        turn.submission = Some(self.device.queue().submit([encoder.finish()]));
        turn.staging
            .slice(..)
            .map_async(wgpu::MapMode::Write, |_| ());
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Failure> {
        let device = self.device;
        self.all.iter_mut().try_for_each(|turn| turn.land(device))
    }
}

impl Turn {
    /// Waits until the device is done with it.
    fn land(&mut self, device: &Device) -> Result<(), Failure> {
        if let Some(submission) = self.submission.take() {
            device.wait_for(Some(submission))?;
        }
        Ok(())
    }
}
