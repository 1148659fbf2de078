//! The Tsallis divergence.

use super::bin::Bin;
use super::power;

/// `(sum p^a q^(1-a) - 1) / (a-1)`, of bins and `b` as [`power::alpha`] has them for the order `a`.
pub(super) fn tsallis(bins: &[Bin], b: f64, a: f64) -> f64 {
    if a < power::NO_ORDER {
        power::mass_without_q(bins)
    } else {
        a * power::alpha(bins, b)
    }
}
