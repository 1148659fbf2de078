//! Smoothed support: `eps` of the mass is added to every bin of both rows.
//!
//! Differences are formed before, since adding first would round them away; what the drift adds to
//! them is of first order, so it must be known.

use super::{Centre, Domain, Truth};
use crate::math::{
    Arith, Bits, LN_2_OF_EXPONENT, Number, atanh_tail, extended, ln_ratio, log2_far, log2_near,
    log2_words, nearest_ratio, reduced_ratio,
};
use crate::measure::{Masses, Pair, Powers, Ratio, Zeros};

#[derive(Clone, Copy)]
pub(crate) struct Smoothed<D> {
    inner: D,
    /// `eps` of the mass of P and of Q, and what the drift makes of the difference.
    add_p: f32,
    add_q: f32,
    add_d: f32,
    /// What the bins of both rows are multiplied by.
    down: f32,
    masses: Masses,
    centre: Centre,
}

/// Exponent of a mass for which sums keep their distance from the end of f32.
const MOST: u32 = 90;

/// What brings a mass there that grows so many times, a power of two; 1 for one that is there. By exponents,
/// for the mass may grow beyond f32.
#[inline(always)]
fn down(mass: f32, growth: f32) -> f32 {
    let exponents = (mass.to_bits() >> 23) + (growth.to_bits() >> 23);
    let above = exponents.saturating_sub(2 * 127 + MOST);
    f32::from_bits((127 - above) << 23)
}

impl<D: Domain> Smoothed<D> {
    #[inline(always)]
    pub(crate) fn new(inner: D, drift: f32, eps: f32, k: usize) -> Self {
        let masses = inner.masses();
        let bins = k as f32;
        let down = down(masses.mass, 1.0 + bins * eps);
        let mass = masses.mass * down;
        let mass_p = mass / (1.0 + drift);
        let add_q = eps * mass;
        Smoothed {
            inner,
            add_p: eps * mass_p,
            add_q,
            add_d: eps * mass_p * drift,
            down,
            masses: Masses {
                mass: mass + bins * add_q,
                drift: 0.0,
                q_max: masses.q_max * down + add_q,
                q_rest: masses.q_rest * down + (bins - 1.0) * add_q,
            },
            centre: Centre::default(),
        }
    }
}

impl<D: Domain> Domain for Smoothed<D> {
    const PADDING: f32 = D::PADDING;
    const SKIPS_PADDING: bool = false;

    #[inline(always)]
    fn pair<A: Arith, B: Bits>(&self, p_bits: B, q_bits: B) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        let (exact, _) = self.inner.pair::<A, B>(p_bits, q_bits);
        let p = exact.p * self.down + self.add_p;
        let q = exact.q * self.down + self.add_q;
        let d = exact.d * self.down + self.add_d;
        let (above, below, k) = reduced_ratio(p.bits(), q.bits());
        let near = (d.abs() * 2.0).less(p.larger(q));
        let s = B::Number::select(near, d, above) / B::Number::select(near, p + q, below);
        let z = s * s;
        let w = z * atanh_tail::<A, B::Number>(z);
        let two_s = s + s;
        let ln = two_s.mul_add::<A>(w, two_s);
        let far = k.rounded().mul_add::<A>(p.splat(LN_2_OF_EXPONENT), ln);
        let q_max = k.splat(self.masses.q_max.to_bits());
        let drop = ln_ratio::<A, B>(q.bits(), q_max);
        let t = Number::select(near, ln, far);
        let ratio = Ratio {
            near,
            s,
            w,
            p_t: p * t,
            q_t: q * t,
        };
        // No bin is zero.
        let never = k.less_signed(k);
        let pair = Pair {
            powers: Powers::none(p),
            p,
            q,
            d,
            t,
            excess: ratio.excess::<A>(p, d),
            reverse_excess: ratio.reverse_excess::<A>(q, d),
            p_drop: p * drop.larger(p.splat(0.0)),
        };
        (pair, Zeros { p: never, q: never })
    }

    #[inline(always)]
    fn power_pair<A: Arith, B: Bits>(
        &self,
        p_bits: B,
        q_bits: B,
    ) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        let (exact, _) = self.inner.power_pair::<A, B>(p_bits, q_bits);
        let p = exact.p * self.down + self.add_p;
        let q = exact.q * self.down + self.add_q;
        let d = exact.d * self.down + self.add_d;
        let zero = p.splat(0.0);
        let sum = p + q;
        let near = (d.abs() * 2.0).less(p.larger(q));
        let near_s = d / sum;
        let z = near_s * near_s;
        let near_w = z * atanh_tail::<A, B::Number>(z);
        let near_log2 = log2_near::<A, B::Number>([d, zero], q, sum, near_s, near_w);
        let (a, b, k) = nearest_ratio(p.bits(), q.bits());
        let (far_log2, far_s, far_w) = log2_far::<A, B>(a, b, k, [0.0; 2]);
        let far_log2 = log2_words(far_log2[0], far_log2[1]);
        let s = Number::select(near, near_s, far_s);
        let w = Number::select(near, near_w, far_w);
        let two_s = s + s;
        let ln = two_s.mul_add::<A>(w, two_s);
        let far = k.rounded().mul_add::<A>(p.splat(LN_2_OF_EXPONENT), ln);
        let mut pair = Pair {
            p,
            q,
            d,
            t: Number::select(near, ln, far),
            excess: zero,
            reverse_excess: zero,
            p_drop: zero,
            powers: Powers {
                log2: [
                    Number::select(near, near_log2[0], far_log2[0]),
                    Number::select(near, near_log2[1], far_log2[1]),
                ],
                p: extended(p.bits()),
                q: extended(q.bits()),
            },
        };
        self.centre.take_off::<A, B::Number>(&mut pair);
        // No bin is zero.
        let never = p_bits.less_signed(p_bits);
        (pair, Zeros { p: never, q: never })
    }

    #[inline(always)]
    fn centred(self, drift: f32) -> Self {
        Smoothed {
            centre: Centre::new(drift),
            ..self
        }
    }

    #[inline(always)]
    fn masses(&self) -> Masses {
        self.masses
    }
}
