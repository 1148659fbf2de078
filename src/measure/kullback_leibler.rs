//! Kullback-Leibler divergence: `sum p l(d/p) / S - l(D)`.

use super::Pair;
use super::kernel::{Kernel, Masses, P_ABOVE_ZERO_Q, Parameters};
use crate::math::{Arith, Number, excess_small};

pub(crate) struct KullbackLeibler;

impl Kernel<1> for KullbackLeibler {
    const DIRECT: bool = true;
    const INFINITE_ON: u32 = P_ABOVE_ZERO_Q;

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 1] {
        [pair.excess]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x]: [f32; 1]) -> f32 {
        x / masses.mass - excess_small(masses.drift)
    }
}
