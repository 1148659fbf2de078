//! Jeffreys divergence: KL and reverse KL added up, `X/S + R/(S (1+D)) - D^2/(1+D)`.

use super::Pair;
use super::kernel::{Kernel, Masses, P_ABOVE_ZERO_Q, Parameters, Q_ABOVE_ZERO_P};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

pub(crate) struct Jeffreys;

impl Kernel for Jeffreys {
    const STEM: &'static Stem = &stem::JEFFREYS;
    type Merge = Add;

    #[inline(always)]
    fn infinite_on(_: &Parameters) -> u32 {
        P_ABOVE_ZERO_Q | Q_ABOVE_ZERO_P
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        [pair.excess, pair.reverse_excess]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x, r]: [f32; 2]) -> f32 {
        let grown = 1.0 + masses.drift;
        let sum = x / masses.mass + r / (masses.mass * grown);
        sum - masses.drift * (masses.drift / grown)
    }
}
