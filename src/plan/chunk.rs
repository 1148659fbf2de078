//! Batches cut into pieces that a device can take.

use super::strategy::{Shape, Strategy};
use crate::element::ElementType;

/// What a device can take, read from the device in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The largest storage binding, in bytes.
    pub binding: u64,
    /// The largest buffer, in bytes.
    pub buffer: u64,
    /// Workgroups in one dimension of a dispatch.
    pub workgroups: u32,
    /// Bytes of input that one submission should carry: short submissions keep watchdogs quiet.
    pub submission: u64,
    /// Workgroups that one submission should carry: on a software adapter each may take milliseconds.
    pub groups: u64,
}

/// A batch that no cutting makes fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlanError {
    /// Bytes of one row of one operand.
    pub row: u64,
    /// The largest binding of the device.
    pub limit: u64,
}

/// The pieces of a batch of `rows` pairs of rows of `k` elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunks {
    rows: u64,
    /// Rows of every piece but the last.
    pub rows_per_chunk: u64,
    pub shape: Shape,
}

/// So many measures count as one where a submission should be short.
const FEW_MEASURES: u64 = 4;

/// What an output of rows is rounded up to, at most.
const OUTPUT_ALIGNMENT: u64 = 256;

impl Chunks {
    /// Cuts a batch so that every piece fits the limits, with at least one row a piece. P and Q have
    /// elements of these types, and each of so many measures has scores and statuses of its own.
    pub(crate) fn new(
        limits: &Limits,
        strategy: Strategy,
        rows: u64,
        k: u64,
        elements: [ElementType; 2],
        measures: usize,
    ) -> Result<Chunks, PlanError> {
        let most = Most::new(limits, strategy, rows, k, elements, measures)?;
        let [p_row, q_row] = most.row_bytes;
        Ok(Chunks {
            rows,
            rows_per_chunk: most
                .pairs
                .min(most.binding / p_row.max(q_row))
                .min(most.submission / (p_row + q_row))
                .max(1),
            shape: most.shape,
        })
    }

    /// First row and end row of each piece, in order.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        let (rows, step) = (self.rows, self.rows_per_chunk);
        (0..rows.div_ceil(step)).map(move |i| (i * step, ((i + 1) * step).min(rows)))
    }

    /// The dispatch grid for `rows` rows: two dimensions once one is not enough.
    pub(crate) fn grid(workgroups: u64, limit: u32) -> (u32, u32) {
        let limit = u64::from(limit);
        if workgroups <= limit {
            return (workgroups.max(1) as u32, 1);
        }
        let height = workgroups.div_ceil(limit);
        (workgroups.div_ceil(height) as u32, height as u32)
    }
}

/// The most that a submission may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    pub(super) shape: Shape,
    /// Pairs of rows, whatever their bytes.
    pub(super) pairs: u64,
    /// Bytes of the rows of one operand, and of both.
    pub(super) binding: u64,
    pub(super) submission: u64,
    /// Bytes of a row of P and of Q.
    pub(super) row_bytes: [u64; 2],
}

impl Most {
    /// Of pieces of a batch of so many pairs of rows.
    pub(super) fn new(
        limits: &Limits,
        strategy: Strategy,
        pairs: u64,
        k: u64,
        elements: [ElementType; 2],
        measures: usize,
    ) -> Result<Most, PlanError> {
        let row_bytes = elements.map(|element| k.saturating_mul(element.size() as u64));
        // Each operand has a binding of its own.
        let row = row_bytes[0].max(row_bytes[1]);
        // Vectors are read whole, and indices of elements are u32.
        let binding = limits.binding.min(limits.buffer).min(u64::from(u32::MAX)) & !15;
        if row > binding || k > u64::from(u32::MAX) / 2 {
            return Err(PlanError {
                row,
                limit: binding,
            });
        }
        let shape = Shape::new(strategy, k, pairs);
        let measures = measures.max(1) as u64;
        // What keeps watchdogs quiet for one measure does for a few.
        let (submission, groups) = match measures.div_ceil(FEW_MEASURES) {
            1 => (limits.submission, limits.groups),
            times => (limits.submission / times, limits.groups / times),
        };
        // All scores and statuses are in one buffer, those of a measure aligned.
        let output = limits.buffer.min(limits.submission) / measures;
        let grid = u64::from(limits.workgroups) * u64::from(limits.workgroups);
        let groups_of_256_rows = shape.workgroups(256).max(1);
        let mut pairs = (output.saturating_sub(2 * OUTPUT_ALIGNMENT) / 8)
            .min(grid.min(groups).saturating_mul(256) / groups_of_256_rows)
            .min(binding / 4);
        if shape.scratch_per_row() > 0 {
            if shape.scratch_per_row() > binding {
                return Err(PlanError {
                    row: shape.scratch_per_row(),
                    limit: binding,
                });
            }
            pairs = pairs.min(binding / shape.scratch_per_row().max(96));
        }
        Ok(Most {
            shape,
            pairs: pairs.max(1),
            binding,
            submission,
            row_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const F32: [ElementType; 2] = [ElementType::F32; 2];

    const SMALL: Limits = Limits {
        binding: 128 << 20,
        buffer: 256 << 20,
        workgroups: 65_535,
        submission: 64 << 20,
        groups: 1 << 22,
    };

    #[test]
    fn batches_beyond_two_to_the_32_elements_are_cut() -> Result<(), PlanError> {
        let chunks = Chunks::new(&SMALL, Strategy::Auto, 100_000_000, 1024, F32, 1)?;
        assert_eq!(chunks.rows_per_chunk, 8192);
        let mut end = 0;
        for (from, to) in chunks.iter() {
            assert_eq!(from, end);
            assert!((to - from) * 1024 * 4 <= SMALL.binding);
            end = to;
        }
        assert_eq!(end, 100_000_000);
        Ok(())
    }

    #[test]
    fn rows_as_large_as_a_binding_pass_and_larger_ones_do_not() {
        let most = SMALL.binding / 4;
        assert_eq!(
            Chunks::new(&SMALL, Strategy::Auto, 3, most, F32, 1).map(|c| c.rows_per_chunk),
            Ok(1)
        );
        assert_eq!(
            Chunks::new(&SMALL, Strategy::Auto, 3, most + 1, F32, 1),
            Err(PlanError {
                row: 4 * (most + 1),
                limit: SMALL.binding
            })
        );
    }

    #[test]
    fn grids_have_a_second_dimension_beyond_the_limit() {
        assert_eq!(Chunks::grid(65_535, 65_535), (65_535, 1));
        let (width, height) = Chunks::grid(1_000_000, 65_535);
        assert!(width <= 65_535 && height <= 65_535);
        assert!(u64::from(width) * u64::from(height) >= 1_000_000);
        assert_eq!(Chunks::grid(0, 65_535), (1, 1));
    }

    #[test]
    fn scratch_for_spread_rows_fits_too() -> Result<(), PlanError> {
        let chunks = Chunks::new(&SMALL, Strategy::RowOverWorkgroups, 1_000_000, 3, F32, 1)?;
        assert!(chunks.rows_per_chunk * chunks.shape.scratch_per_row() <= SMALL.binding);
        Ok(())
    }

    #[test]
    fn halves_take_half_the_room_whatever_k() -> Result<(), PlanError> {
        use ElementType::{Bf16, F16, F32};
        // Rows start at odd elements, and no number of them ends with a vector.
        for k in [1023, 50_257, 248_001] {
            let rows = |elements| {
                Chunks::new(&SMALL, Strategy::WorkgroupPerRow, 1 << 30, k, elements, 1)
                    .map(|chunks| chunks.rows_per_chunk)
            };
            assert_eq!(rows([F16, Bf16])?, SMALL.submission / (4 * k));
            assert_eq!(rows([F32, Bf16])?, SMALL.submission / (6 * k));
            assert_eq!(rows([F16, F32])?, SMALL.submission / (6 * k));
        }
        Ok(())
    }

    #[test]
    fn the_wider_operand_decides_how_long_a_row_may_be() {
        use ElementType::{Bf16, F16, F32};
        let most = SMALL.binding / 2;
        let fits = |k, elements| Chunks::new(&SMALL, Strategy::Auto, 3, k, elements, 1).is_ok();
        assert!(fits(most - 1, [F16, Bf16]) && fits(most, [F16, Bf16]));
        assert!(!fits(most + 1, [F16, Bf16]));
        assert!(!fits(most, [F16, F32]) && !fits(most, [F32, Bf16]));
    }

    #[test]
    fn scores_of_many_measures_fit_a_buffer() -> Result<(), PlanError> {
        let mut before = u64::MAX;
        for measures in [1, 2, 4, 5, 9, 26, 100, 1000] {
            let chunks = Chunks::new(&SMALL, Strategy::Auto, 1 << 30, 1, F32, measures)?;
            let rows = chunks.rows_per_chunk;
            let output = 2 * measures as u64 * (4 * rows).next_multiple_of(OUTPUT_ALIGNMENT);
            assert!(output <= SMALL.submission, "{measures}: {output}");
            assert!(rows <= before && rows >= 1000, "{measures}: {rows}");
            before = rows;
        }
        // Few cost no more than one where the rows are what is large.
        let of = |measures| {
            Chunks::new(&SMALL, Strategy::Auto, 1 << 30, 1024, F32, measures)
                .map(|c| c.rows_per_chunk)
        };
        assert_eq!(of(4), of(1));
        assert_eq!(of(5)? * 2, of(1)?);
        Ok(())
    }
}
