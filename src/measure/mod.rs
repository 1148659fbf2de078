//! The measures: their names, parameters and units.
//!
//! Each measure has one file here with its f32 arithmetic, the twin of the shader of the same stem.

mod arithmetic;
mod cross_entropy;
mod jensen_shannon;
mod jensen_shannon_half;
mod kernel;
mod kullback_leibler;
mod pair;
mod reverse_kullback_leibler;
mod total_variation;

use std::fmt;
use std::str::FromStr;

use crate::error::ArgumentError;

pub(crate) use arithmetic::Arithmetic;
pub(crate) use cross_entropy::CrossEntropy;
pub(crate) use jensen_shannon::JensenShannon;
pub(crate) use jensen_shannon_half::JensenShannonHalf;
pub(crate) use kernel::{Kernel, Masses, NEAR, P_ABOVE_ZERO_Q, Parameters, Q_ABOVE_ZERO_P};
pub(crate) use kullback_leibler::KullbackLeibler;
pub(crate) use pair::{ONLY_P, ONLY_Q, Pair, Parts, Ratio, Zeros};
pub(crate) use reverse_kullback_leibler::ReverseKullbackLeibler;
pub(crate) use total_variation::TotalVariation;

/// The weight on P of the Jensen-Shannon divergence, in `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight(f64);

impl Weight {
    /// The usual weight of one half.
    pub const HALF: Weight = Weight(0.5);

    /// Checks a weight.
    ///
    /// # Errors
    /// [`ArgumentError::Weight`] outside `[0, 1]`.
    pub fn new(value: f64) -> Result<Self, ArgumentError> {
        if (0.0..=1.0).contains(&value) {
            Ok(Weight(value))
        } else {
            Err(ArgumentError::Weight { given: value })
        }
    }

    /// The weight as a number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

/// What is computed for a pair of rows. P is always the first operand, Q the second.
///
/// Names follow the command line: `Measure` parses from and prints as `kl`, `reverse-kl`, `js` or
/// `js:0.25`, `tv`, `cross-entropy`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// Kullback-Leibler divergence `sum p ln(p/q)`, in `[0, inf]`; `+inf` where `p > 0 = q`.
    ///
    /// S. Kullback and R. A. Leibler, "On information and sufficiency", 1951.
    KullbackLeibler,
    /// Reverse Kullback-Leibler divergence `sum q ln(q/p)`, in `[0, inf]`; `+inf` where `q > 0 = p`.
    ReverseKullbackLeibler,
    /// Jensen-Shannon divergence `w KL(P, M) + (1-w) KL(Q, M)` with `M = w P + (1-w) Q`, in `[0, h(w)]`
    /// where `h` is the binary entropy (`ln 2` at one half). Never infinite; 0 for `w` of 0 or 1.
    ///
    /// J. Lin, "Divergence measures based on the Shannon entropy", 1991. Its square root is the
    /// Jensen-Shannon *distance*, another measure.
    JensenShannon(Weight),
    /// Total variation `1/2 sum |p - q|`, in `[0, 1]`, without unit.
    TotalVariation,
    /// Cross-entropy `-sum p ln q`, in `[0, inf]`; `+inf` where `p > 0 = q`. Not zero at P = Q.
    CrossEntropy,
}

/// The names that `--measure` and [`Measure::from_str`] know.
pub const NAMES: [&str; 5] = ["kl", "reverse-kl", "js", "tv", "cross-entropy"];

impl Measure {
    /// The Jensen-Shannon divergence with weight `w` on P.
    ///
    /// # Errors
    /// [`ArgumentError::Weight`] outside `[0, 1]`.
    pub fn jensen_shannon(w: f64) -> Result<Self, ArgumentError> {
        Ok(Measure::JensenShannon(Weight::new(w)?))
    }

    /// The bare name, without parameter.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Measure::KullbackLeibler => "kl",
            Measure::ReverseKullbackLeibler => "reverse-kl",
            Measure::JensenShannon(_) => "js",
            Measure::TotalVariation => "tv",
            Measure::CrossEntropy => "cross-entropy",
        }
    }

    /// True if scores scale with the unit of information.
    #[must_use]
    pub fn is_logarithmic(&self) -> bool {
        !matches!(self, Measure::TotalVariation)
    }

    /// True if equal rows score exactly 0.
    #[must_use]
    pub fn is_divergence(&self) -> bool {
        !matches!(self, Measure::CrossEntropy)
    }

    /// The weight on P, for measures that have one.
    #[must_use]
    pub fn weight(&self) -> Option<f64> {
        match self {
            Measure::JensenShannon(w) => Some(w.get()),
            _ => None,
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Measure::JensenShannon(w) if *w != Weight::HALF => write!(f, ":{}", w.get()),
            _ => Ok(()),
        }
    }
}

impl FromStr for Measure {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let (name, parameter) = match text.split_once(':') {
            Some((name, parameter)) => (name, Some(parameter)),
            None => (text, None),
        };
        let wrong = |reason| ArgumentError::MeasureParameter {
            given: text.to_owned(),
            reason,
        };
        let measure = match name {
            "kl" => Measure::KullbackLeibler,
            "reverse-kl" => Measure::ReverseKullbackLeibler,
            "js" => {
                let weight = match parameter {
                    Some(p) => p.parse::<f64>().map_err(|_| {
                        wrong("the weight behind the colon must be a number in [0, 1]")
                    })?,
                    None => 0.5,
                };
                return Measure::jensen_shannon(weight);
            }
            "tv" => Measure::TotalVariation,
            "cross-entropy" => Measure::CrossEntropy,
            _ => {
                return Err(ArgumentError::MeasureName {
                    given: name.to_owned(),
                });
            }
        };
        match parameter {
            Some(_) => Err(wrong("this measure takes no parameter")),
            None => Ok(measure),
        }
    }
}
