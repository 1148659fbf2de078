//! Smoothed support: `eps` of the mass is added to every bin of both rows.
//!
//! Differences are formed before, since adding first would round them away; what the drift adds to
//! them is of first order, so it must be known.

use super::Domain;
use crate::math::{Arith, Bits, LN_2_OF_EXPONENT, atanh_tail, ln_ratio, reduced_ratio};
use crate::measure::{Masses, Pair, Ratio};

#[derive(Clone, Copy)]
pub(crate) struct Smoothed<D> {
    inner: D,
    /// `eps` of the mass of P and of Q, and what the drift makes of the difference.
    add_p: f32,
    add_q: f32,
    add_d: f32,
    masses: Masses,
}

impl<D: Domain> Smoothed<D> {
    #[inline(always)]
    pub(crate) fn new(inner: D, drift: f32, eps: f32, k: usize) -> Self {
        let masses = inner.masses();
        let mass_p = masses.mass / (1.0 + drift);
        let add_q = eps * masses.mass;
        let bins = k as f32;
        Smoothed {
            inner,
            add_p: eps * mass_p,
            add_q,
            add_d: eps * mass_p * drift,
            masses: Masses {
                mass: masses.mass + bins * add_q,
                drift: 0.0,
                q_max: masses.q_max + add_q,
                q_rest: masses.q_rest + (bins - 1.0) * add_q,
            },
        }
    }
}

impl<D: Domain> Domain for Smoothed<D> {
    const PADDING: f32 = D::PADDING;
    const SKIPS_PADDING: bool = false;

    #[inline(always)]
    fn pair<A: Arith>(&self, p_bits: u32, q_bits: u32) -> Pair<f32> {
        let exact = self.inner.pair::<A>(p_bits, q_bits);
        let p = exact.p + self.add_p;
        let q = exact.q + self.add_q;
        let d = exact.d + self.add_d;
        let (above, below, k) = reduced_ratio(p.to_bits(), q.to_bits());
        let larger = if p > q { p } else { q };
        let near = 2.0 * d.abs() < larger;
        let s = if near { d } else { above } / if near { p + q } else { below };
        let z = s * s;
        let w = z * atanh_tail::<A, f32>(z);
        let ln = A::mul_add(s + s, w, s + s);
        let far = A::mul_add(k.rounded(), LN_2_OF_EXPONENT, ln);
        let drop = ln_ratio::<A, u32>(q.to_bits(), self.masses.q_max.to_bits());
        let t = if near { ln } else { far };
        let ratio = Ratio {
            near,
            s,
            w,
            p_t: p * t,
            q_t: q * t,
        };
        Pair {
            p,
            q,
            d,
            excess: ratio.excess::<A>(p, d),
            reverse_excess: ratio.reverse_excess::<A>(q, d),
            p_drop: p * if drop > 0.0 { drop } else { 0.0 },
            p_zero: false,
            q_zero: false,
        }
    }

    #[inline(always)]
    fn masses(&self) -> Masses {
        self.masses
    }
}
