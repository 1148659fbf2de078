//! The bins of two rows of which at least one holds logarithms.

use super::bin::Bin;
use super::functions::{sum, two_sum};
use super::row::Row;

/// What brings the logarithms of two rows together.
pub(super) struct Logarithmic {
    /// The temperature that both rows have, and the difference of their peaks in two words. Logits of one
    /// temperature are subtracted as they are, to keep what rows that are far from 0 share.
    alike: Option<(f64, [f64; 2])>,
    /// `ln (Zq/Zp)`, of the masses over those of the peaks.
    centre: f64,
}

impl Logarithmic {
    pub(super) fn new(p: &Row, q: &Row) -> Self {
        let same = p.is_logarithmic() && q.is_logarithmic() && p.temperature() == q.temperature();
        let mut this = Logarithmic {
            alike: same.then(|| (p.temperature(), two_sum(q.peak, -p.peak))),
            centre: 0.0,
        };
        // (Zq - Zp) / Zp: where rows are near, relative to what they differ by, and not to 1.
        let growth = sum((0..p.len()).map(|i| {
            let (of_p, of_q) = (p.shares[i] / p.top, q.shares[i] / q.top);
            if p.is_zero(i) || q.is_zero(i) {
                return of_q - of_p;
            }
            let x = this.difference(p, q, i);
            if x.abs() < 1.0 {
                of_p * x.exp_m1()
            } else {
                of_q - of_p
            }
        })) / (p.mass[0] / p.top);
        this.centre = if growth.abs() < 0.5 {
            growth.ln_1p()
        } else {
            q.ln_mass_over_peak() - p.ln_mass_over_peak()
        };
        this
    }

    /// A bin that both rows fill.
    #[inline]
    pub(super) fn bin(&self, p: &Row, q: &Row, i: usize) -> Bin {
        let t = self.difference(p, q, i) - self.centre;
        Bin::of_logarithm(p.probability(i), q.probability(i), t)
    }

    /// The logarithm of the bin of Q over that of P, each relative to the peak of its row.
    #[inline]
    fn difference(&self, p: &Row, q: &Row, i: usize) -> f64 {
        if let Some((temperature, peaks)) = self.alike {
            let [high, low] = two_sum(q.values[i], -p.values[i]);
            let difference = ((high - peaks[0]) + (low - peaks[1])) / temperature;
            if difference.is_finite() {
                return difference;
            }
            // Where logits are too far apart for a difference, their bins are too small to count.
        }
        q.below_peak(i) - p.below_peak(i)
    }
}
