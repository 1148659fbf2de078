//! First look at a row of logarithms.

use super::{Fault, Operand, negated};
use crate::cpu::dispatch::Simd;
use crate::cpu::fold::{Fold, Truth, Words, reduce};
use crate::cpu::prefetch::{Ahead, BLOCKS};
use crate::math::{
    ABS, Arith, Bits, INFINITY, MIN_NORMAL, Max, MaxAndRest, Merge, Number, Two, exp,
    exp_of_negative, product_error,
};

/// What a row of logarithms amounts to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    /// The largest logarithm.
    pub max: f32,
    /// The sum of `exp((z - max) / T)` over all bins but one of those at the maximum.
    pub rest: f32,
}

impl Log {
    pub(crate) fn sum(&self) -> f32 {
        1.0 + self.rest
    }
}

/// Looks for the largest logarithm of a row, and asks for memory so far ahead.
pub(crate) fn peak_of<S: Simd>(simd: S, row: &[f32], ahead: Ahead) -> Result<Peak, Fault> {
    let ([max], seen) = reduce(PeakFold { simd, ahead }, row, row);
    Peak::of(max, seen)
}

pub(super) fn survey_log<S: Simd>(simd: S, operand: &Operand, row: &[f32]) -> Result<Log, Fault> {
    let max = peak_of(simd, row, BLOCKS)?.max;
    let masses = LogMasses {
        simd,
        max,
        inverse_temperature: operand.inverse_temperature,
    };
    let ([_, rest], []) = reduce(masses, row, row);
    let log = Log { max, rest };
    if is_no_distribution::<S>(operand, &log) {
        return Err(Fault::NotNormalised);
    }
    Ok(log)
}

/// True of log-probabilities that do not sum to 1.
#[inline(always)]
pub(crate) fn is_no_distribution<S: Simd>(operand: &Operand, log: &Log) -> bool {
    operand.encoding.must_be_normalised()
        && (exp::<S::Arith, f32>(log.max) * log.sum() - 1.0).abs() > operand.tolerance
}

/// A logarithm as it counts: subnormals are 0, and `-inf` becomes the most negative number.
#[inline(always)]
pub(crate) fn logarithm<B: Bits>(bits: B) -> B::Number {
    let value = bits.stored();
    let subnormal = bits
        .and(bits.splat(ABS))
        .less_signed(bits.splat(MIN_NORMAL));
    let value = Number::select(is_zero(bits), value.splat(-f32::MAX), value);
    Number::select(subnormal, value.splat(0.0), value)
}

/// True for the logarithm of zero.
#[inline(always)]
pub(crate) fn is_zero<B: Bits>(bits: B) -> <B::Number as Number>::Mask {
    bits.equals(bits.splat(0x8000_0000 | INFINITY))
}

/// What a first look at a row of logarithms finds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peak {
    /// The largest logarithm, as it counts.
    pub max: f32,
    /// True if all of them are plain numbers: zero, or normal ones below [`PLAIN`].
    pub is_plain: bool,
}

/// The bits of `2^40`: differences of what lies below need no guard, over a temperature that is no less than 1e-6.
const PLAIN: u32 = (127 + 40) << 23;

impl Peak {
    /// What `largest` and both words of [`PeakFold`] amount to.
    #[inline(always)]
    pub(crate) fn of(largest: f32, [most, least]: [u32; 2]) -> Result<Peak, Fault> {
        if most > INFINITY || largest == f32::INFINITY {
            return Err(Fault::NotFinite);
        }
        // No number that is closer to zero than `-inf`, nor zero itself.
        if largest == -f32::MAX && least == negated(INFINITY) {
            return Err(Fault::ZeroMass);
        }
        let is_tiny = largest.abs() < f32::from_bits(MIN_NORMAL);
        Ok(Peak {
            max: if is_tiny { 0.0 } else { largest },
            is_plain: most < PLAIN && least <= negated(MIN_NORMAL),
        })
    }
}

/// Sum: the largest logarithm. Words: the largest magnitude, and the largest [`negated`] one.
#[derive(Clone, Copy)]
pub(crate) struct PeakFold<S> {
    pub simd: S,
    pub ahead: Ahead,
}

impl<S: Simd> Fold<1, 2> for PeakFold<S> {
    type Simd = S;
    type Merge = Max;

    const UNSEEN: [u32; 2] = [0; 2];
    const PADDING: f32 = f32::NEG_INFINITY;
    // What is seen stays in registers.
    const IN_STEP: bool = true;

    #[inline(always)]
    fn simd(&self) -> S {
        self.simd
    }

    #[inline(always)]
    fn ahead(&self) -> [Ahead; 2] {
        [self.ahead, 0]
    }

    #[inline(always)]
    fn fold(
        &self,
        [largest]: &mut [S::Vector; 1],
        [most, least]: &mut [Words<S::Vector>; 2],
        p: Words<S::Vector>,
        _: Words<S::Vector>,
        present: Truth<S::Vector>,
    ) {
        let none = p.splat(0);
        let magnitude = Bits::select(present, p.and(p.splat(ABS)), none);
        *most = most.max_unsigned(magnitude);
        *least = least.max_unsigned(none.minus(magnitude));
        *largest = largest.larger(p.stored());
    }

    #[inline(always)]
    fn gather(a: [u32; 2], b: [u32; 2]) -> [u32; 2] {
        [a[0].max(b[0]), a[1].max(b[1])]
    }
}

/// `(z - max) / T`, at most 0, and no less than the most negative number.
#[inline(always)]
pub(crate) fn below_maximum<A: Arith, T: Number>(z: T, max: T, inverse_temperature: [f32; 2]) -> T {
    let least = z.splat(-f32::MAX);
    let below = (z - max).larger(least);
    let high = below * inverse_temperature[0];
    // The second word of an overflowing product would be NaN.
    let low = below * inverse_temperature[1];
    let low = T::select(z.splat(-1e30).less(high), low, z.splat(0.0));
    let value = below.mul_add::<A>(z.splat(inverse_temperature[0]), low);
    value.larger(least)
}

/// `exp((z - max) / T)` of a `z` that is not above the maximum, to a few ULP however far below: what the exponent
/// loses by rounding is made good to first order. 0 of `-inf`. `AT_ONE` spares work where T is 1.
///
/// Of numbers too small for a normal one it makes nothing else than of 0.
#[inline(always)]
pub(crate) fn exp_below<const AT_ONE: bool, A: Arith, T: Number>(
    z: T,
    max: T,
    inverse_temperature: [f32; 2],
) -> T {
    let [difference, low] = two_difference(max, z);
    if AT_ONE {
        return exp_of_negative::<A, T>(difference, low);
    }
    let inverse = z.splat(inverse_temperature[0]);
    let exponent = difference * inverse;
    let error = product_error::<A, T>(difference, inverse, exponent);
    let error = error + low.mul_add::<A>(inverse, difference * inverse_temperature[1]);
    exp_of_negative::<A, T>(exponent, error)
}

/// `(z - max) / T` and what it lost by rounding; the difference is no less than -1e30, and far out the
/// error has no meaning.
#[inline(always)]
pub(crate) fn exponent_below<A: Arith, T: Number>(
    z: T,
    max: T,
    inverse_temperature: [f32; 2],
) -> [T; 2] {
    let [difference, low] = two_difference(max, z);
    let farthest = z.splat(-1e30);
    let inside = farthest.less(difference);
    let difference = T::select(inside, difference, farthest);
    let inverse = z.splat(inverse_temperature[0]);
    let exponent = difference * inverse;
    let error = product_error::<A, T>(difference, inverse, exponent);
    let error = error + low.mul_add::<A>(inverse, difference * inverse_temperature[1]);
    [exponent, T::select(inside, error, z.splat(0.0))]
}

/// `b - a` in two words (Knuth's two-sum).
#[inline(always)]
pub(crate) fn two_difference<T: Number>(a: T, b: T) -> [T; 2] {
    let high = b - a;
    let from_a = high - b;
    let low = (b - (high - from_a)) - (a + from_a);
    [high, low]
}

/// Sums: largest exponential (1), sum of the others.
#[derive(Clone, Copy)]
struct LogMasses<S> {
    simd: S,
    max: f32,
    inverse_temperature: [f32; 2],
}

impl<S: Simd> LogMasses<S> {
    #[inline(always)]
    fn exponential<B: Bits>(&self, word: B) -> B::Number {
        let z = word.stored();
        exp_below::<false, S::Arith, B::Number>(z, z.splat(self.max), self.inverse_temperature)
    }
}

impl<S: Simd> Fold<2, 0> for LogMasses<S> {
    type Simd = S;
    type Merge = MaxAndRest;

    const IN_STEP: bool = true;
    const UNSEEN: [u32; 0] = [];
    const PADDING: f32 = f32::NEG_INFINITY;

    #[inline(always)]
    fn simd(&self) -> S {
        self.simd
    }

    #[inline(always)]
    fn ahead(&self) -> [Ahead; 2] {
        [BLOCKS, 0]
    }

    #[inline(always)]
    fn fold(
        &self,
        sums: &mut [S::Vector; 2],
        _: &mut [Words<S::Vector>; 0],
        p: Words<S::Vector>,
        _: Words<S::Vector>,
        _: Truth<S::Vector>,
    ) {
        let value = self.exponential(p);
        *sums = MaxAndRest::merge::<S::Arith, _>(*sums, [value, value.splat(0.0)]);
    }

    #[inline(always)]
    fn fold_four<const ALL_NEAR: bool>(
        &self,
        sums: &mut [S::Vector; 2],
        _: &mut [Words<S::Vector>; 0],
        [a, b, c, d]: [Words<S::Vector>; 4],
        _: [Words<S::Vector>; 4],
    ) {
        let Two(Two(a, b), Two(c, d)) = self.exponential(Two(Two(a, b), Two(c, d)));
        for value in [a, b, c, d] {
            *sums = MaxAndRest::merge::<S::Arith, _>(*sums, [value, value.splat(0.0)]);
        }
    }

    #[inline(always)]
    fn fold_each<const ALL_NEAR: bool>(
        &self,
        sums: &mut [[S::Vector; 2]; 4],
        _: &mut [Words<S::Vector>; 0],
        [a, b, c, d]: [Words<S::Vector>; 4],
        _: [Words<S::Vector>; 4],
    ) {
        let Two(Two(a, b), Two(c, d)) = self.exponential(Two(Two(a, b), Two(c, d)));
        let values = [a, b, c, d];
        for i in 0..4 {
            let value = [values[i], values[i].splat(0.0)];
            sums[i] = MaxAndRest::merge::<S::Arith, _>(sums[i], value);
        }
    }

    #[inline(always)]
    fn gather(_: [u32; 0], _: [u32; 0]) -> [u32; 0] {
        []
    }
}
