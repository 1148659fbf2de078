//! Kullback-Leibler divergence: `sum p l(d/p) / S - l(D)`.

use super::Pair;
use super::kernel::{Kernel, Masses, P_ABOVE_ZERO_Q, Parameters};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number, excess_small};

pub(crate) struct KullbackLeibler;

impl Kernel for KullbackLeibler {
    const STEM: &'static Stem = &stem::KULLBACK_LEIBLER;
    type Merge = Add;

    #[inline(always)]
    fn infinite_on(_: &Parameters) -> u32 {
        P_ABOVE_ZERO_Q
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        [pair.excess, pair.excess.splat(0.0)]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x, _]: [f32; 2]) -> f32 {
        x / masses.mass - excess_small(masses.drift)
    }
}
