//! Smoothed support: a constant is added to every bin of both distributions.

use super::bin::Bin;

/// The bins after smoothing, last those that were zero in both.
///
/// The differences are kept as they are, since adding first would lose them.
pub(super) fn smoothed(mut bins: Vec<Bin>, k: usize, eps: f64) -> Vec<Bin> {
    let mass = mass(k, eps);
    for bin in &mut bins {
        *bin = Bin::with_difference((bin.p + eps) / mass, (bin.q + eps) / mass, bin.d / mass);
    }
    let empty = Bin::with_difference(eps / mass, eps / mass, 0.0);
    bins.resize(k, empty);
    bins
}

/// What smoothing makes of a mass of 1 over `k` bins.
pub(super) fn mass(k: usize, eps: f64) -> f64 {
    1.0 + k as f64 * eps
}
