//! Jensen-Shannon divergence with weight `w` on P.
//!
//! The mixture `m` is never divided by: both excesses are formed from `d`, since the rounding of
//! `m` would cost everything below 1e-7.

use super::Pair;
use super::kernel::{Kernel, Masses, Parameters};
use crate::math::{Arith, excess};

pub(crate) struct JensenShannon;

impl Kernel<2> for JensenShannon {
    #[inline(always)]
    fn terms<A: Arith>(u: &Parameters, _: &Masses, pair: &Pair) -> [f32; 2] {
        let m = A::mul_add(u.weight, pair.p, u.weight_q * pair.q);
        [
            excess::<A>(pair.p, u.weight_q * pair.d, m),
            excess::<A>(pair.q, -u.weight * pair.d, m),
        ]
    }

    #[inline(always)]
    fn finish<A: Arith>(u: &Parameters, masses: &Masses, [of_p, of_q]: [f32; 2]) -> f32 {
        let (w, v) = (u.weight, u.weight_q);
        // The second-order effect of the drift; sum pq/m is one to the accuracy that is needed.
        let e = masses.drift / (1.0 + masses.drift);
        let x = (w * of_p + v * of_q) / masses.mass;
        let g = v * (of_q / masses.mass + w * masses.drift);
        let score = x - e * g + 0.5 * e * e * w * v;
        if w == 0.0 || v == 0.0 { 0.0 } else { score }
    }
}
