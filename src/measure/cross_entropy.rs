//! Cross-entropy: `sum p ln(qmax/q) / S + ln(1 + R/qmax)`, `R` the sum of `q` without its maximum.
//!
//! Both terms are non-negative, so nothing cancels where both rows are close to one-hot.

use super::Pair;
use super::kernel::{Kernel, Masses, P_ABOVE_ZERO_Q, Parameters};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number, ln_1p};

pub(crate) struct CrossEntropy;

impl Kernel for CrossEntropy {
    const STEM: &'static Stem = &stem::CROSS_ENTROPY;
    type Merge = Add;

    #[inline(always)]
    fn infinite_on(_: &Parameters) -> u32 {
        P_ABOVE_ZERO_Q
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        [pair.p_drop, pair.d.splat(0.0)]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x, _]: [f32; 2]) -> f32 {
        x / masses.mass + ln_1p::<A>(masses.q_rest / masses.q_max)
    }

    /// The rounding of the mass of Q comes in as it is.
    #[inline(always)]
    fn accepts(_: &Masses, _: [f32; 2], score: f32) -> bool {
        score > 0.5
    }
}
