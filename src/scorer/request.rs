//! Requests by one measure: its options, and the ways to run it on a batch or a stream.

use crate::error::{ScoreError, StreamError};
use crate::measure::Measure;
use crate::options::{Precision, Support, Unit, Verify};
use crate::rows::{Rows, paired};
use crate::scores::{Report, Scores};

use super::Inner;
use super::ask::{Ask, Checked};
use super::cancel::CancelToken;
use super::observer::Progress;
use super::sink::Sink;
use super::source::{BoxError, Source};
use super::stream;

/// What to compute, and how: made by [`Scorer::request`](crate::Scorer::request).
///
/// A request may be run as often as one likes.
///
/// ```
/// use kullback::{Measure, Rows, Scorer, Support, Unit, Verify};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let labels = [1.0_f32, 0.0, 0.0, 1.0];
/// let model = [0.5_f32, 0.5, 1.0, 0.0];
///
/// let scorer = Scorer::new();
/// let request = scorer
///     .request(&Measure::KullbackLeibler)
///     .unit(Unit::Bits)
///     .verify(Verify::All);
/// let scores = request.score(
///     Rows::probabilities(&labels, 2)?,
///     Rows::probabilities(&model, 2)?,
/// )?;
///
/// assert_eq!(scores.values(), [1.0, f32::INFINITY]);
/// assert_eq!(scores.infinities(), 1);
/// assert!(scores.verification().is_some_and(|v| v.rows == 2 && v.failed.is_none()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is run"]
pub struct Request<'a> {
    /// Of one measure.
    pub(super) ask: Ask<'a>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(inner: &'a Inner, measure: Measure) -> Self {
        Request {
            ask: Ask::new(inner, &[measure]),
        }
    }

    /// The unit of the scores. Nats unless chosen; bits are for logarithmic measures only.
    pub fn unit(mut self, unit: Unit) -> Self {
        for options in &mut self.ask.options {
            options.unit = unit;
        }
        self
    }

    /// What zeros mean. [`Support::Exact`] unless chosen.
    pub fn support(mut self, support: Support) -> Self {
        self.ask.support(support);
        self
    }

    /// How far the sums of probabilities may be from 1. The default of the element type unless chosen.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.ask.tolerance(tolerance);
        self
    }

    /// How much is scored again on the f64 reference. What the scorer says unless chosen.
    ///
    /// Which rows a sample takes is published at [`VERIFY_SEED`](crate::VERIFY_SEED).
    pub fn verify(mut self, verify: Verify) -> Self {
        self.ask.verify = verify;
        self
    }

    /// How near the scores of all pairs are to those of paired rows: [`Precision::Promised`] unless chosen. Nothing but
    /// [`Request::matrix`] and its like looks at it.
    pub fn precision(mut self, precision: Precision) -> Self {
        self.ask.precision = precision;
        self
    }

    /// Stops at the next chunk once this token is cancelled.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.ask.cancel(token);
        self
    }

    /// Calls back at the start, with no rows done, and whenever more rows are.
    ///
    /// The number of rows done only grows, and ends at the total. The callback runs on the thread that
    /// runs the request, and holds it up.
    pub fn progress(mut self, callback: impl Fn(Progress) + Send + Sync + 'a) -> Self {
        self.ask.progress(callback);
        self
    }

    /// Checks the options and compiles ahead what a batch of rows like these needs.
    ///
    /// Only the encodings, element types and K of the rows matter, and how many there are. The CPU
    /// needs nothing compiled.
    ///
    /// # Errors
    /// - [`ScoreError::Argument`] if the options cannot be used or the shapes differ;
    /// - `ScoreError::Gpu` if the GPU refuses a kernel.
    pub fn prepare(&self, p: &Rows<'_>, q: &Rows<'_>) -> Result<(), ScoreError> {
        self.ask.prepare(self.ask.rows(*p, *q)?).only().map(drop)
    }

    /// Scores row `i` of `p` against row `i` of `q`, for all rows, and blocks until it is done.
    ///
    /// # Errors
    /// - [`ScoreError::Argument`], before any work, if the options cannot be used, alone or for rows like
    ///   these, or `p` and `q` differ in their number of rows or bins;
    /// - [`ScoreError::Cancelled`], with the finished scores, if the token was cancelled before the last row.
    pub fn score(&self, p: Rows<'_>, q: Rows<'_>) -> Result<Scores, ScoreError> {
        self.ask.score(self.ask.rows(p, q)?)?.only()
    }

    /// Scores the only row of `one`, as P, against each row of `many`, and blocks until it is done.
    ///
    /// The one stays in the cache of the CPU, and a GPU gets it once a submission. Scores are those of [`Request::score`] with the row
    /// [`repeated`](Rows::repeated), which is how the other ways to run a request take one against many.
    ///
    /// # Errors
    /// As [`Request::score`]; also [`ScoreError::Argument`] if `one` has not exactly one row.
    pub fn score_one_to_many(&self, one: Rows<'_>, many: Rows<'_>) -> Result<Scores, ScoreError> {
        self.score(one.repeated(many.rows())?, many)
    }

    /// Scores each row of `many`, as P, against the only row of `one`, and blocks until it is done.
    ///
    /// As [`Request::score_one_to_many`], with the operands the other way round.
    ///
    /// # Errors
    /// As [`Request::score_one_to_many`].
    pub fn score_many_to_one(&self, many: Rows<'_>, one: Rows<'_>) -> Result<Scores, ScoreError> {
        self.score(many, one.repeated(many.rows())?)
    }

    /// Scores row `i` of `p` against row `j` of `q` for each pair `(i, j)`, and blocks until it is done.
    ///
    /// There is a score a pair, in the order of the list, and issues count the pairs. Rows may occur in any number of
    /// pairs, and `p` and `q` may have different numbers of them. They are gathered while they are scored: a pair takes
    /// a read of both rows, and the way of both to a GPU, however often they have been there before.
    /// [`Rows::selected`] does the same for the other ways to run a request.
    ///
    /// # Errors
    /// As [`Request::score`]; also [`ArgumentError::NoSuchPair`](crate::ArgumentError::NoSuchPair), before any work, that
    /// names the first pair of which a row does not exist.
    pub fn score_pairs(
        &self,
        p: Rows<'_>,
        q: Rows<'_>,
        pairs: &[(u64, u64)],
    ) -> Result<Scores, ScoreError> {
        let [p, q] = paired(&p, &q, pairs)?;
        self.score(p, q)
    }

    /// Scores the rows of P by a measure that reads no Q, which is [`Measure::Entropy`], and blocks until
    /// it is done.
    ///
    /// As [`Request::score`] with the rows of P for Q as well, which the other ways to run a request take
    /// likewise.
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer, Unit};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let counts = [2.0_f32, 2.0, 2.0, 2.0, 7.0, 0.0, 0.0, 0.0];
    /// let scorer = Scorer::new();
    /// let bits = scorer.request(&Measure::Entropy).unit(Unit::Bits);
    /// let scores = bits.score_p(Rows::weights(&counts, 4)?)?;
    /// assert_eq!(scores.values(), [2.0, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Request::score`]; also [`ScoreError::Argument`] if the measure needs Q.
    pub fn score_p(&self, p: Rows<'_>) -> Result<Scores, ScoreError> {
        self.ask.check_p_alone()?;
        self.score(p, p)
    }

    /// As [`Request::score`], without blocking while a GPU computes.
    ///
    /// On the CPU this computes when polled, on the polling thread and the pool: hand it to a thread
    /// that may block. Dropping the future harms nothing.
    ///
    /// # Errors
    /// As [`Request::score`].
    pub async fn score_async(&self, p: Rows<'_>, q: Rows<'_>) -> Result<Scores, ScoreError> {
        self.ask.score_async(self.ask.rows(p, q)?).await?.only()
    }

    /// As [`Request::score`], with the scores written to `out`, one a row.
    ///
    /// If the batch is not scored to the end, the rest of `out` is NaN.
    ///
    /// # Errors
    /// As [`Request::score`]; also [`ScoreError::Argument`] if the length of `out` is not the number of rows.
    pub fn score_into(
        &self,
        p: Rows<'_>,
        q: Rows<'_>,
        out: &mut [f32],
    ) -> Result<Report, ScoreError> {
        self.score_checked_into(self.ask.rows(p, q)?, out)
    }

    pub(super) fn score_checked_into(
        &self,
        batch: Checked<'_>,
        out: &mut [f32],
    ) -> Result<Report, ScoreError> {
        let total = out.len() as u64;
        let (mut reports, end) = self.ask.score_into(batch, &mut [&mut *out])?;
        let report = reports.remove(0);
        let Err(stop) = end else {
            return Ok(report);
        };
        let finished = report.rows;
        let (values, rest) = out.split_at_mut(finished as usize);
        rest.fill(f32::NAN);
        let values = values.to_vec();
        let scores = Scores { values, report };
        Err(stop.into_score_error(finished, total, scores))
    }

    /// Scores rows from a source into a sink, in order, within bounded memory.
    ///
    /// Rows are read in chunks of at most 64 MiB for both operands together. With the feature `parallel`
    /// the next chunk is read, on a thread of its own, while this one is scored, so that two are held;
    /// [`ScorerBuilder::host_memory`](crate::ScorerBuilder::host_memory) caps both together. The sink is
    /// called on the calling thread.
    ///
    /// ```
    /// use kullback::{Encoding, Measure, RowSource, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // Counts of heads and tails, each series against a fair coin.
    /// let series = [[1.0_f32, 1.0], [2.0, 0.0], [3.0, 3.0]];
    /// let pairs = series.iter().map(|counts| (counts, [1.0_f32, 1.0]));
    /// let mut source = RowSource::new(Encoding::Weights, Encoding::Weights, 2, pairs);
    ///
    /// let mut scores = Vec::new();
    /// let report = Scorer::new()
    ///     .request(&Measure::TotalVariation)
    ///     .stream(&mut source, &mut scores)?;
    ///
    /// assert_eq!(report.rows, 3);
    /// assert_eq!(scores, [0.0, 0.5, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StreamError`]. Scores of all finished rows have gone to the sink by then, and the error's
    /// [`report`](StreamError::report) says how many. A cancelled stream still waits for the
    /// [`fill`](Source::fill) in progress.
    pub fn stream<S, K>(&self, source: &mut S, sink: &mut K) -> Result<Report, StreamError>
    where
        S: Source + Send + ?Sized,
        K: Sink + ?Sized,
    {
        only_report(stream::run(
            &self.ask,
            source,
            &mut [&mut ByReference(sink)],
        ))
    }
}

/// The report of the only measure.
pub(super) fn only_report(
    reports: Result<Vec<Report>, StreamError<Vec<Report>>>,
) -> Result<Report, StreamError> {
    let only = |mut reports: Vec<Report>| reports.remove(0);
    reports.map(only).map_err(|error| error.map(only))
}

/// A sink of any kind as one of a size.
pub(super) struct ByReference<'k, K: ?Sized>(pub(super) &'k mut K);

impl<K: Sink + ?Sized> Sink for ByReference<'_, K> {
    fn accept(&mut self, scores: &[f32]) -> Result<(), BoxError> {
        self.0.accept(scores)
    }
}
