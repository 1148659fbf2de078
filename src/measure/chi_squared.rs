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
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        let x = square_over(pair.d, pair.q, pair.t);
        [x, x.splat(0.0)]
    }

    #[inline(always)]
    fn settles(_: &Parameters, _: &Masses, [x, _]: [f32; 2]) -> bool {
        x < BEYOND
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x, _]: [f32; 2]) -> f32 {
        let drift = masses.drift;
        x / masses.mass * (1.0 + drift) - drift * drift
    }

    #[inline(always)]
    fn accepts(masses: &Masses, [x, _]: [f32; 2], _score: f32) -> bool {
        x < BEYOND && accepts_second_order(masses.drift, x, 1e-4)
    }
}

/// From here on sums are not to be relied on: a bin was beyond the range of f32.
pub(super) const BEYOND: f32 = 1.2e30;

/// `d^2 / over`, and more than [`BEYOND`] where that bin is so much smaller than `d`, or has come out as
/// zero without being zero, that it takes more than these numbers to tell.
#[inline(always)]
pub(super) fn square_over<T: Number>(d: T, over: T, t: T) -> T {
    let zero = over.equals(over.splat(0.0));
    let counts = t
        .abs()
        .less(t.splat(f32::MAX))
        .and_not(t.equals(t.splat(0.0)));
    let far = (over * 1e18).less(d.abs()).or(zero.and(counts));
    let quotient = d / T::select(zero, over.splat(1.0), over);
    T::select(far, d.splat(2e30), d * quotient)
}
