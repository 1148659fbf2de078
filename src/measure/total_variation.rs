//! Total variation: `sum |d - D p| / (2 S (1+D))`, of first order in the drift `D`.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use crate::math::{Arith, Number};

pub(crate) struct TotalVariation;

impl Kernel<1> for TotalVariation {
    const NEEDS_DRIFT: bool = true;
    const DIRECT: bool = true;

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, masses: &Masses, pair: &Pair<T>) -> [T; 1] {
        [pair
            .p
            .mul_add::<A>(pair.p.splat(-masses.drift), pair.d)
            .abs()]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x]: [f32; 1]) -> f32 {
        x / (2.0 * masses.mass * (1.0 + masses.drift))
    }

    /// Half the drift may be missing.
    #[inline(always)]
    fn accepts(masses: &Masses, _: &[f32; 1], score: f32) -> bool {
        masses.drift.abs() <= 2e-7 * score
    }
}
