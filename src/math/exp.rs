//! The exponential, to 1 or 2 ULP, with the same bits on every machine.

use super::Arith;

/// `ln 2` in two words; the high one has 9 bits, so that its product with an exponent is exact.
const LN2_HI: f32 = 0.693_359_4;
const LN2_LO: f32 = -2.121_944_4e-4;

/// `e^x` for `x` in `[-87, 88]`; 0 below (also for `-inf`), and the largest power of two above.
#[inline(always)]
pub(crate) fn exp<A: Arith>(x: f32) -> f32 {
    let inside = if x > 88.0 { 88.0 } else { x };
    let inside = if inside < -87.0 { -87.0 } else { inside };
    let n = (inside * std::f32::consts::LOG2_E + 0.5).floor();
    let r = A::mul_add(n, -LN2_HI, inside);
    let r = A::mul_add(n, -LN2_LO, r);
    let tail = expm1_small::<A>(r);
    // The bits of `n + 3 * 2^22` end in `n`: a saturating cast would not vectorise.
    let exponent = (n + 12_582_912.0).to_bits().wrapping_sub(0x4b40_0000 - 127);
    let scale = f32::from_bits(exponent << 23);
    let value = A::mul_add(tail, scale, scale);
    if x < -87.0 { 0.0 } else { value }
}

/// `e^x - 1` for `|x| <= 0.72`, to full relative accuracy.
#[inline(always)]
pub(crate) fn expm1_small<A: Arith>(x: f32) -> f32 {
    // (e^x - 1 - x) / x^2, minimax in relative error, rounded to f32.
    let h = 2.488_451e-5;
    let h = A::mul_add(h, x, 2.009_18e-4);
    let h = A::mul_add(h, x, 1.388_954_2e-3);
    let h = A::mul_add(h, x, 8.332_686e-3);
    let h = A::mul_add(h, x, 4.166_664_6e-2);
    let h = A::mul_add(h, x, 0.166_666_7);
    let h = A::mul_add(h, x, 0.5);
    A::mul_add(x * x, h, x)
}
