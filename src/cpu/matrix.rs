//! Rows of any element type as rows of f32, widened a piece at a time where they are none.

use crate::element::Values;
use crate::rows::Rows;

/// Rows of f32, not copied if that is what was given.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    k: usize,
    stride: usize,
}

impl<'a> Matrix<'a> {
    /// The values of row `i`.
    #[inline(always)]
    pub(crate) fn row(&self, i: usize) -> &'a [f32] {
        &self.values[i * self.stride..i * self.stride + self.k]
    }
}

/// Memory for widened rows, to be used again.
#[derive(Default)]
pub(crate) struct Widened(Vec<f32>);

impl Widened {
    /// The rows as f32.
    pub(crate) fn matrix<'a>(&'a mut self, rows: &Rows<'a>) -> Matrix<'a> {
        let (k, stride) = (rows.k(), rows.stride());
        if let Values::F32(values) = rows.values() {
            return Matrix { values, k, stride };
        }
        self.0.resize(rows.rows() as usize * k, 0.0);
        if stride == k {
            rows.values().widen(&mut self.0);
        } else {
            for (i, out) in self.0.chunks_exact_mut(k).enumerate() {
                rows.row_values(i).widen(out);
            }
        }
        Matrix {
            values: &self.0,
            k,
            stride: k,
        }
    }
}
