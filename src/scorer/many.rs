//! Requests by several measures that read the rows once.

use crate::error::{ArgumentError, ScoreError, StreamError};
use crate::measure::Measure;
use crate::options::{Support, Unit, Verify};
use crate::rows::Rows;
use crate::scores::{Report, Scores};

use super::Inner;
use super::ask::Ask;
use super::cancel::CancelToken;
use super::observer::Progress;
use super::sink::Sink;
use super::source::Source;
use super::stream;

/// What to compute by several measures, and how: made by [`Scorer::request_many`](crate::Scorer::request_many).
///
/// As a [`Request`](crate::Request) a measure, with the same scores, issues and reports on the same engine, but the
/// rows are read once: by a stream from its source, on their way to a GPU, and by the CPU from memory, some at a
/// time, which stay in its cache from one measure to the next. The CPU also shares what it finds of a row, and most of
/// what it makes of two, so that of weights and logits six measures may cost what two or three do; a GPU shares the way
/// there. A row that is bad is so under every measure that reads it; where one of them needs the CPU, as for rows of
/// f64, it scores all. The entropy of [`sparse`](crate::Rows::sparse) rows is then taken over the bins of both rows, with
/// the zeros of P that Q has a value for: within the promise, but its last bits may differ from those of P alone.
///
/// ```
/// use kullback::{Measure, Rows, Scorer, Unit};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let teacher = [2.0_f32, 0.0, -1.0];
/// let student = [1.0_f32, 0.5, -1.0];
/// let (teacher, student) = (Rows::logits(&teacher, 3)?, Rows::logits(&student, 3)?);
///
/// let scorer = Scorer::new();
/// let measures = [Measure::KullbackLeibler, Measure::ReverseKullbackLeibler, Measure::TotalVariation];
/// let scores = scorer
///     .request_many(&measures)
///     .unit(Unit::Bits)
///     .score(teacher, student)?;
///
/// let [forward, reverse, tv] = [0, 1, 2].map(|i| scores[i].values()[0]);
/// assert!((forward - 0.247_867).abs() < 1e-6); // bits
/// assert!((reverse - 0.310_029).abs() < 1e-6);
/// assert!((tv - 0.269_697).abs() < 1e-6); // no unit
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is run"]
pub struct RequestMany<'a> {
    pub(super) ask: Ask<'a>,
}

impl<'a> RequestMany<'a> {
    pub(crate) fn new(inner: &'a Inner, measures: &[Measure]) -> Self {
        RequestMany {
            ask: Ask::new(inner, measures),
        }
    }

    /// The unit of the scores of logarithmic measures, nats unless chosen. Others among them stay without one;
    /// bits where none has a unit are an error.
    pub fn unit(mut self, unit: Unit) -> Self {
        let none = !self.ask.options.iter().any(|o| o.measure.is_logarithmic());
        for options in &mut self.ask.options {
            if none || options.measure.is_logarithmic() {
                options.unit = unit;
            }
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

    /// How much is scored again on the f64 reference, by each measure. What the scorer says unless chosen.
    pub fn verify(mut self, verify: Verify) -> Self {
        self.ask.verify = verify;
        self
    }

    /// Stops at the next chunk once this token is cancelled.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.ask.cancel(token);
        self
    }

    /// Calls back at the start, with no rows done, and whenever more rows are, by all measures.
    ///
    /// The number of rows done only grows, and ends at the total. The callback runs on the thread that
    /// runs the request, and holds it up.
    pub fn progress(mut self, callback: impl Fn(Progress) + Send + Sync + 'a) -> Self {
        self.ask.progress(callback);
        self
    }

    /// Checks the options and compiles ahead what a batch of rows like these needs.
    ///
    /// # Errors
    /// As [`Request::prepare`](crate::Request::prepare).
    pub fn prepare(&self, p: &Rows<'_>, q: &Rows<'_>) -> Result<(), ScoreError<Vec<Scores>>> {
        self.ask.prepare(self.ask.rows(*p, *q)?).all().map(drop)
    }

    /// Scores row `i` of `p` against row `i` of `q` by each measure, for all rows, and blocks until it is done.
    ///
    /// The scores come in the order of the measures. The entropy, and that alone, does not look at Q.
    ///
    /// # Errors
    /// - [`ScoreError::Argument`], before any work, if the options cannot be used with one of the measures,
    ///   or `p` and `q` differ in their number of rows or bins;
    /// - [`ScoreError::Cancelled`], with the finished scores of each measure, if the token was cancelled before
    ///   the last row.
    pub fn score(&self, p: Rows<'_>, q: Rows<'_>) -> Result<Vec<Scores>, ScoreError<Vec<Scores>>> {
        self.ask.score(self.ask.rows(p, q)?)?.all()
    }

    /// As [`RequestMany::score`], without blocking while a GPU computes.
    ///
    /// On the CPU this computes when polled, on the polling thread and the pool: hand it to a thread
    /// that may block. Dropping the future harms nothing.
    ///
    /// # Errors
    /// As [`RequestMany::score`].
    pub async fn score_async(
        &self,
        p: Rows<'_>,
        q: Rows<'_>,
    ) -> Result<Vec<Scores>, ScoreError<Vec<Scores>>> {
        self.ask.score_async(self.ask.rows(p, q)?).await?.all()
    }

    /// As [`RequestMany::score`], with the scores of each measure written to an output of its own, one a row.
    ///
    /// If the batch is not scored to the end, the rest of each output is NaN.
    ///
    /// # Errors
    /// As [`RequestMany::score`]; also [`ScoreError::Argument`] if there is not one output for each measure, or
    /// the length of one is not the number of rows.
    pub fn score_into(
        &self,
        p: Rows<'_>,
        q: Rows<'_>,
        out: &mut [&mut [f32]],
    ) -> Result<Vec<Report>, ScoreError<Vec<Scores>>> {
        self.check_outputs(out.len())?;
        let (reports, end) = self.ask.score_into(self.ask.rows(p, q)?, out)?;
        let Err(stop) = end else {
            return Ok(reports);
        };
        let finished = reports.first().map_or(0, |report| report.rows);
        let scores = reports.into_iter().zip(out).map(|(report, out)| {
            let (values, rest) = out.split_at_mut(finished as usize);
            rest.fill(f32::NAN);
            let values = values.to_vec();
            Scores { values, report }
        });
        Err(stop.into_score_error(finished, p.rows(), scores.collect()))
    }

    /// Scores rows from a source into one sink a measure, in order, within bounded memory.
    ///
    /// As [`Request::stream`](crate::Request::stream), with the sinks called one after the other for each chunk.
    ///
    /// ```
    /// use kullback::{Encoding, Measure, RowSource, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let pairs = [([1.0_f32, 1.0], [1.0_f32, 3.0]), ([1.0, 0.0], [0.0, 1.0])];
    /// let mut source = RowSource::new(Encoding::Weights, Encoding::Weights, 2, pairs);
    ///
    /// let (mut tv, mut entropy) = (Vec::new(), Vec::new());
    /// let reports = Scorer::new()
    ///     .request_many(&[Measure::TotalVariation, Measure::Entropy])
    ///     .stream(&mut source, &mut [&mut tv, &mut entropy])?;
    ///
    /// assert_eq!(reports[0].rows, 2);
    /// assert_eq!(tv, [0.25, 1.0]);
    /// assert_eq!(entropy, [std::f32::consts::LN_2, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StreamError`], also if there is not one sink for each measure. Where a sink fails, those before it
    /// have taken the scores of that chunk already.
    pub fn stream<S: Source + Send + ?Sized>(
        &self,
        source: &mut S,
        sinks: &mut [&mut dyn Sink],
    ) -> Result<Vec<Report>, StreamError<Vec<Report>>> {
        self.check_outputs(sinks.len())?;
        stream::run(&self.ask, source, sinks)
    }

    /// Checks that there is one output for each measure.
    fn check_outputs(&self, given: usize) -> Result<(), ArgumentError> {
        let measures = self.ask.options.len();
        if given == measures {
            return Ok(());
        }
        Err(ArgumentError::Outputs { given, measures })
    }
}
