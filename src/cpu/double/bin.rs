//! Two bins that have been brought together.

use super::functions::{atanh_excess, near_excess, nearness, two_sum};

/// A probability below this is compared by its logarithm.
pub(super) const LEAST: f64 = 1e-280;

/// A bin that at least one of two distributions fills.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bin {
    /// The probabilities, which may be too small for a number: that a bin is zero shows in `ratio` alone.
    pub(super) p: f64,
    pub(super) q: f64,
    /// `q - p`, to full relative accuracy.
    pub(super) d: f64,
    pub(super) ratio: Ratio,
}

/// What is known about `q/p`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ratio {
    /// Q is zero.
    OnlyP,
    /// P is zero.
    OnlyQ,
    /// What the bins say: neither they nor their quotients come near the ends of f64.
    OfBins,
    /// Its logarithm.
    Logarithm(f64),
    /// Its logarithm; powers take those of the bins, which may be too small for numbers.
    Tiny(f64),
}

impl Bin {
    pub(super) fn only_p(p: f64) -> Bin {
        Bin {
            p,
            q: 0.0,
            d: -p,
            ratio: Ratio::OnlyP,
        }
    }

    pub(super) fn only_q(q: f64) -> Bin {
        Bin {
            p: 0.0,
            q,
            d: q,
            ratio: Ratio::OnlyQ,
        }
    }

    /// A bin that both fill, of `t = ln(q/p)`: near bins differ by what that says.
    #[inline]
    pub(super) fn of_logarithm(p: f64, q: f64, t: f64) -> Bin {
        let d = if t.abs() < 1.0 { p * t.exp_m1() } else { q - p };
        let ratio = if p < LEAST || q < LEAST {
            Ratio::Tiny(t)
        } else {
            Ratio::Logarithm(t)
        };
        Bin { p, q, d, ratio }
    }

    /// The bin with P and Q exchanged.
    #[inline]
    pub(super) fn exchanged(self) -> Bin {
        let ratio = match self.ratio {
            Ratio::OnlyP => Ratio::OnlyQ,
            Ratio::OnlyQ => Ratio::OnlyP,
            Ratio::OfBins => Ratio::OfBins,
            Ratio::Logarithm(t) => Ratio::Logarithm(-t),
            Ratio::Tiny(t) => Ratio::Tiny(-t),
        };
        Bin {
            p: self.q,
            q: self.p,
            d: -self.d,
            ratio,
        }
    }

    /// `ln(q/p)`: `+inf` if P alone is zero, `-inf` if Q is.
    #[inline]
    pub(super) fn t(&self) -> f64 {
        match self.ratio {
            Ratio::OnlyP => f64::NEG_INFINITY,
            Ratio::OnlyQ => f64::INFINITY,
            Ratio::OfBins => match nearness(self.p, self.q, self.d) {
                Some(s) => 2.0 * s * (1.0 + atanh_excess(s)),
                None => (self.q / self.p).ln(),
            },
            Ratio::Logarithm(t) | Ratio::Tiny(t) => t,
        }
    }

    /// `p ln(p/q) + q - p`, at least 0.
    #[inline]
    pub(super) fn excess(&self) -> f64 {
        if self.ratio == Ratio::OnlyP {
            return f64::INFINITY;
        }
        match nearness(self.p, self.q, self.d) {
            Some(s) => near_excess(self.p, self.d, s),
            // Also where P is zero to f64, whatever the logarithm.
            None if self.p == 0.0 => self.q,
            None => self.d - self.p * self.t(),
        }
    }

    /// True if neither row is zero here.
    #[inline]
    pub(super) fn is_shared(&self) -> bool {
        !matches!(self.ratio, Ratio::OnlyP | Ratio::OnlyQ)
    }
}

/// `ln p^(1-b) q^b` of the logarithms of both, in two words: powers of bins that no number holds may cancel.
pub(super) fn ln_power(ln_p: [f64; 2], ln_q: [f64; 2], b: f64, t: f64) -> f64 {
    let a = 1.0 - b;
    let (p, q) = (a * ln_p[0], b * ln_q[0]);
    if !(p.is_finite() && q.is_finite()) {
        return ln_p[0] + b * t;
    }
    let [high, low] = two_sum(p, q);
    if high.abs() > 1e-8 * p.abs() {
        // Far from cancelling.
        return high + a * ln_p[1] + b * ln_q[1];
    }
    let of_p = a.mul_add(ln_p[0], -p) + a * ln_p[1];
    let of_q = b.mul_add(ln_q[0], -q) + b * ln_q[1];
    high + (low + (of_p + of_q))
}
