//! Rows of any element type as rows of f32, widened a piece at a time where they are none.

use super::dispatch::Simd;
use super::prefetch::prefetch_rows;
use super::side_by_side::NARROW;
use crate::element::Values;
use crate::math::{LANES, Vector};
use crate::rows::{Listed, Rows};

/// Rows of f32, not copied if that is what was given; a stride of 0 repeats one.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    k: usize,
    stride: usize,
    /// Which rows of the values these are, if not all in their order.
    list: Option<Listed<'a>>,
    /// Where rows lie that are longer than [`NARROW`] and have lengths of their own.
    offsets: Option<&'a [u64]>,
}

impl<'a> Matrix<'a> {
    /// The values of row `i`.
    #[inline(always)]
    pub(crate) fn row(&self, i: usize) -> &'a [f32] {
        let i = self.list.map_or(i, |list| list.row(i));
        match self.offsets {
            None => &self.values[i * self.stride..i * self.stride + self.k],
            Some(offsets) => &self.values[offsets[i] as usize..offsets[i + 1] as usize],
        }
    }

    /// True if all rows are the same one.
    #[inline(always)]
    pub(crate) fn are_one(&self) -> bool {
        self.stride == 0
    }

    /// True if rows are so short that they are scored side by side, and so near one another that they do not compete
    /// for the same few places of the cache.
    #[inline(always)]
    pub(crate) fn is_narrow(&self) -> bool {
        self.k <= NARROW && self.list.is_none() && self.stride <= 2 * self.k.next_multiple_of(4)
    }

    /// The number of bins of a row.
    pub(crate) fn k(&self) -> usize {
        self.k
    }

    /// `rows` rows from one on, to be read side by side.
    ///
    /// Four elements are read at a time. Rows behind which memory ends are copied into the margin.
    pub(crate) fn side<'m>(&self, from: usize, rows: usize, margin: &'m mut Margin) -> Side<'m>
    where
        'a: 'm,
    {
        let padded = self.k.next_multiple_of(4);
        let start = from * self.stride;
        let end = start + (rows - 1) * self.stride + padded;
        if let Some(values) = self.values.get(start..end) {
            let stride = self.stride;
            return Side { values, stride };
        }
        for (i, copy) in margin.chunks_exact_mut(padded).take(rows).enumerate() {
            copy[..self.k].copy_from_slice(self.row(from + i));
        }
        Side {
            values: margin,
            stride: padded,
        }
    }
}

/// Rows to be read side by side, one in each lane.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    values: &'a [f32],
    stride: usize,
}

impl Side<'_> {
    /// Elements `at` to `at + 3` of each row; those behind its end may be any.
    #[inline(always)]
    pub(crate) fn quads<S: Simd>(
        self,
        token: <S::Vector as Vector>::Token,
        at: usize,
    ) -> [S::Vector; 4] {
        S::Vector::load_quads(token, &self.values[at..], self.stride)
    }

    /// Asks for a part of the memory behind the rows, as large as the quads from `at` on are of theirs; behind one that
    /// is repeated there is nothing to come.
    #[inline(always)]
    pub(crate) fn ask_ahead<S: Simd>(self, at: usize) {
        if self.stride == 0 {
            return;
        }
        // Sixteen rows are as many lines as one has elements.
        let lines = at * S::Vector::WIDTH / LANES..(at + 4) * S::Vector::WIDTH / LANES;
        for line in lines {
            prefetch_rows(self.values, line);
        }
    }
}

/// Room for rows that end where the memory does.
pub(crate) type Margin = [f32; LANES * NARROW];

/// Memory for widened rows, to be used again.
#[derive(Default)]
pub(crate) struct Widened(Vec<f32>);

impl Widened {
    /// The rows as f32, one behind the other if they are not at hand as such, which ragged rows must be.
    pub(crate) fn matrix<'a>(&'a mut self, rows: &Rows<'a>) -> Matrix<'a> {
        let k = rows.k();
        let whole = |values, stride, list| Matrix {
            values,
            k,
            stride,
            list,
            offsets: rows.offsets(),
        };
        let strided = rows.strided_values();
        match (strided, rows.table()) {
            // Short rows are read in whole quads, behind which one alone ends, and listed ones side by side.
            _ if k <= NARROW && (rows.are_one() || strided.is_none()) => {}
            (Some((Values::F32(values), stride)), _) => return whole(values, stride, None),
            (None, Values::F32(values)) => return whole(values, rows.stride(), rows.list()),
            _ => {}
        }
        if rows.are_one() && rows.rows() > 0 {
            self.0.clear();
            self.0.resize(k.next_multiple_of(4), 0.0);
            rows.row_values(0).widen(&mut self.0[..k]);
            return whole(&self.0, 0, None);
        }
        self.0.resize(rows.rows() as usize * k, 0.0);
        match strided {
            Some((values, stride)) if stride == k => values.widen(&mut self.0),
            _ => {
                for (i, out) in self.0.chunks_exact_mut(k).enumerate() {
                    rows.row_values(i).widen(out);
                }
            }
        }
        whole(&self.0, k, None)
    }
}
