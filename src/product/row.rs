//! Rows as probabilities and their logarithms, in f64.

use crate::encoding::Encoding;
use crate::rows::Rows;

/// The rounding of an operation of f64, relative.
pub(crate) const UNIT: f64 = f64::EPSILON / 2.0;

/// A row as probabilities and their logarithms; of a bad row anything.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) shares: Vec<f64>,
    /// 0 where the bin is zero.
    pub(crate) logarithms: Vec<f64>,
    pub(crate) zero: Vec<bool>,
    pub(crate) errors: Errors,
}

/// The errors of a decoded row: relative of shares, absolute of logarithms.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Errors {
    pub(crate) shares: f64,
    pub(crate) logarithms: f64,
}

impl Decoded {
    /// With no row yet.
    pub(crate) fn new(k: usize) -> Self {
        Decoded {
            shares: vec![0.0; k],
            logarithms: vec![0.0; k],
            zero: vec![false; k],
            errors: Errors::default(),
        }
    }

    /// Takes a row in place of the one before.
    pub(crate) fn read(&mut self, rows: &Rows<'_>, number: usize) {
        self.errors = match rows.encoding() {
            Encoding::Probabilities | Encoding::Weights => self.read_linear(rows, number),
            _ => self.read_logarithmic(rows, number),
        };
    }

    fn read_linear(&mut self, rows: &Rows<'_>, number: usize) -> Errors {
        let Decoded {
            shares,
            logarithms,
            zero,
            ..
        } = self;
        rows.row_values(number).widen_f64(shares);
        let sum: f64 = shares.iter().sum();
        let (inverse, of_sum) = (1.0 / sum, sum.ln());
        let mut largest = of_sum.abs();
        for ((share, logarithm), zero) in shares.iter_mut().zip(logarithms).zip(zero) {
            *zero = *share == 0.0;
            // A logarithm that is not asked for, of a number that has one.
            let value = if *zero { 1.0 } else { *share }.ln();
            largest = largest.max(value.abs());
            *logarithm = if *zero { 0.0 } else { value - of_sum };
            *share *= inverse;
        }
        let k = shares.len();
        let sums = (k as f64 + 6.0) * UNIT;
        Errors {
            shares: sums,
            logarithms: sums + 6.0 * largest * UNIT,
        }
    }

    fn read_logarithmic(&mut self, rows: &Rows<'_>, number: usize) -> Errors {
        let Decoded {
            shares,
            logarithms,
            zero,
            ..
        } = self;
        rows.row_values(number).widen_f64(logarithms);
        let temperature = rows.encoding().temperature().get();
        let (mut peak, mut largest) = (f64::NEG_INFINITY, 0.0_f64);
        for (value, zero) in logarithms.iter_mut().zip(&mut *zero) {
            *value /= temperature;
            *zero = *value == f64::NEG_INFINITY;
            peak = peak.max(*value);
            largest = largest.max(if *zero { 0.0 } else { value.abs() });
        }
        let mut sum = 0.0;
        for (share, value) in shares.iter_mut().zip(&*logarithms) {
            // That of minus infinity is 0.
            *share = (value - peak).exp();
            sum += *share;
        }
        let (inverse, of_sum) = (1.0 / sum, sum.ln());
        for ((share, logarithm), zero) in shares.iter_mut().zip(logarithms).zip(zero) {
            *share *= inverse;
            *logarithm = if *zero {
                0.0
            } else {
                (*logarithm - peak) - of_sum
            };
        }
        let k = shares.len();
        let sums = (k as f64 + 6.0) * UNIT;
        let below = 6.0 * largest * UNIT;
        Errors {
            shares: 2.0 * sums + 2.0 * below,
            logarithms: 2.0 * sums + 2.0 * below + 4.0 * of_sum.abs() * UNIT,
        }
    }
}
