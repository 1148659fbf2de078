//! What statistics come to.

use super::part::Part;
use super::{Histogram, Statistics};
use crate::scores::Report;
use crate::status::Issues;

/// The statistics of a batch that were asked for, with what else was found while it was scored.
///
/// Each is `None` unless [`Statistics`] named it, and where it has no value: of no finite score there is no mean, no
/// extreme and no quantile.
#[derive(Clone, Debug)]
pub struct Summary {
    statistics: Statistics,
    report: Report,
    part: Part,
    sum: f64,
    quantiles: Option<(Vec<f64>, bool)>,
}

impl Summary {
    pub(super) fn new(
        statistics: Statistics,
        report: Report,
        part: Part,
        quantiles: Option<(Vec<f64>, bool)>,
    ) -> Self {
        Summary {
            sum: part.sum.to_f64(),
            quantiles,
            statistics,
            report,
            part,
        }
    }

    /// The number of finite scores: all statistics are of these.
    #[must_use]
    pub fn finite(&self) -> u64 {
        self.part.finite
    }

    /// The number of infinite scores.
    #[must_use]
    pub fn infinities(&self) -> u64 {
        self.part.infinities
    }

    /// The number of scores that are NaN, which bad rows have.
    #[must_use]
    pub fn bad(&self) -> u64 {
        self.part.bad
    }

    /// The sum of the finite scores, 0 of none: exact, then rounded once.
    #[must_use]
    pub fn sum(&self) -> Option<f64> {
        self.statistics.sum.then_some(self.sum)
    }

    /// The mean of the finite scores: their sum over their number, within two units of the last place.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.statistics.mean && self.part.finite > 0).then(|| self.sum / self.part.finite as f64)
    }

    /// The least finite score.
    #[must_use]
    pub fn min(&self) -> Option<f32> {
        self.extreme(self.statistics.min, 0)
    }

    /// The greatest finite score.
    #[must_use]
    pub fn max(&self) -> Option<f32> {
        self.extreme(self.statistics.max, 1)
    }

    fn extreme(&self, wanted: bool, which: usize) -> Option<f32> {
        (wanted && self.part.finite > 0).then(|| f32::from_bits(self.part.extremes[which]))
    }

    /// The quantiles of the finite scores, in the order of [their levels](Summary::levels).
    #[must_use]
    pub fn quantiles(&self) -> Option<&[f64]> {
        let (quantiles, _) = self.quantiles.as_ref()?;
        Some(quantiles)
    }

    /// The levels of the quantiles that were asked for.
    #[must_use]
    pub fn levels(&self) -> &[f64] {
        &self.statistics.levels
    }

    /// False where there were so many scores that quantiles are right to 1e-5 of their value only: see
    /// [`Collector`](crate::Collector).
    #[must_use]
    pub fn has_exact_quantiles(&self) -> bool {
        self.quantiles.as_ref().is_none_or(|(_, exact)| *exact)
    }

    /// How the finite scores are spread.
    #[must_use]
    pub fn histogram(&self) -> Option<&Histogram> {
        self.part.histogram.as_ref()
    }

    /// What else was found: bad rows, infinities, verification, and where rows were scored.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The bad rows.
    #[must_use]
    pub fn issues(&self) -> &Issues {
        &self.report.issues
    }
}
