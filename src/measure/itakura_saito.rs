//! Itakura-Saito divergence `sum p/q - ln(p/q) - 1` of the values as they are.
//!
//! That is the generalised reverse KL of quotients: each pair of bins is divided by its bin of Q.

use super::Pair;
use super::generalized_kullback_leibler::unscaled;
use super::kernel::{Kernel, Masses, P_ABOVE_ZERO_Q, Parameters, Q_ABOVE_ZERO_P};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

pub(crate) struct ItakuraSaito;

impl Kernel for ItakuraSaito {
    const STEM: &'static Stem = &stem::ITAKURA_SAITO;
    type Merge = Add;

    #[inline(always)]
    fn infinite_on(_: &Parameters) -> u32 {
        P_ABOVE_ZERO_Q | Q_ABOVE_ZERO_P
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        [pair.reverse_excess, pair.reverse_excess.splat(0.0)]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, _: &Masses, [x, _]: [f32; 2]) -> f32 {
        unscaled(x)
    }
}
