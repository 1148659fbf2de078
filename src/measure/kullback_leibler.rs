//! Kullback-Leibler divergence: `sum p l(d/p) / S - l(D)`.

use super::Pair;
use super::kernel::{Kernel, Masses, P_ABOVE_ZERO_Q, Parameters};
use crate::math::{Arith, excess_small};

pub(crate) struct KullbackLeibler;

impl Kernel<1> for KullbackLeibler {
    const INFINITE_ON: u32 = P_ABOVE_ZERO_Q;

    #[inline(always)]
    fn terms<A: Arith>(_: &Parameters, _: &Masses, pair: &Pair) -> [f32; 1] {
        [pair.excess::<A>()]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x]: [f32; 1]) -> f32 {
        x / masses.mass - excess_small(masses.drift)
    }
}
