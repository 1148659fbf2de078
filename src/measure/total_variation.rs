//! Total variation: `sum |d - D p| / (2 S (1+D))`, of first order in the drift `D`.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use crate::math::Arith;

pub(crate) struct TotalVariation;

impl Kernel<1> for TotalVariation {
    const NEEDS_DRIFT: bool = true;

    #[inline(always)]
    fn terms<A: Arith>(_: &Parameters, masses: &Masses, pair: &Pair) -> [f32; 1] {
        [A::mul_add(-masses.drift, pair.p, pair.d).abs()]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x]: [f32; 1]) -> f32 {
        x / (2.0 * masses.mass * (1.0 + masses.drift))
    }
}
