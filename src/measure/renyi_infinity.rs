//! Renyi divergence of order infinity: `ln max p/q`, of first order in the drift `D`.

use super::Pair;
use super::kernel::{Kernel, Masses, P_ABOVE_ZERO_Q, Parameters};
use super::stem::{self, Stem};
use crate::math::{Arith, Max, Number, excess_small};

pub(crate) struct RenyiInfinity;

/// Next to the largest logarithm of a ratio that domains give.
const FARTHEST: f32 = 2.99e38;

impl Kernel for RenyiInfinity {
    const STEM: &'static Stem = &stem::RENYI_INFINITY;
    type Merge = Max;

    #[inline(always)]
    fn infinite_on(_: &Parameters) -> u32 {
        P_ABOVE_ZERO_Q
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        let zero = pair.t.splat(0.0);
        let p_zero = pair.powers.p[0].equals(zero);
        [T::select(p_zero, zero.splat(-f32::MAX), -pair.t), zero]
    }

    /// Where the drift has not been taken off, it adds `ln(1+D)`.
    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [most, _]: [f32; 2]) -> f32 {
        // Logarithms are kept finite: one as large stands for any that is larger.
        if most >= FARTHEST {
            return f32::INFINITY;
        }
        most + (masses.drift - excess_small(masses.drift))
    }

    #[inline(always)]
    fn accepts(masses: &Masses, _: [f32; 2], score: f32) -> bool {
        masses.drift.abs() <= 1e-4 && (masses.drift.abs() <= score || masses.drift.abs() <= 1e-7)
    }
}
