//! Alpha divergence `A = (sum p^a q^(1-a) - 1) / (a (a-1))`, and what is a multiple of it: Tsallis' `a A`,
//! and chi-squared, twice that of order 2 or, with the rows exchanged, -1.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use super::power::{self, BEYOND};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

pub(crate) struct Alpha;

impl Kernel for Alpha {
    const STEM: &'static Stem = &stem::ALPHA;
    type Merge = Add;

    #[inline(always)]
    fn infinite_on(parameters: &Parameters) -> u32 {
        parameters.power.infinite_on
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(u: &Parameters, masses: &Masses, pair: &Pair<T>) -> [T; 2] {
        power::terms::<A, T>(u, masses, pair)
    }

    #[inline(always)]
    fn settles(_: &Parameters, _: &Masses, [_, power]: [f32; 2]) -> bool {
        power < BEYOND
    }

    #[inline(always)]
    fn finish<A: Arith>(u: &Parameters, masses: &Masses, sums: [f32; 2]) -> f32 {
        power::settled::<A>(u, masses, sums).alpha * u.power.factor
    }

    #[inline(always)]
    fn accepts_with(u: &Parameters, masses: &Masses, sums: [f32; 2], _: f32) -> bool {
        Self::settles(u, masses, sums) && power::accepts(u, masses, sums)
    }
}
