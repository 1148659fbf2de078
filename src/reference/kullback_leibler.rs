//! The Kullback-Leibler divergence.

use super::bin::Bin;
use super::series::exp_excess;
use super::sums;

/// `sum p ln(p/q)` in nats.
///
/// As the sum of `q - p - p ln(q/p)`: the two sides of `q - p` cancel over all bins, and each term
/// is non-negative and of second order, so that nothing cancels where P and Q are close.
pub(super) fn kullback_leibler(bins: &[Bin]) -> f64 {
    if bins.iter().any(|bin| bin.t == f64::NEG_INFINITY) {
        return f64::INFINITY;
    }
    sums::sum(bins.iter().map(|bin| {
        if bin.t == f64::INFINITY {
            bin.q
        } else if bin.t.abs() < 0.5 {
            bin.p * exp_excess(bin.t)
        } else if bin.p == 0.0 {
            // Underflowed, however large t is.
            bin.q
        } else {
            bin.d - bin.p * bin.t
        }
    }))
}
