//! Statistics of the scores of a batch: which are wanted, what they are taken of, and what they come to.

mod collector;
mod histogram;
mod order;
mod part;
mod sum;
mod summary;

use std::sync::Arc;

use crate::error::ArgumentError;

pub use collector::Collector;
pub use histogram::Histogram;
pub use summary::Summary;

#[cfg(feature = "gpu")]
pub(crate) use order::Place;
#[cfg(feature = "gpu")]
pub(crate) use part::Part;

/// Which statistics of a batch of scores to take: none but those that are named.
///
/// All of them are of the finite scores. How many scores are infinite or NaN is always counted, so that none is passed
/// over in silence. [`Request::summarize`](crate::Request::summarize) takes them where the scores are, on a GPU too;
/// a [`Collector`] takes them of a stream.
///
/// ```
/// use kullback::Statistics;
///
/// # fn main() -> Result<(), kullback::ArgumentError> {
/// let drift = Statistics::new()
///     .mean()
///     .max()
///     .quantiles(&[0.5, 0.95])?
///     .histogram(&[0.0, 0.01, 0.1, 1.0])?;
/// assert!(Statistics::new().quantiles(&[95.0]).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Statistics {
    pub(crate) sum: bool,
    pub(crate) mean: bool,
    pub(crate) min: bool,
    pub(crate) max: bool,
    /// Levels of quantiles.
    pub(crate) levels: Vec<f64>,
    /// Edges of a histogram, or none.
    pub(crate) edges: Arc<[f32]>,
}

impl Statistics {
    /// None yet.
    pub fn new() -> Self {
        Statistics::default()
    }

    /// Also the sum, exact but for one rounding to f64: [`Summary::sum`].
    pub fn sum(mut self) -> Self {
        self.sum = true;
        self
    }

    /// Also the mean, the sum over the number of finite scores: [`Summary::mean`].
    pub fn mean(mut self) -> Self {
        self.mean = true;
        self
    }

    /// Also the least score: [`Summary::min`].
    pub fn min(mut self) -> Self {
        self.min = true;
        self
    }

    /// Also the greatest score: [`Summary::max`].
    pub fn max(mut self) -> Self {
        self.max = true;
        self
    }

    /// Also the quantiles at these levels, in place of any named before, with linear interpolation between neighbours, as
    /// numpy has it: [`Summary::quantiles`].
    ///
    /// # Errors
    /// [`ArgumentError::QuantileLevel`] if a level is not within [0, 1].
    pub fn quantiles(mut self, levels: &[f64]) -> Result<Self, ArgumentError> {
        match levels.iter().find(|level| !(0.0..=1.0).contains(*level)) {
            Some(&given) => Err(ArgumentError::QuantileLevel { given }),
            None => {
                self.levels = levels.to_vec();
                Ok(self)
            }
        }
    }

    /// Also a histogram over the bins between these edges, in place of any named before: [`Summary::histogram`].
    ///
    /// A bin holds the scores from its lower edge on and below its upper one; the last also those at its upper edge.
    ///
    /// # Errors
    /// [`ArgumentError::HistogramEdges`] if there are less than two edges or more than 2^20, or they are not finite and
    /// ascending.
    pub fn histogram(mut self, edges: &[f32]) -> Result<Self, ArgumentError> {
        let wrong = |at: usize| {
            let first = at == 0 && !edges[0].is_finite();
            first || (at > 0 && !(edges[at - 1] < edges[at] && edges[at].is_finite()))
        };
        let count = edges.len();
        let at = (0..count).find(|&at| wrong(at));
        if at.is_some() || !(2..=1 << 20).contains(&count) {
            return Err(ArgumentError::HistogramEdges { count, at });
        }
        self.edges = edges.into();
        Ok(self)
    }

    /// Where the quantiles lie among so many scores; `None` among none.
    #[cfg(feature = "gpu")]
    pub(crate) fn places(&self, count: u64) -> Option<Vec<Place>> {
        let places = self.levels.iter();
        places.map(|&level| Place::new(count, level)).collect()
    }

    /// True if the sum is wanted for whatever.
    pub(crate) fn adds_up(&self) -> bool {
        self.sum || self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_edges_are_checked() {
        for levels in [&[0.0, 1.0][..], &[]] {
            assert!(Statistics::new().quantiles(levels).is_ok());
        }
        for level in [-0.1, 1.1, f64::NAN] {
            let error = Statistics::new().quantiles(&[0.5, level]).err();
            assert!(matches!(error, Some(ArgumentError::QuantileLevel { given })
                if given.to_bits() == level.to_bits()));
        }
        assert!(Statistics::new().histogram(&[-1.0, 0.0, 1.0]).is_ok());
        let wrong = [
            (&[][..], None),
            (&[1.0], None),
            (&[0.0, 1.0, 1.0], Some(2)),
            (&[0.0, f32::NAN, 1.0], Some(1)),
            (&[f32::NEG_INFINITY, 1.0], Some(0)),
            (&[0.0, f32::INFINITY], Some(1)),
        ];
        for (edges, place) in wrong {
            let error = Statistics::new().histogram(edges).err();
            assert!(
                matches!(error, Some(ArgumentError::HistogramEdges { count, at })
                if count == edges.len() && at == place),
                "{edges:?}"
            );
        }
    }
}
