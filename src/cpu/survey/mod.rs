//! First look at a row: is it a distribution, and what are its maximum and its mass?

mod linear;
mod logarithmic;

use super::dispatch::Simd;
use super::prefetch::BLOCKS;
use crate::encoding::Encoding;
use crate::math::{INFINITY, MIN_NORMAL, Number};

pub(crate) use linear::{Linear, MOST_OF_PLAIN, comfortable_shift, floor, scaled, survey_linear};
use logarithmic::survey_log;
pub(crate) use logarithmic::{
    Log, Peak, PeakFold, below_maximum, exp_below, exponent_below, is_no_distribution, is_zero,
    logarithm, peak_of, two_difference,
};

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

/// Larger, without a sign, the smaller a magnitude is, but for that of 0.
const fn negated(magnitude: u32) -> u32 {
    magnitude.wrapping_neg()
}

/// Looks at one row.
pub(crate) fn survey<S: Simd>(simd: S, operand: &Operand, row: &[f32]) -> Result<Survey, Fault> {
    if operand.encoding.is_logarithmic() {
        survey_log(simd, operand, row).map(Survey::Log)
    } else {
        survey_linear(simd, operand, row, BLOCKS).map(Survey::Linear)
    }
}

/// One number as the sums of [`MaxAndRest`].
#[inline(always)]
pub(crate) fn alone<T: Number>(value: T) -> [T; 2] {
    // -0 adds nothing at all, so that no addition is left of it.
    [value, value.splat(-0.0)]
}
