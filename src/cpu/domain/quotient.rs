//! Two rows of weights as they are stored, each pair of bins over its bin of Q.

use super::{Domain, Truth};
use crate::math::{
    ABS, Arith, Bits, LN_2_OF_EXPONENT, MIN_NORMAL, Mask, Number, atanh_tail, ratio_in_reach,
};
use crate::measure::{Masses, Pair, Powers, Zeros};

/// Pairs `(p/q, 1)`, scaled down by 2^32 so that sums do not overflow. Only `reverse_excess` has a meaning.
#[derive(Clone, Copy)]
pub(crate) struct Quotients;

/// 23 bits up, as exponents are kept.
const fn exponent(k: i32) -> u32 {
    (k << 23) as u32
}

impl Domain for Quotients {
    const PADDING: f32 = 0.0;
    const SKIPS_PADDING: bool = true;

    #[inline(always)]
    fn pair<A: Arith, B: Bits>(&self, p_bits: B, q_bits: B) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        let least = p_bits.splat(MIN_NORMAL);
        let p_bits = p_bits.and(p_bits.splat(ABS));
        let q_bits = q_bits.and(q_bits.splat(ABS));
        let zeros = Zeros {
            p: p_bits.less_signed(least),
            q: q_bits.less_signed(least),
        };
        let either_zero = zeros.p.or(zeros.q);
        let one = p_bits.splat(1f32.to_bits());
        let a = B::select(either_zero, one, p_bits);
        let b = B::select(either_zero, one, q_bits);

        let (near_a, near_b, k) = ratio_in_reach(a, b);
        let apart = near_b - near_a;
        let s = apart / (near_b + near_a);
        let z = s * s;
        let w = z * atanh_tail::<A, B::Number>(z);
        let two_s = s + s;
        let ln = two_s.mul_add::<A>(w, two_s);
        let t = k.rounded().mul_add::<A>(s.splat(LN_2_OF_EXPONENT), ln);
        // p/q - 1 cancels where it is near 1; far out it may overflow, or underflow, before it is scaled.
        let at_one = s * (apart / near_b + (w + w));
        let inside = a.splat(exponent(-31)).less_signed(k);
        let inside = inside.and(k.less_signed(a.splat(exponent(31))));
        let nearby = B::select(inside, k, a.splat(0));
        let moved_a = near_a.bits().minus(nearby).stored();
        let close = (moved_a - near_b) / near_b + t;
        let gone = a.splat(exponent(94)).less_signed(k);
        let down = a
            .splat(exponent(-32))
            .minus(k.min_signed(a.splat(exponent(94))));
        let power = down.min_signed(a.splat(exponent(100))).plus(one).stored();
        let quotient = Number::select(gone, s.splat(0.0), near_a / near_b * power);
        let far = quotient + (t + -1.0) * SCALE;
        let value = Number::select(inside, close * SCALE, far);
        let value = Number::select(k.equals(a.splat(0)), at_one * SCALE, value);
        let none = value.splat(0.0);
        let pair = Pair {
            p: none,
            q: none,
            d: none,
            t: none,
            excess: none,
            reverse_excess: Number::select(either_zero, none, value),
            p_drop: none,
            powers: Powers::none(none),
        };
        (pair, zeros)
    }

    #[inline(always)]
    fn masses(&self) -> Masses {
        Masses {
            mass: 1.0,
            drift: 0.0,
            q_max: 1.0,
            q_rest: 0.0,
        }
    }
}

/// `2^-32`.
const SCALE: f32 = 2.328_306_4e-10;
