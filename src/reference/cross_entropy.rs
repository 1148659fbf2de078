//! The cross-entropy.
//!
//! Relative to the largest bin of Q, `-ln q = ln(q_peak/q) + ln(1 + rest)`: non-negative parts
//! that keep their relative accuracy where Q is nearly one-hot.

use super::distribution::Distribution;
use super::smoothed;
use super::sums;

/// `-sum p ln q` in nats, with zeros as they are.
pub(super) fn exact(p: &Distribution, q: &Distribution) -> f64 {
    if (0..p.k()).any(|i| q.is_zero(i) && !p.is_zero(i)) {
        return f64::INFINITY;
    }
    let filled = (0..p.k()).filter(|&i| !q.is_zero(i));
    let below_peak = sums::sum(filled.map(|i| p.mass[i] * q.below_peak(i)));
    below_peak + q.rest.ln_1p()
}

/// `-sum p ln q` in nats of the smoothed distributions.
pub(super) fn smoothed(p: &Distribution, q: &Distribution, eps: f64) -> f64 {
    let k = p.k();
    let mass = smoothed::mass(k, eps);
    let peak = q.mass[q.peak];
    let below_peak = sums::sum((0..k).map(|i| {
        let ratio = ((peak - q.mass[i]) / (q.mass[i] + eps)).ln_1p();
        (p.mass[i] + eps) / mass * ratio
    }));
    let rest = q.rest * peak + (k - 1) as f64 * eps;
    below_peak + (rest / (peak + eps)).ln_1p()
}
