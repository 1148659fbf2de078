//! The triangular discrimination.

use super::bin::Bin;
use super::sums;

/// `sum (p - q)^2 / (p + q)`.
pub(super) fn triangular(bins: &[Bin]) -> f64 {
    sums::sum(bins.iter().map(|bin| {
        if bin.d == 0.0 {
            0.0
        } else {
            bin.d * (bin.d / (bin.p + bin.q))
        }
    }))
}
