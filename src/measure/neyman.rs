//! Neyman's chi-squared divergence: `(X/S - D^2) / (1+D)^2` with `X = sum d^2/p`.

use super::Pair;
use super::chi_squared::{is_in_reach, square_over};
use super::kernel::{Kernel, Masses, Parameters, Q_ABOVE_ZERO_P, accepts_second_order};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number};

pub(crate) struct Neyman;

impl Kernel for Neyman {
    const STEM: &'static Stem = &stem::NEYMAN;
    type Merge = Add;

    #[inline(always)]
    fn infinite_on(_: &Parameters) -> u32 {
        Q_ABOVE_ZERO_P
    }

    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, masses: &Masses, pair: &Pair<T>) -> [T; 2] {
        let x = square_over(masses, pair.d, pair.p, -pair.t);
        [x, x.splat(0.0)]
    }

    #[inline(always)]
    fn settles(_: &Parameters, masses: &Masses, [x, _]: [f32; 2]) -> bool {
        is_in_reach(masses, x)
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, masses: &Masses, [x, _]: [f32; 2]) -> f32 {
        let (drift, grown) = (masses.drift, 1.0 + masses.drift);
        (x / masses.mass - drift * drift) / (grown * grown)
    }

    #[inline(always)]
    fn accepts(masses: &Masses, [x, _]: [f32; 2], _score: f32) -> bool {
        is_in_reach(masses, x) && accepts_second_order(masses.drift, x, 1e-4)
    }
}
