//! A pair of bins as every measure sees it, in whichever encodings the rows came.

use crate::math::Arith;

/// Two bins of rows whose masses have been brought together up to a drift of about 1e-7.
///
/// `d` and what comes of `ln(q/p)` have full relative accuracy; they are not formed from `p` and `q`.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    /// The bin of P.
    pub p: f32,
    /// The bin of Q.
    pub q: f32,
    /// `q - p`.
    pub d: f32,
    /// `p ln(q/p)`; 0 where either bin is zero. A product, since the logarithm alone may be beyond f32.
    pub p_t: f32,
    /// `q ln(q/p)`; 0 where either bin is zero.
    pub q_t: f32,
    /// `d / (p + q)` where `near`, else of no meaning.
    pub s: f32,
    /// `s^2/3 + s^4/5 + ...` where `near`, else of no meaning.
    pub w: f32,
    /// True if the ratio of the bins is inside (1/2, 2).
    pub near: bool,
    /// True if the bin of P is zero.
    pub p_zero: bool,
    /// True if the bin of Q is zero.
    pub q_zero: bool,
    /// `p ln(max q / q)`, at least 0; 0 where `q` is zero.
    pub p_drop: f32,
}

impl Pair {
    /// `p ln(p/q) + q - p`, at least 0.
    #[inline(always)]
    pub(crate) fn excess<A: Arith>(&self) -> f32 {
        let near = self.s * A::mul_add(-2.0 * self.p, self.w, self.d);
        let far = self.d - self.p_t;
        if self.near { near } else { far }
    }

    /// `q ln(q/p) + p - q`, at least 0.
    #[inline(always)]
    pub(crate) fn reverse_excess<A: Arith>(&self) -> f32 {
        let near = self.s * A::mul_add(2.0 * self.q, self.w, self.d);
        let far = self.q_t - self.d;
        if self.near { near } else { far }
    }
}
