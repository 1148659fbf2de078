//! Buffers of one chunk in flight: staging, input, output and readback, reused from chunk to chunk.

use std::ops::Range;

use super::GpuError;
use super::record::{Operands, Span};
use super::scope::scoped;
use crate::element::ElementType;
use crate::rows::{Gathered, Rows, UnevenPairs};

/// Bindings start at multiples of this on every device.
const ALIGNMENT: u64 = 256;

fn aligned(bytes: u64) -> u64 {
    bytes.next_multiple_of(ALIGNMENT).max(ALIGNMENT)
}

/// Bytes that a thread copies at a time.
const PIECE: usize = 1 << 20;

/// Bytes of an operand that a thread puts together at a time, so that they are still in its cache when it copies them.
const GATHERED: usize = 1 << 17;

/// Does work for each piece, in parallel where that is built in.
fn for_each(
    pieces: Vec<Range<usize>>,
    work: impl Fn(Range<usize>) -> Result<(), GpuError> + Send + Sync,
) -> Result<(), GpuError> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        pieces.into_par_iter().try_for_each(work)
    }
    #[cfg(not(feature = "parallel"))]
    pieces.into_iter().try_for_each(work)
}

/// The numbers below `end`, so many at a time.
fn pieces(end: usize, step: usize) -> Vec<Range<usize>> {
    let from = (0..end).step_by(step);
    from.map(|from| from..end.min(from + step)).collect()
}

/// Where the parts of a chunk lie in its buffers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Bytes of P and of Q, and of scores or statuses by one measure.
    operands: [u64; 2],
    words: u64,
    measures: u64,
    /// Bytes of the state of each measure, where statistics of the scores come back in their place; else 0.
    state: u64,
}

impl Layout {
    /// Of so many rows, and of as many of each operand as are stored.
    pub(crate) fn new(
        rows: u64,
        stored: [u64; 2],
        k: u64,
        elements: [ElementType; 2],
        measures: usize,
        state: Option<u64>,
    ) -> Self {
        let [p, q] = elements.map(|element| k * element.size() as u64);
        Layout {
            operands: [aligned(stored[0] * p), aligned(stored[1] * q)],
            words: aligned(rows * 4),
            measures: measures as u64,
            state: state.map_or(0, aligned),
        }
    }

    fn input(&self) -> u64 {
        self.operands[0] + self.operands[1]
    }

    fn output(&self) -> u64 {
        2 * self.words * self.measures
    }

    fn states(&self) -> u64 {
        self.state * self.measures
    }

    /// Bytes of the states of so many measures, of so many bytes each.
    pub(crate) fn states_of(state: u64, measures: usize) -> u64 {
        aligned(state) * measures as u64
    }

    /// Where the scores and the statuses by a measure begin.
    fn results(&self, measure: usize) -> [u64; 2] {
        let at = 2 * self.words * measure as u64;
        [at, at + self.words]
    }
}

/// The buffers of one chunk.
#[derive(Debug)]
pub(crate) struct Slot {
    /// Mapped whenever the slot is idle.
    pub staging: wgpu::Buffer,
    input: wgpu::Buffer,
    output: wgpu::Buffer,
    /// What has been taken of the scores of the output, where that comes back in their place.
    states: Option<wgpu::Buffer>,
    pub readback: wgpu::Buffer,
}

impl Slot {
    pub(crate) fn new(device: &wgpu::Device, layout: &Layout) -> Result<Slot, GpuError> {
        use wgpu::BufferUsages as Usage;
        scoped(device, "chunk buffers", || {
            let buffer = |label, size, usage, mapped| {
                device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some(label),
                    size,
                    usage,
                    mapped_at_creation: mapped,
                })
            };
            Slot {
                staging: buffer(
                    "kullback/staging",
                    layout.input(),
                    Usage::MAP_WRITE | Usage::COPY_SRC,
                    true,
                ),
                input: buffer(
                    "kullback/input",
                    layout.input(),
                    Usage::STORAGE | Usage::COPY_DST,
                    false,
                ),
                output: buffer(
                    "kullback/output",
                    layout.output(),
                    Usage::STORAGE | Usage::COPY_SRC,
                    false,
                ),
                states: (layout.state > 0).then(|| {
                    buffer(
                        "kullback/states",
                        layout.states(),
                        Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST,
                        false,
                    )
                }),
                readback: buffer(
                    "kullback/readback",
                    layout.output().max(layout.states()),
                    Usage::MAP_READ | Usage::COPY_DST,
                    false,
                ),
            }
        })
    }

    /// True if a chunk of that layout fits.
    pub(crate) fn fits(&self, layout: &Layout) -> bool {
        let states = self.states.as_ref().map_or(0, wgpu::Buffer::size);
        self.input.size() >= layout.input()
            && self.output.size() >= layout.output()
            && states >= layout.states()
            && self.readback.size() >= layout.states()
    }

    /// Writes the rows of both operands into staging memory, which must be mapped, on the current rayon pool if
    /// there is one: one thread copies a fraction of what the way to a card carries.
    pub(crate) fn upload(
        &self,
        layout: &Layout,
        p: &Rows<'_>,
        q: &Rows<'_>,
    ) -> Result<(), GpuError> {
        for (rows, at) in [(p, 0), (q, layout.operands[0])] {
            self.write(at, rows)?;
        }
        self.staging.unmap();
        Ok(())
    }

    /// Writes rows, those that are stored, one behind the other from a byte of the staging memory on.
    fn write(&self, at: u64, rows: &Rows<'_>) -> Result<(), GpuError> {
        let row = rows.k() * rows.element_type().size();
        let all = rows.stored() as usize;
        if all * row == 0 {
            return Ok(());
        }
        if let Some((values, stride)) = rows.strided_values()
            && (stride == rows.k() || all == 1)
        {
            let bytes = values.bytes();
            return for_each(pieces(bytes.len(), PIECE), |piece| {
                let mut view = self.view(at, piece.clone())?;
                view.slice(..piece.len()).copy_from_slice(&bytes[piece]);
                Ok(())
            });
        }
        // Views start at multiples of 8 bytes, as every fourth row of halves does.
        let step = (PIECE / row).next_multiple_of(4).max(4);
        for_each(pieces(all, step), |piece| {
            let mut view = self.view(at, piece.start * row..piece.end * row)?;
            for (i, number) in piece.enumerate() {
                let stored = rows.row_values(number).bytes();
                view.slice(i * row..(i + 1) * row).copy_from_slice(stored);
            }
            Ok(())
        })
    }

    /// Writes pairs of ragged or sparse rows, filled up to so many bins, likewise.
    pub(crate) fn upload_uneven(
        &self,
        layout: &Layout,
        pairs: &UnevenPairs<'_>,
        rows: &[usize],
        k: usize,
    ) -> Result<(), GpuError> {
        let size = |rows: &Rows<'_>| rows.element_type().size();
        let step = GATHERED / (k * size(&pairs.p).max(size(&pairs.q)));
        let step = if k.is_multiple_of(4) {
            step.max(1)
        } else {
            // As above.
            step.next_multiple_of(4).max(4)
        };
        for_each(pieces(rows.len(), step), |piece| {
            let mut gathered = Gathered::default();
            let some = rows[piece.clone()].iter().copied();
            let both = gathered.gather(pairs, some, k);
            for (rows, at) in both.iter().zip([0, layout.operands[0]]) {
                let row = k * size(rows);
                let mut view = self.view(at, piece.start * row..piece.end * row)?;
                if let Some((values, _)) = rows.strided_values() {
                    let bytes = values.bytes();
                    view.slice(..bytes.len()).copy_from_slice(bytes);
                }
            }
            Ok(())
        })?;
        self.staging.unmap();
        Ok(())
    }

    /// Bytes of the staging memory behind byte `at`.
    fn view(&self, at: u64, bytes: Range<usize>) -> Result<wgpu::BufferViewMut, GpuError> {
        // Only whole words can be mapped, and an odd number of halves ends within one.
        let end = (bytes.end as u64).next_multiple_of(4);
        let view = self
            .staging
            .get_mapped_range_mut(at + bytes.start as u64..at + end);
        view.map_err(|_| GpuError::Lost)
    }

    /// Records the copy to the device.
    pub(crate) fn copy_in(&self, encoder: &mut wgpu::CommandEncoder, layout: &Layout) {
        encoder.copy_buffer_to_buffer(&self.staging, 0, &self.input, 0, layout.input());
    }

    /// Records the copy of what comes back: scores and statuses, or the states in their place.
    pub(crate) fn copy_out(&self, encoder: &mut wgpu::CommandEncoder, layout: &Layout) {
        match &self.states {
            Some(states) if layout.state > 0 => {
                encoder.copy_buffer_to_buffer(states, 0, &self.readback, 0, layout.states());
            }
            _ => self.copy_scores_out(encoder, layout),
        }
    }

    /// Records the copy of statuses back, to where they are read beside scores.
    pub(crate) fn copy_statuses_out(&self, encoder: &mut wgpu::CommandEncoder, layout: &Layout) {
        for measure in 0..layout.measures as usize {
            let [_, at] = layout.results(measure);
            let words = layout.words;
            encoder.copy_buffer_to_buffer(&self.output, at, &self.readback, at, words);
        }
    }

    /// Records the copy of scores and statuses back.
    fn copy_scores_out(&self, encoder: &mut wgpu::CommandEncoder, layout: &Layout) {
        encoder.copy_buffer_to_buffer(&self.output, 0, &self.readback, 0, layout.output());
    }

    /// What the kernels of a measure read and write.
    pub(crate) fn operands(&self, layout: &Layout, measure: usize) -> Operands<'_> {
        let span = |buffer, offset, size| Span {
            buffer,
            offset,
            size,
        };
        let [scores, statuses] = layout.results(measure);
        Operands {
            p: span(&self.input, 0, layout.operands[0]),
            q: span(&self.input, layout.operands[0], layout.operands[1]),
            scores: span(&self.output, scores, layout.words),
            statuses: span(&self.output, statuses, layout.words),
        }
    }

    /// What statistics of the scores by a measure are taken into.
    pub(crate) fn state(&self, layout: &Layout, measure: usize) -> Option<Span<'_>> {
        let buffer = self.states.as_ref().filter(|_| layout.state > 0)?;
        Some(Span {
            buffer,
            offset: layout.state * measure as u64,
            size: layout.state,
        })
    }

    /// Hands the states of all measures to `take`, as [`Slot::read`].
    pub(crate) fn read_states<R>(
        &self,
        layout: &Layout,
        take: impl FnOnce(Vec<&[u32]>) -> R,
    ) -> Result<R, GpuError> {
        self.read_words(|words| {
            let state = (layout.state / 4) as usize;
            let states = words.chunks_exact(state.max(1));
            take(states.take(layout.measures as usize).collect())
        })
    }

    /// Hands the scores and statuses of `rows` rows by each measure to `take`, as they lie in the mapped readback
    /// buffer, which is unmapped afterwards.
    pub(crate) fn read<R>(
        &self,
        layout: &Layout,
        rows: usize,
        take: impl FnOnce(Vec<[&[u32]; 2]>) -> R,
    ) -> Result<R, GpuError> {
        self.read_words(|words| {
            let part = |at: u64| {
                let at = (at / 4) as usize;
                &words[at..at + rows]
            };
            let measures = 0..layout.measures as usize;
            let results = measures.map(|measure| layout.results(measure).map(part));
            take(results.collect())
        })
    }

    /// Hands the words of the mapped readback buffer to `take`, and unmaps it afterwards.
    fn read_words<R>(&self, take: impl FnOnce(&[u32]) -> R) -> Result<R, GpuError> {
        let view = self.readback.get_mapped_range(..);
        let view = view.map_err(|_| GpuError::Lost)?;
        // Buffers are mapped at multiples of 8 bytes.
        let taken = take(bytemuck::try_cast_slice(&view[..]).map_err(|_| GpuError::Lost)?);
        drop(view);
        self.readback.unmap();
        Ok(taken)
    }
}
