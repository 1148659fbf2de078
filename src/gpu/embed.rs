//! Scoring on a device that belongs to the caller.

use std::sync::atomic::{AtomicU16, Ordering};

use super::engine::{check_limits, limits_of};
use super::pipeline::{Kernels, Mutation};
use super::probe::probe;
use super::record::{Operands, Program, Span};
use super::scope::scoped;
use super::{GpuError, engine};
use crate::element::ElementType;
use crate::encoding::Encoding;
use crate::error::ArgumentError;
use crate::measure::Arithmetic;
use crate::options::Options;
use crate::plan::{Chunks, Exchange, Key, Meeting, Parameters, Strategy, Tried};

/// Records scoring into the caller's encoder, on the caller's device and buffers.
///
/// Nothing here sets a callback, polls, submits or writes to the queue, except
/// [`GpuScorer::probe`], which says so. Limits and features are those of the device. Errors are caught
/// in error scopes, so the caller's handler never sees them.
///
/// ```no_run
/// use kullback::gpu::{BufferRows, GpuScorer, Output};
/// use kullback::{Encoding, Measure, Options, wgpu};
///
/// # fn record(device: &wgpu::Device, queue: &wgpu::Queue, p: &wgpu::Buffer, q: &wgpu::Buffer,
/// #     scores: &wgpu::Buffer, encoder: &mut wgpu::CommandEncoder)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// let scorer = GpuScorer::new(device, queue)?;
/// let options = Options::new(Measure::KullbackLeibler);
/// let kernel = scorer.kernel(&options, Encoding::Probabilities, Encoding::LOGITS, 1000, 64)?;
/// let recording = kernel.encode(
///     encoder,
///     &BufferRows::new(p),
///     &BufferRows::new(q),
///     &Output::new(scores),
/// )?;
/// // Submit the encoder, then drop the recording.
/// # drop(recording);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct GpuScorer {
    device: wgpu::Device,
    queue: wgpu::Queue,
    kernels: Kernels,
    exchange: Exchange,
}

/// The scoring of batches of one kind, compiled.
#[derive(Debug)]
pub struct GpuKernel {
    device: wgpu::Device,
    program: Program,
    chunks: Chunks,
    arithmetic: Arithmetic,
    /// Of P and of Q.
    elements: [ElementType; 2],
    rows: u64,
    k: u32,
}

/// How the rows of an operand are stored, and what they stand for: an [`Encoding`] for rows of f32, or one
/// with an [`ElementType`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stored {
    /// What the rows stand for.
    pub encoding: Encoding,
    /// The type of the numbers.
    pub element: ElementType,
}

impl From<Encoding> for Stored {
    fn from(encoding: Encoding) -> Self {
        (encoding, ElementType::F32).into()
    }
}

impl From<(Encoding, ElementType)> for Stored {
    fn from((encoding, element): (Encoding, ElementType)) -> Self {
        Stored { encoding, element }
    }
}

/// A row-major matrix in a buffer with usage `STORAGE`, of the element type that the kernel was made for.
///
/// The buffer must reach to the next multiple of 16 bytes behind the last row: kernels read whole
/// vectors, and what lies behind a row does not matter.
#[derive(Clone, Copy, Debug)]
pub struct BufferRows<'a> {
    /// Where the rows lie.
    pub buffer: &'a wgpu::Buffer,
    /// Bytes before the first row, a multiple of the size of an element.
    pub offset: u64,
    /// Elements from one row to the next; 0 stands for K.
    pub stride: u32,
    /// True if the first row is that of all, as in one against many. Nothing else is read then, and there is no stride.
    pub repeated: bool,
}

impl<'a> BufferRows<'a> {
    /// Rows one behind the other from the start of a buffer.
    #[must_use]
    pub fn new(buffer: &'a wgpu::Buffer) -> Self {
        BufferRows {
            buffer,
            offset: 0,
            stride: 0,
            repeated: false,
        }
    }
}

/// Where scores go: one f32 a row, in a buffer with usage `STORAGE`.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// NaN for bad rows, `+inf` where the definition says so.
    pub scores: &'a wgpu::Buffer,
    /// Bytes before the first score, a multiple of the device's storage offset alignment.
    pub scores_offset: u64,
    /// One u32 a row, if wanted: what is wrong with P in bits 0 to 3, with Q in bits 4 to 7 (1 NaN or
    /// infinite, 2 negative, 3 zero mass, 4 not normalised), and in the upper half
    /// [`Recording::epoch`], by which statuses of this recording are told from what lay there before.
    pub statuses: Option<&'a wgpu::Buffer>,
    /// Bytes before the first status, likewise a multiple.
    pub statuses_offset: u64,
}

impl<'a> Output<'a> {
    /// Scores from the start of a buffer, and no statuses.
    #[must_use]
    pub fn new(scores: &'a wgpu::Buffer) -> Self {
        Output {
            scores,
            scores_offset: 0,
            statuses: None,
            statuses_offset: 0,
        }
    }
}

/// Scratch memory of recorded commands. Keep it until the encoder has been submitted.
#[derive(Debug)]
#[must_use = "the recorded commands use this memory until they are submitted"]
pub struct Recording {
    epoch: u16,
    _kept: Vec<wgpu::Buffer>,
}

impl Recording {
    /// Of commands that are not recorded yet.
    pub(super) fn new() -> Self {
        Recording {
            epoch: next_epoch(&RECORDINGS),
            _kept: Vec::new(),
        }
    }

    /// With what its commands use.
    pub(super) fn keeping(self, kept: Vec<wgpu::Buffer>) -> Self {
        Recording {
            _kept: kept,
            ..self
        }
    }

    /// What stands in the upper half of every status that these commands write: row `i` was scored by
    /// them if `statuses[i] >> 16 == recording.epoch()`.
    ///
    /// It is never 0, which fresh memory holds, and differs from that of the 65,534 recordings before in
    /// this process, whatever scorer, kernel or device they were for. So a buffer of statuses may be
    /// reused without being cleared, and a submission that was dropped, lost or not awaited leaves no
    /// status that would pass for one of its own.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch.into()
    }
}

/// One for all scorers of the process: two of them may write to the same buffer.
static RECORDINGS: AtomicU16 = AtomicU16::new(0);

fn next_epoch(recordings: &AtomicU16) -> u16 {
    // Wrapping takes two steps, since 0 is what fresh memory holds.
    loop {
        let epoch = recordings.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if epoch != 0 {
            return epoch;
        }
    }
}

/// Why commands were not recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// An argument cannot be used.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// The device refused.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// A buffer is too small for what it should hold.
    #[error(
        "the buffer of {operand} holds {size} bytes and {needed} are needed{}",
        if ["P", "Q"].contains(operand) { " (whole vectors of 16 bytes)" } else { "" }
    )]
    BufferSize {
        /// `P`, `Q`, `scores`, `statuses` or `statistics`.
        operand: &'static str,
        /// The size of the buffer.
        size: u64,
        /// The size that would do.
        needed: u64,
    },
    /// An offset does not fit the device's alignment.
    #[error("the offset {offset} of {operand} is no multiple of {alignment} bytes")]
    Offset {
        /// `P`, `Q`, `scores`, `statuses` or `statistics`.
        operand: &'static str,
        /// The offset given.
        offset: u64,
        /// What it must be a multiple of.
        alignment: u64,
    },
    /// A stride is less than a row.
    #[error("the stride {stride} of {operand} is less than K = {k}")]
    Stride {
        /// `P` or `Q`.
        operand: &'static str,
        /// The stride given.
        stride: u32,
        /// The number of bins.
        k: u32,
    },
}

impl GpuScorer {
    /// Adopts a device.
    ///
    /// # Errors
    /// [`GpuError::Limit`] if the device's limits are below those that kernels need (the defaults of
    /// wgpu suffice).
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Result<Self, GpuError> {
        check_limits(device)?;
        Ok(GpuScorer {
            device: device.clone(),
            queue: queue.clone(),
            kernels: Kernels::default(),
            exchange: Exchange::Shared,
        })
    }

    /// For tests: compiles kernels with this text changed.
    #[doc(hidden)]
    #[must_use]
    pub fn mutated(self, mutation: Mutation) -> Self {
        GpuScorer {
            kernels: Kernels::new(None, Some(mutation), None),
            ..self
        }
    }

    pub(super) fn device(&self) -> &wgpu::Device {
        &self.device
    }

    pub(super) fn kernels(&self) -> &Kernels {
        &self.kernels
    }

    /// Tries the device: submits a tiny dispatch and waits for it.
    ///
    /// Proves that exact differences survive its compiler, and lets kernels compiled later use
    /// subgroup shuffles if the device has them. Scores do not depend on that.
    ///
    /// # Errors
    /// [`GpuError::Probe`] if log rows cannot be scored right on this device.
    pub fn probe(&mut self) -> Result<(), GpuError> {
        let subgroups = self.device.features().contains(wgpu::Features::SUBGROUP);
        self.exchange = probe(
            &self.device,
            &self.queue,
            "the caller's device",
            subgroups,
            None,
        )?;
        Ok(())
    }

    /// Compiles the scoring of `rows` pairs of rows of `k` bins: of f32 if an operand is given as an
    /// encoding, and of another type if as `(Encoding::LOGITS, ElementType::Bf16)`.
    ///
    /// # Errors
    /// [`RecordError`] if the options cannot be used, rows are f64, `k` is 0, or a row is larger than a binding.
    pub fn kernel(
        &self,
        options: &Options,
        p: impl Into<Stored>,
        q: impl Into<Stored>,
        rows: u64,
        k: u32,
    ) -> Result<GpuKernel, RecordError> {
        let (p, q): (Stored, Stored) = (p.into(), q.into());
        if [p.element, q.element].contains(&ElementType::F64) {
            return Err(ArgumentError::F64OnGpu.into());
        }
        options.check_for(p.encoding, q.encoding)?;
        if k == 0 {
            return Err(ArgumentError::NoBins.into());
        }
        let q = if options.measure.uses_q() { q } else { p };
        let elements = [p.element, q.element];
        let (p, q) = ((p.encoding, p.element), (q.encoding, q.element));
        let limits = limits_of(&self.device.limits(), u64::MAX, u64::MAX);
        let chunks = Chunks::new(&limits, Strategy::Auto, rows, u64::from(k), elements, 1)
            .map_err(GpuError::from)?;
        let key = Key::new(options, p, q, Meeting::Rows, self.exchange);
        Ok(GpuKernel {
            device: self.device.clone(),
            program: Program::new(&self.device, &self.kernels, key, chunks.shape, k.into())?,
            chunks,
            arithmetic: Arithmetic::new(options, p, q),
            elements,
            rows,
            k,
        })
    }
}

impl GpuKernel {
    /// Records the scoring of row `i` of `p` against row `i` of `q` into `out`, for all rows.
    ///
    /// The commands read `p` and `q` as they are when the encoder runs; under
    /// [`Measure::Entropy`](crate::Measure::Entropy) `q` is neither read nor checked.
    ///
    /// # Errors
    /// [`RecordError`]; nothing is recorded then, unless the device itself refuses in the middle.
    pub fn encode(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        p: &BufferRows<'_>,
        q: &BufferRows<'_>,
        out: &Output<'_>,
    ) -> Result<Recording, RecordError> {
        let limits = self.device.limits();
        let alignment = u64::from(limits.min_storage_buffer_offset_alignment);
        let q = if self.arithmetic.uses_q { q } else { p };
        let (p_stride, q_stride) = (self.stride("P", p)?, self.stride("Q", q)?);
        let [p_size, q_size] = self.elements.map(|element| element.size() as u64);
        self.check_rows("P", p, p_stride, p_size)?;
        self.check_rows("Q", q, q_stride, q_size)?;
        self.check_words("scores", out.scores, out.scores_offset, alignment)?;
        if let Some(statuses) = out.statuses {
            self.check_words("statuses", statuses, out.statuses_offset, alignment)?;
        }
        let recording = Recording::new();
        let mut kept = Vec::new();
        if self.rows == 0 {
            return Ok(recording);
        }
        // Pieces start at aligned scores: 64 words are 256 bytes, the largest alignment there is.
        let row = |stride: u32, size| u64::from(stride.max(self.k)) * size;
        let widest = row(p_stride, p_size).max(row(q_stride, q_size));
        let binding = limits
            .max_storage_buffer_binding_size
            .min(u64::from(u32::MAX));
        let most =
            (binding.saturating_sub(alignment + 16) / widest).min(self.chunks.rows_per_chunk);
        let step = if most >= self.rows {
            self.rows
        } else {
            (most / 64 * 64).max(1)
        };
        if step < 64 && step < self.rows {
            return Err(GpuError::RowTooLarge {
                bytes: 64 * widest,
                limit: binding,
            }
            .into());
        }
        let scratch_statuses = match out.statuses {
            Some(_) => None,
            None => Some(scoped(&self.device, "scratch memory", || {
                self.device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("kullback/statuses"),
                    size: (step * 4).next_multiple_of(16),
                    usage: wgpu::BufferUsages::STORAGE,
                    mapped_at_creation: false,
                })
            })?),
        };
        // No debug group: lavapipe 22.3 breaks on the second one of an encoder. The passes have labels.
        let mut from = 0;
        while from < self.rows {
            let rows = step.min(self.rows - from);
            let span =
                |of, stride, size| rows_span(of, stride, size, (from, rows), self.k, alignment);
            let (p_span, p_start) = span(p, p_stride, p_size);
            let (q_span, q_start) = span(q, q_stride, q_size);
            let words = |buffer, offset| Span {
                buffer,
                offset,
                size: rows * 4,
            };
            let operands = Operands {
                p: p_span,
                q: q_span,
                scores: words(out.scores, out.scores_offset + from * 4),
                statuses: match (&scratch_statuses, out.statuses) {
                    (Some(scratch), _) => words(scratch, 0),
                    (None, Some(statuses)) => words(statuses, out.statuses_offset + from * 4),
                    (None, None) => words(out.scores, out.scores_offset),
                },
            };
            let parameters = Parameters {
                rows: rows as u32,
                k: self.k,
                p_start,
                q_start,
                p_stride,
                q_stride,
                shape: self.chunks.shape,
                grid_width: 0,
                epoch: recording.epoch,
                pass: 0,
                aligned: [p_start, q_start, p_stride, q_stride]
                    .iter()
                    .all(|elements| elements.is_multiple_of(4)),
                tried: Tried::default(),
                columns: 0,
                arithmetic: self.arithmetic,
            };
            let workgroups = limits.max_compute_workgroups_per_dimension;
            kept.extend(self.program.record(
                &self.device,
                encoder,
                &operands,
                &parameters,
                workgroups,
                Tried::FILLING,
            )?);
            from += rows;
        }
        kept.extend(scratch_statuses);
        Ok(recording.keeping(kept))
    }

    fn stride(&self, operand: &'static str, rows: &BufferRows<'_>) -> Result<u32, RecordError> {
        match rows.stride {
            _ if rows.repeated => Ok(0),
            0 => Ok(self.k),
            stride if stride < self.k => Err(RecordError::Stride {
                operand,
                stride,
                k: self.k,
            }),
            stride => Ok(stride),
        }
    }

    fn check_rows(
        &self,
        operand: &'static str,
        rows: &BufferRows<'_>,
        stride: u32,
        size: u64,
    ) -> Result<(), RecordError> {
        if !rows.offset.is_multiple_of(size) {
            return Err(RecordError::Offset {
                operand,
                offset: rows.offset,
                alignment: size,
            });
        }
        let elements = self.rows.saturating_sub(1) * u64::from(stride) + u64::from(self.k);
        self.check_size(
            operand,
            rows.buffer,
            (rows.offset + elements * size).next_multiple_of(16),
        )
    }

    fn check_words(
        &self,
        operand: &'static str,
        buffer: &wgpu::Buffer,
        offset: u64,
        alignment: u64,
    ) -> Result<(), RecordError> {
        if !offset.is_multiple_of(alignment) {
            return Err(RecordError::Offset {
                operand,
                offset,
                alignment,
            });
        }
        self.check_size(operand, buffer, offset + self.rows * 4)
    }

    fn check_size(
        &self,
        operand: &'static str,
        buffer: &wgpu::Buffer,
        needed: u64,
    ) -> Result<(), RecordError> {
        if self.rows > 0 && buffer.size() < needed {
            return Err(RecordError::BufferSize {
                operand,
                size: buffer.size(),
                needed,
            });
        }
        Ok(())
    }
}

/// The binding of `count` rows from row `from` on, which starts at an aligned offset, and where the first
/// row starts in it, in elements of `size` bytes.
fn rows_span<'a>(
    rows: &BufferRows<'a>,
    stride: u32,
    size: u64,
    (from, count): (u64, u64),
    k: u32,
    alignment: u64,
) -> (Span<'a>, u32) {
    let first = rows.offset + from * u64::from(stride) * size;
    let end = first + ((count - 1) * u64::from(stride) + u64::from(k)) * size;
    let offset = first / alignment * alignment;
    let span = Span {
        buffer: rows.buffer,
        offset,
        size: end.next_multiple_of(16) - offset,
    };
    (span, ((first - offset) / size) as u32)
}

/// How long callers of [`GpuScorer::probe`] wait at most.
pub const PROBE_TIME_OUT: std::time::Duration = engine::TIME_OUT;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_epoch_is_that_of_fresh_memory_or_of_the_recordings_before() {
        let recordings = AtomicU16::new(65_530);
        let epochs: Vec<u16> = (0..65_535).map(|_| next_epoch(&recordings)).collect();
        assert_eq!(epochs[..7], [65_531, 65_532, 65_533, 65_534, 65_535, 1, 2]);
        let mut sorted = epochs.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(1..=u16::MAX));
        assert_eq!(next_epoch(&recordings), epochs[0]);
    }
}
