//! Logarithms of ratios, and the excess `r - 1 - ln r` that vanishes to second order at 1.

use super::Arith;

/// `(atanh(s)/s - 1) / s^2` as a function of `z = s^2`, for `z <= 0.12`, to 1e-8 before rounding.
#[inline(always)]
pub(crate) fn atanh_tail<A: Arith>(z: f32) -> f32 {
    let h = 0.116_167_82;
    let h = A::mul_add(h, z, 0.108_522_66);
    let h = A::mul_add(h, z, 0.142_962_5);
    let h = A::mul_add(h, z, 0.199_998_51);
    A::mul_add(h, z, 0.333_333_34)
}

/// A ratio `b/a` of two positive normal numbers, given by their bits, as `2^k (1 + s)/(1 - s)` with
/// `|s| <= 0.2`: returns the numerator and denominator of `s`, and `k << 23`.
///
/// Works on the bits, exponents apart, so that nothing overflows, underflows or is flushed.
#[inline(always)]
pub(crate) fn reduced_ratio(a: u32, b: u32) -> (f32, f32, i32) {
    let apart = (b as i32).wrapping_sub(a as i32);
    let k = apart.wrapping_add(0x0040_0000) & !0x007f_ffff;
    let (near_a, near_b) = mantissas(a, b, k);
    (near_b - near_a, near_b + near_a, k)
}

/// `a` moved to [1, 2), and `b / 2^k` moved as far.
#[inline(always)]
fn mantissas(a: u32, b: u32, k: i32) -> (f32, f32) {
    let moved = (a & MANTISSA) | 0x3f80_0000;
    let moved_b = (b as i32)
        .wrapping_sub(k)
        .wrapping_add((moved as i32).wrapping_sub(a as i32));
    (f32::from_bits(moved), f32::from_bits(moved_b as u32))
}

/// The bits of a mantissa.
const MANTISSA: u32 = 0x007f_ffff;

/// `k ln 2 + 2 atanh(s)` for `k << 23` and the parts of `s` that [`reduced_ratio`] gives.
#[inline(always)]
fn ln_of<A: Arith>(s: f32, w: f32, k: i32) -> f32 {
    let two_s = s + s;
    let ln = A::mul_add(two_s, w, two_s);
    A::mul_add((k >> 23) as f32, std::f32::consts::LN_2, ln)
}

/// `ln(b/a)` of two positive normal numbers given by their bits, to full relative accuracy.
#[inline(always)]
pub(crate) fn ln_ratio<A: Arith>(a: u32, b: u32) -> f32 {
    // Inside (1/2, 2) the exponent stays out, or it would cancel.
    let apart = (b as i32).wrapping_sub(a as i32);
    let close = apart > -0x0080_0000 && apart < 0x0080_0000;
    let k = apart.wrapping_add(0x0040_0000) & !0x007f_ffff;
    let k = if close { 0 } else { k };
    let (near_a, near_b) = mantissas(a, b, k);
    let (above, below) = (near_b - near_a, near_b + near_a);
    let s = above / below;
    let z = s * s;
    ln_of::<A>(s, z * atanh_tail::<A>(z), k)
}

/// `ln(1 + x)` for `x >= 0`, to full relative accuracy.
#[inline(always)]
pub(crate) fn ln_1p<A: Arith>(x: f32) -> f32 {
    let s = x / (2.0 + x);
    let z = s * s;
    let near = ln_of::<A>(s, z * atanh_tail::<A>(z), 0);
    let far = ln_ratio::<A>(1f32.to_bits(), (1.0 + x).to_bits());
    if x < 1.0 { near } else { far }
}

/// `ln((1 + b)/(1 + a))` for `a` and `b` of at least 0, to full relative accuracy.
#[inline(always)]
pub(crate) fn ln_1p_ratio<A: Arith>(a: f32, b: f32) -> f32 {
    let (of_a, of_b) = (1.0 + a, 1.0 + b);
    let s = (b - a) / (of_a + of_b);
    let z = s * s;
    let near = ln_of::<A>(s, z * atanh_tail::<A>(z), 0);
    let far = ln_ratio::<A>(of_a.to_bits(), of_b.to_bits());
    if z < 0.1 { near } else { far }
}

/// `a l(e/a) = a ln(a/b) + e` with `l(u) = u - ln(1 + u)`, `b = a + e`: never below zero, and to
/// full relative accuracy if `e` is. `a = 0` gives `e`.
#[inline(always)]
pub(crate) fn excess<A: Arith>(a: f32, e: f32, b: f32) -> f32 {
    let zero = a == 0.0;
    let a = if zero { b } else { a };
    let (above, below, k) = reduced_ratio(a.to_bits(), b.to_bits());
    let larger = if a > b { a } else { b };
    let near = 2.0 * e.abs() < larger;
    let above = if near { e } else { above };
    let below = if near { a + b } else { below };
    let below = if below == 0.0 { 1.0 } else { below };
    let s = above / below;
    let z = s * s;
    let w = z * atanh_tail::<A>(z);
    let near_value = s * A::mul_add(-2.0 * a, w, e);
    let far_value = A::mul_add(-a, ln_of::<A>(s, w, k), e);
    let value = if near { near_value } else { far_value };
    if zero { e } else { value }
}

/// `l(u) = u - ln(1 + u)` for `|u|` below 1e-3, where three terms of its series suffice.
#[inline(always)]
pub(crate) fn excess_small(u: f32) -> f32 {
    u * u * (0.5 - u * (1.0 / 3.0 - 0.25 * u))
}
