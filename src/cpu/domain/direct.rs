//! Two rows of probabilities, taken as they are: the scale of P is 1, and nothing is known of them yet.

use crate::math::{
    Arith, Bits, LN_2_OF_EXPONENT, MIN_NORMAL, Number, atanh_tail_twice, ln_ratio, log2_far,
    log2_words, ratio_in_reach, whole_exponent_of_ratio,
};
use crate::measure::{Masses, Pair, Powers, Zeros};

use super::{Domain, Truth, extended_unless, marked};

/// What [`Direct`] takes for granted.
pub(crate) const DIRECT_MASSES: Masses = Masses {
    mass: 1.0,
    drift: 0.0,
    q_max: 1.0,
    q_rest: 0.0,
};

/// Words below the smallest normal number, negative ones too, count as that number: beside a mass of
/// one it weighs nothing, and no logarithm of it needs a branch. Whoever folds has to look at them.
#[derive(Clone, Copy)]
pub(crate) struct Direct;

impl Domain for Direct {
    const PADDING: f32 = 0.0;
    const SKIPS_PADDING: bool = false;
    const TAKES_MASS: bool = true;

    #[inline(always)]
    fn pair<A: Arith, B: Bits>(&self, p_bits: B, q_bits: B) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        let least = p_bits.splat(MIN_NORMAL);
        let (a, b) = (p_bits.max_signed(least), q_bits.max_signed(least));
        let (p, q) = (a.stored(), b.stored());
        let d = q - p;
        // q / 2^k within a factor of two of p, or p 2^k of q, and k = 0 where they are so already: what k
        // adds to the excess then never has the other sign. Nothing here is so far from 1 that shifting
        // the exponent could overflow.
        let k = whole_exponent_of_ratio(a, b);
        let near_q = b.minus(k).stored();
        let near_p = a.plus(k).stored();
        let near_d = near_q - p;
        let s = near_d / (near_q + p);
        let z = s * s;
        let w = z * atanh_tail_twice::<A, B::Number>(z);
        // The excess against the near number, and what k adds: exactly 0 where k is.
        let k_ln_2 = k.rounded() * LN_2_OF_EXPONENT;
        let of_near_q = (-p).mul_add::<A>(w, near_d);
        let of_near_p = q.mul_add::<A>(w, q - near_p);
        let zeros = Zeros {
            p: p_bits.less_signed(least),
            q: q_bits.less_signed(least),
        };
        let pair = Pair {
            powers: Powers::none(p),
            p,
            q,
            d,
            t: marked(k_ln_2 + s.mul_add::<A>(w, s + s), zeros),
            excess: s.mul_add::<A>(of_near_q, (-p).mul_add::<A>(k_ln_2, q - near_q)),
            reverse_excess: s.mul_add::<A>(of_near_p, q.mul_add::<A>(k_ln_2, p - near_p)),
            p_drop: p * ln_ratio::<A, B>(b, b.splat(0x3f80_0000)),
        };
        (pair, zeros)
    }

    #[inline(always)]
    fn power_pair<A: Arith, B: Bits>(
        &self,
        p_bits: B,
        q_bits: B,
    ) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        let least = p_bits.splat(MIN_NORMAL);
        let (a, b) = (p_bits.max_signed(least), q_bits.max_signed(least));
        let (p, q) = (a.stored(), b.stored());
        let zeros = Zeros {
            p: p_bits.less_signed(least),
            q: q_bits.less_signed(least),
        };
        // From mantissas: differences of tiny numbers may be flushed.
        let (near_a, near_b, k) = ratio_in_reach(a, b);
        let (log2, s, w) = log2_far::<A, B>(near_a, near_b, k, [0.0; 2]);
        let two_s = s + s;
        let ln = two_s.mul_add::<A>(w, two_s);
        let t = k.rounded().mul_add::<A>(p.splat(LN_2_OF_EXPONENT), ln);
        let none = p.splat(0.0);
        let pair = Pair {
            p,
            q,
            d: q - p,
            t: marked(t, zeros),
            excess: none,
            reverse_excess: none,
            p_drop: none,
            powers: Powers {
                log2: log2_words(log2[0], log2[1]),
                p: extended_unless(zeros.p, a),
                q: extended_unless(zeros.q, b),
            },
        };
        (pair, zeros)
    }

    #[inline(always)]
    fn masses(&self) -> Masses {
        DIRECT_MASSES
    }
}
