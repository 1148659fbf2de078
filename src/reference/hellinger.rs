//! The squared Hellinger distance.

use super::bin::Bin;
use super::sums;

/// `1/2 sum (sqrt p - sqrt q)^2`.
pub(super) fn squared(bins: &[Bin]) -> f64 {
    let terms = bins.iter().map(|bin| {
        if bin.d == 0.0 {
            return 0.0;
        }
        // The difference of the roots, without taking it.
        let difference = bin.d / (bin.p.sqrt() + bin.q.sqrt());
        difference * difference
    });
    sums::sum(terms) / 2.0
}
