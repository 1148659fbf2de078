//! Divergences of generators that users give.

use super::bin::{Bin, LEAST, Ratio};
use super::functions::sum;
use super::pair::Pair;
use crate::cpu::generated::{bregman_only_p, bregman_only_q, wide_bregman, wide_term};
use crate::expr::{Bending, Curve, Generator, Program, Real, Series, Wide};

/// `sum q f(p/q)`, or `sum phi(p) - phi(q) - phi'(q) (p - q)`.
pub(super) fn divergence(generator: &Generator, pair: &Pair<'_>) -> f64 {
    let bins = pair.bins().map(|(_, bin)| bin);
    match &generator.bending {
        Bending::AtOne(series, f) => sum(bins.map(|bin| f_divergence(generator, series, f, &bin))),
        Bending::Everywhere(curve) => sum(bins.map(|bin| bregman(generator, curve, &bin))),
    }
}

fn f_divergence(generator: &Generator, series: &Series, f: &Program, bin: &Bin) -> f64 {
    let Bin { p, q, d, ratio } = *bin;
    match ratio {
        Ratio::OnlyQ => return q * generator.only_q,
        Ratio::OnlyP => return p * generator.only_p,
        Ratio::OfBins | Ratio::Logarithm(_) | Ratio::Tiny(_) => {}
    }
    let s = -d / (p + q);
    if s.abs() < series.radius {
        return -d * series.value(s);
    }
    let plain = p > LEAST && q > LEAST;
    if plain {
        let term = q * series.direct(f, p / q, &mut Vec::new());
        if term.is_finite() {
            return term;
        }
    }
    let ratio = if plain {
        Wide::from(p).div(Wide::from(q))
    } else {
        Wide::from(-bin.t()).exp()
    };
    wide_term(series, f, ratio, [p, q])
}

fn bregman(generator: &Generator, curve: &Curve, bin: &Bin) -> f64 {
    let Bin { p, q, d, ratio } = *bin;
    match ratio {
        Ratio::OnlyQ => return bregman_only_q(generator, curve, q),
        Ratio::OnlyP => return bregman_only_p(generator, curve, p),
        Ratio::OfBins | Ratio::Logarithm(_) | Ratio::Tiny(_) => {}
    }
    if d == 0.0 {
        return 0.0;
    }
    // From Q to P.
    let d = -d;
    let memory = &mut Vec::new();
    if d.abs() <= curve.radius * p.max(q) {
        let bends = [p, q].map(|x| curve.bend.run(x, memory));
        let value = curve.near(q, d, memory);
        if value.is_finite() && Curve::is_even(bends) {
            return value;
        }
    }
    let value = curve.far(p, q, d, memory);
    if value.is_finite() {
        value
    } else {
        wide_bregman(curve, [p, q, d])
    }
}
