//! Bhattacharyya distance: `-ln(1 - h)` of the squared Hellinger distance `h` where that is small, and
//! `-ln sum sqrt(p q)` elsewhere.

use super::Pair;
use super::hellinger::{Hellinger, root_of_grown};
use super::kernel::{Kernel, Masses, Parameters};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number, atanh_tail, ln_ratio};

pub(crate) struct Bhattacharyya;

impl Kernel for Bhattacharyya {
    const STEM: &'static Stem = &stem::BHATTACHARYYA;
    type Merge = Add;

    #[inline(always)]
    fn terms<A: Arith, T: Number>(u: &Parameters, masses: &Masses, pair: &Pair<T>) -> [T; 2] {
        Hellinger::terms::<A, T>(u, masses, pair)
    }

    /// Bins that came out as zero may count where little else does.
    #[inline(always)]
    fn settles(_: &Parameters, masses: &Masses, [_, both]: [f32; 2]) -> bool {
        both >= 1e-6 * masses.mass
    }

    #[inline(always)]
    fn finish<A: Arith>(u: &Parameters, masses: &Masses, sums: [f32; 2]) -> f32 {
        let h = Hellinger::finish::<A>(u, masses, sums);
        let s = h / (2.0 - h);
        let z = s * s;
        let near = A::mul_add(s + s, z * atanh_tail::<A, f32>(z), s + s);
        let most = masses.mass * (1.0 + root_of_grown(masses.drift));
        let both = if sums[1] > 0.0 { sums[1] } else { most };
        let far = ln_ratio::<A, u32>(both.to_bits(), most.to_bits());
        if h <= 0.5 { near } else { far }
    }

    #[inline(always)]
    fn accepts(masses: &Masses, sums: [f32; 2], score: f32) -> bool {
        Hellinger::accepts(masses, sums, score) && sums[1] >= 1e-6 * masses.mass
    }
}
