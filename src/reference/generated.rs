//! Divergences of generators that users give: from the definition, on numbers of any size, and near the
//! tangent by Taylor's series.

use super::bin::Bin;
use super::sums;
use crate::expr::{Bregman, Expr, FDivergence, Jet, Real, Wide};

/// Bins closer than this are tried by the series, relative.
const CLOSE: f64 = 0.05;
/// What the last terms of a series may be of its sum.
const SETTLED: f64 = 1e-13;

/// `sum q f(p/q)`, less the tangent at 1, which adds up to nothing.
pub(super) fn f_divergence(bins: &[Bin], divergence: FDivergence) -> f64 {
    let f = divergence.generator();
    let [zero, infinity] = divergence.limits();
    // The slope at 1, halfway between both sides where there is a kink.
    let at_one = [false, true].map(|left| f.value(Jet::line(1.0, 1.0, left)));
    let slope = (at_one[0].terms[1] + at_one[1].terms[1]) / 2.0;
    let term = |bin: &Bin| -> f64 {
        if bin.t == f64::INFINITY {
            return bin.q * (zero + slope);
        }
        if bin.t == f64::NEG_INFINITY {
            return bin.p * (infinity - slope);
        }
        let x = -bin.d / bin.q;
        if bin.q > 1e-280 && x.abs() < CLOSE {
            let series = if x < 0.0 { &at_one[1] } else { &at_one[0] };
            let mut terms = series.terms;
            terms[0] = 0.0;
            terms[1] -= slope;
            if let Some(sum) = settled_sum(&terms, x) {
                // Behind a kink the series goes on as before it, and the expression does not.
                let close = bin.q * sum;
                let direct = far(f, slope, bin);
                let size = f.value(Wide::from(1.0 + x)).value().abs() + (slope * x).abs() + 1.0;
                if direct.is_nan() || (direct - close).abs() <= 1e-12 * bin.q * size {
                    return close;
                }
                return direct;
            }
        }
        far(f, slope, bin)
    };
    sums::sum(bins.iter().map(term))
}

/// A term from the expression itself, wherever `p/q` is.
fn far(f: &Expr, slope: f64, bin: &Bin) -> f64 {
    let one = Wide::from(1.0);
    let known = bin.p > 1e-280 && bin.q > 1e-280;
    let t = if known && bin.t.abs() < 0.1 {
        // Not from the quotient, which rounding would move.
        one.sub(Wide::from(bin.d / bin.q))
    } else if known {
        Wide::from(bin.p).div(Wide::from(bin.q))
    } else {
        Wide::from(-bin.t).exp()
    };
    let tangent = t.sub(one).mul(Wide::from(slope));
    let value = f.value(t).sub(tangent);
    // Over whichever bin is the larger one, for the other may have underflowed.
    if bin.t > 0.0 {
        value.mul(Wide::from(bin.q)).value()
    } else {
        value.div(t).mul(Wide::from(bin.p)).value()
    }
}

/// `sum phi(p) - phi(q) - phi'(q) (p - q)`.
pub(super) fn bregman(bins: &[Bin], divergence: Bregman) -> f64 {
    // Constants cancel, and may be all that f64 holds until then.
    let (phi, constant) = divergence.generator().apart_from_constants();
    let [zero, slope_at_zero] = divergence.limits();
    let zero = zero - constant;
    let at = |x: f64| phi.value(Wide::from(x));
    let term = |bin: &Bin| -> f64 {
        if bin.t == f64::NEG_INFINITY {
            // Both may be infinite.
            let infinite = zero.is_infinite() || slope_at_zero.is_infinite();
            return if infinite {
                f64::INFINITY
            } else {
                let line = Wide::from(zero).add(Wide::from(slope_at_zero * bin.p));
                at(bin.p).sub(line).value()
            };
        }
        if bin.d == 0.0 {
            return 0.0;
        }
        let taylor = phi.value(Jet::line(bin.q, bin.q, bin.d > 0.0));
        let is_only_q = bin.t == f64::INFINITY;
        // An exponential of more than 1e15: the line that is taken away is nothing beside it.
        if at(bin.q).is_beyond() || (!is_only_q && at(bin.p).is_beyond()) {
            return f64::INFINITY;
        }
        if is_only_q {
            return zero + infinite_if_none(Wide::from(taylor.terms[1]).sub(at(bin.q)));
        }
        let x = -bin.d / bin.q;
        let tangent = Wide::from(taylor.terms[1]).mul(Wide::from(x));
        let direct = infinite_if_none(at(bin.p).sub(at(bin.q)).sub(tangent));
        let mut terms = taylor.terms;
        (terms[0], terms[1]) = (0.0, 0.0);
        // However far apart the bins are: together they may be next to nothing.
        let Some(sum) = settled_sum(&terms, x) else {
            return direct;
        };
        let parts = [at(bin.p), at(bin.q), tangent].map(|part| part.value().abs());
        let size = parts.iter().sum::<f64>();
        let agree = x.abs() < CLOSE || (direct - sum).abs() <= 1e-12 * size;
        if agree { sum } else { direct }
    };
    sums::sum(bins.iter().map(term))
}

/// What is beyond f64 in between is beyond f32 in the end.
fn infinite_if_none(term: Wide) -> f64 {
    if term.is_none() {
        f64::INFINITY
    } else {
        term.value()
    }
}

/// The sum of a series at `x`, if its last terms are next to nothing.
fn settled_sum(terms: &[f64], x: f64) -> Option<f64> {
    let sum = terms.iter().rev().fold(0.0, |sum, c| sum * x + c);
    let n = terms.len();
    let power = x.abs().powi(n as i32 - 4);
    let last: f64 = terms[n - 4..].iter().map(|c| c.abs() * power).sum();
    (sum.is_finite() && last <= SETTLED * sum.abs()).then_some(sum)
}
