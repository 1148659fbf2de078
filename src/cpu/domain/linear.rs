//! Two rows of probabilities or weights.
//!
//! Dividing each bin by its sum would round it and ruin small scores. Instead the row of P is scaled
//! by `c = sum q / sum p`, and `d = q - c p` is formed from an exact product.

use super::{Centre, Domain, Truth, extended_unless, marked};
use crate::cpu::dispatch::Simd;
use crate::cpu::kernels::Entry;
use crate::cpu::shares::FusedFold;
use crate::cpu::survey::{Linear, floor, scaled};
use crate::math::{
    ABS, Arith, Bits, LN_2_OF_EXPONENT, MIN_NORMAL, Mask, Number, OCTAVES, atanh_tail, larger,
    ln_ratio, log2_far, log2_near, log2_words, nearest_ratio, reduced_ratio, upper,
};
use crate::measure::{Masses, Pair, Powers, Ratio, Zeros};

#[derive(Clone, Copy)]
pub(crate) struct LinearDomain {
    shift_p: i32,
    shift_q: i32,
    floor_p: u32,
    floor_q: u32,
    /// The mantissa of `c`, in [0.75, 1.5); its exponent is part of `shift_p`.
    c: f32,
    /// `c` in two words of 12 bits.
    c_hi: f32,
    c_lo: f32,
    ln_c: f32,
    /// The shift of `q / (c p)` against the ratio of the stored words.
    ratio_shift: i32,
    q_max_bits: u32,
    q_max: f32,
    q_rest: f32,
    /// `log2 c` in two words, the first a multiple of `2^-12`.
    log2_c: [f32; 2],
    centre: Centre,
    /// What differences are added in multiples of, about `2^-20` of the mass, and its inverse.
    grid: f32,
    inverse_grid: f32,
}

/// The exponent that is kept 23 bits up, as powers have it.
#[inline(always)]
fn exponent_of(shift: i32) -> f32 {
    (shift >> 23) as f32 * (1.0 / OCTAVES)
}

impl LinearDomain {
    #[inline(always)]
    pub(crate) fn new<A: Arith>(p: &Linear, q: &Linear) -> Self {
        let ratio = (q.sum() / p.sum()).to_bits() as i32;
        let exponent = (ratio - 0x3f80_0000 + 0x0040_0000) & !0x007f_ffff;
        let c = f32::from_bits((ratio - exponent) as u32);
        let c_hi = upper(c);
        let shift_p = p.shift + exponent;
        let (a, b, k) = nearest_ratio(1f32.to_bits(), c.to_bits());
        let ([high, low], ..) = log2_far::<A, u32>(a, b, k, [0.0; 2]);
        let (high, low) = (high * OCTAVES, low * OCTAVES);
        let log2_c = ((high + low) * 4096.0 + 0.5).floor() * (1.0 / 4096.0);
        let mass = q.sum().to_bits() & 0x7f80_0000;
        LinearDomain {
            shift_p,
            shift_q: q.shift,
            floor_p: floor(shift_p),
            floor_q: floor(q.shift),
            c,
            c_hi,
            c_lo: c - c_hi,
            ln_c: ln_ratio::<A, u32>(0x3f80_0000, c.to_bits()),
            ratio_shift: q.shift - shift_p,
            q_max_bits: q.max_bits,
            q_max: q.max,
            q_rest: q.rest,
            log2_c: [log2_c, (high - log2_c) + low],
            centre: Centre::default(),
            grid: f32::from_bits(mass - (20 << 23)),
            inverse_grid: f32::from_bits(0x7f00_0000 - mass + (20 << 23)),
        }
    }

    /// Values as they are, but for a power of two: one of 2^-32 keeps sums from overflowing.
    pub(crate) fn raw(exponent: i32) -> Self {
        let shift = exponent << 23;
        LinearDomain {
            shift_p: shift,
            shift_q: shift,
            floor_p: floor(shift),
            floor_q: floor(shift),
            c: 1.0,
            c_hi: 1.0,
            c_lo: 0.0,
            ln_c: 0.0,
            ratio_shift: 0,
            q_max_bits: 1f32.to_bits(),
            q_max: 1.0,
            q_rest: 0.0,
            log2_c: [0.0; 2],
            centre: Centre::default(),
            grid: 1.0,
            inverse_grid: 1.0,
        }
    }

    /// `q - c p` with one rounding where the two are close.
    ///
    /// All products are of 12 by 12 bits and hence exact, so that it does not matter whether a
    /// compiler fuses them; so are the first three differences, which cutting instead of rounding the
    /// words would spoil by one bit.
    #[inline(always)]
    fn difference<A: Arith, T: Number>(&self, p: T, q: T) -> T {
        let (c_hi, c_lo) = (p.splat(-self.c_hi), p.splat(-self.c_lo));
        let hi = upper(p);
        let lo = p - hi;
        let d = c_hi.mul_add::<A>(hi, q);
        let d = c_hi.mul_add::<A>(lo, d);
        let d = c_lo.mul_add::<A>(hi, d);
        c_lo.mul_add::<A>(lo, d)
    }

    /// What is left of the difference without its first digits, where `p` and `q` are within a factor of
    /// two: nothing is rounded before the last product.
    #[inline(always)]
    fn rest<A: Arith, T: Number>(&self, p: T, q: T, first: T) -> T {
        let (c_hi, c_lo) = (p.splat(-self.c_hi), p.splat(-self.c_lo));
        let hi = upper(p);
        let lo = p - hi;
        let rest = c_hi.mul_add::<A>(hi, q) - first;
        let rest = c_hi.mul_add::<A>(lo, rest);
        let rest = c_lo.mul_add::<A>(hi, rest);
        c_lo.mul_add::<A>(lo, rest)
    }
}

impl Domain for LinearDomain {
    const PADDING: f32 = 0.0;
    const SKIPS_PADDING: bool = true;

    #[inline(always)]
    fn pair<A: Arith, B: Bits>(&self, p_bits: B, q_bits: B) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        let least = p_bits.splat(MIN_NORMAL);
        let p_bits = p_bits.and(p_bits.splat(ABS));
        let q_bits = q_bits.and(q_bits.splat(ABS));
        let p_zero = p_bits.less_signed(least);
        let q_zero = q_bits.less_signed(least);
        let either_zero = p_zero.or(q_zero);

        let unscaled = scaled(p_bits, self.shift_p, self.floor_p);
        let q = scaled(q_bits, self.shift_q, self.floor_q);
        let p = unscaled * self.c;
        let d = self.difference::<A, B::Number>(unscaled, q);
        let (zero, one) = (p.splat(0.0), p.splat(1.0));

        // Near, s comes from the exact difference; far, from the stored words, which no scaling has
        // flushed to zero.
        let (above, below, k) = reduced_ratio(p_bits, q_bits);
        let near = (d.abs() * 2.0).less(larger(p, q));
        let above = Number::select(near, d, above);
        let below = Number::select(near, p + q, below);
        let above = Number::select(either_zero, zero, above);
        let below = Number::select(either_zero, one, below);
        let s = above / below;
        let z = s * s;
        let w = z * atanh_tail::<A, B::Number>(z);
        let two_s = s + s;
        let ln = two_s.mul_add::<A>(w, two_s);
        let exponent = k.plus(k.splat(self.ratio_shift as u32)).rounded();
        let far = exponent.mul_add::<A>(p.splat(LN_2_OF_EXPONENT), ln + -self.ln_c);
        let t = Number::select(near, ln, far);
        let t = Number::select(either_zero, zero, t);

        let q_max = q_bits.splat(self.q_max_bits);
        let ratio = Ratio {
            near: near.and_not(either_zero),
            s,
            w,
            p_t: p * t,
            q_t: q * t,
        };
        let zeros = Zeros {
            p: p_zero,
            q: q_zero,
        };
        let pair = Pair {
            powers: Powers::none(p),
            p,
            q,
            d,
            t: marked(t, zeros),
            excess: ratio.excess::<A>(p, d),
            reverse_excess: ratio.reverse_excess::<A>(q, d),
            p_drop: p * ln_ratio::<A, B>(B::select(q_zero, q_max, q_bits), q_max),
        };
        (pair, zeros)
    }

    #[inline(always)]
    fn power_pair<A: Arith, B: Bits>(
        &self,
        p_bits: B,
        q_bits: B,
    ) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        let (mut pair, zeros) = self.pair::<A, B>(p_bits, q_bits);
        let p_bits = p_bits.and(p_bits.splat(ABS));
        let q_bits = q_bits.and(q_bits.splat(ABS));
        let one = p_bits.splat(1f32.to_bits());
        let either_zero = zeros.p.or(zeros.q);
        let a = B::select(either_zero, one, p_bits);
        let b = B::select(either_zero, one, q_bits);

        let unscaled = scaled(p_bits, self.shift_p, self.floor_p);
        let first = upper(pair.d);
        let words = [first, self.rest::<A, B::Number>(unscaled, pair.q, first)];
        let sum = pair.p + pair.q;
        let near = (pair.d.abs() * 2.0).less(larger(pair.p, pair.q));
        let near = near.and_not(either_zero);
        let safe = Number::select(near, sum, sum.splat(1.0));
        let s = pair.d / safe;
        let z = s * s;
        let w = z * atanh_tail::<A, B::Number>(z);
        let near_log2 = log2_near::<A, B::Number>(words, pair.q, safe, s, w);
        let (a, b, k) = nearest_ratio(a, b);
        let exponent = k.plus(k.splat(self.ratio_shift as u32));
        let (far_log2, ..) = log2_far::<A, B>(a, b, exponent, self.log2_c);
        let far_log2 = log2_words(far_log2[0], far_log2[1]);
        let [p, p_exponent] = extended_unless(zeros.p, p_bits);
        let [q, q_exponent] = extended_unless(zeros.q, q_bits);
        pair.powers = Powers {
            log2: [
                Number::select(near, near_log2[0], far_log2[0]),
                Number::select(near, near_log2[1], far_log2[1]),
            ],
            p: [p * self.c, p_exponent + exponent_of(self.shift_p)],
            q: [q, q_exponent + exponent_of(self.shift_q)],
        };
        self.centre.take_off::<A, B::Number>(&mut pair);
        (pair, zeros)
    }

    /// Near, the difference has more digits than one number; far, both sides are split.
    #[inline(always)]
    fn drift<A: Arith, B: Bits>(&self, p_bits: B, q_bits: B) -> [B::Number; 2] {
        let p = scaled(p_bits, self.shift_p, self.floor_p);
        let q = scaled(q_bits, self.shift_q, self.floor_q);
        let (c_hi, c_lo) = (p.splat(-self.c_hi), p.splat(-self.c_lo));
        let hi = upper(p);
        let lo = p - hi;
        let most = hi * self.c_hi;
        let d = self.difference::<A, B::Number>(p, q);
        let near = (d.abs() * 2.0).less(larger(p * self.c, q));
        let d_whole = (d * self.inverse_grid + 0.5).floor() * self.grid;
        let near_rest = self.rest::<A, B::Number>(p, q, d_whole);
        let q_whole = (q * self.inverse_grid + 0.5).floor() * self.grid;
        let p_whole = (most * self.inverse_grid + 0.5).floor() * self.grid;
        let rest = (q - q_whole) - (most - p_whole);
        let rest = c_hi.mul_add::<A>(lo, rest);
        let rest = c_lo.mul_add::<A>(hi, rest);
        let rest = c_lo.mul_add::<A>(lo, rest);
        [
            Number::select(near, d_whole, q_whole - p_whole),
            Number::select(near, near_rest, rest),
        ]
    }

    #[inline(always)]
    fn centred(self, drift: f32) -> Self {
        LinearDomain {
            centre: Centre::new(drift),
            ..self
        }
    }

    #[inline(always)]
    fn masses(&self) -> Masses {
        Masses {
            mass: self.q_max + self.q_rest,
            drift: 0.0,
            q_max: self.q_max,
            q_rest: self.q_rest,
        }
    }

    fn fused<S: Simd>(entry: &Entry<S>) -> Option<FusedFold<S, Self>> {
        entry.linear
    }
}
