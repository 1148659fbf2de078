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
    ABS, Arith, Bits, LN_2_OF_EXPONENT, MIN_NORMAL, Mask, Number, OCTAVES, Spread, atanh_tail,
    ln_ratio, log2_far, log2_near, log2_words, nearest_ratio, reduced_ratio, upper,
};
use crate::measure::{Masses, Pair, Powers, Ratio, Zeros};

#[derive(Clone, Copy)]
pub(crate) struct LinearDomain {
    shares: LinearShares<f32>,
    /// `log2 c` in two words, the first a multiple of `2^-12`.
    log2_c: [f32; 2],
    centre: Centre,
    /// What differences are added in multiples of, about `2^-20` of the mass, and its inverse.
    grid: f32,
    inverse_grid: f32,
}

/// What pairs of shares take of two rows, or, with vectors of numbers, of as many as a vector has lanes.
#[derive(Clone, Copy)]
pub(crate) struct LinearShares<F: Number> {
    shift_p: F::Bits,
    shift_q: F::Bits,
    floor_p: F::Bits,
    floor_q: F::Bits,
    /// The mantissa of `c`, in [0.75, 1.5); its exponent is part of `shift_p`.
    c: F,
    /// `c` in two words of 12 bits.
    c_hi: F,
    c_lo: F,
    ln_c: F,
    /// The shift of `q / (c p)` against the ratio of the stored words.
    ratio_shift: F::Bits,
    q_max_bits: F::Bits,
    q_max: F,
    q_rest: F,
}

/// The exponent that is kept 23 bits up, as powers have it.
#[inline(always)]
fn exponent_of(shift: u32) -> f32 {
    (shift as i32 >> 23) as f32 * (1.0 / OCTAVES)
}

impl LinearDomain {
    #[inline(always)]
    pub(crate) fn new<A: Arith>(p: &Linear, q: &Linear) -> Self {
        let shares = LinearShares::new::<A>(p, q);
        let (a, b, k) = nearest_ratio(1f32.to_bits(), shares.c.to_bits());
        let ([high, low], ..) = log2_far::<A, u32>(a, b, k, [0.0; 2]);
        let (high, low) = (high * OCTAVES, low * OCTAVES);
        let log2_c = ((high + low) * 4096.0 + 0.5).floor() * (1.0 / 4096.0);
        let mass = q.sum().to_bits() & 0x7f80_0000;
        LinearDomain {
            shares,
            log2_c: [log2_c, (high - log2_c) + low],
            centre: Centre::default(),
            grid: f32::from_bits(mass - (20 << 23)),
            inverse_grid: f32::from_bits(0x7f00_0000 - mass + (20 << 23)),
        }
    }

    /// What sums take that are added as they come.
    pub(crate) fn shares(&self) -> Shares<true> {
        Shares(self.shares)
    }

    /// Values as they are, but for a power of two: one of 2^-32 keeps sums from overflowing.
    pub(crate) fn raw(exponent: i32) -> Self {
        let shift = (exponent << 23) as u32;
        LinearDomain {
            shares: LinearShares {
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
            },
            log2_c: [0.0; 2],
            centre: Centre::default(),
            grid: 1.0,
            inverse_grid: 1.0,
        }
    }
}

impl<F: Number> LinearShares<F> {
    #[inline(always)]
    pub(crate) fn new<A: Arith>(p: &Linear<F>, q: &Linear<F>) -> Self {
        let ratio = (q.sum() / p.sum()).bits();
        let one = ratio.splat(1f32.to_bits());
        let half = ratio.splat(0x0040_0000);
        let exponent = ratio.minus(one).plus(half).and(ratio.splat(0xff80_0000));
        let c_bits = ratio.minus(exponent);
        let c = c_bits.stored();
        let c_hi = upper(c);
        let shift_p = p.shift.plus(exponent);
        LinearShares {
            shift_p,
            shift_q: q.shift,
            floor_p: floor(shift_p),
            floor_q: floor(q.shift),
            c,
            c_hi,
            c_lo: c - c_hi,
            ln_c: ln_ratio::<A, F::Bits>(one, c_bits),
            ratio_shift: q.shift.minus(shift_p),
            q_max_bits: q.max_bits,
            q_max: q.max,
            q_rest: q.rest,
        }
    }

    /// True if a pair may need a guard: for a sign, or for what a scale flushes to zero.
    #[inline(always)]
    pub(crate) fn need_guards(&self, [p, q]: [&Linear<F>; 2]) -> F::Mask {
        // A floor is above all numbers with a sign.
        let of_p = p.least.less_signed(self.floor_p);
        of_p.or(q.least.less_signed(self.floor_q))
    }

    /// The largest share of Q, and the sum of the others, as [`Masses`] have them.
    #[inline(always)]
    pub(crate) fn shares_of_q(&self) -> [F; 2] {
        [self.q_max, self.q_rest]
    }

    /// The scaled values of two words.
    #[inline(always)]
    fn scaled<B: Bits>(&self, p_bits: B, q_bits: B) -> [B::Number; 2]
    where
        F: Spread<B::Number>,
    {
        let spread = |word| F::spread_bits(word, p_bits);
        [
            scaled(p_bits, spread(self.shift_p), spread(self.floor_p)),
            scaled(q_bits, spread(self.shift_q), spread(self.floor_q)),
        ]
    }

    /// `q - c p` with one rounding where the two are close.
    ///
    /// All products are of 12 by 12 bits and hence exact, so that it does not matter whether a
    /// compiler fuses them; so are the first three differences, which cutting instead of rounding the
    /// words would spoil by one bit.
    #[inline(always)]
    fn difference<A: Arith, T: Number>(&self, p: T, q: T) -> T
    where
        F: Spread<T>,
    {
        let (c_hi, c_lo) = ((-self.c_hi).spread(p), (-self.c_lo).spread(p));
        let hi = upper(p);
        let lo = p - hi;
        let d = c_hi.mul_add::<A>(hi, q);
        let d = c_hi.mul_add::<A>(lo, d);
        let d = c_lo.mul_add::<A>(hi, d);
        c_lo.mul_add::<A>(lo, d)
    }

    /// [`Domain::pair`]. `GUARDED` is false only where [`LinearShares::need_guards`] is.
    #[inline(always)]
    pub(crate) fn pair<const GUARDED: bool, A: Arith, B: Bits>(
        &self,
        p_bits: B,
        q_bits: B,
    ) -> (Pair<B::Number>, Zeros<Truth<B>>)
    where
        F: Spread<B::Number>,
    {
        let (p_bits, q_bits) = if GUARDED {
            (p_bits.and(p_bits.splat(ABS)), q_bits.and(q_bits.splat(ABS)))
        } else {
            (p_bits, q_bits)
        };
        let least = p_bits.splat(MIN_NORMAL);
        let none = p_bits.less_signed(p_bits);
        let zeros = if GUARDED {
            Zeros {
                p: p_bits.less_signed(least),
                q: q_bits.less_signed(least),
            }
        } else {
            Zeros { p: none, q: none }
        };
        let either_zero = zeros.p.or(zeros.q);

        let [unscaled, q] = if GUARDED {
            self.scaled(p_bits, q_bits)
        } else {
            [
                p_bits.plus(F::spread_bits(self.shift_p, p_bits)).stored(),
                q_bits.plus(F::spread_bits(self.shift_q, q_bits)).stored(),
            ]
        };
        let p = unscaled * self.c.spread(q);
        let d = self.difference::<A, B::Number>(unscaled, q);
        let (zero, one) = (p.splat(0.0), p.splat(1.0));
        let unless_zero = |number, instead| {
            if GUARDED {
                Number::select(either_zero, instead, number)
            } else {
                number
            }
        };

        // Near, s comes from the exact difference; far, from the stored words, which no scaling has
        // flushed to zero.
        let (above, below, k) = reduced_ratio(p_bits, q_bits);
        let near = (d.abs() * 2.0).less(p.larger(q));
        let above = unless_zero(Number::select(near, d, above), zero);
        let below = unless_zero(Number::select(near, p + q, below), one);
        let s = above / below;
        let z = s * s;
        let w = z * atanh_tail::<A, B::Number>(z);
        let two_s = s + s;
        let ln = two_s.mul_add::<A>(w, two_s);
        let exponent = k.plus(F::spread_bits(self.ratio_shift, k)).rounded();
        let ln_c = self.ln_c.spread(p);
        let far = exponent.mul_add::<A>(p.splat(LN_2_OF_EXPONENT), ln - ln_c);
        let t = unless_zero(Number::select(near, ln, far), zero);

        let ratio = Ratio {
            near: near.and_not(either_zero),
            s,
            w,
            p_t: p * t,
            q_t: q * t,
        };
        let q_max = F::spread_bits(self.q_max_bits, q_bits);
        let pair = Pair {
            powers: Powers::none(p),
            p,
            q,
            d,
            t: if GUARDED { marked(t, zeros) } else { t },
            excess: ratio.excess::<A>(p, d),
            reverse_excess: ratio.reverse_excess::<A>(q, d),
            p_drop: p * ln_ratio::<A, B>(B::select(zeros.q, q_max, q_bits), q_max),
        };
        (pair, zeros)
    }
}

impl LinearDomain {
    /// What is left of the difference without its first digits, where `p` and `q` are within a factor of
    /// two: nothing is rounded before the last product.
    #[inline(always)]
    fn rest<A: Arith, T: Number>(&self, p: T, q: T, first: T) -> T {
        let LinearShares { c_hi, c_lo, .. } = self.shares;
        let (c_hi, c_lo) = (p.splat(-c_hi), p.splat(-c_lo));
        let hi = upper(p);
        let lo = p - hi;
        let rest = c_hi.mul_add::<A>(hi, q) - first;
        let rest = c_hi.mul_add::<A>(lo, rest);
        let rest = c_lo.mul_add::<A>(hi, rest);
        c_lo.mul_add::<A>(lo, rest)
    }
}

impl LinearShares<f32> {
    /// [`Domain::masses`].
    #[inline(always)]
    fn masses(&self) -> Masses {
        let [q_max, q_rest] = self.shares_of_q();
        Masses {
            mass: q_max + q_rest,
            drift: 0.0,
            q_max,
            q_rest,
        }
    }
}

/// Shares for sums that are added as they come, without what powers and smoothing take. `GUARDED` is as in
/// [`LinearShares::pair`].
#[derive(Clone, Copy)]
pub(crate) struct Shares<const GUARDED: bool>(pub LinearShares<f32>);

impl<const GUARDED: bool> Domain for Shares<GUARDED> {
    const PADDING: f32 = if GUARDED { 0.0 } else { 1.0 };
    const SKIPS_PADDING: bool = GUARDED;

    #[inline(always)]
    fn pair<A: Arith, B: Bits>(&self, p_bits: B, q_bits: B) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        self.0.pair::<GUARDED, A, B>(p_bits, q_bits)
    }

    #[inline(always)]
    fn masses(&self) -> Masses {
        self.0.masses()
    }
}

impl Domain for LinearDomain {
    const PADDING: f32 = 0.0;
    const SKIPS_PADDING: bool = true;

    #[inline(always)]
    fn pair<A: Arith, B: Bits>(&self, p_bits: B, q_bits: B) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        self.shares.pair::<true, A, B>(p_bits, q_bits)
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

        let [unscaled, _] = self.shares.scaled(p_bits, q_bits);
        let first = upper(pair.d);
        let words = [first, self.rest::<A, B::Number>(unscaled, pair.q, first)];
        let sum = pair.p + pair.q;
        let near = (pair.d.abs() * 2.0).less(pair.p.larger(pair.q));
        let near = near.and_not(either_zero);
        let safe = Number::select(near, sum, sum.splat(1.0));
        let s = pair.d / safe;
        let z = s * s;
        let w = z * atanh_tail::<A, B::Number>(z);
        let near_log2 = log2_near::<A, B::Number>(words, pair.q, safe, s, w);
        let (a, b, k) = nearest_ratio(a, b);
        let exponent = k.plus(k.splat(self.shares.ratio_shift));
        let (far_log2, ..) = log2_far::<A, B>(a, b, exponent, self.log2_c);
        let far_log2 = log2_words(far_log2[0], far_log2[1]);
        let [p, p_exponent] = extended_unless(zeros.p, p_bits);
        let [q, q_exponent] = extended_unless(zeros.q, q_bits);
        pair.powers = Powers {
            log2: [
                Number::select(near, near_log2[0], far_log2[0]),
                Number::select(near, near_log2[1], far_log2[1]),
            ],
            p: [
                p * self.shares.c,
                p_exponent + exponent_of(self.shares.shift_p),
            ],
            q: [q, q_exponent + exponent_of(self.shares.shift_q)],
        };
        self.centre.take_off::<A, B::Number>(&mut pair);
        (pair, zeros)
    }

    /// Near, the difference has more digits than one number; far, both sides are split.
    #[inline(always)]
    fn drift<A: Arith, B: Bits>(&self, p_bits: B, q_bits: B) -> [B::Number; 2] {
        let [p, q] = self.shares.scaled(p_bits, q_bits);
        let LinearShares { c, c_hi, c_lo, .. } = self.shares;
        let hi = upper(p);
        let lo = p - hi;
        let most = hi * c_hi;
        let (c_hi, c_lo) = (p.splat(-c_hi), p.splat(-c_lo));
        let d = self.shares.difference::<A, B::Number>(p, q);
        let near = (d.abs() * 2.0).less((p * c).larger(q));
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
        self.shares.masses()
    }

    fn fused<S: Simd>(entry: &Entry<S>) -> Option<FusedFold<S, Self>> {
        entry.linear
    }
}
