//! Which measures are products, or entropies of mixtures, and of what.

use super::Factors;
use crate::measure::{Measure, Weight};
use crate::options::{Options, Support};

/// What is made of two rows, and what that comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    /// `sum p ln p - sum p ln q`.
    KullbackLeibler,
    /// `sum q ln q - sum q ln p`.
    ReverseKullbackLeibler,
    /// `-sum p ln q`.
    CrossEntropy,
    /// Of `S = sum p^a q^(1-a)`.
    Power {
        /// The order `a`, neither 0 nor 1.
        order: f64,
        /// What is made of `S`.
        of: Of,
    },
    /// `w sum p ln p + (1-w) sum q ln q - sum m ln m`, with `m = w p + (1-w) q`: no product, but of factors like one.
    JensenShannon {
        /// The weight `w` on P, neither 0 nor 1.
        weight: f64,
        /// The root of it.
        root: bool,
    },
}

/// What a sum of powers comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Of {
    /// `ln S / (a - 1)`.
    Renyi,
    /// `-ln S`.
    Bhattacharyya,
    /// `sqrt(1 - S)`.
    Hellinger,
    /// So many times `S - 1`.
    Difference(f64),
}

/// Orders up to which powers of f64 stay in range where rows are ordinary.
const LARGEST_ORDER: f64 = 64.0;

impl Form {
    /// The form of a measure, if it has one.
    pub(crate) fn of(options: &Options) -> Option<Self> {
        if options.support != Support::Exact {
            return None;
        }
        let power = |order, of| Some(Form::Power { order, of });
        let jensen_shannon = |weight: Weight, root| {
            let weight = weight.get();
            let form = Form::JensenShannon { weight, root };
            (weight > 0.0 && weight < 1.0).then_some(form)
        };
        match options.measure {
            Measure::KullbackLeibler => Some(Form::KullbackLeibler),
            Measure::ReverseKullbackLeibler => Some(Form::ReverseKullbackLeibler),
            Measure::CrossEntropy => Some(Form::CrossEntropy),
            Measure::JensenShannon(weight) => jensen_shannon(weight, false),
            Measure::JensenShannonDistance(weight) => jensen_shannon(weight, true),
            Measure::Hellinger => power(0.5, Of::Hellinger),
            Measure::HellingerSquared => power(0.5, Of::Difference(-1.0)),
            Measure::Bhattacharyya => power(0.5, Of::Bhattacharyya),
            Measure::Renyi(order) => match order.get() {
                1.0 => Some(Form::KullbackLeibler),
                order if order > 0.0 && order <= LARGEST_ORDER => power(order, Of::Renyi),
                _ => None,
            },
            Measure::Tsallis(order) => match order.get() {
                1.0 => Some(Form::KullbackLeibler),
                order if order > 0.0 && order <= LARGEST_ORDER => {
                    power(order, Of::Difference(1.0 / (order - 1.0)))
                }
                _ => None,
            },
            Measure::Alpha(order) => match order.get() {
                0.0 => Some(Form::ReverseKullbackLeibler),
                1.0 => Some(Form::KullbackLeibler),
                order if order.abs() <= LARGEST_ORDER => {
                    power(order, Of::Difference(1.0 / (order * (order - 1.0))))
                }
                _ => None,
            },
            Measure::ChiSquared => power(2.0, Of::Difference(1.0)),
            Measure::Neyman => power(-1.0, Of::Difference(1.0)),
            _ => None,
        }
    }

    /// True if the factors of this operand are its probabilities, of a form that is a product and no sum of powers; else
    /// those are its logarithms.
    pub(crate) fn takes_shares(self, which: Factors) -> bool {
        (self == Form::ReverseKullbackLeibler) == (which == Factors::OfQ)
    }

    /// True if rows are not multiplied, but mixed.
    pub(crate) fn is_of_mixtures(self) -> bool {
        matches!(self, Form::JensenShannon { .. })
    }

    /// What probabilities are multiplied by before rows of `k` bins are mixed, so that logarithms of mixtures are small; 1
    /// of a product. A power of two.
    pub(crate) fn scale(self, k: usize) -> f64 {
        match self {
            Form::JensenShannon { .. } => (k as f64).log2().round().exp2(),
            _ => 1.0,
        }
    }

    /// Which bins make a score infinite: those that are zero in Q alone, in P alone, or none.
    pub(crate) fn infinite_on(self) -> InfiniteOn {
        match self {
            Form::KullbackLeibler | Form::CrossEntropy => InfiniteOn::ZeroOfQ,
            Form::ReverseKullbackLeibler => InfiniteOn::ZeroOfP,
            Form::Power { order, .. } if order > 1.0 => InfiniteOn::ZeroOfQ,
            Form::Power { order, .. } if order < 0.0 => InfiniteOn::ZeroOfP,
            Form::Power { .. } | Form::JensenShannon { .. } => InfiniteOn::None,
        }
    }
}

/// Bins that make a score infinite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InfiniteOn {
    ZeroOfQ,
    ZeroOfP,
    None,
}
