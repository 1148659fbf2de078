//! How two stored words become a [`Pair`], once both rows have been surveyed.

mod centre;
mod direct;
mod linear;
mod logarithmic;
mod mixed;
mod quotient;
mod smoothed;

pub(crate) use centre::Centre;
pub(crate) use direct::{DIRECT_MASSES, Direct};
pub(crate) use linear::{LinearDomain, LinearShares, Shares};
pub(crate) use logarithmic::{LogDomain, LogShares, to_logarithms};
pub(crate) use mixed::MixedDomain;
pub(crate) use quotient::Quotients;
pub(crate) use smoothed::Smoothed;

use super::dispatch::Simd;
use super::kernels::Entry;
use super::shares::FusedFold;
use crate::math::{Arith, Bits, Mask, Number, extended};
use crate::measure::{Masses, ONLY_P, ONLY_Q, Pair, Zeros};

/// A pair of rows brought together.
pub(crate) trait Domain: Copy {
    /// The words that stand for zero, to pad rows with.
    const PADDING: f32;
    /// True if such a pair of words adds nothing.
    const SKIPS_PADDING: bool;

    /// True if the words of P are masses that are not known yet, and words below zero may occur.
    const TAKES_MASS: bool = false;

    /// The pair of bins that two stored words stand for, and which of them are zero.
    fn pair<A: Arith, B: Bits>(&self, p: B, q: B) -> (Pair<B::Number>, Zeros<Truth<B>>);

    /// The same with what powers take, and less the drift that [`Domain::centred`] was told.
    #[inline(always)]
    fn power_pair<A: Arith, B: Bits>(&self, p: B, q: B) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        self.pair::<A, B>(p, q)
    }

    /// What such a pair adds to the drift, in two parts that are added apart: multiples of a power of two,
    /// whose sum is exact, and what is left, so small that its rounding is nothing even times a high order.
    ///
    /// This one is for masses of 1.
    #[inline(always)]
    fn drift<A: Arith, B: Bits>(&self, p: B, q: B) -> [B::Number; 2] {
        let (pair, _) = self.power_pair::<A, B>(p, q);
        let whole = (pair.d * 1_048_576.0 + 0.5).floor() * (1.0 / 1_048_576.0);
        [whole, pair.d - whole]
    }

    /// The domain of pairs less a drift.
    #[inline(always)]
    fn centred(self, _drift: f32) -> Self {
        self
    }

    /// The masses, with a drift of 0: it is not known yet.
    fn masses(&self) -> Masses;

    /// The loop of a measure's own over such rows, if it has one.
    fn fused<S: Simd>(_: &Entry<S>) -> Option<FusedFold<S, Self>> {
        None
    }
}

/// Truth values for as many numbers as there are words.
type Truth<B> = <<B as Bits>::Number as Number>::Mask;

/// `t` where neither bin is zero, and what stands for it elsewhere.
#[inline(always)]
fn marked<T: Number>(t: T, zeros: Zeros<T::Mask>) -> T {
    let t = T::select(zeros.p, t.splat(ONLY_Q), t);
    let t = T::select(zeros.q, t.splat(ONLY_P), t);
    T::select(zeros.p.and(zeros.q), t.splat(0.0), t)
}

/// A positive normal number as one in [1, 2) and a whole exponent; 0 where the bin is zero.
#[inline(always)]
fn extended_unless<B: Bits>(zero: Truth<B>, bits: B) -> [B::Number; 2] {
    let [mantissa, exponent] = extended(bits);
    let none = mantissa.splat(0.0);
    [
        Number::select(zero, none, mantissa),
        Number::select(zero, none, exponent),
    ]
}
