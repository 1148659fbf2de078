//! First look at a row: is it a distribution, and what are its maximum and its mass?

use super::dispatch::Simd;
use super::tree::{Fold, reduce};
use crate::encoding::Encoding;
use crate::math::{ABS, Arith, INFINITY, MIN_NORMAL, exp};

/// Shifts of exponents are added to the bits of a number, so they are kept 23 bits up.
const EXPONENT: i32 = 1 << 23;

/// What a row of weights or probabilities amounts to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linear {
    /// The bits of the largest stored value.
    pub max_bits: u32,
    /// The power of two by which values are scaled, as a shift of their bits.
    pub shift: i32,
    /// The largest scaled value.
    pub max: f32,
    /// The sum of all scaled values but the largest.
    pub rest: f32,
}

impl Linear {
    pub(crate) fn sum(&self) -> f32 {
        self.max + self.rest
    }

    /// The sum of the stored values; the shift is undone in two steps that both stay in range.
    fn unscaled_sum(&self) -> f32 {
        let half = (self.shift / EXPONENT / 2) * EXPONENT;
        let one = 1f32.to_bits() as i32;
        let down = |shift: i32| f32::from_bits((one - shift) as u32);
        self.sum() * down(half) * down(self.shift - half)
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

/// How one operand is surveyed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    pub encoding: Encoding,
    /// `1 / T` in two words.
    pub inverse_temperature: [f32; 2],
    pub tolerance: f32,
    /// The exponent that the largest value of a linear row must have for the row to stay as it is.
    pub least_exponent: i32,
}

/// Rows of up to 2^20 bins stay as they are.
pub(crate) const LEAST_EXPONENT: i32 = -20;
/// Beside a smoothing constant of 1e-30 even values of 1e-37 count.
pub(crate) const LEAST_EXPONENT_SMOOTHED: i32 = 0;

/// Looks at one row.
pub(crate) fn survey<S: Simd>(simd: S, operand: &Operand, row: &[f32]) -> Result<Survey, Fault> {
    if operand.encoding.is_logarithmic() {
        survey_log(simd, operand, row).map(Survey::Log)
    } else {
        survey_linear(simd, operand, row).map(Survey::Linear)
    }
}

fn survey_linear<S: Simd>(simd: S, operand: &Operand, row: &[f32]) -> Result<Linear, Fault> {
    let look = |shift: i32| {
        let fold = LinearFold {
            shift,
            floor: floor(shift),
        };
        let ([max, rest], [abs, raw]) = reduce(simd, fold, row, row);
        (abs, raw, max, rest)
    };
    let (abs, raw, mut max, mut rest) = look(0);
    if abs >= INFINITY {
        return Err(Fault::NotFinite);
    }
    if raw > 0x8000_0000 | (MIN_NORMAL - 1) {
        return Err(Fault::Negative);
    }
    if abs < MIN_NORMAL {
        return Err(Fault::ZeroMass);
    }
    let shift = comfortable_shift(abs, operand.least_exponent);
    if shift != 0 {
        (_, _, max, rest) = look(shift);
    }
    let linear = Linear {
        max_bits: abs,
        shift,
        max,
        rest,
    };
    if operand.encoding.must_be_normalised()
        && (linear.unscaled_sum() - 1.0).abs() > operand.tolerance
    {
        return Err(Fault::NotNormalised);
    }
    Ok(linear)
}

/// The least stored bits that stay a normal number under a shift.
#[inline(always)]
pub(crate) fn floor(shift: i32) -> u32 {
    (MIN_NORMAL as i32 - shift.min(0)) as u32
}

/// 0 where the largest value lies between `2^least` and `2^65`; otherwise what brings it to
/// `[2^64, 2^65)`, so that neither sums overflow nor small values vanish.
#[inline(always)]
fn comfortable_shift(max_bits: u32, least: i32) -> i32 {
    let exponent = (max_bits >> 23) as i32 - 127;
    if (least..=64).contains(&exponent) {
        0
    } else {
        (64 - exponent) * EXPONENT
    }
}

/// Sums: largest value, sum of the others. Words: largest magnitude, largest word (negatives lie above).
#[derive(Clone, Copy)]
struct LinearFold {
    shift: i32,
    floor: u32,
}

/// The value of a stored word: zero below the floor, else scaled.
#[inline(always)]
pub(crate) fn scaled(bits: u32, shift: i32, floor: u32) -> f32 {
    let magnitude = bits & ABS;
    let value = f32::from_bits((magnitude as i32).wrapping_add(shift) as u32);
    if magnitude >= floor { value } else { 0.0 }
}

#[inline(always)]
fn max_u32(a: u32, b: u32) -> u32 {
    if a > b { a } else { b }
}

#[inline(always)]
fn max_and_rest(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    let larger = if a[0] > b[0] { a[0] } else { b[0] };
    let smaller = if a[0] > b[0] { b[0] } else { a[0] };
    [larger, (a[1] + b[1]) + smaller]
}

impl Fold<2, 2> for LinearFold {
    type Vector = f32;

    const ZERO: [f32; 2] = [0.0; 2];
    const UNSEEN: [u32; 2] = [0; 2];
    const PADDING: f32 = 0.0;

    #[inline(always)]
    fn token(&self) {}

    #[inline(always)]
    fn fold(&self, sums: &mut [f32; 2], seen: &mut [u32; 2], p: u32, _: u32, _: bool) {
        let value = scaled(p, self.shift, self.floor);
        *sums = max_and_rest(*sums, [value, 0.0]);
        *seen = Self::gather(*seen, [p & ABS, p]);
    }

    #[inline(always)]
    fn merge(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
        max_and_rest(a, b)
    }

    #[inline(always)]
    fn gather(a: [u32; 2], b: [u32; 2]) -> [u32; 2] {
        [max_u32(a[0], b[0]), max_u32(a[1], b[1])]
    }
}

fn survey_log<S: Simd>(simd: S, operand: &Operand, row: &[f32]) -> Result<Log, Fault> {
    let ([max], [flags]) = reduce(simd, LogMaximum, row, row);
    if flags & NOT_FINITE != 0 {
        return Err(Fault::NotFinite);
    }
    if flags & SEEN == 0 {
        return Err(Fault::ZeroMass);
    }
    let masses = LogMasses::<S::Arith> {
        max,
        inverse_temperature: operand.inverse_temperature,
        arith: std::marker::PhantomData,
    };
    let ([_, rest], []) = reduce(simd, masses, row, row);
    let log = Log { max, rest };
    if operand.encoding.must_be_normalised()
        && (exp::<S::Arith>(max) * log.sum() - 1.0).abs() > operand.tolerance
    {
        return Err(Fault::NotNormalised);
    }
    Ok(log)
}

const NOT_FINITE: u32 = 1;
const SEEN: u32 = 2;

/// A logarithm as it counts: subnormals are 0, and `-inf` becomes the most negative number.
#[inline(always)]
pub(crate) fn logarithm(bits: u32) -> f32 {
    let value = f32::from_bits(bits);
    if bits & ABS < MIN_NORMAL {
        0.0
    } else if is_zero(bits) {
        -f32::MAX
    } else {
        value
    }
}

/// True for the logarithm of zero.
#[inline(always)]
pub(crate) fn is_zero(bits: u32) -> bool {
    bits == 0x8000_0000 | INFINITY
}

/// Sum: the largest logarithm. Word: flags.
#[derive(Clone, Copy)]
struct LogMaximum;

impl Fold<1, 1> for LogMaximum {
    type Vector = f32;

    const ZERO: [f32; 1] = [-f32::MAX];
    const UNSEEN: [u32; 1] = [0];
    const PADDING: f32 = f32::NEG_INFINITY;

    #[inline(always)]
    fn token(&self) {}

    #[inline(always)]
    fn fold(&self, sums: &mut [f32; 1], seen: &mut [u32; 1], p: u32, _: u32, _: bool) {
        let bad = p & ABS > INFINITY || p == INFINITY;
        let flag = if bad { NOT_FINITE } else { SEEN };
        let flag = if is_zero(p) { 0 } else { flag };
        seen[0] |= flag;
        let value = logarithm(p);
        let value = if bad { -f32::MAX } else { value };
        *sums = Self::merge(*sums, [value]);
    }

    #[inline(always)]
    fn merge(a: [f32; 1], b: [f32; 1]) -> [f32; 1] {
        [if a[0] > b[0] { a[0] } else { b[0] }]
    }

    #[inline(always)]
    fn gather(a: [u32; 1], b: [u32; 1]) -> [u32; 1] {
        [a[0] | b[0]]
    }
}

/// `(z - max) / T`, at most 0, and no less than the most negative number.
#[inline(always)]
pub(crate) fn below_maximum<A: Arith>(z: f32, max: f32, inverse_temperature: [f32; 2]) -> f32 {
    let below = z - max;
    let below = if below < -f32::MAX { -f32::MAX } else { below };
    let high = below * inverse_temperature[0];
    // The second word of an overflowing product would be NaN.
    let low = below * inverse_temperature[1];
    let low = if high > -1e30 { low } else { 0.0 };
    let value = A::mul_add(below, inverse_temperature[0], low);
    if value < -f32::MAX { -f32::MAX } else { value }
}

/// `exp((z - max) / T)`, to a few ULP however far below the maximum: what the exponent loses by
/// rounding is made good to first order.
#[inline(always)]
pub(crate) fn exp_below<A: Arith>(z: f32, max: f32, inverse_temperature: [f32; 2]) -> f32 {
    let [difference, low] = two_difference(max, z);
    let inside = difference > -1e30;
    let difference = if inside { difference } else { -1e30 };
    let exponent = difference * inverse_temperature[0];
    let error = A::product_error(difference, inverse_temperature[0], exponent);
    let error = error
        + A::mul_add(
            low,
            inverse_temperature[0],
            difference * inverse_temperature[1],
        );
    // Far out there is nothing left to mend.
    let error = if inside & (exponent > -100.0) {
        error
    } else {
        0.0
    };
    let value = exp::<A>(exponent);
    A::mul_add(value, error, value)
}

/// `b - a` in two words (Knuth's two-sum).
#[inline(always)]
pub(crate) fn two_difference(a: f32, b: f32) -> [f32; 2] {
    let high = b - a;
    let from_a = high - b;
    let low = (b - (high - from_a)) - (a + from_a);
    [high, low]
}

/// Words: largest exponential (1), sum of the others.
#[derive(Clone, Copy)]
struct LogMasses<A> {
    max: f32,
    inverse_temperature: [f32; 2],
    arith: std::marker::PhantomData<A>,
}

impl<A: Arith> Fold<2, 0> for LogMasses<A> {
    type Vector = f32;

    const ZERO: [f32; 2] = [0.0; 2];
    const UNSEEN: [u32; 0] = [];
    const PADDING: f32 = f32::NEG_INFINITY;

    #[inline(always)]
    fn token(&self) {}

    #[inline(always)]
    fn fold(&self, sums: &mut [f32; 2], _: &mut [u32; 0], p: u32, _: u32, _: bool) {
        let value = exp_below::<A>(logarithm(p), self.max, self.inverse_temperature);
        let value = if is_zero(p) { 0.0 } else { value };
        *sums = max_and_rest(*sums, [value, 0.0]);
    }

    #[inline(always)]
    fn merge(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
        max_and_rest(a, b)
    }

    #[inline(always)]
    fn gather(_: [u32; 0], _: [u32; 0]) -> [u32; 0] {
        []
    }
}
