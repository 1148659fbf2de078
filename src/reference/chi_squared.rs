//! Pearson's chi-squared divergence; Neyman's is that of the exchanged rows.

use super::bin::Bin;
use super::sums;

/// `sum (p - q)^2 / q`.
pub(super) fn chi_squared(bins: &[Bin]) -> f64 {
    sums::sum(bins.iter().map(term))
}

fn term(bin: &Bin) -> f64 {
    if bin.t == f64::NEG_INFINITY {
        f64::INFINITY
    } else if bin.t == f64::INFINITY {
        bin.q
    } else if bin.t > -600.0 && bin.q > 1e-280 {
        bin.d * (bin.d / bin.q)
    } else {
        // q may have underflowed where p^2/q has not.
        bin.p_times_exp(-1.0) - 2.0 * bin.p + bin.q
    }
}
