//! Total variation: `sum |d - D p| / (2 S (1+D))`, of first order in the drift `D`.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

pub(crate) struct TotalVariation;

impl Kernel for TotalVariation {
    const STEM: &'static Stem = &stem::TOTAL_VARIATION;
    type Merge = Add;

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, masses: &Masses, pair: &Pair<T>) -> [T; 2] {
        let (p, none) = (pair.p, pair.p.splat(0.0));
        let apart = p.mul_add::<A>(p.splat(-masses.drift), pair.d);
        [apart.abs(), none]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x, _]: [f32; 2]) -> f32 {
        x / (2.0 * masses.mass * (1.0 + masses.drift))
    }

    /// Half the drift may be missing.
    #[inline(always)]
    fn accepts(masses: &Masses, _: [f32; 2], score: f32) -> bool {
        masses.drift.abs() <= 2e-7 * score
    }
}
