//! The front door: a scorer checks what is asked, has a backend score it, verifies, and falls back.
//!
//! A request makes a [`job::Job`] of a batch, or of each chunk of a stream, and hands it to an
//! [`engine::Engine`]. Engines tell the job which rows are finished; the job counts, verifies and
//! reports progress. So cancelling, progress and verification are written once for all backends.

mod all_pairs;
mod ask;
mod builder;
mod cancel;
mod choice;
mod engine;
mod fallback;
mod fast;
#[cfg(test)]
mod faulty;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "gpu")]
mod gpu_statistics;
mod job;
mod many;
mod nearest;
mod observer;
mod pool;
mod product;
mod reference;
mod request;
mod sample;
mod sink;
mod source;
mod stop;
mod stream;
mod summarize;
mod tally;
#[cfg(test)]
mod tests;
mod verify;

use std::sync::Arc;

use crate::error::{ArgumentError, ScoreError};
use crate::measure::Measure;
use crate::options::{Backend, Verify};
use crate::rows::Rows;
use crate::scores::Scores;

use engine::Engine;
use pool::Pool;

pub use builder::ScorerBuilder;
pub use cancel::CancelToken;
pub use fallback::Fallback;
pub use many::RequestMany;
pub use nearest::Neighbours;
pub use observer::Progress;
pub use request::Request;
pub use sample::VERIFY_SEED;
pub use sink::Sink;
pub use source::{BoxError, RowSource, RowsSource, Source};

/// Scores batches of pairs of distributions.
///
/// A scorer is cheap to clone, may be used from many threads at once, and should be kept: what it sets
/// up for one batch serves the next.
///
/// ```
/// use kullback::{Measure, Rows, Scorer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let p = [0.5_f32, 0.5, 0.25, 0.75];
/// let q = [0.25_f32, 0.75, 0.25, 0.75];
///
/// let scorer = Scorer::new();
/// let scores = scorer.score(
///     &Measure::KullbackLeibler,
///     Rows::probabilities(&p, 2)?,
///     Rows::probabilities(&q, 2)?,
/// )?;
///
/// assert!((scores.values()[0] - 0.143_841).abs() < 1e-6); // nats
/// assert_eq!(scores.values()[1], 0.0); // equal rows
/// # Ok(())
/// # }
/// ```
///
/// Bad rows do not stop a batch: their scores are NaN, and the issues say why.
///
/// ```
/// use kullback::{IssueKind, Measure, Operand, Rows, Scorer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let counts = [3.0_f32, 1.0, 2.0, -2.0];
/// let model = [1.0_f32, 1.0, 1.0, 1.0];
/// let scores = Scorer::new().score(
///     &Measure::TotalVariation,
///     Rows::weights(&counts, 2)?,
///     Rows::weights(&model, 2)?,
/// )?;
///
/// assert_eq!(scores.values()[0], 0.25);
/// assert!(scores.values()[1].is_nan());
/// let issue = scores.issues().as_slice()[0];
/// assert_eq!((issue.row, issue.operand, issue.kind), (1, Operand::P, IssueKind::Negative));
/// assert!(scores.into_result().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Scorer {
    inner: Arc<Inner>,
}

/// What the clones of a scorer share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) engine: Engine,
    /// True if a GPU was asked for, and not taken as the best that there is.
    pub(crate) gpu_wanted: bool,
    pub(crate) pool: Pool,
    pub(crate) fallback: Fallback,
    pub(crate) verify: Verify,
    /// The cap on row buffers, in bytes.
    pub(crate) host_memory: Option<u64>,
}

impl Default for Scorer {
    /// As [`Scorer::new`].
    fn default() -> Self {
        Scorer::new()
    }
}

impl Scorer {
    /// A scorer on the best device there is: a GPU if this build and this machine have one, else the CPU; what the
    /// CPU scores sooner than it would reach the GPU, it scores ([`Scorer::backend_for`]).
    ///
    /// The CPU works on the ambient rayon pool, nothing is verified, and no memory is capped.
    /// [`Scorer::builder`] chooses otherwise.
    #[must_use]
    pub fn new() -> Self {
        Scorer::from_inner(Inner {
            engine: builder::best_engine(),
            gpu_wanted: false,
            pool: Pool::default(),
            fallback: Fallback::default(),
            verify: Verify::default(),
            host_memory: None,
        })
    }

    /// Chooses the backend, threads, caps and other settings of a scorer.
    pub fn builder() -> ScorerBuilder {
        ScorerBuilder::default()
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Scorer {
            inner: Arc::new(inner),
        }
    }

    /// The backend in use. Never [`Backend::Auto`]: this is what it chose. Where that is a GPU, the CPU still
    /// takes some rows, see [`Scorer::backend_for`].
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.inner.engine.backend()
    }

    /// The backend that scores rows like these, which may be none at all.
    ///
    /// Where [`Backend::Auto`] has taken a GPU, the CPU takes rows of f64, and what its threads score sooner than
    /// the rows would reach a card: that depends on the encodings, the types of elements, the instruction set and
    /// the number of threads, and on nothing else, so that rows do not change their scores from one request to the
    /// next. Reports say where rows were scored.
    ///
    /// # Errors
    /// [`ArgumentError::F64OnGpu`] if rows are f64 and a GPU was asked for.
    pub fn backend_for(&self, p: &Rows<'_>, q: &Rows<'_>) -> Result<Backend, ArgumentError> {
        Ok(self.inner.engine_for(p.kind(), q.kind())?.backend())
    }

    /// Scores row `i` of `p` against row `i` of `q`, for all rows, and blocks until it is done.
    ///
    /// Scores are in nats where the measure has a unit, zeros are zeros, and tolerances are the default
    /// of the element type; [`Scorer::request`] chooses otherwise. An empty batch gives no scores.
    ///
    /// # Errors
    /// [`ScoreError::Argument`], before any work, if `p` and `q` differ in their number of rows or bins, or
    /// the measure needs other encodings.
    pub fn score(&self, measure: &Measure, p: Rows<'_>, q: Rows<'_>) -> Result<Scores, ScoreError> {
        self.request(measure).score(p, q)
    }

    /// As [`Scorer::score`], without blocking while a GPU computes.
    ///
    /// On the CPU this computes when polled, on the polling thread and the pool: hand it to a thread
    /// that may block. Dropping the future harms nothing.
    ///
    /// # Errors
    /// As [`Scorer::score`].
    pub async fn score_async(
        &self,
        measure: &Measure,
        p: Rows<'_>,
        q: Rows<'_>,
    ) -> Result<Scores, ScoreError> {
        self.request(measure).score_async(p, q).await
    }

    /// Scores the only row of `one`, as P, against each row of `many`, and blocks until it is done.
    ///
    /// The one stays in the cache of the CPU, and a GPU gets it once a submission. [`Scorer::score_many_to_one`] has the operands the other way round.
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (one, many) = ([1.0_f32, 0.0], [1.0_f32, 1.0, 4.0, 0.0]);
    /// let (one, many) = (Rows::probabilities(&one, 2)?, Rows::weights(&many, 2)?);
    /// let scorer = Scorer::new();
    /// let to_many = scorer.score_one_to_many(&Measure::KullbackLeibler, one, many)?;
    /// let to_one = scorer.score_many_to_one(&Measure::KullbackLeibler, many, one)?;
    /// assert_eq!(to_many.values(), [std::f32::consts::LN_2, 0.0]);
    /// assert_eq!(to_one.values(), [f32::INFINITY, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Scorer::score`]; also [`ScoreError::Argument`] if `one` has not exactly one row.
    pub fn score_one_to_many(
        &self,
        measure: &Measure,
        one: Rows<'_>,
        many: Rows<'_>,
    ) -> Result<Scores, ScoreError> {
        self.request(measure).score_one_to_many(one, many)
    }

    /// Scores each row of `many`, as P, against the only row of `one`, and blocks until it is done.
    ///
    /// # Errors
    /// As [`Scorer::score_one_to_many`].
    pub fn score_many_to_one(
        &self,
        measure: &Measure,
        many: Rows<'_>,
        one: Rows<'_>,
    ) -> Result<Scores, ScoreError> {
        self.request(measure).score_many_to_one(many, one)
    }

    /// Scores row `i` of `p` against row `j` of `q` for each pair `(i, j)`, and blocks until it is done.
    ///
    /// See [`Request::score_pairs`].
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let words = [3.0_f32, 1.0, 1.0, 3.0, 2.0, 2.0];
    /// let topics = [1.0_f32, 1.0];
    /// let (words, topics) = (Rows::weights(&words, 2)?, Rows::weights(&topics, 2)?);
    ///
    /// let scorer = Scorer::new();
    /// let tv = scorer.score_pairs(&Measure::TotalVariation, words, topics, &[(2, 0), (0, 0)])?;
    /// assert_eq!(tv.values(), [0.0, 0.25]);
    ///
    /// let error = scorer.score_pairs(&Measure::TotalVariation, words, topics, &[(2, 0), (0, 1)]);
    /// let text = error.map_err(|error| error.to_string()).unwrap_err();
    /// assert_eq!(text, "pair 1 asks for row 1 of Q, which holds 1: rows count from 0");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Request::score_pairs`].
    pub fn score_pairs(
        &self,
        measure: &Measure,
        p: Rows<'_>,
        q: Rows<'_>,
        pairs: &[(u64, u64)],
    ) -> Result<Scores, ScoreError> {
        self.request(measure).score_pairs(p, q, pairs)
    }

    /// Scores row `i` of `p` against row `i` of `q` by each measure, for all rows, and blocks until it is done.
    ///
    /// The rows are read once, and sent to a GPU once; scores, issues and reports are those of one call of
    /// [`Scorer::score`] a measure on the same engine, in the same bits. [`Scorer::request_many`] chooses units
    /// and all else.
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let labels = [1.0_f32, 0.0, 0.5, 0.5];
    /// let model = [0.5_f32, 0.5, 0.5, 0.5];
    /// let (labels, model) = (Rows::probabilities(&labels, 2)?, Rows::probabilities(&model, 2)?);
    ///
    /// let measures = [Measure::TotalVariation, Measure::KullbackLeibler, Measure::Entropy];
    /// let scores = Scorer::new().score_many(&measures, labels, model)?;
    ///
    /// assert_eq!(scores[0].values(), [0.5, 0.0]);
    /// assert_eq!(scores[1].values(), [std::f32::consts::LN_2, 0.0]);
    /// assert_eq!(scores[2].values(), [0.0, std::f32::consts::LN_2]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ScoreError::Argument`], before any work, if `p` and `q` differ in their number of rows or bins, or
    /// a measure needs other encodings.
    pub fn score_many(
        &self,
        measures: &[Measure],
        p: Rows<'_>,
        q: Rows<'_>,
    ) -> Result<Vec<Scores>, ScoreError<Vec<Scores>>> {
        self.request_many(measures).score(p, q)
    }

    /// For tests: destroys the GPU device, as a driver may at any time.
    #[cfg(feature = "gpu")]
    #[doc(hidden)]
    pub fn destroy_device(&self) {
        if let Engine::Gpu(gpu) = &self.inner.engine {
            gpu.destroy();
        }
    }

    /// For benchmarks: seconds that the GPU takes for the product of these rows, with scores made of it as by
    /// [`Precision::Fast`](crate::Precision::Fast) and as it is; `None` where it takes none.
    #[cfg(feature = "gpu")]
    #[doc(hidden)]
    pub fn time_products(
        &self,
        measure: &Measure,
        p: Rows<'_>,
        q: Rows<'_>,
        times: u32,
    ) -> Option<Result<[f64; 2], crate::gpu::GpuError>> {
        let Engine::Gpu(gpu) = &self.inner.engine else {
            return None;
        };
        let options = crate::Options::new(*measure);
        let fast = fast::Fast::new(&options, &p, &q, &self.inner.engine, u64::MAX)?;
        let of_p = fast.ready(&options, &p)?;
        Some(gpu.time_products([&of_p.ready, &fast.q], fast.finish, times))
    }

    /// A request whose options can be chosen before it is run.
    pub fn request(&self, measure: &Measure) -> Request<'_> {
        Request::new(&self.inner, *measure)
    }

    /// A request by several measures whose options can be chosen before it is run.
    pub fn request_many(&self, measures: &[Measure]) -> RequestMany<'_> {
        RequestMany::new(&self.inner, measures)
    }
}
