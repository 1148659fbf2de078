//! What a request may choose besides the measure and the rows.

use std::f64::consts::LN_2;
use std::fmt;
use std::str::FromStr;

use crate::encoding::Encoding;
use crate::error::ArgumentError;
use crate::measure::Measure;
use crate::status::Operand;

/// The unit of logarithmic measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Natural logarithms.
    #[default]
    Nats,
    /// Logarithms to base 2: nats divided by `ln 2`.
    Bits,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::Nats => "nats",
            Unit::Bits => "bits",
        })
    }
}

impl FromStr for Unit {
    type Err = ArgumentError;

    fn from_str(name: &str) -> Result<Self, ArgumentError> {
        match name {
            "nats" => Ok(Unit::Nats),
            "bits" => Ok(Unit::Bits),
            _ => Err(ArgumentError::UnitName {
                given: name.to_owned(),
            }),
        }
    }
}

/// What zero bins mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Support {
    /// Zeros are zeros: a score may be `+inf`.
    #[default]
    Exact,
    /// Both rows become `(p_i + eps) / (1 + K eps)` after normalisation; bins where both are zero count too.
    Smoothed(f64),
}

impl Support {
    /// The smoothing constant, if any.
    #[must_use]
    pub fn eps(self) -> Option<f64> {
        match self {
            Support::Exact => None,
            Support::Smoothed(eps) => Some(eps),
        }
    }

    fn check(self) -> Result<(), ArgumentError> {
        match self {
            Support::Smoothed(eps) if !(1e-30..=1e6).contains(&eps) => {
                Err(ArgumentError::Epsilon { given: eps })
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Support::Exact => f.write_str("exact"),
            Support::Smoothed(eps) => write!(f, "smoothed:{eps}"),
        }
    }
}

impl FromStr for Support {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        if text == "exact" {
            return Ok(Support::Exact);
        }
        let eps = text
            .strip_prefix("smoothed:")
            .and_then(|eps| eps.parse().ok())
            .ok_or_else(|| ArgumentError::SupportName {
                given: text.to_owned(),
            })?;
        let support = Support::Smoothed(eps);
        support.check()?;
        Ok(support)
    }
}

/// How much of a batch is scored again on the f64 reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Nothing.
    #[default]
    Off,
    /// This many rows, drawn by a published seed (all of them if there are no more).
    Sample(u64),
    /// Every row.
    All,
}

impl FromStr for Verify {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        match text {
            "off" => Ok(Verify::Off),
            "all" => Ok(Verify::All),
            _ => match text.parse::<u64>() {
                Ok(0) => Ok(Verify::Off),
                Ok(rows) => Ok(Verify::Sample(rows)),
                Err(_) => Err(ArgumentError::VerifyName {
                    given: text.to_owned(),
                }),
            },
        }
    }
}

impl fmt::Display for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verify::Off => f.write_str("off"),
            Verify::Sample(rows) => write!(f, "{rows}"),
            Verify::All => f.write_str("all"),
        }
    }
}

/// Where scores are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Backend {
    /// A GPU if there is one (software adapters do not count unless one is named), else the CPU; and the CPU for
    /// rows that it scores sooner than they would reach a GPU, see
    /// [`Scorer::backend_for`](crate::Scorer::backend_for).
    #[default]
    Auto,
    /// A GPU; an error where there is none.
    Gpu,
    /// The CPU, in f32.
    Cpu,
    /// The plain f64 reference on the CPU: slow, for verification.
    Reference,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Auto => "auto",
            Backend::Gpu => "gpu",
            Backend::Cpu => "cpu",
            Backend::Reference => "reference",
        })
    }
}

impl FromStr for Backend {
    type Err = ArgumentError;

    fn from_str(name: &str) -> Result<Self, ArgumentError> {
        match name {
            "auto" => Ok(Backend::Auto),
            "gpu" => Ok(Backend::Gpu),
            "cpu" => Ok(Backend::Cpu),
            "reference" => Ok(Backend::Reference),
            _ => Err(ArgumentError::BackendName {
                given: name.to_owned(),
            }),
        }
    }
}

/// Everything that decides what a score means, besides the rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// The measure.
    pub measure: Measure,
    /// The unit of logarithmic measures.
    pub unit: Unit,
    /// What zeros mean.
    pub support: Support,
    /// How far sums of probabilities may be from 1; `None` takes the default of the element type.
    pub tolerance: Option<f64>,
}

impl Options {
    /// Nats, exact support and the default tolerance.
    #[must_use]
    pub fn new(measure: Measure) -> Self {
        Options {
            measure,
            unit: Unit::Nats,
            support: Support::Exact,
            tolerance: None,
        }
    }

    /// Checks that the options fit one another.
    ///
    /// # Errors
    /// [`ArgumentError`] naming the option that does not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        self.support.check()?;
        if let Some(tolerance) = self.tolerance
            && !(tolerance.is_finite() && tolerance >= 0.0)
        {
            return Err(ArgumentError::Tolerance { given: tolerance });
        }
        if self.unit == Unit::Bits && !self.measure.is_logarithmic() {
            return Err(ArgumentError::UnitUnused {
                measure: self.measure.to_string(),
            });
        }
        if self.measure.is_raw() && self.support != Support::Exact {
            return Err(ArgumentError::SupportUnused {
                measure: self.measure.to_string(),
                support: self.support.to_string(),
            });
        }
        Ok(())
    }

    /// Checks that the options fit one another and rows of these encodings.
    ///
    /// # Errors
    /// [`ArgumentError`] naming the option or the operand that does not.
    pub fn check_for(&self, p: Encoding, q: Encoding) -> Result<(), ArgumentError> {
        self.check()?;
        if !self.measure.is_raw() {
            return Ok(());
        }
        for (operand, encoding) in [(Operand::P, p), (Operand::Q, q)] {
            if encoding != Encoding::Weights {
                return Err(ArgumentError::WeightsNeeded {
                    measure: self.measure.to_string(),
                    operand,
                    encoding: encoding.name(),
                });
            }
        }
        Ok(())
    }

    /// What is read as Q: P under a measure of P alone, so that nothing can depend on what Q holds.
    pub(crate) fn second<'r, T>(&self, p: &'r T, q: &'r T) -> &'r T {
        if self.measure.uses_q() { q } else { p }
    }

    /// Nats in one unit of the scores; 1 for measures without a unit.
    pub(crate) fn nats(&self) -> f64 {
        match (self.unit, self.measure) {
            (Unit::Nats, _) => 1.0,
            // The root of a number of bits.
            (Unit::Bits, Measure::JensenShannonDistance(_)) => LN_2.sqrt(),
            (Unit::Bits, _) => LN_2,
        }
    }
}

/// How near the scores of all pairs are to those of the same pairs scored one by one.
///
/// Every score keeps what is promised of its error, but under [`Precision::Fast`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// As is soonest: where that suffices the CPU takes a matrix product in f64, for `kl`, `reverse-kl`,
    /// `cross-entropy`, `hellinger`, `hellinger-squared`, `bhattacharyya`, `renyi`, `tsallis`, `alpha`, `chi2` and
    /// `neyman`, or entropies of mixtures, for `js` and `js-distance`, and scores by themselves those pairs for which it
    /// does not. The last bits of a score may then depend on which rows there are.
    #[default]
    Promised,
    /// Every pair has the bits of paired rows.
    Paired,
    /// By a matrix product or entropies in f32, on GPUs and the CPU, for those measures, and off by as much as
    /// [`Report::error_bound`](crate::Report::error_bound) says besides what is promised. Of scores below the bound
    /// nothing is known. Infinite scores and bad rows are what they are. This is sooner where rows are many: on a card
    /// that is where there are some thousands of each, and of weights and logits rather than probabilities. A score
    /// depends on the other rows: on their mean, and on how many there are.
    ///
    /// Pairs that f32 does not tell are scored on the CPU as paired rows: rows with logarithms beyond 256 of their
    /// mean or powers beyond 2^1024, and sums of powers below 1e-25 of rows with a bin in common. Once those are most
    /// of the pairs so far, the rest is scored as [`Precision::Paired`].
    ///
    /// What neither serves is scored as [`Precision::Promised`], without a bound: other measures and several at once,
    /// smoothed rows, rows of f64, the [`Backend::Reference`], fewer than 16 rows or bins, orders beyond 64, orders and K
    /// for which a score of 1 may be off by more than a hundredth (K of 150,000 by `kl` in nats, 76,000 by `chi2`,
    /// 15,000 by `renyi` of order 0.9; of `js` on a GPU some 330,000), and rows of Q that take more than 1 GiB, half of
    /// [`host_memory`](crate::ScorerBuilder::host_memory) or what a binding of the device holds.
    Fast,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(options: Options, p: Encoding, q: Encoding) -> String {
        match options.check_for(p, q) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn raw_measures_take_weights_as_they_are() {
        let (w, p) = (Encoding::Weights, Encoding::Probabilities);
        for measure in [
            Measure::GeneralizedKullbackLeibler,
            Measure::ItakuraSaito,
            Measure::SquaredEuclidean,
        ] {
            let options = Options::new(measure);
            assert_eq!(refusal(options, w, w), "");
            assert!(refusal(options, p, w).contains("P must hold weights, not probabilities"));
            assert!(refusal(options, w, Encoding::LOGITS).contains("Q must hold weights"));
            let smoothed = Options {
                support: Support::Smoothed(1e-3),
                ..options
            };
            assert!(refusal(smoothed, w, w).contains("not smoothed:0.001"));
        }
    }

    #[test]
    fn bits_are_for_measures_with_a_unit() {
        let w = Encoding::Weights;
        let refused = crate::measure::NAMES.into_iter().filter(|name| {
            let with_order = format!("{name}:2");
            let Ok(measure) = name.parse().or_else(|_| with_order.parse()) else {
                return false;
            };
            let options = Options {
                unit: Unit::Bits,
                ..Options::new(measure)
            };
            refusal(options, w, w).contains("has no unit")
        });
        let expected = [
            "tsallis",
            "alpha",
            "hellinger",
            "hellinger-squared",
            "tv",
            "chi2",
            "neyman",
            "triangular",
            "top1-agreement",
            "generalized-kl",
            "itakura-saito",
            "squared-euclidean",
        ];
        assert_eq!(refused.collect::<Vec<_>>(), expected);
    }
}
