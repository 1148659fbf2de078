//! Reverse Kullback-Leibler divergence: `sum q l(-d/q) / (S (1+D)) - l(-D/(1+D))`.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters, Q_ABOVE_ZERO_P};
use crate::math::{Arith, Number, excess_small};

pub(crate) struct ReverseKullbackLeibler;

impl Kernel<1> for ReverseKullbackLeibler {
    const DIRECT: bool = true;
    const INFINITE_ON: u32 = Q_ABOVE_ZERO_P;

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 1] {
        [pair.reverse_excess]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x]: [f32; 1]) -> f32 {
        let grown = 1.0 + masses.drift;
        x / (masses.mass * grown) - excess_small(-masses.drift / grown)
    }
}
