//! Triangular discrimination (Le Cam): `sum d^2/(p+q)`, with what the drift of the masses takes away.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters, accepts_second_order};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

pub(crate) struct Triangular;

impl Kernel for Triangular {
    const STEM: &'static Stem = &stem::TRIANGULAR;
    type Merge = Add;

    /// With `x = d/(p+q)`, the sums of `d x` and `d x^2`.
    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        let sum = pair.p + pair.q;
        let x = pair.d / T::select(sum.equals(sum.splat(0.0)), sum.splat(1.0), sum);
        let square = pair.d * x;
        [square, square * x]
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x, odd]: [f32; 2]) -> f32 {
        let drift = masses.drift;
        let e = drift / (1.0 + drift);
        let (x, odd) = (x / masses.mass, odd / masses.mass);
        let second = 0.5 * ((1.0 - x) + 0.5 * drift) + 0.25 * e;
        x - e * ((drift + 0.5 * (x - odd)) - e * second)
    }

    #[inline(always)]
    fn accepts(masses: &Masses, [x, _]: [f32; 2], _score: f32) -> bool {
        accepts_second_order(masses.drift, x, 1e-4)
    }
}
