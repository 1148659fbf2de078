//! What the arithmetic of a measure is called and needs, on every backend.
//!
//! Several measures may share one: a distance is the root of its square, KL is Renyi of order 1.

use std::hash::{Hash, Hasher};

use super::{Measure, Weight};
use crate::encoding::Encoding;
use crate::expr::Kind;

/// Arithmetic that stands in one shader, `shaders/measure/<name>.wgsl`, and one Rust twin,
/// `src/measure/<name>.rs`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stem {
    /// The stem in files, shaders and labels.
    pub name: &'static str,
    /// Fragments that the shader calls.
    pub calls: &'static [&'static str],
    /// How bins come to be compared.
    pub space: Space,
    /// What of a pair of bins it needs.
    pub parts: Parts,
    /// How its sums merge.
    pub merging: Merging,
    /// True if folding needs the drift of the masses, which costs one more pass over the row.
    pub needs_drift: bool,
    /// True if a first try with the masses as they come is worth while.
    pub direct: bool,
    /// What folds the row once more where the sums do not settle the score.
    pub instead: Option<&'static Stem>,
    /// The fragment itself, where it is made and not a file.
    #[cfg(feature = "gpu")]
    pub made: Option<&'static str>,
}

/// By the name alone: a fragment that has been made may be long.
impl Hash for Stem {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Stem {
    /// True if it folds powers, see [`Powers`](super::Powers).
    pub(crate) fn is_power(&self) -> bool {
        self.parts == Parts::Powers
    }

    /// The measure itself, and what stands in for it, one after the other.
    #[cfg(feature = "gpu")]
    pub(crate) fn levels(&'static self) -> impl Iterator<Item = &'static Stem> {
        std::iter::successors(Some(self), |stem| stem.instead)
    }
}

/// How bins come to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Space {
    /// As shares of their row's mass.
    Shares,
    /// As they are stored, but for a scale.
    Raw,
    /// As they are stored, to the last bit.
    Stored,
    /// As they are stored, each pair over its bin of Q.
    Quotients,
    /// By whether each is as large as any of its row; the CPU looks for the first such bin.
    Peaks,
}

/// What of a [`Pair`](super::Pair) a measure needs; whatever else it holds then is of no meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Parts {
    /// `p`, `q` and `d`.
    Values,
    /// These, `t` and both excesses.
    Ratios,
    /// `p`, `q`, `d` and `p_drop`.
    Drops,
    /// `p`, `q`, `d`, `t` and `powers`, with what is known of the drift taken off.
    Powers,
}

/// How sums merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Merging {
    /// Both are added.
    Add,
    /// The larger of each.
    Max,
    /// Sums of any size, see [`ScaledSum`](crate::math::ScaledSum).
    ScaledSum,
}

/// What most have in common.
const SUM: Stem = Stem {
    name: "",
    calls: &[],
    space: Space::Shares,
    parts: Parts::Values,
    merging: Merging::Add,
    needs_drift: false,
    direct: true,
    instead: None,
    #[cfg(feature = "gpu")]
    made: None,
};

pub(crate) static KULLBACK_LEIBLER: Stem = Stem {
    name: "kullback_leibler",
    parts: Parts::Ratios,
    ..SUM
};
pub(crate) static REVERSE_KULLBACK_LEIBLER: Stem = Stem {
    name: "reverse_kullback_leibler",
    parts: Parts::Ratios,
    ..SUM
};
pub(crate) static JEFFREYS: Stem = Stem {
    name: "jeffreys",
    parts: Parts::Ratios,
    ..SUM
};
pub(crate) static JENSEN_SHANNON: Stem = Stem {
    name: "jensen_shannon",
    ..SUM
};
pub(crate) static JENSEN_SHANNON_HALF: Stem = Stem {
    name: "jensen_shannon_half",
    calls: &["measure/jensen_shannon"],
    ..SUM
};
pub(crate) static HELLINGER: Stem = Stem {
    name: "hellinger",
    ..SUM
};
pub(crate) static BHATTACHARYYA: Stem = Stem {
    name: "bhattacharyya",
    calls: &["measure/hellinger"],
    instead: Some(&RENYI),
    ..SUM
};
pub(crate) static TOTAL_VARIATION: Stem = Stem {
    name: "total_variation",
    needs_drift: true,
    ..SUM
};
pub(crate) static CHI_SQUARED: Stem = Stem {
    name: "chi_squared",
    parts: Parts::Ratios,
    instead: Some(&ALPHA),
    ..SUM
};
pub(crate) static NEYMAN: Stem = Stem {
    name: "neyman",
    calls: &["measure/chi_squared"],
    parts: Parts::Ratios,
    instead: Some(&ALPHA),
    ..SUM
};
pub(crate) static TRIANGULAR: Stem = Stem {
    name: "triangular",
    ..SUM
};
pub(crate) static CROSS_ENTROPY: Stem = Stem {
    name: "cross_entropy",
    parts: Parts::Drops,
    ..SUM
};
pub(crate) static GENERALIZED_KULLBACK_LEIBLER: Stem = Stem {
    name: "generalized_kullback_leibler",
    space: Space::Raw,
    parts: Parts::Ratios,
    direct: false,
    ..SUM
};
pub(crate) static ITAKURA_SAITO: Stem = Stem {
    name: "itakura_saito",
    calls: &["measure/generalized_kullback_leibler"],
    space: Space::Quotients,
    parts: Parts::Ratios,
    direct: false,
    ..SUM
};
pub(crate) static SQUARED_EUCLIDEAN: Stem = Stem {
    name: "squared_euclidean",
    space: Space::Raw,
    direct: false,
    ..SUM
};
pub(crate) static TOP1_AGREEMENT: Stem = Stem {
    name: "top1_agreement",
    space: Space::Peaks,
    merging: Merging::Max,
    direct: false,
    ..SUM
};

/// What all powers have in common.
const POWER: Stem = Stem {
    calls: &["measure/power"],
    parts: Parts::Powers,
    needs_drift: true,
    ..SUM
};

pub(crate) static RENYI: Stem = Stem {
    name: "renyi",
    instead: Some(&RENYI_FAR),
    ..POWER
};
/// Renyi divergences where the sum of powers is beyond f32 or next to nothing.
pub(crate) static RENYI_FAR: Stem = Stem {
    name: "renyi_far",
    merging: Merging::ScaledSum,
    direct: false,
    ..POWER
};
pub(crate) static RENYI_ZERO: Stem = Stem {
    name: "renyi_zero",
    calls: &["measure/tsallis_zero"],
    parts: Parts::Ratios,
    instead: Some(&RENYI_FAR),
    ..SUM
};
pub(crate) static RENYI_INFINITY: Stem = Stem {
    name: "renyi_infinity",
    calls: &[],
    merging: Merging::Max,
    ..POWER
};
/// Alpha divergences, and multiples of them.
pub(crate) static ALPHA: Stem = Stem {
    name: "alpha",
    instead: Some(&ALPHA_FAR),
    ..POWER
};
/// These where the sum of powers is beyond f32.
pub(crate) static ALPHA_FAR: Stem = Stem {
    name: "alpha_far",
    merging: Merging::ScaledSum,
    direct: false,
    ..POWER
};
pub(crate) static TSALLIS_ZERO: Stem = Stem {
    name: "tsallis_zero",
    parts: Parts::Ratios,
    ..SUM
};

/// Generators of users.
impl Stem {
    pub(crate) const fn generated(kind: Kind) -> Self {
        Stem {
            name: "generated",
            calls: match kind {
                Kind::FDivergence => &["math/power", "math/wide", "measure/f_divergence"],
                Kind::Bregman => &["math/power", "math/wide", "measure/bregman"],
            },
            space: match kind {
                Kind::FDivergence => Space::Shares,
                Kind::Bregman => Space::Stored,
            },
            parts: Parts::Ratios,
            needs_drift: matches!(kind, Kind::FDivergence),
            direct: false,
            ..SUM
        }
    }
}

/// Every stem that a measure may have, but for generators of users.
#[cfg(all(test, feature = "gpu"))]
pub(crate) static ALL: [&Stem; 21] = [
    &KULLBACK_LEIBLER,
    &REVERSE_KULLBACK_LEIBLER,
    &JEFFREYS,
    &JENSEN_SHANNON,
    &JENSEN_SHANNON_HALF,
    &HELLINGER,
    &BHATTACHARYYA,
    &TOTAL_VARIATION,
    &CHI_SQUARED,
    &NEYMAN,
    &TRIANGULAR,
    &CROSS_ENTROPY,
    &GENERALIZED_KULLBACK_LEIBLER,
    &ITAKURA_SAITO,
    &SQUARED_EUCLIDEAN,
    &TOP1_AGREEMENT,
    &RENYI,
    &RENYI_ZERO,
    &RENYI_INFINITY,
    &ALPHA,
    &TSALLIS_ZERO,
];

/// Orders of Renyi and Tsallis divergences below count as 0.
const NO_ORDER: f64 = 1e-30;
/// Orders of alpha divergences whose magnitude is below count as 0.
const NO_ALPHA: f64 = 1e-37;
/// Renyi divergences beyond are the one of order infinity: a logarithm of f32 over such an order is nothing.
const INFINITE_ORDER: f64 = 1e25;

impl Measure {
    /// The arithmetic of the measure.
    pub(crate) fn stem(&self) -> &'static Stem {
        match self {
            Measure::KullbackLeibler => &KULLBACK_LEIBLER,
            Measure::ReverseKullbackLeibler => &REVERSE_KULLBACK_LEIBLER,
            Measure::Jeffreys => &JEFFREYS,
            Measure::JensenShannon(Weight::HALF) | Measure::JensenShannonDistance(Weight::HALF) => {
                &JENSEN_SHANNON_HALF
            }
            Measure::JensenShannon(_) | Measure::JensenShannonDistance(_) => &JENSEN_SHANNON,
            Measure::Hellinger | Measure::HellingerSquared => &HELLINGER,
            Measure::Bhattacharyya => &BHATTACHARYYA,
            Measure::TotalVariation => &TOTAL_VARIATION,
            Measure::ChiSquared => &CHI_SQUARED,
            Measure::Neyman => &NEYMAN,
            Measure::Triangular => &TRIANGULAR,
            // Of P against itself.
            Measure::CrossEntropy | Measure::Entropy => &CROSS_ENTROPY,
            Measure::GeneralizedKullbackLeibler => &GENERALIZED_KULLBACK_LEIBLER,
            Measure::ItakuraSaito => &ITAKURA_SAITO,
            Measure::SquaredEuclidean => &SQUARED_EUCLIDEAN,
            Measure::Top1Agreement => &TOP1_AGREEMENT,
            Measure::FDivergence(divergence) => &divergence.0.stem,
            Measure::Bregman(divergence) => &divergence.0.stem,
            Measure::Renyi(order) => match order.get() {
                1.0 => &KULLBACK_LEIBLER,
                a if a < NO_ORDER => &RENYI_ZERO,
                a if a > INFINITE_ORDER => &RENYI_INFINITY,
                _ => &RENYI,
            },
            // An alpha divergence times its order, which has to be something.
            Measure::Tsallis(order) => match order.get() {
                1.0 => &KULLBACK_LEIBLER,
                a if a < NO_ORDER => &TSALLIS_ZERO,
                _ => &ALPHA,
            },
            Measure::Alpha(order) => match order.get() {
                1.0 => &KULLBACK_LEIBLER,
                a if a.abs() < NO_ALPHA => &REVERSE_KULLBACK_LEIBLER,
                _ => &ALPHA,
            },
        }
    }

    /// The arithmetic of the measure for rows of these encodings.
    ///
    /// Where a linear row meets one of logarithms, or two temperatures meet, a rounded logarithm does not do for
    /// squares over a bin; powers have it in two words.
    pub(crate) fn stem_for(&self, p: Encoding, q: Encoding) -> &'static Stem {
        let stem = self.stem();
        let mixed = p.is_logarithmic() != q.is_logarithmic()
            || (p.is_logarithmic() && p.temperature() != q.temperature());
        match (self, stem.instead) {
            (Measure::ChiSquared | Measure::Neyman, Some(powers)) if mixed => powers,
            _ => stem,
        }
    }

    /// True if the score is the root of what the stem computes.
    pub(crate) fn is_root(&self) -> bool {
        matches!(self, Measure::JensenShannonDistance(_) | Measure::Hellinger)
    }
}
