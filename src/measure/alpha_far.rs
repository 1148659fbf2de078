//! Alpha divergences where the sum of powers is beyond f32: it alone decides.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use super::power;
use super::stem::{self, Stem};
use crate::math::{Arith, Number, SPAN, ScaledSum, exp2_of_whole, scale};

pub(crate) struct AlphaFar;

impl Kernel for AlphaFar {
    const STEM: &'static Stem = &stem::ALPHA_FAR;
    type Merge = ScaledSum;

    #[inline(always)]
    fn infinite_on(parameters: &Parameters) -> u32 {
        parameters.power.infinite_on
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(u: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        power::far_terms::<A, T>(u, pair)
    }

    #[inline(always)]
    fn finish<A: Arith>(u: &Parameters, masses: &Masses, [exponent, sum]: [f32; 2]) -> f32 {
        // Less the 1 that a sum over long rows may still show.
        let sum = sum - masses.mass * scale(-(exponent * SPAN));
        let value = sum / masses.mass * u.power.far_factor;
        let bits = value.to_bits();
        let own = (bits >> 23) as f32 - 127.0;
        let exponent = exponent * SPAN + u.power.far_exponent + own;
        let mantissa = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000);
        if exponent >= 128.0 {
            f32::INFINITY
        } else if exponent < -126.0 {
            0.0
        } else {
            mantissa * exp2_of_whole(exponent)
        }
    }
}
