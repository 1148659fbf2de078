//! Tsallis divergence of order 0: what Q puts where P is zero.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use super::pair::ONLY_Q;
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

pub(crate) struct TsallisZero;

impl Kernel for TsallisZero {
    const STEM: &'static Stem = &stem::TSALLIS_ZERO;
    type Merge = Add;

    /// `q` where P is zero, and where it is not.
    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        let zero = pair.q.splat(0.0);
        let alone = pair.t.equals(zero.splat(ONLY_Q));
        [
            T::select(alone, pair.q, zero),
            T::select(alone, zero, pair.q),
        ]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, _: &Masses, [alone, shared]: [f32; 2]) -> f32 {
        alone / (alone + shared)
    }

    /// No mass of P comes in.
    #[inline(always)]
    fn accepts(_: &Masses, _: [f32; 2], _: f32) -> bool {
        true
    }
}
