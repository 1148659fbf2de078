//! Scalar f32 arithmetic that keeps full relative accuracy, the twin of `shaders/math/`.
//!
//! Every function here is branch-free, so that loops over lanes vectorise, and uses only
//! `+ - * /`, comparisons and operations on bits, which round alike on every machine.

mod arith;
mod exp;
mod merge;
mod number;
mod power;
mod ratio;

pub(crate) use arith::{Arith, Fused, Unfused, product_error};
pub(crate) use exp::{exp, exp_of_negative, expm1_small, expm1_tail};
pub(crate) use merge::{Add, Max, MaxAndRest, Merge, NO_EXPONENT, ScaledSum, scale};
pub(crate) use number::{Bits, F32x4, LANES, Mask, Number, Spread, Starts, Two, Vector};
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
pub(crate) use number::{F32x8, F32x16};
pub(crate) use power::{
    OCTAVES, SPAN, exp2_of_whole, extended, ln_ratio_words, log2_far, log2_near, log2_of_natural,
    log2_words, times_exp2, upper,
};
pub(crate) use ratio::{
    LN_2_OF_EXPONENT, atanh_tail, atanh_tail_twice, excess, excess_small, ln_1p, ln_1p_ratio,
    ln_ratio, nearest_ratio, ratio_in_reach, reduced_ratio, whole_exponent_of_ratio,
};

/// The bits of the smallest normal f32: anything below stands for zero.
pub(crate) const MIN_NORMAL: u32 = 0x0080_0000;
/// The bits of an f32 without its sign.
pub(crate) const ABS: u32 = 0x7fff_ffff;
/// The bits of f32 infinity.
pub(crate) const INFINITY: u32 = 0x7f80_0000;
