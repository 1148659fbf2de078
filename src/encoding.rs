//! Encodings: what a row of numbers stands for.

use std::fmt;
use std::str::FromStr;

use crate::error::ArgumentError;

/// A temperature for logits: finite and above zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Temperature(f64);

impl Temperature {
    /// The temperature that leaves logits as they are.
    pub const ONE: Temperature = Temperature(1.0);

    /// Checks a temperature. It must lie in `[1e-6, 1e6]`.
    ///
    /// # Errors
    /// [`ArgumentError::Temperature`] if it does not.
    pub fn new(value: f64) -> Result<Self, ArgumentError> {
        if (1e-6..=1e6).contains(&value) {
            Ok(Temperature(value))
        } else {
            Err(ArgumentError::Temperature { given: value })
        }
    }

    /// The temperature as a number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

/// What the numbers of a row stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Encoding {
    /// `p_i`, summing to 1 within the tolerance; still divided by their exact sum.
    Probabilities,
    /// Counts, histogram bins or any finite non-negative measure; divided by their sum.
    Weights,
    /// `ln p_i`; `-inf` stands for zero.
    LogProbabilities,
    /// Unnormalised scores: the distribution is `softmax(z / T)`; `-inf` stands for zero.
    Logits {
        /// The temperature `T`.
        temperature: Temperature,
    },
}

impl Encoding {
    /// Logits at temperature 1.
    pub const LOGITS: Encoding = Encoding::Logits {
        temperature: Temperature::ONE,
    };

    /// True for log-probabilities and logits.
    #[must_use]
    pub fn is_logarithmic(self) -> bool {
        matches!(self, Encoding::LogProbabilities | Encoding::Logits { .. })
    }

    /// What stands for a probability of zero.
    pub(crate) fn zero(self) -> f64 {
        match self.is_logarithmic() {
            true => f64::NEG_INFINITY,
            false => 0.0,
        }
    }

    /// True where a row must sum to 1 within the tolerance.
    #[must_use]
    pub fn must_be_normalised(self) -> bool {
        matches!(self, Encoding::Probabilities | Encoding::LogProbabilities)
    }

    /// The temperature, 1 unless these are logits with another.
    #[must_use]
    pub fn temperature(self) -> Temperature {
        match self {
            Encoding::Logits { temperature } => temperature,
            _ => Temperature::ONE,
        }
    }

    /// The name used on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Probabilities => "probabilities",
            Encoding::Weights => "weights",
            Encoding::LogProbabilities => "log-probabilities",
            Encoding::Logits { .. } => "logits",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Encoding::Logits { temperature } if *temperature != Temperature::ONE => {
                write!(f, " at temperature {}", temperature.get())
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for Encoding {
    type Err = ArgumentError;

    fn from_str(name: &str) -> Result<Self, ArgumentError> {
        match name {
            "probabilities" => Ok(Encoding::Probabilities),
            "weights" => Ok(Encoding::Weights),
            "log-probabilities" => Ok(Encoding::LogProbabilities),
            "logits" => Ok(Encoding::LOGITS),
            _ => Err(ArgumentError::EncodingName {
                given: name.to_owned(),
            }),
        }
    }
}
