//! What a request may choose besides the measure and the rows.

use std::fmt;
use std::str::FromStr;

use crate::error::ArgumentError;
use crate::measure::Measure;

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
    /// A GPU if there is one (software adapters do not count unless one is named), else the CPU.
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
        Ok(())
    }
}
