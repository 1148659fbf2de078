//! How many rows a stream holds at a time, and in how many buffers.

use half::{bf16, f16};

use crate::element::{ElementType, Room, Values};
use crate::error::{ArgumentError, StreamError};

use super::Failed;

/// The most bytes of P and Q that are scored at once: more is no faster.
const CHUNK_BYTES: u64 = 64 << 20;

/// Two buffers, where there are threads: one is read while the other is scored.
const MOST_BUFFERS: u64 = if cfg!(feature = "parallel") { 2 } else { 1 };

const SCORE_BYTES: u64 = size_of::<f32>() as u64;

/// Pairs of rows, in two arrays of whole rows.
#[derive(Debug)]
pub(crate) struct Buffer {
    pub(crate) p: Array,
    pub(crate) q: Array,
}

/// An array of one of the element types.
#[derive(Debug)]
pub(crate) enum Array {
    F32(Vec<f32>),
    F16(Vec<f16>),
    Bf16(Vec<bf16>),
    F64(Vec<f64>),
}

impl Array {
    /// The first `length` values.
    pub(crate) fn values(&self, length: usize) -> Values<'_> {
        let values = match self {
            Array::F32(values) => Values::F32(values),
            Array::F16(values) => Values::F16(values),
            Array::Bf16(values) => Values::Bf16(values),
            Array::F64(values) => Values::F64(values),
        };
        values.slice(0..length)
    }

    /// The whole array, to be written.
    pub(crate) fn room(&mut self) -> Room<'_> {
        match self {
            Array::F32(values) => Room::F32(values),
            Array::F16(values) => Room::F16(values),
            Array::Bf16(values) => Room::Bf16(values),
            Array::F64(values) => Room::F64(values),
        }
    }
}

/// The sizes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    k: usize,
    /// The types of P and Q.
    elements: [ElementType; 2],
    measures: usize,
    /// Pairs of rows in one buffer, at least 1.
    rows: usize,
    buffers: u64,
}

impl Plan {
    /// The largest chunks up to [`CHUNK_BYTES`] whose buffers stay within `cap` bytes together; a chunk
    /// holds at least one pair of rows.
    pub(crate) fn new(
        k: usize,
        elements: [ElementType; 2],
        measures: usize,
        total: Option<u64>,
        cap: Option<u64>,
    ) -> Result<Plan, Failed> {
        if k == 0 {
            return Err(ArgumentError::NoBins.into());
        }
        let sizes = elements.map(|element| element.size() as u64);
        let pair = (k as u64).saturating_mul(sizes[0] + sizes[1]);
        let scores = SCORE_BYTES.saturating_mul(measures as u64);
        let bytes = |buffers: u64| pair.saturating_mul(buffers).saturating_add(scores);
        let cap = cap.unwrap_or(u64::MAX);
        if bytes(1) > cap || bytes(1) > isize::MAX as u64 {
            return Err(StreamError::HostMemory {
                k,
                needed: bytes(1),
                available: cap.min(isize::MAX as u64),
            });
        }
        let total = total.unwrap_or(u64::MAX).max(1);
        let rows = (CHUNK_BYTES / pair.max(scores)).clamp(1, total);
        // A second buffer is for a second chunk, and is worth smaller chunks.
        let buffers = if rows < total && bytes(MOST_BUFFERS) <= cap {
            MOST_BUFFERS
        } else {
            1
        };
        Ok(Plan {
            k,
            elements,
            measures,
            rows: rows.min(cap / bytes(buffers)) as usize,
            buffers,
        })
    }

    pub(crate) fn allocate(&self) -> Result<Vec<Buffer>, Failed> {
        let [p, q] = self.elements;
        (0..self.buffers)
            .map(|_| {
                Ok(Buffer {
                    p: self.array(p)?,
                    q: self.array(q)?,
                })
            })
            .collect()
    }

    /// Room for the scores of a buffer by each measure.
    pub(crate) fn allocate_scores(&self) -> Result<Vec<Vec<f32>>, Failed> {
        let measures = 0..self.measures;
        measures.map(|_| self.zeros(self.rows)).collect()
    }

    fn array(&self, element: ElementType) -> Result<Array, Failed> {
        let length = self.rows.saturating_mul(self.k);
        Ok(match element {
            ElementType::F32 => Array::F32(self.zeros(length)?),
            ElementType::F16 => Array::F16(self.zeros(length)?),
            ElementType::Bf16 => Array::Bf16(self.zeros(length)?),
            ElementType::F64 => Array::F64(self.zeros(length)?),
        })
    }

    fn zeros<E: Clone + Default>(&self, length: usize) -> Result<Vec<E>, Failed> {
        let mut zeros = Vec::new();
        zeros
            .try_reserve_exact(length)
            .map_err(|_| StreamError::Allocation {
                rows: self.rows,
                k: self.k,
            })?;
        zeros.resize(length, E::default());
        Ok(zeros)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const F32: [ElementType; 2] = [ElementType::F32; 2];

    #[test]
    fn chunks_stay_within_their_limit() {
        let plan = Plan::new(1024, F32, 1, None, None).unwrap();
        assert_eq!(plan.rows, 8192);
        assert_eq!(plan.buffers, MOST_BUFFERS);
        // A row may be longer than that.
        assert_eq!(Plan::new(1 << 28, F32, 1, None, None).unwrap().rows, 1);
    }

    #[test]
    fn narrow_elements_leave_room_for_more_rows() {
        let of = |elements| Plan::new(1001, elements, 1, None, None).unwrap();
        let halves = of([ElementType::F16, ElementType::Bf16]);
        assert_eq!(halves.rows as u64, CHUNK_BYTES / (2 * 2 * 1001));
        let mixed = of([ElementType::F32, ElementType::Bf16]);
        assert_eq!(mixed.rows as u64, CHUNK_BYTES / (6 * 1001));
        let mut buffers = mixed.allocate().unwrap();
        let room = buffers[0].q.room();
        assert_eq!(room.element_type(), ElementType::Bf16);
        assert_eq!(room.len(), 1001 * mixed.rows);
    }

    #[test]
    fn short_streams_take_little() {
        let plan = Plan::new(1024, F32, 1, Some(3), None).unwrap();
        assert_eq!((plan.rows, plan.buffers), (3, 1));
        assert_eq!(Plan::new(8, F32, 1, Some(0), None).unwrap().rows, 1);
    }

    #[test]
    fn a_cap_is_obeyed_for_all_buffers_together() {
        for cap in [12, 20, 27, 28, 100, 1 << 20] {
            let plan = Plan::new(1, F32, 1, None, Some(cap)).unwrap();
            let bytes = plan.rows as u64 * (8 * plan.buffers + 4);
            assert!(plan.rows >= 1 && bytes <= cap, "{cap}: {plan:?}");
        }
        assert!(matches!(
            Plan::new(1, F32, 1, None, Some(11)),
            Err(StreamError::HostMemory {
                needed: 12,
                available: 11,
                ..
            })
        ));
    }

    #[test]
    fn hostile_sizes_are_errors() {
        assert!(matches!(
            Plan::new(0, F32, 1, None, None),
            Err(StreamError::Argument(_))
        ));
        assert!(matches!(
            Plan::new(usize::MAX, F32, 1, None, None),
            Err(StreamError::HostMemory { .. })
        ));
        let huge = Plan::new(usize::MAX / 32, F32, 1, None, None).unwrap();
        assert!(matches!(
            huge.allocate(),
            Err(StreamError::Allocation { .. })
        ));
    }
}
