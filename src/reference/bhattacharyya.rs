//! The Bhattacharyya distance.

use super::bin::Bin;
use super::{hellinger, power};

/// `-ln sum sqrt(p q)` in nats. The sum is 1 less the squared Hellinger distance.
pub(super) fn bhattacharyya(bins: &[Bin]) -> f64 {
    let squared = hellinger::squared(bins);
    if squared <= 0.5 {
        -(-squared).ln_1p()
    } else {
        -power::ln_sum(bins, 0.5)
    }
}
