//! Squared Euclidean distance, halved: `1/2 sum (p - q)^2` of the values as they are.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

pub(crate) struct SquaredEuclidean;

/// Raw values come scaled down by 2^32, half of which is taken back: squares that count stay normal numbers.
const UP: f32 = 65_536.0;
/// A difference of that scale whose square alone is beyond f32 once scaled up.
const FAR: f32 = 9e15;

impl Kernel for SquaredEuclidean {
    const STEM: &'static Stem = &stem::SQUARED_EUCLIDEAN;
    type Merge = Add;

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        let apart = pair.d.abs() * UP;
        let far = apart.splat(FAR);
        let apart = apart.smaller(far);
        [apart * apart, apart.splat(0.0)]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, _: &Masses, [x, _]: [f32; 2]) -> f32 {
        const MOST: f32 = 1.584_563_3e29; // 2^97
        const HALF_OF_SQUARE: f32 = 2_147_483_648.0; // 2^31
        if x < MOST {
            x * HALF_OF_SQUARE
        } else {
            f32::INFINITY
        }
    }
}
