//! What a measure is told about a bin of two distributions.

use super::series::exp_excess;

/// A bin that at least one of two distributions fills.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bin {
    /// The probability under P. May underflow to 0: that a bin *is* zero shows in `t` alone.
    pub(super) p: f64,
    /// The probability under Q, likewise.
    pub(super) q: f64,
    /// `q - p`, to full relative accuracy.
    pub(super) d: f64,
    /// `ln(q/p)`, to full relative accuracy: `+inf` if the bin is zero in P, `-inf` if in Q.
    pub(super) t: f64,
    /// `ln p` where `p` has underflowed, else without meaning.
    tiny: f64,
}

impl Bin {
    /// A bin that is zero in P.
    pub(super) fn only_q(q: f64) -> Self {
        Bin {
            p: 0.0,
            q,
            d: q,
            t: f64::INFINITY,
            tiny: f64::NEG_INFINITY,
        }
    }

    /// A bin that is zero in Q. Nothing asks for the logarithm of its probability.
    pub(super) fn only_p(p: f64) -> Self {
        Bin {
            p,
            q: 0.0,
            d: -p,
            t: f64::NEG_INFINITY,
            tiny: f64::NEG_INFINITY,
        }
    }

    /// A bin that is zero in neither, where `p` and `q` have not underflowed and `d` is their
    /// difference to full relative accuracy.
    pub(super) fn with_difference(p: f64, q: f64, d: f64) -> Self {
        // The argument is positive: the logarithm keeps its relative accuracy at any size.
        let t = if d >= 0.0 {
            (d / p).ln_1p()
        } else {
            -(-d / q).ln_1p()
        };
        let tiny = f64::NEG_INFINITY;
        Bin { p, q, d, t, tiny }
    }

    /// A bin that is zero in neither, though `p` and `q` may have underflowed, of `ln p` and `t`.
    pub(super) fn with_logarithms(p: f64, q: f64, ln_p: f64, t: f64) -> Self {
        let d = if t.abs() < 1.0 {
            p * t.exp_m1()
        } else {
            // Far from each other: nothing cancels, and neither over- nor underflows.
            q - p
        };
        let tiny = ln_p;
        Bin { p, q, d, t, tiny }
    }

    /// True if the bin is zero in neither.
    pub(super) fn is_shared(&self) -> bool {
        self.t.is_finite()
    }

    /// `ln p` of a bin that is zero in neither.
    pub(super) fn ln_p(&self) -> f64 {
        if self.p >= f64::MIN_POSITIVE {
            self.p.ln()
        } else {
            self.tiny
        }
    }

    /// `p e^x`, also where `p` or `e^x` is too small or too large for a number of its own.
    pub(super) fn p_times_exp(&self, x: f64) -> f64 {
        if self.is_plain(x) {
            self.p * x.exp()
        } else {
            (self.ln_p() + x).exp()
        }
    }

    /// `p (e^x - 1)`, likewise.
    pub(super) fn p_times_exp_m1(&self, x: f64) -> f64 {
        if self.is_plain(x) {
            self.p * x.exp_m1()
        } else {
            self.p_times_exp(x) - self.p
        }
    }

    /// `p (e^x - 1 - x)`, likewise.
    pub(super) fn p_times_exp_excess(&self, x: f64) -> f64 {
        if self.is_plain(x) {
            self.p * exp_excess(x)
        } else {
            self.p_times_exp(x) - self.p - self.p * x
        }
    }

    /// True if neither `p` nor `e^x` comes near the ends of what f64 holds.
    fn is_plain(&self, x: f64) -> bool {
        self.p > 1e-280 && x.abs() < 600.0
    }
}
