//! A device of the bench's own: buffers that hold the rows, and a clock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kullback::wgpu;

use crate::Failure;
use crate::adapters::Adapter;

/// How long one submission may take.
const TIME_OUT: Duration = Duration::from_secs(60);

/// Bytes that are written between two submissions.
const UPLOAD: usize = 16 << 20;

/// A device, buffers for two operands and their scores, and a clock.
pub(super) struct Device {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pub(super) p: wgpu::Buffer,
    pub(super) q: wgpu::Buffer,
    /// Scores or sums.
    pub(super) output: wgpu::Buffer,
    readback: wgpu::Buffer,
    stamps: Option<Stamps>,
    /// The first error that no call returned.
    error: Arc<Mutex<Option<String>>>,
}

/// Two timestamps, before the work and behind it.
struct Stamps {
    set: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    readback: wgpu::Buffer,
    nanoseconds: f64,
    /// The encoder writes them; else empty passes around the work do.
    by_encoder: bool,
}

/// A run of recorded work.
pub(super) struct Ran {
    pub(super) seconds: f64,
    /// The first words of the output, which was cleared before.
    pub(super) words: Vec<u32>,
}

impl Device {
    /// Opens the adapter for operands of at most that many bytes each.
    pub(super) fn open(
        adapter: &Adapter,
        operand: u64,
        shortest_row: u64,
    ) -> Result<Self, Failure> {
        pollster::block_on(open(adapter, operand, shortest_row))
    }

    pub(super) fn wgpu(&self) -> &wgpu::Device {
        &self.device
    }

    pub(super) fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    /// How work is timed.
    pub(super) fn clock(&self) -> &'static str {
        match self.stamps {
            Some(_) => "timestamps inside the pass",
            None => "host clock around the submission, for want of timestamps",
        }
    }

    /// Bytes that each operand has room for.
    pub(super) fn operand(&self) -> u64 {
        self.p.size()
    }

    /// Puts words into a buffer that repeat after `period` words: the first are sent, all others copied
    /// from them there.
    pub(super) fn upload(
        &self,
        buffer: &wgpu::Buffer,
        words: &[u32],
        period: usize,
    ) -> Result<(), Failure> {
        let first = &words[..period.min(words.len())];
        for (i, part) in first.chunks(UPLOAD / size_of::<u32>()).enumerate() {
            let bytes = bytemuck::cast_slice(part);
            self.queue.write_buffer(buffer, (i * UPLOAD) as u64, bytes);
            // What is written waits in memory for a submission.
            self.submit(self.encoder())?;
        }
        let all = size_of_val(words) as u64;
        let mut filled = size_of_val(first) as u64;
        // Through another buffer, since none may be both source and destination of a copy.
        let copied = filled.min(all - filled);
        if copied == 0 {
            return Ok(());
        }
        let usage = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let between = make(&self.device, "kullback/bench/copy", filled, usage);
        let mut encoder = self.encoder();
        encoder.copy_buffer_to_buffer(buffer, 0, &between, 0, filled);
        while filled < all {
            let part = between.size().min(all - filled);
            encoder.copy_buffer_to_buffer(&between, 0, buffer, filled, part);
            filled += part;
        }
        self.submit(encoder)?;
        self.check()
    }

    /// Runs recorded work once and returns the first `words` words of its output. What `record` returns
    /// lives until the work is done.
    pub(super) fn run<T>(
        &self,
        words: u64,
        record: impl FnOnce(&mut wgpu::CommandEncoder) -> Result<T, Failure>,
    ) -> Result<Ran, Failure> {
        let bytes = words * 4;
        // So that work which does nothing cannot pass for the work before it.
        let mut encoder = self.encoder();
        encoder.clear_buffer(&self.output, 0, Some(bytes));
        self.submit(encoder)?;

        let mut encoder = self.encoder();
        if let Some(stamps) = &self.stamps {
            stamps.write(&mut encoder, 0);
        }
        let kept = record(&mut encoder)?;
        if let Some(stamps) = &self.stamps {
            stamps.write(&mut encoder, 1);
        }
        let host_seconds = self.submit(encoder)?;
        drop(kept);

        let mut encoder = self.encoder();
        encoder.copy_buffer_to_buffer(&self.output, 0, &self.readback, 0, bytes);
        if let Some(stamps) = &self.stamps {
            stamps.resolve(&mut encoder);
        }
        self.submit(encoder)?;
        let seconds = match &self.stamps {
            Some(stamps) => stamps.seconds(&self.read(&stamps.readback, 4)?),
            None => host_seconds,
        };
        Ok(Ran {
            seconds,
            words: self.read(&self.readback, words)?,
        })
    }

    pub(super) fn encoder(&self) -> wgpu::CommandEncoder {
        let label = wgpu::CommandEncoderDescriptor {
            label: Some("kullback/bench"),
        };
        self.device.create_command_encoder(&label)
    }

    /// Submits, waits, and returns how long that took.
    fn submit(&self, encoder: wgpu::CommandEncoder) -> Result<f64, Failure> {
        let commands = encoder.finish();
        let start = Instant::now();
        self.queue.submit([commands]);
        self.wait()?;
        Ok(start.elapsed().as_secs_f64())
    }

    fn wait(&self) -> Result<(), Failure> {
        self.wait_for(None)
    }

    /// Waits for a submission and what it has called back, or for all.
    pub(super) fn wait_for(
        &self,
        submission_index: Option<wgpu::SubmissionIndex>,
    ) -> Result<(), Failure> {
        let wanted = wgpu::PollType::Wait {
            submission_index,
            timeout: Some(TIME_OUT),
        };
        // Polling a lost device panics.
        let polled = catch_unwind(AssertUnwindSafe(|| self.device.poll(wanted)));
        self.check()?;
        match polled {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Failure::new(error)),
            Err(_) => Err(Failure::new("the device was lost")),
        }
    }

    /// Fails if something went wrong that no call returned.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let mut error = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        match error.take() {
            Some(error) => Err(Failure::new(error)),
            None => Ok(()),
        }
    }

    fn read(&self, buffer: &wgpu::Buffer, words: u64) -> Result<Vec<u32>, Failure> {
        let slice = buffer.slice(..words * 4);
        slice.map_async(wgpu::MapMode::Read, |_| ());
        self.wait()?;
        let view = slice.get_mapped_range().map_err(Failure::new)?;
        let values = bytemuck::pod_collect_to_vec(&view[..]);
        drop(view);
        buffer.unmap();
        Ok(values)
    }
}

async fn open(adapter: &Adapter, operand: u64, shortest_row: u64) -> Result<Device, Failure> {
    use wgpu::Features;
    let instance =
        wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let backends = wgpu::Backends::from_env().unwrap_or(wgpu::Backends::all());
    let all = instance.enumerate_adapters(backends).await;
    let found = all
        .into_iter()
        .nth(adapter.index)
        .filter(|found| found.get_info().name == adapter.name)
        .ok_or_else(|| Failure::new("it comes and goes"))?;
    let wanted =
        Features::SUBGROUP | Features::TIMESTAMP_QUERY | Features::TIMESTAMP_QUERY_INSIDE_ENCODERS;
    let (device, queue) = found
        .request_device(&wgpu::DeviceDescriptor {
            label: Some("kullback/bench"),
            required_features: found.features() & wanted,
            required_limits: found.limits(),
            ..wgpu::DeviceDescriptor::default()
        })
        .await
        .map_err(Failure::new)?;
    let error = Arc::new(Mutex::new(None));
    let first = Arc::clone(&error);
    device.on_uncaptured_error(Arc::new(move |error| {
        let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(error.to_string());
    }));

    let limits = device.limits();
    let most = limits
        .max_storage_buffer_binding_size
        .min(limits.max_buffer_size);
    let operand = operand.min(most) / 16 * 16;
    let buffer = |label, size, usage| make(&device, label, size, usage);
    use wgpu::BufferUsages as Usage;
    let both = Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC;
    // A score for every row of the shortest kind, or a sum for every workgroup.
    let scores = operand.div_ceil(shortest_row.min(super::sums::SMALLEST_PART)) * 4;
    let made = Device {
        p: buffer("kullback/bench/p", operand, both),
        q: buffer("kullback/bench/q", operand, both),
        output: buffer("kullback/bench/output", scores, both),
        readback: buffer(
            "kullback/bench/readback",
            scores,
            Usage::MAP_READ | Usage::COPY_DST,
        ),
        stamps: Stamps::new(&device, &queue),
        device,
        queue,
        error,
    };
    made.check()?;
    made.with_a_clock_that_runs()
}

pub(super) fn make(
    device: &wgpu::Device,
    label: &str,
    size: u64,
    usage: wgpu::BufferUsages,
) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size,
        usage,
        mapped_at_creation: false,
    })
}

impl Device {
    /// Takes the host's clock if the timestamps do not advance while work is done.
    fn with_a_clock_that_runs(mut self) -> Result<Self, Failure> {
        let size = self.operand();
        let ran = self.run(1, |encoder| {
            encoder.clear_buffer(&self.p, 0, Some(size));
            encoder.clear_buffer(&self.q, 0, Some(size));
            Ok(())
        })?;
        if ran.seconds <= 0.0 {
            self.stamps = None;
        }
        Ok(self)
    }
}

impl Stamps {
    fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Option<Self> {
        use wgpu::{BufferUsages as Usage, Features};
        let features = device.features();
        if !features.contains(Features::TIMESTAMP_QUERY) {
            return None;
        }
        Some(Stamps {
            set: device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("kullback/bench/stamps"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            }),
            resolved: make(
                device,
                "kullback/bench/stamps",
                16,
                Usage::QUERY_RESOLVE | Usage::COPY_SRC,
            ),
            readback: make(
                device,
                "kullback/bench/stamps/readback",
                16,
                Usage::MAP_READ | Usage::COPY_DST,
            ),
            nanoseconds: f64::from(queue.get_timestamp_period()),
            by_encoder: features.contains(Features::TIMESTAMP_QUERY_INSIDE_ENCODERS),
        })
    }

    fn write(&self, encoder: &mut wgpu::CommandEncoder, index: u32) {
        if self.by_encoder {
            encoder.write_timestamp(&self.set, index);
            return;
        }
        let (before, behind) = if index == 0 {
            (None, Some(0))
        } else {
            (Some(1), None)
        };
        // The pass has nothing else to do.
        drop(encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("kullback/bench/stamp"),
            timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                query_set: &self.set,
                beginning_of_pass_write_index: before,
                end_of_pass_write_index: behind,
            }),
        }));
    }

    fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.set, 0..2, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.readback, 0, 16);
    }

    /// From two timestamps of two words each; 0 if the second is not later.
    fn seconds(&self, words: &[u32]) -> f64 {
        let stamps: Vec<u64> = words
            .chunks_exact(2)
            .map(|pair| u64::from(pair[0]) | u64::from(pair[1]) << 32)
            .collect();
        let ticks = match stamps[..] {
            [before, behind] => behind.saturating_sub(before),
            _ => 0,
        };
        ticks as f64 * self.nanoseconds * 1e-9
    }
}
