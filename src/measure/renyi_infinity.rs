//! Renyi divergence of order infinity: `ln max p/q`, of first order in the drift `D`.

use super::Pair;
use super::kernel::{Kernel, Masses, P_ABOVE_ZERO_Q, Parameters};
use super::stem::{self, Stem};
use crate::math::{Arith, Max, Number, OCTAVES, excess_small};

pub(crate) struct RenyiInfinity;

/// Where domains may have capped a logarithm, unless it is over [`OCTAVES`].
const FAR: f32 = 1e38;
/// Logarithms over these that else are beyond f32.
const FARTHEST: f32 = f32::MAX / OCTAVES;

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
        let [high, low] = pair.powers.log2;
        let far = (high + low) * std::f32::consts::LN_2;
        let near = pair.t.abs().less(zero.splat(FAR));
        let over_octaves = T::select(near, pair.t * (1.0 / OCTAVES), far);
        [
            T::select(p_zero, zero.splat(-f32::MAX), -over_octaves),
            zero,
        ]
    }

    /// Where the drift has not been taken off, it adds `ln(1+D)`.
    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [most, _]: [f32; 2]) -> f32 {
        if most > FARTHEST {
            return f32::INFINITY;
        }
        most * OCTAVES + (masses.drift - excess_small(masses.drift))
    }

    #[inline(always)]
    fn accepts(masses: &Masses, _: [f32; 2], score: f32) -> bool {
        masses.drift.abs() <= 1e-4 && (masses.drift.abs() <= score || masses.drift.abs() <= 1e-7)
    }
}
