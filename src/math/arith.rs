//! Whether products are rounded before they are added.

use super::{Bits, Number};

/// Multiply-add, fused or not.
///
/// Results of the two differ in the last bits. Shaders on software adapters do not fuse, so the
/// unfused form is the one to compare bits with.
pub(crate) trait Arith: Copy + Send + Sync + 'static {
    /// Whether there is one rounding.
    const FUSED: bool;

    /// `a * b + c`.
    fn mul_add(a: f32, b: f32, c: f32) -> f32;
}

/// One rounding. Only for code compiled with a fused multiply-add instruction: without one, this is
/// a library call forty times slower.
#[derive(Clone, Copy)]
pub(crate) struct Fused;

/// Two roundings.
#[derive(Clone, Copy)]
pub(crate) struct Unfused;

impl Arith for Fused {
    const FUSED: bool = true;

    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

impl Arith for Unfused {
    const FUSED: bool = false;

    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
}

/// `a * b - product`, exactly, where `product` is `a * b` rounded.
#[inline(always)]
pub(crate) fn product_error<A: Arith, T: Number>(a: T, b: T, product: T) -> T {
    if A::FUSED {
        return a.mul_add::<A>(b, -product);
    }
    // Products of 12 by 12 bits are exact.
    let upper = |x: T| x.bits().and(x.bits().splat(0xffff_f000)).stored();
    let (a_high, b_high) = (upper(a), upper(b));
    let (a_low, b_low) = (a - a_high, b - b_high);
    (((a_high * b_high - product) + a_high * b_low) + a_low * b_high) + a_low * b_low
}
