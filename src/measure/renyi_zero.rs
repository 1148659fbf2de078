//! Renyi divergence of order 0: `-ln Q(p > 0)`.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use super::stem::{self, Stem};
use super::tsallis_zero::TsallisZero;
use crate::math::{Add, Arith, Number, atanh_tail, ln_ratio};

pub(crate) struct RenyiZero;

impl Kernel for RenyiZero {
    const STEM: &'static Stem = &stem::RENYI_ZERO;
    type Merge = Add;

    #[inline(always)]
    fn terms<A: Arith, T: Number>(u: &Parameters, masses: &Masses, pair: &Pair<T>) -> [T; 2] {
        TsallisZero::terms::<A, T>(u, masses, pair)
    }

    /// Bins that came out as zero may count where little else does.
    #[inline(always)]
    fn settles(_: &Parameters, _: &Masses, [alone, shared]: [f32; 2]) -> bool {
        shared >= 1e-6 * (alone + shared)
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, _: &Masses, [alone, shared]: [f32; 2]) -> f32 {
        let all = alone + shared;
        let part = alone / all;
        let s = part / (2.0 - part);
        let z = s * s;
        let near = A::mul_add(s + s, z * atanh_tail::<A, f32>(z), s + s);
        let shared = if shared > 0.0 { shared } else { all };
        let far = ln_ratio::<A, u32>(shared.to_bits(), all.to_bits());
        if part <= 0.5 { near } else { far }
    }

    #[inline(always)]
    fn accepts_with(u: &Parameters, masses: &Masses, sums: [f32; 2], _: f32) -> bool {
        Self::settles(u, masses, sums)
    }
}
