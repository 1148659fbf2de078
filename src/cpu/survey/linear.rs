//! First look at a row of weights or probabilities.

use super::{Fault, Operand, alone, negated};
use crate::cpu::dispatch::Simd;
use crate::cpu::fold::{Fold, Truth, Words, reduce};
use crate::cpu::prefetch::Ahead;
use crate::math::{ABS, Bits, INFINITY, MIN_NORMAL, Mask, MaxAndRest, Merge, Number};

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

/// Looks at a row of weights or probabilities, and asks for memory so far ahead.
pub(crate) fn survey_linear<S: Simd>(
    simd: S,
    operand: &Operand,
    row: &[f32],
    ahead: Ahead,
) -> Result<Linear, Fault> {
    let (sums, [word, least, negated]) = reduce(PlainLook { simd, ahead }, row, row);
    let (mut sums, mut words) = (sums, [word, word, least]);
    let look = |shift: u32| {
        let fold = LinearFold {
            simd,
            shift,
            floor: floor(shift),
            ahead,
        };
        reduce(fold, row, row)
    };
    let [most_word, most_negated] = MOST_OF_PLAIN;
    if word > most_word || negated > most_negated {
        (sums, words) = look(0);
    }
    let [magnitude, word, least] = words;
    if let Some(fault) = Fault::of_words(magnitude, word) {
        return Err(fault);
    }
    let shift = comfortable_shift(magnitude, operand.least_exponent);
    if shift != 0 {
        (sums, _) = look(shift);
    }
    let [max, rest] = sums;
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

/// The largest word without a sign of a row whose values count as they are stored, and the largest one [`negated`]: there
/// is no sign, nothing subnormal, and nothing that is not finite.
pub(crate) const MOST_OF_PLAIN: [u32; 2] = [INFINITY - 1, negated(MIN_NORMAL)];

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

/// The first look at a row, which suffices where its values count as they are stored, see [`MOST_OF_PLAIN`]. Sums: largest
/// value, sum of the others. Words: largest word without a sign, least with one, largest one negated.
#[derive(Clone, Copy)]
struct PlainLook<S> {
    simd: S,
    ahead: Ahead,
}

impl<S: Simd> PlainLook<S> {
    /// Adds words; of those that are no part of the row `for_least` is some other.
    #[inline(always)]
    fn add(
        sums: &mut [S::Vector; 2],
        [word, least, negated]: &mut [Words<S::Vector>; 3],
        p: Words<S::Vector>,
        for_least: Words<S::Vector>,
    ) {
        *sums = MaxAndRest::merge::<S::Arith, _>(*sums, alone(p.stored()));
        *word = word.max_unsigned(p);
        *least = least.min_signed(for_least);
        *negated = negated.max_unsigned(p.splat(0).minus(p));
    }
}

impl<S: Simd> Fold<2, 3> for PlainLook<S> {
    type Simd = S;
    type Merge = MaxAndRest;

    const UNSEEN: [u32; 3] = [0, i32::MAX as u32, 0];
    const PADDING: f32 = 0.0;
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
        sums: &mut [S::Vector; 2],
        seen: &mut [Words<S::Vector>; 3],
        p: Words<S::Vector>,
        _: Words<S::Vector>,
        present: Truth<S::Vector>,
    ) {
        let for_least = Bits::select(present, p, seen[1]);
        Self::add(sums, seen, p, for_least);
    }

    #[inline(always)]
    fn fold_four<const ALL_NEAR: bool>(
        &self,
        sums: &mut [S::Vector; 2],
        seen: &mut [Words<S::Vector>; 3],
        p: [Words<S::Vector>; 4],
        _: [Words<S::Vector>; 4],
    ) {
        for p in p {
            Self::add(sums, seen, p, p);
        }
    }

    #[inline(always)]
    fn fold_each<const ALL_NEAR: bool>(
        &self,
        sums: &mut [[S::Vector; 2]; 4],
        seen: &mut [Words<S::Vector>; 3],
        p: [Words<S::Vector>; 4],
        _: [Words<S::Vector>; 4],
    ) {
        for i in 0..4 {
            Self::add(&mut sums[i], seen, p[i], p[i]);
        }
    }

    #[inline(always)]
    fn gather(a: [u32; 3], b: [u32; 3]) -> [u32; 3] {
        [a[0].max(b[0]), a[1].min_signed(b[1]), a[2].max(b[2])]
    }
}

/// A look at a row at a scale, with guards for whatever is there. Sums: largest value, sum of the others. Words: largest
/// magnitude, largest word (negatives lie above), least word with a sign.
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
    fn ahead(&self) -> [Ahead; 2] {
        [self.ahead, 0]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::dispatch::{Isa, Portable};
    use crate::encoding::Encoding;

    const ODD: [f32; 11] = [
        0.0,
        -0.0,
        1e-40,
        -1e-40,
        -1.0,
        f32::NAN,
        -f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MIN_POSITIVE,
        1.5e38,
    ];

    /// What the guarded look alone makes of a row.
    fn guarded<S: Simd>(simd: S, row: &[f32]) -> Result<[u32; 5], Fault> {
        let look = |shift: u32| {
            let fold = LinearFold {
                simd,
                shift,
                floor: floor(shift),
                ahead: 0,
            };
            reduce(fold, row, row)
        };
        let (mut sums, [magnitude, word, least]) = look(0);
        if let Some(fault) = Fault::of_words(magnitude, word) {
            return Err(fault);
        }
        let shift = comfortable_shift(magnitude, 0);
        if shift != 0 {
            (sums, _) = look(shift);
        }
        let [max, rest] = sums.map(f32::to_bits);
        Ok([magnitude, least, shift, max, rest])
    }

    fn compare<S: Simd>(simd: S) {
        let operand = Operand {
            encoding: Encoding::Weights,
            inverse_temperature: [1.0, 0.0],
            tolerance: 0.0,
            least_exponent: 0,
        };
        for k in [0, 1, 15, 16, 17, 64, 65, 255, 1000, 1023, 1024, 1025, 5000] {
            let plain: Vec<f32> = (0..k).map(|i| 1.0 + (i * 37 % 101) as f32 * 0.01).collect();
            let mut rows = vec![plain.clone(), vec![0.0; k], vec![1e-40; k]];
            for (i, &odd) in ODD.iter().enumerate() {
                for at in [0, k / 2, k.saturating_sub(1)] {
                    let mut row = plain.clone();
                    let mut both = plain.clone();
                    if k > 0 {
                        row[at] = odd;
                        both[at] = odd;
                        both[k / 3] = ODD[(i + at) % ODD.len()];
                    }
                    rows.extend([row, both]);
                }
            }
            for row in rows {
                let found = survey_linear(simd, &operand, &row, 0).map(|found| {
                    let Linear { max, rest, .. } = found;
                    let sums = [max, rest].map(f32::to_bits);
                    [found.max_bits, found.least, found.shift, sums[0], sums[1]]
                });
                assert_eq!(found, guarded(simd, &row), "{k} bins: {row:?}");
            }
        }
    }

    #[test]
    fn a_plain_look_finds_what_a_guarded_one_does() {
        for isa in Isa::available() {
            match isa {
                #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
                Isa::Avx512(simd) => compare(simd),
                #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
                Isa::Avx2(simd) => compare(simd),
                #[cfg(target_arch = "aarch64")]
                Isa::Neon(simd) => compare(simd),
                Isa::Portable => compare(Portable),
            }
        }
    }
}
