//! A pair of bins as every measure sees it, in whichever encodings the rows came.

use crate::math::{Arith, Number};

/// Two bins of rows whose masses have been brought together up to a drift of about 1e-7.
///
/// `d` and both excesses have full relative accuracy; they are not formed from `p` and `q`.
#[derive(Clone, Copy)]
pub(crate) struct Pair<T: Number> {
    /// The bin of P.
    pub p: T,
    /// The bin of Q.
    pub q: T,
    /// `q - p`.
    pub d: T,
    /// `p ln(p/q) + q - p`, at least 0; `d` where either bin is zero.
    pub excess: T,
    /// `q ln(q/p) + p - q`, at least 0; `-d` where either bin is zero.
    pub reverse_excess: T,
    /// `p ln(max q / q)`, at least 0; 0 where `q` is zero.
    pub p_drop: T,
    /// True if the bin of P is zero.
    pub p_zero: T::Mask,
    /// True if the bin of Q is zero.
    pub q_zero: T::Mask,
}

/// `q/p` as a domain has found it.
#[derive(Clone, Copy)]
pub(crate) struct Ratio {
    /// True if it is inside (1/2, 2).
    pub near: bool,
    /// Where near, `d / (p + q)`.
    pub s: f32,
    /// Where near, `s^2/3 + s^4/5 + ...`.
    pub w: f32,
    /// Elsewhere, `p ln(q/p)` and `q ln(q/p)`: products, since the logarithm alone may be beyond f32.
    pub p_t: f32,
    pub q_t: f32,
}

impl Ratio {
    /// `p ln(p/q) + q - p`.
    #[inline(always)]
    pub(crate) fn excess<A: Arith>(&self, p: f32, d: f32) -> f32 {
        let near = self.s * A::mul_add(-2.0 * p, self.w, d);
        let far = d - self.p_t;
        if self.near { near } else { far }
    }

    /// `q ln(q/p) + p - q`.
    #[inline(always)]
    pub(crate) fn reverse_excess<A: Arith>(&self, q: f32, d: f32) -> f32 {
        let near = self.s * A::mul_add(2.0 * q, self.w, d);
        let far = self.q_t - d;
        if self.near { near } else { far }
    }
}
