//! Squared Hellinger distance: `(H/S - u^2) / (2 (1+u))` with `H = sum d^2/(sqrt p + sqrt q)^2` and
//! `u = sqrt(1+D) - 1`. The distance is its root.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters, accepts_second_order};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

pub(crate) struct Hellinger;

impl Kernel for Hellinger {
    const STEM: &'static Stem = &stem::HELLINGER;
    type Merge = Add;

    /// The second sum is that of `sqrt(p q)`.
    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        let both = pair.p.sqrt() * pair.q.sqrt();
        let sum = both.mul_add::<A>(both.splat(2.0), pair.p + pair.q);
        let sum = T::select(sum.equals(sum.splat(0.0)), sum.splat(1.0), sum);
        [pair.d * (pair.d / sum), both]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [h, _]: [f32; 2]) -> f32 {
        let u = root_of_grown(masses.drift);
        let value = (h / masses.mass - u * u) / (2.0 * (1.0 + u));
        if value > 0.0 { value } else { 0.0 }
    }

    #[inline(always)]
    fn accepts(masses: &Masses, [h, _]: [f32; 2], _score: f32) -> bool {
        accepts_second_order(masses.drift, h, 1e-4)
    }
}

/// `sqrt(1 + drift) - 1`.
#[inline(always)]
pub(super) fn root_of_grown(drift: f32) -> f32 {
    drift * (0.5 - drift * (0.125 - 0.0625 * drift))
}
