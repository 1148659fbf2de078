//! Pearson's chi-squared divergence: `X (1+D)/S - D^2` with `X = sum d^2/q`.

use super::Pair;
use super::kernel::{Kernel, Masses, P_ABOVE_ZERO_Q, Parameters, accepts_second_order};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Mask, Number};

pub(crate) struct ChiSquared;

impl Kernel for ChiSquared {
    const STEM: &'static Stem = &stem::CHI_SQUARED;
    type Merge = Add;

    #[inline(always)]
    fn infinite_on(_: &Parameters) -> u32 {
        P_ABOVE_ZERO_Q
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, masses: &Masses, pair: &Pair<T>) -> [T; 2] {
        let x = square_over(masses, pair.d, pair.q, pair.t);
        [x, x.splat(0.0)]
    }

    #[inline(always)]
    fn settles(_: &Parameters, masses: &Masses, [x, _]: [f32; 2]) -> bool {
        is_in_reach(masses, x)
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x, _]: [f32; 2]) -> f32 {
        let drift = masses.drift;
        x / masses.mass * (1.0 + drift) - drift * drift
    }

    #[inline(always)]
    fn accepts(masses: &Masses, [x, _]: [f32; 2], _score: f32) -> bool {
        is_in_reach(masses, x) && accepts_second_order(masses.drift, x, 1e-4)
    }
}

/// From that many masses on sums are not to be relied on: a bin was too far from the other.
pub(super) const BEYOND: f32 = 1e12;

/// Whether sums of [`square_over`] tell the score.
#[inline(always)]
pub(super) fn is_in_reach(masses: &Masses, x: f32) -> bool {
    x < BEYOND * masses.mass
}

/// `d^2 / over`, and more than is in reach where that bin is so much smaller than `d`, or has come out as
/// zero without being zero, that it takes more than these numbers to tell. `t` is the logarithm of `over` over
/// the other bin.
#[inline(always)]
pub(super) fn square_over<T: Number>(masses: &Masses, d: T, over: T, t: T) -> T {
    let zero = over.equals(over.splat(0.0));
    // What came out as zero is below e^-87, so that nearer ones add less than 1e-20.
    let counts = t.less(t.splat(-20.0)).and(t.splat(-f32::MAX).less(t));
    let far = (over * BEYOND).less(d.abs()).or(zero.and(counts));
    let quotient = d / T::select(zero, over.splat(1.0), over);
    T::select(far, d.splat(2.0 * BEYOND * masses.mass), d * quotient)
}
