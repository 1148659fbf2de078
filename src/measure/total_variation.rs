//! Total variation: `sum |d - D p| / (2 S (1+D))`, of first order in the drift `D`.
//!
//! A fold that does not know `D` adds `|d|` and `p` with the sign of `d`: where no bin changes its sign,
//! `sum |d - D p| = sum |d| - D sum p sign(d)`.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

/// A bin whose difference is a smaller part of it than this may change its sign.
const CLOSE: f32 = 1e-6;
/// What is too small for its sign to matter.
const TINY: f32 = 1e-36;
/// Added to the second sum for each bin that may change its sign.
const ANY_CLOSE: f32 = 1e30;
/// Second sums beyond this know of such a bin.
const MOST: f32 = 1e20;

pub(crate) struct TotalVariation;

impl Kernel for TotalVariation {
    const STEM: &'static Stem = &stem::TOTAL_VARIATION;
    type Merge = Add;

    #[inline(always)]
    fn terms<A: Arith, T: Number>(u: &Parameters, masses: &Masses, pair: &Pair<T>) -> [T; 2] {
        let (p, none) = (pair.p, pair.p.splat(0.0));
        if masses.drift != 0.0 {
            return Self::drifted_terms::<A, T>(u, p.splat(masses.drift), pair);
        }
        let apart = pair.d.abs();
        let signed = T::select(none.less(pair.d), p, -p);
        let close = apart.less(p * p.splat(CLOSE) - p.splat(TINY));
        [apart, signed + T::select(close, p.splat(ANY_CLOSE), none)]
    }

    /// Where there is no drift, what the second sum is does not matter.
    #[inline(always)]
    fn drifted_terms<A: Arith, T: Number>(_: &Parameters, drift: T, pair: &Pair<T>) -> [T; 2] {
        let apart = pair.p.mul_add::<A>(-drift, pair.d);
        [apart.abs(), drift.splat(0.0)]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x, signed]: [f32; 2]) -> f32 {
        let moved = if signed < MOST {
            masses.drift * signed
        } else {
            0.0
        };
        (x - moved) / (2.0 * masses.mass * (1.0 + masses.drift))
    }

    /// Half the drift may be missing; or all bins are farther apart than it can move them, and it takes
    /// little away.
    #[inline(always)]
    fn accepts(masses: &Masses, [_, signed]: [f32; 2], score: f32) -> bool {
        let drift = masses.drift.abs();
        drift <= 2e-7 * score || (signed < MOST && drift <= CLOSE && drift <= 0.125 * score)
    }
}
