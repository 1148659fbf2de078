//! What a measure is told about a bin of two distributions.

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
}

impl Bin {
    /// A bin that is zero in P.
    pub(super) fn only_q(q: f64) -> Self {
        Bin {
            p: 0.0,
            q,
            d: q,
            t: f64::INFINITY,
        }
    }

    /// A bin that is zero in Q.
    pub(super) fn only_p(p: f64) -> Self {
        Bin {
            p,
            q: 0.0,
            d: -p,
            t: f64::NEG_INFINITY,
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
        Bin { p, q, d, t }
    }
}
