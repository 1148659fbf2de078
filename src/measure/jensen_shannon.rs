//! Jensen-Shannon divergence with weight `w` on P.
//!
//! The mixture `m` is never divided by: both excesses are formed from `d`, since the rounding of
//! `m` would cost everything below 1e-7.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters, accepts_second_order};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Number, excess};

pub(crate) struct JensenShannon;

impl Kernel for JensenShannon {
    const STEM: &'static Stem = &stem::JENSEN_SHANNON;
    type Merge = Add;

    #[inline(always)]
    fn terms<A: Arith, T: Number>(u: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        let m = pair
            .p
            .mul_add::<A>(pair.p.splat(u.weight), pair.q * u.weight_q);
        let of_p = excess::<A, T>(pair.p, pair.d * u.weight_q, m);
        let of_q = excess::<A, T>(pair.q, pair.d * -u.weight, m);
        let both = of_p.mul_add::<A>(of_p.splat(u.weight), of_q * u.weight_q);
        [both, of_q]
    }

    #[inline(always)]
    fn finish<A: Arith>(u: &Parameters, masses: &Masses, [x, of_q]: [f32; 2]) -> f32 {
        let (w, v) = (u.weight, u.weight_q);
        // The second-order effect of the drift; sum pq/m is one to the accuracy that is needed.
        let e = masses.drift / (1.0 + masses.drift);
        let g = v * (of_q / masses.mass + w * masses.drift);
        let score = x / masses.mass - e * g + 0.5 * e * e * w * v;
        if w == 0.0 || v == 0.0 { 0.0 } else { score }
    }

    /// The finish stops at the second order.
    #[inline(always)]
    fn accepts(masses: &Masses, [x, _]: [f32; 2], _score: f32) -> bool {
        accepts_second_order(masses.drift, x, 1e-6)
    }
}
