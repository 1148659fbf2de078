//! The power family: what Renyi, Tsallis and alpha divergences of all orders have in common.
//!
//! Everything is reduced to the alpha divergence of an order `a >= 1/2`. Orders below that are those
//! above it with the rows exchanged, which keeps `1 - a` exact wherever it is small.

use super::bin::Bin;
use super::kullback_leibler::kullback_leibler;
use super::sums;

/// Orders closer to 0 than this are 0: no f32 could tell.
pub(super) const NO_ORDER: f64 = 1e-300;

/// The alpha divergence of order `a` is that of these bins: those of P and Q with `b = 1 - a` where
/// that is at most one half, else those of the exchanged rows with `b = a`.
///
/// `(1 - sum p^(1-b) q^b) / (b (1-b))`, KL at `b = 0`.
///
/// With the first order of each term, `b (q - p)`, taken off: it cancels over all bins, and what is
/// left is non-negative and of second order.
pub(super) fn alpha(bins: &[Bin], b: f64) -> f64 {
    if b.abs() < NO_ORDER {
        return kullback_leibler(bins);
    }
    let sum = sums::sum(bins.iter().map(|bin| term(bin, b)));
    if sum.is_finite() || bins.iter().any(|bin| bin.t == f64::NEG_INFINITY) {
        return sum;
    }
    // What overflows may come back below the end of f64 by the division. Here b < 0.
    (ln_sum(bins, b) - (-b).ln() - (1.0 - b).ln()).exp()
}

fn term(bin: &Bin, b: f64) -> f64 {
    let a = 1.0 - b;
    let t = bin.t;
    if t == f64::INFINITY {
        bin.q / a
    } else if t == f64::NEG_INFINITY {
        if b > 0.0 { bin.p / b } else { f64::INFINITY }
    } else if t.abs() < 1.0 {
        (bin.p_times_exp_excess(1.0) - bin.p_times_exp_excess(b) / b) / a
    } else {
        (bin.d - bin.p_times_exp_m1(b) / b) / a
    }
}

/// `ln sum p^(1-b) q^b`, by logarithms: neither over- nor underflows. `-inf` if no bin is shared.
pub(super) fn ln_sum(bins: &[Bin], b: f64) -> f64 {
    let shared = bins.iter().filter(|bin| bin.is_shared());
    let logarithms: Vec<f64> = shared.map(|bin| bin.ln_power(b)).collect();
    let peak = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if peak.is_infinite() {
        return peak;
    }
    peak + sums::sum(logarithms.iter().map(|l| (l - peak).exp())).ln()
}

/// What P puts where Q is zero: the Tsallis divergence of order 0 with the rows exchanged.
pub(super) fn mass_without_q(bins: &[Bin]) -> f64 {
    let alone = bins.iter().filter(|bin| bin.t == f64::NEG_INFINITY);
    sums::sum(alone.map(|bin| bin.p))
}
