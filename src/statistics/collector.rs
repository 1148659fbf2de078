//! Takes statistics of scores as they come.

use super::order::{KEPT, Ordered};
use super::part::Part;
use super::{Statistics, Summary};
use crate::scorer::{BoxError, Sink};
use crate::scores::Report;

/// Takes [`Statistics`] of scores as they come: a [`Sink`] for streams.
///
/// It holds no scores but for quantiles, and of these 2^26 at most, 256 MiB, or three times that while it finds quantiles
/// of scores that are nearly equal. Beyond it counts them in buckets, and quantiles are right to 1e-5 of their value, and
/// to 2e-43. Sums are exact, and nothing else depends on how the scores
/// come.
///
/// ```
/// use kullback::{Collector, Encoding, Measure, RowSource, Scorer, Statistics};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pairs = [([1.0_f32, 1.0], [1.0_f32, 3.0]), ([1.0, 0.0], [0.0, 1.0])];
/// let mut source = RowSource::new(Encoding::Weights, Encoding::Weights, 2, pairs);
///
/// let mut collector = Collector::new(&Statistics::new().mean());
/// let request = Scorer::new();
/// let request = request.request(&Measure::TotalVariation);
/// let report = request.stream(&mut source, &mut collector)?;
///
/// let summary = collector.finish(report);
/// assert_eq!(summary.mean(), Some(0.625));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Collector {
    statistics: Statistics,
    part: Part,
    ordered: Ordered,
    /// Scores that are kept at most.
    kept: usize,
}

/// Scores that a thread looks through at least.
#[cfg(feature = "parallel")]
const AT_LEAST: usize = 1 << 16;

impl Collector {
    /// Of no scores yet.
    #[must_use]
    pub fn new(statistics: &Statistics) -> Self {
        Collector {
            statistics: statistics.clone(),
            part: Part::new(statistics),
            ordered: Ordered::default(),
            kept: KEPT,
        }
    }

    /// Takes scores as a scorer gives them: NaN for bad rows, and nothing below zero.
    ///
    /// Many of them are looked through on the current rayon pool.
    pub fn add(&mut self, scores: &[f32]) {
        #[cfg(feature = "parallel")]
        if scores.len() > AT_LEAST {
            let part = self.part_of(scores);
            self.part.append(&part);
        } else {
            self.part.take(&self.statistics, scores);
        }
        #[cfg(not(feature = "parallel"))]
        self.part.take(&self.statistics, scores);
        if !self.statistics.levels.is_empty() {
            self.ordered.add(scores, self.kept);
        }
    }

    #[cfg(feature = "parallel")]
    fn part_of(&self, scores: &[f32]) -> Part {
        use rayon::prelude::*;
        let statistics = &self.statistics;
        let none = || Part::new(statistics);
        // A part for each thread's share, however many its blocks: a histogram may have many bins.
        let parts = scores.par_chunks(AT_LEAST).fold(none, |mut part, scores| {
            part.take(statistics, scores);
            part
        });
        parts.reduce(none, |mut part, other| {
            part.append(&other);
            part
        })
    }

    /// Adds what scores come to that others have looked through.
    #[cfg(feature = "gpu")]
    pub(crate) fn append(&mut self, part: &Part) {
        self.part.append(part);
    }

    /// The statistics of all scores taken; the report is that of the request or stream they come from.
    #[must_use]
    pub fn finish(self, report: Report) -> Summary {
        let Part {
            finite, extremes, ..
        } = self.part;
        let extremes = extremes.map(f32::from_bits);
        let quantiles = self
            .ordered
            .quantiles(finite, extremes, &self.statistics.levels);
        let exact = self.ordered.is_exact();
        self.finish_with(report, quantiles.map(|quantiles| (quantiles, exact)))
    }

    /// The same with quantiles that others have found, and whether they are exact.
    pub(crate) fn finish_with(
        self,
        report: Report,
        quantiles: Option<(Vec<f64>, bool)>,
    ) -> Summary {
        Summary::new(self.statistics, report, self.part, quantiles)
    }
}

impl Sink for Collector {
    fn accept(&mut self, scores: &[f32]) -> Result<(), BoxError> {
        self.add(scores);
        Ok(())
    }
}
