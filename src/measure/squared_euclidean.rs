//! Squared Euclidean distance, halved: `1/2 sum (p - q)^2` of the values as they are.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

pub(crate) struct SquaredEuclidean;

/// A difference, scaled down as raw values are, whose square alone is beyond f32 once scaled up.
const FAR: f32 = 1e15;

impl Kernel for SquaredEuclidean {
    const STEM: &'static Stem = &stem::SQUARED_EUCLIDEAN;
    type Merge = Add;

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        let apart = pair.d.abs();
        let far = apart.splat(FAR);
        let apart = T::select(apart.less(far), apart, far);
        [apart * apart, apart.splat(0.0)]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, _: &Masses, [x, _]: [f32; 2]) -> f32 {
        const MOST: f32 = 3.689_348_8e19; // 2^65
        const HALF_OF_SQUARE: f32 = 9.223_372e18; // 2^63
        if x < MOST {
            x * HALF_OF_SQUARE
        } else {
            f32::INFINITY
        }
    }
}
