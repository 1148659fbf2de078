//! Requests: the options of one batch or stream, and the ways to run it.

use std::sync::Arc;

use crate::error::{ArgumentError, ScoreError, StreamError};
use crate::measure::Measure;
use crate::options::{Options, Support, Unit, Verify};
use crate::rows::Rows;
use crate::scores::{Report, ScoredOn, Scores};

use super::Inner;
use super::cancel::CancelToken;
use super::engine::Engine;
use super::job::Job;
use super::observer::{Observer, Progress};
use super::sample::Sample;
use super::sink::Sink;
use super::source::{Source, check_shapes};
use super::stop::Stop;
use super::stream;
use super::tally::Tally;

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
    pub(crate) inner: &'a Inner,
    pub(crate) options: Options,
    pub(crate) verify: Verify,
    pub(crate) observer: Observer<'a>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(inner: &'a Inner, measure: Measure) -> Self {
        Request {
            inner,
            options: Options::new(measure),
            verify: inner.verify,
            observer: Observer::default(),
        }
    }

    /// The unit of the scores. Nats unless chosen; bits are for logarithmic measures only.
    pub fn unit(mut self, unit: Unit) -> Self {
        self.options.unit = unit;
        self
    }

    /// What zeros mean. [`Support::Exact`] unless chosen.
    pub fn support(mut self, support: Support) -> Self {
        self.options.support = support;
        self
    }

    /// How far the sums of probabilities may be from 1. The default of the element type unless chosen.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.options.tolerance = Some(tolerance);
        self
    }

    /// How much is scored again on the f64 reference. What the scorer says unless chosen.
    ///
    /// Which rows a sample takes is published at [`VERIFY_SEED`](crate::VERIFY_SEED).
    pub fn verify(mut self, verify: Verify) -> Self {
        self.verify = verify;
        self
    }

    /// Stops at the next chunk once this token is cancelled.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.observer.cancel = Some(token.clone());
        self
    }

    /// Calls back at the start, with no rows done, and whenever more rows are.
    ///
    /// The number of rows done only grows, and ends at the total. The callback runs on the thread that
    /// runs the request, and holds it up.
    pub fn progress(mut self, callback: impl Fn(Progress) + Send + Sync + 'a) -> Self {
        self.observer.progress = Some(Arc::new(callback));
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
        let (p, q, engine) = self.checked(*p, *q)?;
        engine.prepare(&self.options, &p, &q).or_else(|error| {
            let end = Err(Stop::Failed(error));
            self.batch(Vec::new(), self.tally(Some(0)), engine, end)
                .map(drop)
        })
    }

    /// Scores row `i` of `p` against row `i` of `q`, for all rows, and blocks until it is done.
    ///
    /// # Errors
    /// - [`ScoreError::Argument`], before any work, if the options cannot be used, alone or for rows like
    ///   these, or `p` and `q` differ in their number of rows or bins;
    /// - [`ScoreError::Cancelled`], with the finished scores, if the token was cancelled before the last row.
    pub fn score(&self, p: Rows<'_>, q: Rows<'_>) -> Result<Scores, ScoreError> {
        let (p, q, engine) = self.checked(p, q)?;
        let mut values = vec![0.0; p.rows() as usize];
        let mut job = self.job(p, q);
        let end = engine.run(self.inner.fallback, &mut job, &mut values);
        self.batch(values, job.tally, engine, end)
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
        if self.options.measure.uses_q() {
            return Err(ScoreError::Argument(ArgumentError::QNeeded {
                measure: self.options.measure.to_string(),
            }));
        }
        self.score(p, p)
    }

    /// Scores and report of a batch, or the error that carries them.
    fn batch(
        &self,
        mut values: Vec<f32>,
        tally: Tally,
        engine: &Engine,
        end: Result<(), Stop>,
    ) -> Result<Scores, ScoreError> {
        let total = values.len() as u64;
        let report = self.report(tally, engine);
        values.truncate(report.rows as usize);
        let scores = Scores { values, report };
        match end {
            Ok(()) => Ok(scores),
            Err(stop) => Err(stop.into_score_error(total, scores)),
        }
    }

    /// As [`Request::score`], without blocking while a GPU computes.
    ///
    /// On the CPU this computes when polled, on the polling thread and the pool: hand it to a thread
    /// that may block. Dropping the future harms nothing.
    ///
    /// # Errors
    /// As [`Request::score`].
    pub async fn score_async(&self, p: Rows<'_>, q: Rows<'_>) -> Result<Scores, ScoreError> {
        let (p, q, engine) = self.checked(p, q)?;
        let mut values = vec![0.0; p.rows() as usize];
        let mut job = self.job(p, q);
        let fallback = self.inner.fallback;
        let end = engine.run_async(fallback, &mut job, &mut values).await;
        self.batch(values, job.tally, engine, end)
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
        let (p, q, engine) = self.checked(p, q)?;
        if out.len() as u64 != p.rows() {
            return Err(ScoreError::Argument(ArgumentError::OutputLength {
                given: out.len(),
                rows: p.rows(),
            }));
        }
        let mut job = self.job(p, q);
        let end = engine.run(self.inner.fallback, &mut job, out);
        let report = self.report(job.tally, engine);
        let Err(stop) = end else {
            return Ok(report);
        };
        let (finished, rest) = out.split_at_mut(report.rows as usize);
        rest.fill(f32::NAN);
        let scores = Scores {
            values: finished.to_vec(),
            report,
        };
        Err(stop.into_score_error(p.rows(), scores))
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
        stream::run(self, source, sink)
    }

    /// The rows to be scored and the engine for them, once everything is checked that can be wrong with them
    /// and the options.
    ///
    /// Under a measure of P alone P stands in for Q, so that no engine can stumble over what Q holds.
    fn checked<'r>(
        &self,
        p: Rows<'r>,
        q: Rows<'r>,
    ) -> Result<(Rows<'r>, Rows<'r>, &'a Engine), ArgumentError> {
        self.options.check_for(p.encoding(), q.encoding())?;
        check_shapes(&p, &q)?;
        let uses_q = self.options.measure.uses_q();
        let q = if uses_q { q } else { p };
        let engine = self
            .inner
            .engine_for([p.element_type(), q.element_type()])?;
        Ok((p, q, engine))
    }

    /// A batch in memory, not begun.
    fn job<'j>(&'j self, p: Rows<'j>, q: Rows<'j>) -> Job<'j> {
        let total = Some(p.rows());
        self.observer.report(0, total);
        Job {
            options: &self.options,
            p,
            q,
            first_row: 0,
            total,
            sample: self.sample(total),
            observer: &self.observer,
            pool: &self.inner.pool,
            tally: self.tally(total),
        }
    }

    pub(crate) fn sample(&self, total: Option<u64>) -> Sample {
        Sample::new(self.verify, total)
    }

    pub(crate) fn tally(&self, total: Option<u64>) -> Tally {
        Tally::new(!self.sample(total).is_off())
    }

    pub(crate) fn report(&self, tally: Tally, engine: &Engine) -> Report {
        let mut scored_on = engine.scored_on();
        if let ScoredOn::Gpu {
            cpu_rows,
            reductions,
            ..
        } = &mut scored_on
        {
            *cpu_rows = tally.cpu_rows;
            *reductions = tally.reductions;
        }
        Report {
            options: self.options,
            rows: tally.rows,
            issues: tally.issues,
            infinities: tally.infinities,
            verification: tally.verification,
            scored_on,
        }
    }
}
