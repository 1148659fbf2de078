//! A pair of bins as every measure sees it, in whichever encodings the rows came.

use crate::math::{Arith, Number};

/// Two bins of rows whose masses have been brought together up to a drift of about 1e-7.
///
/// `d`, `t` and both excesses have full relative accuracy; they are not formed from `p` and `q`.
#[derive(Clone, Copy)]
pub(crate) struct Pair<T> {
    /// The bin of P.
    pub p: T,
    /// The bin of Q.
    pub q: T,
    /// `q - p`.
    pub d: T,
    /// `ln(q/p)`; [`ONLY_Q`] or [`ONLY_P`] where one is zero, 0 where both are.
    pub t: T,
    /// `p ln(p/q) + q - p`, at least 0; `d` where either bin is zero.
    pub excess: T,
    /// `q ln(q/p) + p - q`, at least 0; `-d` where either bin is zero.
    pub reverse_excess: T,
    /// `p ln(max q / q)`, at least 0; 0 where `q` is zero.
    pub p_drop: T,
    /// What powers of `q/p` take.
    pub powers: Powers<T>,
}

/// What powers of `q/p` take: more digits, and bins of any size. Logarithms, and these exponents, are over
/// [`OCTAVES`](crate::math::OCTAVES).
#[derive(Clone, Copy)]
pub(crate) struct Powers<T> {
    /// `log2(q/p)` in two words, the first of 12 bits; without meaning where either bin is zero.
    pub log2: [T; 2],
    /// The bin of P as a number near 1 and the exponent of two; 0 where it is zero.
    pub p: [T; 2],
    /// The bin of Q likewise.
    pub q: [T; 2],
}

impl<T: Number> Powers<T> {
    /// For who does not ask.
    #[inline(always)]
    pub(crate) fn none(any: T) -> Self {
        let none = [any.splat(0.0); 2];
        Powers {
            log2: none,
            p: none,
            q: none,
        }
    }

    /// A function of each number.
    #[inline(always)]
    pub(crate) fn map(self, f: impl Fn(T) -> T) -> Self {
        Powers {
            log2: self.log2.map(&f),
            p: self.p.map(&f),
            q: self.q.map(&f),
        }
    }
}

/// In place of `ln(q/p)` where `p` is zero and `q` is not. Logarithms that were computed are smaller.
pub(crate) const ONLY_Q: f32 = f32::MAX;
/// In place of `ln(q/p)` where `q` is zero and `p` is not.
pub(crate) const ONLY_P: f32 = -f32::MAX;

/// `q/p` as a domain has found it.
#[derive(Clone, Copy)]
pub(crate) struct Ratio<T: Number> {
    /// True if it is inside (1/2, 2).
    pub near: T::Mask,
    /// Where near, `d / (p + q)`.
    pub s: T,
    /// Where near, `s^2/3 + s^4/5 + ...`.
    pub w: T,
    /// Elsewhere, `p ln(q/p)` and `q ln(q/p)`: products, since the logarithm alone may be beyond f32.
    pub p_t: T,
    pub q_t: T,
}

impl<T: Number> Ratio<T> {
    /// `p ln(p/q) + q - p`.
    #[inline(always)]
    pub(crate) fn excess<A: Arith>(&self, p: T, d: T) -> T {
        let near = self.s * (p * -2.0).mul_add::<A>(self.w, d);
        T::select(self.near, near, d - self.p_t)
    }

    /// `q ln(q/p) + p - q`.
    #[inline(always)]
    pub(crate) fn reverse_excess<A: Arith>(&self, q: T, d: T) -> T {
        let near = self.s * (q * 2.0).mul_add::<A>(self.w, d);
        T::select(self.near, near, self.q_t - d)
    }
}

/// Which of a pair of bins are zero.
#[derive(Clone, Copy)]
pub(crate) struct Zeros<M> {
    pub p: M,
    pub q: M,
}
