//! The exponential, to 1 or 2 ULP, with the same bits on every machine.

use super::{Arith, Number};

/// `ln 2` in two words; the high one has 9 bits, so that its product with an exponent is exact.
const LN2_HI: f32 = 0.693_359_4;
const LN2_LO: f32 = -2.121_944_4e-4;

/// Below this `e^x` is taken for 0.
const LEAST: f32 = -87.0;

/// `e^x` for `x` in `[-87, 88]`; 0 below (also for `-inf`), and `e^88` above.
#[inline(always)]
pub(crate) fn exp<A: Arith, T: Number>(x: T) -> T {
    let (least, most) = (x.splat(LEAST), x.splat(88.0));
    let inside = least.larger(most.smaller(x));
    let value = exp_inside::<A, T>(inside);
    T::select(x.less(least), x.splat(0.0), value)
}

/// `e^(x + error)` for `x` up to 0 and an error that is small beside 1; 0 below -87, also for `-inf`, where the
/// error may be anything.
#[inline(always)]
pub(crate) fn exp_of_negative<A: Arith, T: Number>(x: T, error: T) -> T {
    // Outside its range it is nothing that counts.
    let value = exp_inside::<A, T>(x);
    let value = value.mul_add::<A>(error, value);
    T::select(x.less(x.splat(LEAST)), x.splat(0.0), value)
}

/// [`exp`] within its range.
#[inline(always)]
fn exp_inside<A: Arith, T: Number>(x: T) -> T {
    let n = (x * std::f32::consts::LOG2_E + 0.5).floor();
    let r = n.mul_add::<A>(x.splat(-LN2_HI), x);
    let r = n.mul_add::<A>(x.splat(-LN2_LO), r);
    expm1_small::<A, T>(r).one_more_times_exp2::<A>(n)
}

/// `e^x - 1` for `|x| <= 0.72`, to full relative accuracy.
#[inline(always)]
pub(crate) fn expm1_small<A: Arith, T: Number>(x: T) -> T {
    let h = expm1_tail::<A, T>(x);
    (x * x).mul_add::<A>(h, x)
}

/// `(e^x - 1 - x) / x^2` there, minimax in relative error, rounded to f32.
#[inline(always)]
pub(crate) fn expm1_tail<A: Arith, T: Number>(x: T) -> T {
    let h = x.linear::<A>(2.488_451e-5, 2.009_18e-4);
    let h = h.times_plus::<A>(x, 1.388_954_2e-3);
    let h = h.times_plus::<A>(x, 8.332_686e-3);
    let h = h.times_plus::<A>(x, 4.166_664_6e-2);
    let h = h.times_plus::<A>(x, 0.166_666_7);
    h.times_plus::<A>(x, 0.5)
}
