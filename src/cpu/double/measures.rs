//! Sums over bins, of terms that are never negative and of second order where P and Q are close.

use super::bin::{Bin, Ratio};
use super::functions::{exp_excess, near_excess, nearness, sum};
use super::pair::Pair;

fn over(pair: &Pair<'_>, term: impl Fn(Bin) -> f64) -> f64 {
    sum(pair.bins().map(|(_, bin)| term(bin)))
}

/// `sum p ln(p/q) + q - p`.
pub(super) fn kullback_leibler(pair: &Pair<'_>) -> f64 {
    over(pair, |bin| bin.excess())
}

/// `sum (q - p) ln(q/p)`.
pub(super) fn jeffreys(pair: &Pair<'_>) -> f64 {
    over(pair, |bin| match (bin.is_shared(), bin.d) {
        (false, _) => f64::INFINITY,
        (true, 0.0) => 0.0,
        (true, d) => d * bin.t(),
    })
}

/// `w KL(P, M) + v KL(Q, M)` with `M = w P + v Q` and `v = 1 - w`.
pub(super) fn jensen_shannon(pair: &Pair<'_>, w: f64) -> f64 {
    let v = 1.0 - w;
    if w == 0.0 || v == 0.0 {
        return 0.0;
    }
    over(pair, |bin| {
        let Bin { p, q, d, ratio } = bin;
        match ratio {
            Ratio::OnlyP => return -w * p * w.ln(),
            Ratio::OnlyQ => return -v * q * (-w).ln_1p(),
            Ratio::OfBins | Ratio::Logarithm(_) | Ratio::Tiny(_) => {}
        }
        if nearness(p, q, d).is_some() {
            // m - p and m - q, whose first orders cancel between the halves.
            let half = |share: f64, d: f64| {
                nearness(share, share + d, d).map_or(0.0, |s| near_excess(share, d, s))
            };
            return w * half(p, v * d) + v * half(q, -w * d);
        }
        let t = bin.t();
        // share ln(m/share), of the two weights and the ratio of the other bin to this one. The smaller weight
        // is the one that has digits.
        let half = |share: f64, [own, other]: [f64; 2], t: f64| {
            let excess = other * t.exp_m1();
            if share == 0.0 {
                0.0
            } else if excess.is_infinite() {
                share * (other.ln() + t)
            } else if excess > -0.5 {
                share * excess.ln_1p()
            } else {
                share * (own + other * t.exp()).ln()
            }
        };
        -(half(w * p, [w, v], t) + half(v * q, [v, w], -t))
    })
}

/// `1/2 sum |q - p|`.
pub(super) fn total_variation(pair: &Pair<'_>) -> f64 {
    over(pair, |bin| bin.d.abs()) / 2.0
}

/// `sum (q - p)^2 / (p + q)`.
pub(super) fn triangular(pair: &Pair<'_>) -> f64 {
    over(pair, |bin| match bin.d {
        0.0 => 0.0,
        d => d * (d / (bin.p + bin.q)),
    })
}

/// `1/2 sum (sqrt q - sqrt p)^2`.
pub(super) fn hellinger_squared(pair: &Pair<'_>) -> f64 {
    let squares = over(pair, |bin| match bin.d {
        0.0 => 0.0,
        d => (d / (bin.p.sqrt() + bin.q.sqrt())).powi(2),
    });
    squares / 2.0
}

/// `sum p/q - ln(p/q) - 1`.
pub(super) fn itakura_saito(pair: &Pair<'_>) -> f64 {
    over(pair, |bin| match bin.is_shared() {
        true => exp_excess(-bin.t()),
        false => f64::INFINITY,
    })
}

/// `1/2 sum (q - p)^2`.
pub(super) fn squared_euclidean(pair: &Pair<'_>) -> f64 {
    over(pair, |bin| bin.d * bin.d) / 2.0
}
