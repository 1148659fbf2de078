//! Raw measures: two rows of weights as they are, not brought to a sum of 1.

use super::bin::Bin;
use super::distribution::Distribution;
use super::logarithm;
use super::series::exp_excess;
use super::sums;

/// All bins that are not zero in both, with the stored values for `p` and `q`.
pub(super) fn bins(p: &Distribution, q: &Distribution) -> Vec<Bin> {
    (0..p.k())
        .filter_map(|i| match (p.is_zero(i), q.is_zero(i)) {
            (true, true) => None,
            (true, false) => Some(Bin::only_q(q.value(i))),
            (false, true) => Some(Bin::only_p(p.value(i))),
            (false, false) => {
                let (p, q) = (p.value(i), q.value(i));
                let bin = Bin::with_difference(p, q, q - p);
                if bin.is_shared() {
                    return Some(bin);
                }
                // The ratio is no number of f64, but its logarithm is.
                let (ln_p, ln_q) = (logarithm::ln(p), logarithm::ln(q));
                Some(Bin::with_logarithms(p, q, ln_p, ln_q - ln_p))
            }
        })
        .collect()
}

/// `sum p/q - ln(p/q) - 1`.
pub(super) fn itakura_saito(bins: &[Bin]) -> f64 {
    sums::sum(bins.iter().map(|bin| {
        if bin.is_shared() {
            exp_excess(-bin.t)
        } else {
            f64::INFINITY
        }
    }))
}

/// `1/2 sum (p - q)^2`.
pub(super) fn squared_euclidean(bins: &[Bin]) -> f64 {
    sums::sum(bins.iter().map(|bin| bin.d * bin.d)) / 2.0
}
