//! Taking off what is known of the drift of the masses.
//!
//! Powers multiply it by their order, so that what remains of it after bringing the masses together would
//! count. It is taken off bin by bin: P moves to the mass of Q.

use crate::math::{Arith, Number, OCTAVES, excess_small};
use crate::measure::Pair;

/// A drift `D`, `ln(1+D)`, and `log2(1+D)` as powers have it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Centre {
    pub drift: f32,
    pub ln: f32,
    pub log2: f32,
}

impl Centre {
    #[inline(always)]
    pub(crate) fn new(drift: f32) -> Self {
        let ln = drift - excess_small(drift);
        Centre {
            drift,
            ln,
            log2: ln * (std::f32::consts::LOG2_E / OCTAVES),
        }
    }

    /// The pair with `p (1+D)` in place of `p`.
    #[inline(always)]
    pub(crate) fn take_off<A: Arith, T: Number>(&self, pair: &mut Pair<T>) {
        let drift = pair.p.splat(self.drift);
        pair.d = (-drift).mul_add::<A>(pair.p, pair.d);
        pair.p = drift.mul_add::<A>(pair.p, pair.p);
        pair.t = pair.t + -self.ln;
        let powers = &mut pair.powers;
        powers.log2[1] = powers.log2[1] + -self.log2;
        powers.p[0] = drift.mul_add::<A>(powers.p[0], powers.p[0]);
    }
}
