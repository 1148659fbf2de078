//! Logarithms of ratios, and the excess `r - 1 - ln r` that vanishes to second order at 1.

use super::{Arith, Bits, Mask, Number};

/// `ln 2`, for an exponent that is kept 23 bits up.
pub(crate) const LN_2_OF_EXPONENT: f32 = std::f32::consts::LN_2 / 8_388_608.0;

/// The bits of a mantissa.
const MANTISSA: u32 = 0x007f_ffff;

/// `(atanh(s)/s - 1) / s^2` as a function of `z = s^2`, for `z <= 0.12`, to 1e-8 before rounding.
#[inline(always)]
pub(crate) fn atanh_tail<A: Arith, T: Number>(z: T) -> T {
    let h = z.linear::<A>(0.116_167_82, 0.108_522_66);
    let h = h.times_plus::<A>(z, 0.142_962_5);
    let h = h.times_plus::<A>(z, 0.199_998_51);
    h.times_plus::<A>(z, 0.333_333_34)
}

/// Twice [`atanh_tail`], for `z <= 1/9`, to 7e-9.
#[inline(always)]
pub(crate) fn atanh_tail_twice<A: Arith, T: Number>(z: T) -> T {
    let z_2 = z * z;
    let low = z.linear::<A>(0.399_996_97, 0.666_666_7);
    let high = z.linear::<A>(0.216_991_05, 0.285_928_67);
    let high = z_2.mul_add::<A>(z.splat(0.232_585_79), high);
    high.mul_add::<A>(z_2, low)
}

/// The power of two in a ratio `b/a` of positive normal numbers, kept 23 bits up: without it, the ratio
/// is in [2/3, 3/2].
#[inline(always)]
pub(crate) fn exponent_of_ratio<B: Bits>(a: B, b: B) -> B {
    b.minus(a)
        .plus(a.splat(0x0040_0000))
        .and(a.splat(!MANTISSA))
}

/// The same rounded towards zero: without it, the ratio is in (1/2, 2), and it is 0 where the ratio itself
/// is.
#[inline(always)]
pub(crate) fn whole_exponent_of_ratio<B: Bits>(a: B, b: B) -> B {
    let apart = b.minus(a);
    let mantissa = a.splat(MANTISSA);
    apart
        .plus(apart.signs().and(mantissa))
        .and(a.splat(!MANTISSA))
}

/// A ratio `b/a` of two positive normal numbers, given by their bits, as `2^k (1 + s)/(1 - s)` with
/// `|s| <= 0.2`: returns the numerator and denominator of `s`, and `k << 23`.
///
/// Works on the bits, exponents apart, so that nothing overflows, underflows or is flushed.
#[inline(always)]
pub(crate) fn reduced_ratio<B: Bits>(a: B, b: B) -> (B::Number, B::Number, B) {
    let (near_a, near_b, k) = nearest_ratio(a, b);
    (near_b - near_a, near_b + near_a, k)
}

/// A ratio as that of two numbers, the first in [1, 2), which is within [2/3, 3/2], times `2^k`: returns these
/// and `k << 23`.
#[inline(always)]
pub(crate) fn nearest_ratio<B: Bits>(a: B, b: B) -> (B::Number, B::Number, B) {
    let k = exponent_of_ratio(a, b);
    let (near_a, near_b) = mantissas(a, b, k);
    (near_a, near_b, k)
}

/// `a` moved to [1, 2), and `b / 2^k` moved as far.
#[inline(always)]
fn mantissas<B: Bits>(a: B, b: B, k: B) -> (B::Number, B::Number) {
    let moved = a.and(a.splat(MANTISSA)).plus(a.splat(0x3f80_0000));
    let moved_b = b.minus(k).plus(moved.minus(a));
    (moved.stored(), moved_b.stored())
}

/// `k ln 2 + 2 atanh(s)` for `k << 23` and the parts of `s` that [`reduced_ratio`] gives.
#[inline(always)]
fn ln_of<A: Arith, T: Number>(s: T, w: T, k: T::Bits) -> T {
    let two_s = s + s;
    let ln = two_s.mul_add::<A>(w, two_s);
    k.rounded().mul_add::<A>(s.splat(LN_2_OF_EXPONENT), ln)
}

/// A ratio `b/a` of two positive normal numbers, given by their bits, as that of two numbers within a
/// factor of two of each other, the first in [1, 2), times `2^k`: returns these and `k << 23`, which is 0
/// where they are so close already.
#[inline(always)]
pub(crate) fn ratio_in_reach<B: Bits>(a: B, b: B) -> (B::Number, B::Number, B) {
    let apart = b.minus(a);
    let above = a.splat((-0x0080_0000_i32) as u32).less_signed(apart);
    let close = above.and(apart.less_signed(a.splat(0x0080_0000)));
    let k = B::select(close, a.splat(0), exponent_of_ratio(a, b));
    let (near_a, near_b) = mantissas(a, b, k);
    (near_a, near_b, k)
}

/// `ln(b/a)` of two positive normal numbers given by their bits, to full relative accuracy.
#[inline(always)]
pub(crate) fn ln_ratio<A: Arith, B: Bits>(a: B, b: B) -> B::Number {
    // Inside (1/2, 2) the exponent stays out, or it would cancel.
    let (near_a, near_b, k) = ratio_in_reach(a, b);
    let (above, below) = (near_b - near_a, near_b + near_a);
    let s = above / below;
    let z = s * s;
    ln_of::<A, B::Number>(s, z * atanh_tail::<A, B::Number>(z), k)
}

/// `ln(1 + x)` for `x >= 0`, to full relative accuracy.
#[inline(always)]
pub(crate) fn ln_1p<A: Arith>(x: f32) -> f32 {
    let s = x / (2.0 + x);
    let z = s * s;
    let near = ln_of::<A, f32>(s, z * atanh_tail::<A, f32>(z), 0);
    let far = ln_ratio::<A, u32>(1f32.to_bits(), (1.0 + x).to_bits());
    if x < 1.0 { near } else { far }
}

/// `ln((1 + b)/(1 + a))` for `a` and `b` of at least 0, to full relative accuracy.
#[inline(always)]
pub(crate) fn ln_1p_ratio<A: Arith, T: Number>(a: T, b: T) -> T {
    let (of_a, of_b) = (a + 1.0, b + 1.0);
    let s = (b - a) / (of_a + of_b);
    let z = s * s;
    let near = ln_of::<A, T>(s, z * atanh_tail::<A, T>(z), a.bits().splat(0));
    let far = ln_ratio::<A, T::Bits>(of_a.bits(), of_b.bits());
    T::select(z.less(z.splat(0.1)), near, far)
}

/// `a l(e/a) = a ln(a/b) + e` with `l(u) = u - ln(1 + u)`, `b = a + e`: never below zero, and to
/// full relative accuracy if `e` is. `a = 0` gives `e`.
#[inline(always)]
pub(crate) fn excess<A: Arith, T: Number>(a: T, e: T, b: T) -> T {
    let zero = a.equals(a.splat(0.0));
    let a = T::select(zero, b, a);
    let (above, below, k) = reduced_ratio(a.bits(), b.bits());
    let larger = a.larger(b);
    let near = (e.abs() * 2.0).less(larger);
    let above = T::select(near, e, above);
    let below = T::select(near, a + b, below);
    let below = T::select(below.equals(a.splat(0.0)), a.splat(1.0), below);
    let s = above / below;
    let z = s * s;
    let w = z * atanh_tail::<A, T>(z);
    let near_value = s * (a * -2.0).mul_add::<A>(w, e);
    let far_value = (-a).mul_add::<A>(ln_of::<A, T>(s, w, k), e);
    let value = T::select(near, near_value, far_value);
    T::select(zero, e, value)
}

/// `l(u) = u - ln(1 + u)` for `|u|` below 1e-3, where three terms of its series suffice.
#[inline(always)]
pub(crate) fn excess_small(u: f32) -> f32 {
    u * u * (0.5 - u * (1.0 / 3.0 - 0.25 * u))
}
