//! Renyi, Tsallis and alpha divergences: all of them from the alpha divergence of an order of at least one
//! half, which that of a lower order is with P and Q exchanged.

use super::bin::{Bin, Ratio};
use super::functions::{exp_excess, sum};
use super::measures::kullback_leibler;
use super::pair::Pair;

/// An order as near to 0 or to 1 is that order: no score of f32 could tell.
const NEGLIGIBLE: f64 = 1e-300;
/// A larger one is infinite: a logarithm divided by it is nothing.
const INFINITE: f64 = 1e100;

/// `sum p^a q^(1-a) - 1`, over `a (a - 1)`.
pub(super) fn alpha(pair: Pair<'_>, a: f64) -> f64 {
    let (pair, b) = ordered(pair, a);
    alpha_of(&pair, b)
}

/// `sum p^a q^(1-a) - 1`, over `a - 1`.
pub(super) fn tsallis(pair: Pair<'_>, a: f64) -> f64 {
    if a < NEGLIGIBLE {
        return only_q(&pair);
    }
    a * alpha(pair, a)
}

/// `ln sum p^a q^(1-a)`, over `a - 1`.
pub(super) fn renyi(pair: Pair<'_>, a: f64) -> f64 {
    if a >= 1.0 && q_lacks_some(&pair) {
        return f64::INFINITY;
    }
    if a >= INFINITE {
        return pair.bins().map(|(_, bin)| -bin.t()).fold(0.0, f64::max);
    }
    if a < NEGLIGIBLE {
        let excess = -only_q(&pair);
        return -ln_of_sum(&pair.exchanged(), 0.0, excess);
    }
    let (pair, b) = ordered(pair, a);
    let alpha = alpha_of(&pair, b);
    if a == 1.0 {
        return alpha;
    }
    ln_of_sum(&pair, b, (b - 1.0) * (b * alpha)) / (a - 1.0)
}

/// The rows and `b = 1 - a` for an order of at least one half; for a lower one the rows exchanged.
fn ordered(pair: Pair<'_>, a: f64) -> (Pair<'_>, f64) {
    if a >= 0.5 {
        (pair, 1.0 - a)
    } else {
        (pair.exchanged(), a)
    }
}

/// `(1 - sum p^(1-b) q^b) / (b (1-b))` for `b` of at most one half.
fn alpha_of(pair: &Pair<'_>, b: f64) -> f64 {
    if b.abs() < NEGLIGIBLE {
        return kullback_leibler(pair);
    }
    let sum = sum(pair
        .bins()
        .map(|(i, bin)| term(&bin, b, || pair.ln_power(i, &bin, b))));
    if sum.is_finite() || q_lacks_some(pair) {
        return sum;
    }
    // A power beyond the end of f64 may come back by the division. Here b < 0.
    (ln_sum(pair, b) - (-b).ln() - (1.0 - b).ln()).exp()
}

/// What a bin adds, less its share of `b sum (q - p)`, which is nothing over all bins: so it is never
/// negative. `ln_power` is `ln p^(1-b) q^b`.
fn term(bin: &Bin, b: f64, ln_power: impl FnOnce() -> f64) -> f64 {
    let a = 1.0 - b;
    let Bin { p, q, d, ratio } = *bin;
    match ratio {
        Ratio::OnlyQ => return q / a,
        Ratio::OnlyP if b > 0.0 => return p / b,
        Ratio::OnlyP => return f64::INFINITY,
        Ratio::OfBins | Ratio::Logarithm(_) | Ratio::Tiny(_) => {}
    }
    let t = bin.t();
    let x = b * t;
    // Neither the bin nor the power is near the ends of f64.
    let plain = p > 1e-280 && x.abs() < 600.0;
    if plain && t.abs() < 1.0 {
        let second = exp_excess(x) / b;
        return p * (exp_excess(t) - second) / a;
    }
    let grown = if plain || x.abs() < 1.0 {
        p * x.exp_m1()
    } else {
        ln_power().exp() - p
    };
    (d - grown / b) / a
}

/// `ln sum p^(1-b) q^b`, of which `excess` is the sum less 1, precise where that is small.
fn ln_of_sum(pair: &Pair<'_>, b: f64, excess: f64) -> f64 {
    if excess.abs() <= 0.5 {
        excess.ln_1p()
    } else {
        ln_sum(pair, b)
    }
}

/// The same by logarithms, which neither over- nor underflow; `-inf` if no bin is shared.
fn ln_sum(pair: &Pair<'_>, b: f64) -> f64 {
    let shared = pair.bins().filter(|(_, bin)| bin.is_shared());
    let logarithms = shared.map(|(i, bin)| pair.ln_power(i, &bin, b));
    let peak = logarithms.clone().fold(f64::NEG_INFINITY, f64::max);
    if peak.is_infinite() {
        return peak;
    }
    peak + sum(logarithms.map(|logarithm| (logarithm - peak).exp())).ln()
}

/// True if Q is zero where P is not.
fn q_lacks_some(pair: &Pair<'_>) -> bool {
    pair.bins().any(|(_, bin)| bin.ratio == Ratio::OnlyP)
}

/// What Q puts where P is zero.
fn only_q(pair: &Pair<'_>) -> f64 {
    let alone = pair.bins().filter(|(_, bin)| bin.ratio == Ratio::OnlyQ);
    sum(alone.map(|(_, bin)| bin.q))
}
