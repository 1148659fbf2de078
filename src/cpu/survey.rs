//! First look at a row: is it a distribution, and what are its maximum and its mass?

use super::dispatch::Simd;
use super::fold::{Fold, Truth, Words, reduce};
use super::prefetch::{Ahead, BLOCKS};
use crate::encoding::Encoding;
use crate::math::{
    ABS, Arith, Bits, INFINITY, MIN_NORMAL, Mask, Max, MaxAndRest, Merge, Number, Two, exp,
    exp_of_negative, larger, product_error,
};

/// Shifts of exponents are added to the bits of a number, so they are kept 23 bits up.
const EXPONENT: i32 = 1 << 23;

/// What a row of weights or probabilities amounts to, or, with vectors of numbers, as many as a vector has lanes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linear<F: Number = f32> {
    /// The bits of the largest stored value.
    pub max_bits: F::Bits,
    /// The least stored word, with a sign.
    pub least: F::Bits,
    /// The power of two by which values are scaled, as a shift of their bits.
    pub shift: F::Bits,
    /// The largest scaled value.
    pub max: F,
    /// The sum of all scaled values but the largest.
    pub rest: F,
}

impl<F: Number> Linear<F> {
    #[inline(always)]
    pub(crate) fn sum(&self) -> F {
        self.max + self.rest
    }
}

impl Linear {
    /// The sum of the stored values; the shift is undone in two steps that both stay in range.
    fn unscaled_sum(&self) -> f32 {
        let shift = self.shift as i32;
        let half = (shift / EXPONENT / 2) * EXPONENT;
        let one = 1f32.to_bits() as i32;
        let down = |shift: i32| f32::from_bits((one - shift) as u32);
        self.sum() * down(half) * down(shift - half)
    }

    /// True if the stored values sum to 1, within a tolerance.
    pub(crate) fn is_normalised(&self, tolerance: f32) -> bool {
        (self.unscaled_sum() - 1.0).abs() <= tolerance
    }
}

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

/// A row that stands for a distribution.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Survey {
    Linear(Linear),
    Log(Log),
}

/// Why a row stands for none; numbers as the shaders report them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    NotFinite = 1,
    Negative = 2,
    ZeroMass = 3,
    NotNormalised = 4,
}

impl Fault {
    /// What is wrong with a row of weights or probabilities: of its largest magnitude, and of its largest word (negative
    /// ones lie above).
    #[inline(always)]
    pub(crate) fn of_words(magnitude: u32, word: u32) -> Option<Fault> {
        if magnitude >= INFINITY {
            Some(Fault::NotFinite)
        } else if word > 0x8000_0000 | (MIN_NORMAL - 1) {
            Some(Fault::Negative)
        } else if magnitude < MIN_NORMAL {
            Some(Fault::ZeroMass)
        } else {
            None
        }
    }
}

/// How one operand is surveyed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Operand {
    pub encoding: Encoding,
    /// `1 / T` in two words.
    pub inverse_temperature: [f32; 2],
    pub tolerance: f32,
    /// The exponent that the largest value of a linear row must have for the row to stay as it is.
    pub least_exponent: i32,
}

/// What was found in the rows of an operand, for the measures that come after the first.
#[derive(Default)]
pub(crate) struct Surveys {
    operand: Option<Operand>,
    /// None of a row that no measure has surveyed yet; empty until one is.
    rows: Vec<Option<Result<Survey, Fault>>>,
    /// How many rows there are, none where there is only one measure.
    count: usize,
}

impl Surveys {
    /// Forgets everything, and is ready for so many rows.
    pub(crate) fn clear(&mut self, count: usize) {
        self.operand = None;
        self.rows.clear();
        self.count = count;
    }

    /// Looks at row number `i`, unless a measure before has done so in the same way.
    pub(crate) fn survey<S: Simd>(
        &mut self,
        simd: S,
        operand: &Operand,
        i: usize,
        row: &[f32],
    ) -> Result<Survey, Fault> {
        if self.count == 0 {
            return survey(simd, operand, row);
        }
        if self.operand != Some(*operand) {
            self.operand = Some(*operand);
            self.rows.clear();
            self.rows.resize(self.count, None);
        }
        *self.rows[i].get_or_insert_with(|| survey(simd, operand, row))
    }

    /// The largest value of row number `i` as it counts. Logits are not added up for it, unless a survey of
    /// them may serve other measures.
    pub(crate) fn peak<S: Simd>(
        &mut self,
        simd: S,
        operand: &Operand,
        i: usize,
        row: &[f32],
    ) -> Result<f32, Fault> {
        let logits = operand.encoding.is_logarithmic() && !operand.encoding.must_be_normalised();
        if logits && self.count == 0 {
            return peak_of(simd, row, BLOCKS).map(|peak| peak.max);
        }
        Ok(match self.survey(simd, operand, i, row)? {
            Survey::Linear(linear) => f32::from_bits(linear.max_bits),
            Survey::Log(log) => log.max,
        })
    }
}

/// Looks at one row.
pub(crate) fn survey<S: Simd>(simd: S, operand: &Operand, row: &[f32]) -> Result<Survey, Fault> {
    if operand.encoding.is_logarithmic() {
        survey_log(simd, operand, row).map(Survey::Log)
    } else {
        survey_linear(simd, operand, row, BLOCKS).map(Survey::Linear)
    }
}

/// Looks at a row of weights or probabilities, and asks for memory so far ahead.
pub(crate) fn survey_linear<S: Simd>(
    simd: S,
    operand: &Operand,
    row: &[f32],
    ahead: Ahead,
) -> Result<Linear, Fault> {
    let look = |shift: u32| {
        let fold = LinearFold {
            simd,
            shift,
            floor: floor(shift),
            ahead,
        };
        reduce(fold, row, row)
    };
    let ([mut max, mut rest], [magnitude, word, least]) = look(0);
    if let Some(fault) = Fault::of_words(magnitude, word) {
        return Err(fault);
    }
    let shift = comfortable_shift(magnitude, operand.least_exponent);
    if shift != 0 {
        ([max, rest], _) = look(shift);
    }
    let linear = Linear {
        max_bits: magnitude,
        least,
        shift,
        max,
        rest,
    };
    if operand.encoding.must_be_normalised() && !linear.is_normalised(operand.tolerance) {
        return Err(Fault::NotNormalised);
    }
    Ok(linear)
}

/// The least stored bits that stay a normal number under a shift.
#[inline(always)]
pub(crate) fn floor<B: Bits>(shift: B) -> B {
    let least = shift.splat(MIN_NORMAL);
    least.minus(shift.min_signed(shift.splat(0)))
}

/// 0 where the largest value lies between `2^least` and `2^65`; otherwise what brings it to
/// `[2^64, 2^65)`, so that neither sums overflow nor small values vanish.
#[inline(always)]
pub(crate) fn comfortable_shift<B: Bits>(max_bits: B, least: i32) -> B {
    let of = |exponent: i32| max_bits.splat(((exponent + 127) * EXPONENT) as u32);
    let exponent = max_bits.and(max_bits.splat(INFINITY));
    let small = exponent.less_signed(of(least));
    let large = of(64).less_signed(exponent);
    let shift = of(64).minus(exponent);
    B::select(small.or(large), shift, shift.splat(0))
}

/// Sums: largest value, sum of the others. Words: largest magnitude, largest word (negatives lie above), least word
/// with a sign.
#[derive(Clone, Copy)]
struct LinearFold<S> {
    simd: S,
    shift: u32,
    floor: u32,
    ahead: Ahead,
}

/// The value of a stored word: zero below the floor, else scaled.
#[inline(always)]
pub(crate) fn scaled<B: Bits>(bits: B, shift: B, floor: B) -> B::Number {
    let magnitude = bits.and(bits.splat(ABS));
    let value = magnitude.plus(shift).stored();
    let below = magnitude.less_signed(floor);
    Number::select(below, value.splat(0.0), value)
}

impl<S: Simd> Fold<2, 3> for LinearFold<S> {
    type Simd = S;
    type Merge = MaxAndRest;

    const UNSEEN: [u32; 3] = [0, 0, i32::MAX as u32];
    const PADDING: f32 = 0.0;

    #[inline(always)]
    fn simd(&self) -> S {
        self.simd
    }

    #[inline(always)]
    fn ahead(&self) -> Ahead {
        self.ahead
    }

    #[inline(always)]
    fn fold(
        &self,
        sums: &mut [S::Vector; 2],
        [magnitude, word, least]: &mut [Words<S::Vector>; 3],
        p: Words<S::Vector>,
        _: Words<S::Vector>,
        present: Truth<S::Vector>,
    ) {
        let value = scaled(p, p.splat(self.shift), p.splat(self.floor));
        *sums = MaxAndRest::merge::<S::Arith, _>(*sums, [value, value.splat(0.0)]);
        *magnitude = magnitude.max_unsigned(p.and(p.splat(ABS)));
        *word = word.max_unsigned(p);
        *least = least.min_signed(Bits::select(present, p, *least));
    }

    #[inline(always)]
    fn gather(a: [u32; 3], b: [u32; 3]) -> [u32; 3] {
        [a[0].max(b[0]), a[1].max(b[1]), a[2].min_signed(b[2])]
    }
}

/// Looks for the largest logarithm of a row, and asks for memory so far ahead.
pub(crate) fn peak_of<S: Simd>(simd: S, row: &[f32], ahead: Ahead) -> Result<Peak, Fault> {
    let ([max], seen) = reduce(PeakFold { simd, ahead }, row, row);
    Peak::of(max, seen)
}

fn survey_log<S: Simd>(simd: S, operand: &Operand, row: &[f32]) -> Result<Log, Fault> {
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

/// Larger, without a sign, the smaller a magnitude is, but for that of 0.
const fn negated(magnitude: u32) -> u32 {
    magnitude.wrapping_neg()
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
    fn ahead(&self) -> Ahead {
        self.ahead
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
        *largest = larger(*largest, p.stored());
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
    let below = larger(z - max, least);
    let high = below * inverse_temperature[0];
    // The second word of an overflowing product would be NaN.
    let low = below * inverse_temperature[1];
    let low = T::select(z.splat(-1e30).less(high), low, z.splat(0.0));
    let value = below.mul_add::<A>(z.splat(inverse_temperature[0]), low);
    larger(value, least)
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

/// One number as the sums of [`MaxAndRest`].
#[inline(always)]
pub(crate) fn alone<T: Number>(value: T) -> [T; 2] {
    // -0 adds nothing at all, so that no addition is left of it.
    [value, value.splat(-0.0)]
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
