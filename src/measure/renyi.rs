//! Renyi divergence `ln(sum p^a q^(1-a)) / (a-1) = ln(1 + a (a-1) A) / (a-1)`, and half of it:
//! Bhattacharyya's distance, of order one half.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use super::power::{self, BEYOND};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number, Unfused, atanh_tail, ln_ratio};

pub(crate) struct Renyi;

impl Kernel for Renyi {
    const STEM: &'static Stem = &stem::RENYI;
    type Merge = Add;

    #[inline(always)]
    fn infinite_on(parameters: &Parameters) -> u32 {
        parameters.power.infinite_on
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(u: &Parameters, masses: &Masses, pair: &Pair<T>) -> [T; 2] {
        power::terms::<A, T>(u, masses, pair)
    }

    /// Bins that came out as zero may count where little else does.
    #[inline(always)]
    fn settles(u: &Parameters, masses: &Masses, sums: [f32; 2]) -> bool {
        let settled = power::settled::<Unfused>(u, masses, sums);
        let grown = u.power.order * settled.alpha * u.power.order_less_one;
        sums[1] < BEYOND && !(grown < -0.5 && settled.power < 1e-12 * settled.mass)
    }

    #[inline(always)]
    fn finish<A: Arith>(u: &Parameters, masses: &Masses, sums: [f32; 2]) -> f32 {
        let settled = power::settled::<A>(u, masses, sums);
        let tsallis = u.power.order * settled.alpha;
        let grown = tsallis * u.power.order_less_one;
        let value = if grown.abs() <= 0.5 {
            let below = 2.0 + grown;
            let (s, twice) = (grown / below, 2.0 * tsallis / below);
            let z = s * s;
            A::mul_add(twice, z * atanh_tail::<A, f32>(z), twice)
        } else if grown > 0.0 {
            ln_ratio::<A, u32>(1f32.to_bits(), (1.0 + grown).to_bits()) / u.power.order_less_one
        } else {
            let power = if settled.power > 0.0 {
                settled.power
            } else {
                settled.mass
            };
            let ln = ln_ratio::<A, u32>(settled.mass.to_bits(), power.to_bits());
            ln / u.power.order_less_one
        };
        value * u.power.factor
    }

    #[inline(always)]
    fn accepts_with(u: &Parameters, masses: &Masses, sums: [f32; 2], _: f32) -> bool {
        Self::settles(u, masses, sums) && power::accepts(u, masses, sums)
    }
}
