//! The Jeffreys divergence.

use super::bin::Bin;
use super::sums;

/// `sum (q - p) ln(q/p)` in nats: every term is non-negative and of second order.
pub(super) fn jeffreys(bins: &[Bin]) -> f64 {
    sums::sum(bins.iter().map(|bin| {
        if !bin.is_shared() {
            f64::INFINITY
        } else if bin.d == 0.0 {
            // Underflowed, however large t is.
            0.0
        } else {
            bin.d * bin.t
        }
    }))
}
