//! Renyi divergences where the sum of powers is beyond f32 or next to nothing: the logarithm of a sum that
//! neither over- nor underflows.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use super::power;
use super::stem::{self, Stem};
use crate::math::{Arith, Number, SPAN, ScaledSum, ln_ratio};

pub(crate) struct RenyiFar;

impl Kernel for RenyiFar {
    const STEM: &'static Stem = &stem::RENYI_FAR;
    type Merge = ScaledSum;

    #[inline(always)]
    fn infinite_on(parameters: &Parameters) -> u32 {
        parameters.power.infinite_on
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(u: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        power::far_terms::<A, T>(u, pair)
    }

    /// Infinite of rows that share no bin.
    #[inline(always)]
    fn finish<A: Arith>(u: &Parameters, masses: &Masses, [exponent, sum]: [f32; 2]) -> f32 {
        if sum > 0.0 {
            let ln = ln_ratio::<A, u32>(masses.mass.to_bits(), sum.to_bits());
            // Divided first: beyond f32 the score may be, but nothing before it.
            let exponent = exponent / u.power.order_less_one;
            let ln = ln / u.power.order_less_one;
            A::mul_add(exponent, SPAN * std::f32::consts::LN_2, ln) * u.power.factor
        } else {
            f32::INFINITY
        }
    }
}
