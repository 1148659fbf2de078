//! Reverse Kullback-Leibler divergence: `sum q l(-d/q) / (S (1+D)) - l(-D/(1+D))`.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters, Q_ABOVE_ZERO_P};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number, excess_small};

pub(crate) struct ReverseKullbackLeibler;

impl Kernel for ReverseKullbackLeibler {
    const STEM: &'static Stem = &stem::REVERSE_KULLBACK_LEIBLER;
    type Merge = Add;

    #[inline(always)]
    fn infinite_on(_: &Parameters) -> u32 {
        Q_ABOVE_ZERO_P
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        [pair.reverse_excess, pair.d.splat(0.0)]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x, _]: [f32; 2]) -> f32 {
        let grown = 1.0 + masses.drift;
        x / (masses.mass * grown) - excess_small(-masses.drift / grown)
    }
}
