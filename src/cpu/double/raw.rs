//! Bins of weights as they are stored.

use super::bin::{Bin, Ratio};
use super::functions::{ln_quotient, nearness};

/// A bin that both rows fill.
pub(super) fn bin(p: f64, q: f64) -> Bin {
    let d = q - p;
    let ratio = match nearness(p, q, d) {
        Some(_) => Ratio::OfBins,
        // The quotient may be no number.
        None => Ratio::Logarithm(ln_quotient(p, q)),
    };
    Bin { p, q, d, ratio }
}
