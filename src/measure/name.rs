//! The names of the measures: how they are written and read.

use std::fmt;
use std::str::FromStr;

use super::{Measure, Weight};
use crate::error::ArgumentError;
use crate::expr::{Bregman, FDivergence};

/// The names that `--measure` and [`Measure::from_str`] know; besides, `f` and `bregman` take a generator behind
/// a colon.
pub const NAMES: [&str; 21] = [
    "kl",
    "reverse-kl",
    "jeffreys",
    "js",
    "js-distance",
    "renyi",
    "tsallis",
    "alpha",
    "hellinger",
    "hellinger-squared",
    "bhattacharyya",
    "tv",
    "chi2",
    "neyman",
    "triangular",
    "cross-entropy",
    "entropy",
    "top1-agreement",
    "generalized-kl",
    "itakura-saito",
    "squared-euclidean",
];

impl Measure {
    /// The bare name, without parameter: one of [`NAMES`], or `f` or `bregman`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Measure::KullbackLeibler => "kl",
            Measure::ReverseKullbackLeibler => "reverse-kl",
            Measure::Jeffreys => "jeffreys",
            Measure::JensenShannon(_) => "js",
            Measure::JensenShannonDistance(_) => "js-distance",
            Measure::Renyi(_) => "renyi",
            Measure::Tsallis(_) => "tsallis",
            Measure::Alpha(_) => "alpha",
            Measure::Hellinger => "hellinger",
            Measure::HellingerSquared => "hellinger-squared",
            Measure::Bhattacharyya => "bhattacharyya",
            Measure::TotalVariation => "tv",
            Measure::ChiSquared => "chi2",
            Measure::Neyman => "neyman",
            Measure::Triangular => "triangular",
            Measure::CrossEntropy => "cross-entropy",
            Measure::Entropy => "entropy",
            Measure::Top1Agreement => "top1-agreement",
            Measure::GeneralizedKullbackLeibler => "generalized-kl",
            Measure::ItakuraSaito => "itakura-saito",
            Measure::SquaredEuclidean => "squared-euclidean",
            Measure::FDivergence(_) => "f",
            Measure::Bregman(_) => "bregman",
        }
    }

    /// The measure of a bare name, if it needs no parameter or has a usual one.
    fn plain(name: &str) -> Option<Measure> {
        let all = [
            Measure::KullbackLeibler,
            Measure::ReverseKullbackLeibler,
            Measure::Jeffreys,
            Measure::JensenShannon(Weight::HALF),
            Measure::JensenShannonDistance(Weight::HALF),
            Measure::Hellinger,
            Measure::HellingerSquared,
            Measure::Bhattacharyya,
            Measure::TotalVariation,
            Measure::ChiSquared,
            Measure::Neyman,
            Measure::Triangular,
            Measure::CrossEntropy,
            Measure::Entropy,
            Measure::Top1Agreement,
            Measure::GeneralizedKullbackLeibler,
            Measure::ItakuraSaito,
            Measure::SquaredEuclidean,
        ];
        all.into_iter().find(|measure| measure.name() == name)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measure::FDivergence(divergence) => return divergence.fmt(f),
            Measure::Bregman(divergence) => return divergence.fmt(f),
            _ => f.write_str(self.name())?,
        }
        match self {
            Measure::JensenShannon(Weight::HALF) | Measure::JensenShannonDistance(Weight::HALF) => {
                Ok(())
            }
            _ => match self.weight().or(self.order()) {
                Some(parameter) => write_short(parameter, f),
                None => Ok(()),
            },
        }
    }
}

/// A parameter behind its colon, so that it reads back as the same number.
fn write_short(parameter: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let size = parameter.abs();
    // Without an exponent very large and very small numbers are hundreds of digits long.
    if size.is_finite() && size != 0.0 && !(1e-4..1e16).contains(&size) {
        write!(f, ":{parameter:e}")
    } else {
        write!(f, ":{parameter}")
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
        let number = |reason| match parameter {
            Some(parameter) => parameter.parse::<f64>().map_err(|_| wrong(reason)),
            None => Err(wrong(reason)),
        };
        match (name, parameter) {
            ("renyi", _) => Measure::renyi(number(
                "write an order in [0, inf] behind a colon, as in `renyi:0.5`",
            )?),
            ("tsallis", _) => Measure::tsallis(number(
                "write an order of at least 0 behind a colon, as in `tsallis:2`",
            )?),
            ("alpha", _) => Measure::alpha(number(
                "write a finite order behind a colon, as in `alpha:3`",
            )?),
            ("f", Some(generator)) => Ok(generator.parse::<FDivergence>()?.into()),
            ("bregman", Some(generator)) => Ok(generator.parse::<Bregman>()?.into()),
            ("f" | "bregman", None) => Err(wrong(
                "write a generator behind a colon, as in `f:t*ln(t)` or `bregman:t^2/2`",
            )),
            ("js", Some(_)) => Measure::jensen_shannon(number(WEIGHT)?),
            ("js-distance", Some(_)) => Measure::jensen_shannon_distance(number(WEIGHT)?),
            _ => {
                let measure = Measure::plain(name).ok_or_else(|| ArgumentError::MeasureName {
                    given: name.to_owned(),
                })?;
                match parameter {
                    Some(_) => Err(wrong("this measure takes no parameter")),
                    None => Ok(measure),
                }
            }
        }
    }
}

/// What is said of a weight that is no number.
const WEIGHT: &str = "the weight behind the colon must be a number in [0, 1]";

#[cfg(test)]
mod tests {
    use super::*;

    /// With a parameter where one is needed.
    fn complete(name: &str) -> String {
        match name {
            "renyi" | "tsallis" | "alpha" => format!("{name}:2"),
            _ => name.to_owned(),
        }
    }

    #[test]
    fn names_read_back() {
        for name in NAMES {
            let text = complete(name);
            let measure: Result<Measure, _> = text.parse();
            assert_eq!(measure.as_ref().map(Measure::name), Ok(name));
            assert_eq!(measure.map(|m| m.to_string()), Ok(text));
        }
    }

    #[test]
    fn parameters_read_back() {
        for (text, written) in [
            ("js:0.25", "js:0.25"),
            ("js:0.5", "js"),
            ("js-distance:0.5", "js-distance"),
            ("js-distance:1e-6", "js-distance:1e-6"),
            ("js:-0", "js:0"),
            ("renyi:inf", "renyi:inf"),
            ("renyi:0.50", "renyi:0.5"),
            ("renyi:-0", "renyi:0"),
            ("renyi:0.9999999", "renyi:0.9999999"),
            ("tsallis:1.000000000001", "tsallis:1.000000000001"),
            ("alpha:-1e300", "alpha:-1e300"),
            ("alpha:-0.5", "alpha:-0.5"),
        ] {
            let measure: Result<Measure, _> = text.parse();
            assert_eq!(measure.as_ref().map(Measure::to_string), Ok(written.into()));
            assert_eq!(written.parse(), measure, "{text}");
        }
    }

    #[test]
    fn parameters_that_cannot_be() {
        for (text, part) in [
            ("renyi", "as in `renyi:0.5`"),
            ("tsallis", "as in `tsallis:2`"),
            ("alpha", "as in `alpha:3`"),
            ("alpha:", "as in `alpha:3`"),
            ("renyi:half", "as in `renyi:0.5`"),
            ("js:half", "a number in [0, 1]"),
            ("js-distance:", "a number in [0, 1]"),
            ("js-distance:1.5", "[0, 1]"),
            ("renyi:-1", "[0, inf]"),
            ("renyi:nan", "[0, inf]"),
            ("tsallis:-0.5", "at least 0"),
            ("tsallis:inf", "finite"),
            ("alpha:-inf", "finite"),
            ("alpha:nan", "finite"),
            ("kl:1", "takes no parameter"),
            ("hellinger:1", "takes no parameter"),
            ("KL", "no measure is called `KL`"),
            ("kullback:1", "no measure is called `kullback`"),
        ] {
            match text.parse::<Measure>() {
                Ok(measure) => panic!("{text} is {measure}"),
                Err(error) => assert!(error.to_string().contains(part), "{text}: {error}"),
            }
        }
    }
}
