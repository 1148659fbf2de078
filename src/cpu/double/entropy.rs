//! The cross-entropy: relative to the largest bin of Q, so that it keeps its digits where Q is nearly
//! one-hot and the score nearly 0.

use super::functions::sum;
use super::row::Row;

/// `-sum p ln q` in nats, with zeros as they are.
pub(super) fn exact(p: &Row, q: &Row) -> f64 {
    let bins = 0..p.len();
    if bins.clone().any(|i| q.is_zero(i) && !p.is_zero(i)) {
        return f64::INFINITY;
    }
    let shared = bins.filter(|&i| !p.is_zero(i));
    let below = sum(shared.map(|i| match p.probability(i) {
        // Too small for a number, whatever stands in Q.
        0.0 => 0.0,
        share => share * -q.below_peak(i),
    }));
    below + q.ln_mass_over_peak()
}

/// `-sum p ln q` in nats of the smoothed distributions.
pub(super) fn smoothed(p: &Row, q: &Row, eps: f64) -> f64 {
    let k = p.len();
    let mass = 1.0 + k as f64 * eps;
    let peak = q.top_probability();
    let below = sum((0..k).map(|i| {
        let of_q = q.probability(i);
        (p.probability(i) + eps) / mass * ((peak - of_q).max(0.0) / (of_q + eps)).ln_1p()
    }));
    // All but the largest bin, over the largest.
    let others = q.rest * peak + (k - 1) as f64 * eps;
    below + (others / (peak + eps)).ln_1p()
}
