//! Generalised Kullback-Leibler divergence `sum p ln(p/q) - p + q` of the values as they are.

use super::Pair;
use super::kernel::{Kernel, Masses, P_ABOVE_ZERO_Q, Parameters};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

pub(crate) struct GeneralizedKullbackLeibler;

impl Kernel for GeneralizedKullbackLeibler {
    const STEM: &'static Stem = &stem::GENERALIZED_KULLBACK_LEIBLER;
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
    fn finish<A: Arith>(_: &Parameters, _: &Masses, [x, _]: [f32; 2]) -> f32 {
        unscaled(x)
    }
}

/// `2^32 x`, infinite beyond f32: raw values are folded scaled down by that.
#[inline(always)]
pub(super) fn unscaled(x: f32) -> f32 {
    const MOST: f32 = 7.922_816_3e28; // 2^96
    if x < MOST {
        x * 4_294_967_296.0
    } else {
        f32::INFINITY
    }
}
