//! What a measure is told about a bin of two distributions.

use super::double::Double;
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
    tiny: Double,
    /// What `t` lacks: beside a logarithm of 1e200 it may be all that counts.
    t_low: f64,
}

impl Bin {
    /// A bin that is zero in P.
    pub(super) fn only_q(q: f64) -> Self {
        Bin {
            p: 0.0,
            q,
            d: q,
            t: f64::INFINITY,
            tiny: Double::default(),
            t_low: 0.0,
        }
    }

    /// A bin that is zero in Q. Nothing asks for the logarithm of its probability.
    pub(super) fn only_p(p: f64) -> Self {
        Bin {
            p,
            q: 0.0,
            d: -p,
            t: f64::NEG_INFINITY,
            tiny: Double::default(),
            t_low: 0.0,
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
        Bin {
            p,
            q,
            d,
            t,
            tiny: Double::default(),
            t_low: 0.0,
        }
    }

    /// A bin that is zero in neither, though `p` and `q` may have underflowed, of `ln p` and `t`.
    pub(super) fn with_logarithms(p: f64, q: f64, ln_p: Double, ratio: Double) -> Self {
        let t = ratio.value();
        let d = if t.abs() < 1.0 {
            p * t.exp_m1()
        } else {
            // Far from each other: nothing cancels, and neither over- nor underflows.
            q - p
        };
        Bin {
            p,
            q,
            d,
            t,
            tiny: ln_p,
            t_low: (ratio - Double::from(t)).value(),
        }
    }

    /// True if the bin is zero in neither.
    pub(super) fn is_shared(&self) -> bool {
        self.t.is_finite()
    }

    /// `ln p^(1-b) q^b = ln p + b t` of a bin that is zero in neither.
    pub(super) fn ln_power(&self, b: f64) -> f64 {
        if self.p >= f64::MIN_POSITIVE {
            return self.p.ln() + b * self.t;
        }
        let rounded = self.tiny.value() + b * self.t;
        if !rounded.is_finite() {
            return rounded;
        }
        let ratio = Double::sum(self.t, self.t_low);
        (self.tiny + Double::from(b) * ratio).value()
    }

    /// `p e^x` with `x = b t`, also where `p` or `e^x` is too small or too large for a number of its own.
    pub(super) fn p_times_exp(&self, b: f64) -> f64 {
        let x = b * self.t;
        if self.is_plain(x) {
            self.p * x.exp()
        } else {
            self.ln_power(b).exp()
        }
    }

    /// `p (e^x - 1)`, likewise.
    pub(super) fn p_times_exp_m1(&self, b: f64) -> f64 {
        let x = b * self.t;
        if self.is_plain(x) || x.abs() < 1.0 {
            self.p * x.exp_m1()
        } else {
            self.p_times_exp(b) - self.p
        }
    }

    /// `p (e^x - 1 - x)`, likewise.
    pub(super) fn p_times_exp_excess(&self, b: f64) -> f64 {
        let x = b * self.t;
        if self.is_plain(x) || x.abs() < 1.0 {
            self.p * exp_excess(x)
        } else {
            self.p_times_exp(b) - self.p - self.p * x
        }
    }

    /// True if neither `p` nor `e^x` comes near the ends of what f64 holds.
    fn is_plain(&self, x: f64) -> bool {
        self.p > 1e-280 && x.abs() < 600.0
    }
}
