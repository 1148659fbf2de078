//! Logarithms to base 2 in two words, and powers that neither over- nor underflow. See [`OCTAVES`] and
//! [`SPAN`] for what both are kept over.
//!
//! By [`log2_words`], the first word of a logarithm has 12 bits, so that its product with an exponent of 12
//! bits is exact. All words are split by masks or by rounding to a grid, which no compiler can fold.

use super::{Arith, Bits, Number, atanh_tail, expm1_small, product_error};

/// `2 log2 e` in two words, the first of 12 bits.
const TWICE_LOG2_E: [f32; 2] = [2.884_765_6, 6.244_568e-4];
/// `log2 e` in two words.
const LOG2_E: [f32; 2] = [std::f32::consts::LOG2_E, 1.925_963e-8];
/// `ln 2` in two words, the first of 12 bits.
const LN_2: [f32; 2] = [0.693_115_23, 3.194_618_4e-5];

/// A number rounded to 12 bits.
#[inline(always)]
pub(crate) fn upper<T: Number>(x: T) -> T {
    let bits = x.bits();
    let rounded = bits.plus(bits.splat(0x800));
    rounded.and(bits.splat(0xffff_f000)).stored()
}

/// `high + low` in words of which the first has 12 bits; `low` is much smaller.
#[inline(always)]
pub(crate) fn log2_words<T: Number>(high: T, low: T) -> [T; 2] {
    let first = upper(high + low);
    [first, (high - first) + low]
}

/// The same over [`OCTAVES`].
#[inline(always)]
fn words<T: Number>(high: T, low: T) -> [T; 2] {
    let [high, low] = log2_words(high, low);
    [high * (1.0 / OCTAVES), low * (1.0 / OCTAVES)]
}

/// `log2` of the ratio of `q` and `p = q - d - e`, which are within a factor of two: `s` is the rounded
/// `(d + e) / sum` with `sum = p + q`, and `w` what [`atanh_tail`] makes of it.
#[inline(always)]
pub(crate) fn log2_near<A: Arith, T: Number>([d, e]: [T; 2], q: T, sum: T, s: T, w: T) -> [T; 2] {
    let sum_high = upper(sum);
    let sum_low = (((q + q) - sum_high) - d) - e;
    let s_high = s.bits().and(s.bits().splat(0xffff_e000)).stored();
    let rest = ((d - s_high * sum_high) - s_high * sum_low) + e;
    let s_low = rest * (sum.splat(1.0) / sum);
    log2_of_words::<A, T>(s_high, s_low + s * w)
}

/// `2 log2(e) (s + low)`, `s` of 11 bits at most.
#[inline(always)]
fn log2_of_words<A: Arith, T: Number>(s: T, low: T) -> [T; 2] {
    let [high, low] = twice_log2_e::<A, T>(s, low);
    words(high, low)
}

#[inline(always)]
fn twice_log2_e<A: Arith, T: Number>(s: T, low: T) -> [T; 2] {
    let [high_e, low_e] = TWICE_LOG2_E;
    [
        s * high_e,
        low.mul_add::<A>(s.splat(high_e + low_e), s * low_e),
    ]
}

/// `log2(b/a) - offset` of a ratio as [`nearest_ratio`](super::nearest_ratio) gives it, with the
/// exponent 23 bits up; the first word of the offset is a multiple of `2^-12`. The first word of the result has
/// 20 bits. Returns `s` and `w`, too.
#[inline(always)]
pub(crate) fn log2_far<A: Arith, B: Bits>(
    a: B::Number,
    b: B::Number,
    exponent: B,
    offset: [f32; 2],
) -> ([B::Number; 2], B::Number, B::Number) {
    let sum = a + b;
    let sum_high = upper(sum);
    let first = a.less(b);
    let larger = B::Number::select(first, b, a);
    let smaller = B::Number::select(first, a, b);
    let sum_low = smaller - (sum_high - larger);
    let inverse = a.splat(1.0) / sum;
    let apart = b - a;
    let s = apart * inverse;
    let z = s * s;
    let w = z * atanh_tail::<A, B::Number>(z);
    let s_high = (s * 4096.0 + 0.5).floor() * (1.0 / 4096.0);
    let rest = (apart - s_high * sum_high) - s_high * sum_low;
    let [high, low] = twice_log2_e::<A, B::Number>(s_high, rest * inverse + s * w);
    let whole = exponent.rounded() * (1.0 / 8_388_608.0);
    let low = low + -offset[1];
    let sum = (((whole + -offset[0]) + high) + low).bits();
    let first = sum.and(sum.splat(0xffff_fff0)).stored();
    let rest = (((whole - first) + -offset[0]) + high) + low;
    ([first * (1.0 / OCTAVES), rest * (1.0 / OCTAVES)], s, w)
}

/// `log2(e) (y + low)`, over [`OCTAVES`] as all of these.
#[inline(always)]
pub(crate) fn log2_of_natural<A: Arith, T: Number>(y: T, low: T) -> [T; 2] {
    let log2_e = y.splat(LOG2_E[0]);
    let high = y * log2_e;
    let error = product_error::<A, T>(y, log2_e, high);
    let low = error + low.mul_add::<A>(log2_e, y * LOG2_E[1]);
    [high * (1.0 / OCTAVES), low * (1.0 / OCTAVES)]
}

/// `ln(b/a)` in two words.
#[inline(always)]
pub(crate) fn ln_ratio_words<A: Arith>(a: f32, b: f32) -> [f32; 2] {
    let (a, b, exponent) = super::nearest_ratio(a.to_bits(), b.to_bits());
    let ([high, low], ..) = log2_far::<A, u32>(a, b, exponent, [0.0; 2]);
    let (high, low) = (high * OCTAVES, low * OCTAVES);
    let [high, low] = log2_words(high, low);
    let rest = A::mul_add(low, std::f32::consts::LN_2, high * LN_2[1]);
    let first = high * LN_2[0];
    let sum = first + rest;
    // Not of a difference that a compiler could fold: `first` is exact.
    let upper = upper(sum);
    [upper, (first - upper) + rest]
}

/// Logarithms to base 2 come over this: those of f32 logarithms would else be beyond f32.
pub(crate) const OCTAVES: f32 = 256.0;
/// Exponents of powers come over this, `2^64`: an order multiplies them.
pub(crate) const SPAN: f32 = 1.844_674_4e19;
/// Beyond this a logarithm to base 2 has no fraction worth keeping.
const WHOLE: f32 = 4_294_967_296.0;

/// `m 2^(unit (high + low))` as a number near `m` and an exponent over `unit`, a power of two.
#[inline(always)]
pub(crate) fn times_exp2<A: Arith, T: Number>(m: T, [high, low]: [T; 2], unit: f32) -> [T; 2] {
    let counts = high.abs().less(high.splat(WHOLE / unit));
    let both = high + low;
    let inside = T::select(counts, high, high.splat(0.0)) * unit;
    let low = T::select(counts, low, low.splat(0.0)) * unit;
    // In two steps: not every `floor` reaches far.
    let far = (inside * (1.0 / 4096.0) + 0.5).floor() * 4096.0;
    let near = inside - far;
    let whole = (near + 0.5).floor();
    let fraction = (near - whole) + low;
    let more = (fraction + 0.5).floor();
    let fraction = (fraction - more) * std::f32::consts::LN_2;
    let value = m.mul_add::<A>(expm1_small::<A, T>(fraction), m);
    let exponent = (far + whole) + more;
    [value, T::select(counts, exponent * (1.0 / unit), both)]
}

/// `2^n` of a whole number from -126 to 127.
#[inline(always)]
pub(crate) fn exp2_of_whole<T: Number>(n: T) -> T {
    // The bits of `n + 3 * 2^22` end in `n`.
    let bits = (n + 12_582_912.0).bits();
    bits.minus(bits.splat(0x4b40_0000 - 127))
        .shifted_by_23()
        .stored()
}

/// A positive normal number as one in [1, 2) and an exponent.
#[inline(always)]
pub(crate) fn extended<B: Bits>(bits: B) -> [B::Number; 2] {
    let mantissa = bits.and(bits.splat(0x007f_ffff));
    let one = bits.splat(0x3f80_0000);
    let exponent = bits.minus(mantissa).minus(one).rounded() * (1.0 / 8_388_608.0 / OCTAVES);
    [mantissa.plus(one).stored(), exponent]
}
