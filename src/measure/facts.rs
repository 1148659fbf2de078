//! What is true of a measure, whatever the rows.

use super::Measure;
use crate::expr::Generator;

impl Measure {
    /// True if scores scale with the unit of information.
    ///
    /// Bits are nats over `ln 2`; a Jensen-Shannon distance, being a root, scales by the root of that.
    #[must_use]
    pub fn is_logarithmic(&self) -> bool {
        matches!(
            self,
            Measure::KullbackLeibler
                | Measure::ReverseKullbackLeibler
                | Measure::Jeffreys
                | Measure::JensenShannon(_)
                | Measure::JensenShannonDistance(_)
                | Measure::Renyi(_)
                | Measure::Bhattacharyya
                | Measure::CrossEntropy
                | Measure::Entropy
        )
    }

    /// True if equal rows score exactly 0.
    #[must_use]
    pub fn is_divergence(&self) -> bool {
        !matches!(
            self,
            Measure::CrossEntropy | Measure::Entropy | Measure::Top1Agreement
        )
    }

    /// True if the stored values are compared as they are, without bringing rows to a sum of 1.
    ///
    /// Such a measure needs [`Encoding::Weights`](crate::Encoding::Weights) on both sides and
    /// [`Support::Exact`](crate::Support::Exact).
    #[must_use]
    pub fn is_raw(&self) -> bool {
        matches!(
            self,
            Measure::GeneralizedKullbackLeibler
                | Measure::ItakuraSaito
                | Measure::SquaredEuclidean
                | Measure::Bregman(_)
        )
    }

    /// True if the second operand is read; false for the entropy alone.
    #[must_use]
    pub fn uses_q(&self) -> bool {
        !matches!(self, Measure::Entropy)
    }

    /// The weight on P, for measures that have one.
    #[must_use]
    pub fn weight(&self) -> Option<f64> {
        match self {
            Measure::JensenShannon(w) | Measure::JensenShannonDistance(w) => Some(w.get()),
            _ => None,
        }
    }

    /// The generator, for measures that are given by one.
    pub(crate) fn own_generator(&self) -> Option<&'static Generator> {
        match self {
            Measure::FDivergence(divergence) => Some(divergence.0),
            Measure::Bregman(divergence) => Some(divergence.0),
            _ => None,
        }
    }

    /// The order, for measures that have one.
    #[must_use]
    pub fn order(&self) -> Option<f64> {
        match self {
            Measure::Renyi(order) => Some(order.get()),
            Measure::Tsallis(order) => Some(order.get()),
            Measure::Alpha(order) => Some(order.get()),
            _ => None,
        }
    }
}
