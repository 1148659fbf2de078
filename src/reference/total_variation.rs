//! The total variation.

use super::bin::Bin;
use super::sums;

/// `1/2 sum |p - q|`.
pub(super) fn total_variation(bins: &[Bin]) -> f64 {
    sums::sum(bins.iter().map(|bin| bin.d.abs())) / 2.0
}
