//! The scores of a batch, with what was found along the way.

use crate::error::ScoresError;
use crate::options::Options;
use crate::product::ErrorBound;
use crate::status::Issues;

/// Where a batch was scored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScoredOn {
    /// The CPU, with the named instruction set.
    Cpu {
        /// `avx512`, `avx2`, `neon` or `portable`.
        isa: &'static str,
    },
    /// The f64 reference.
    Reference,
    /// A GPU; `cpu_rows` of the rows fell back to the CPU.
    Gpu {
        /// The adapter's name.
        adapter: String,
        /// The API through which it was reached, `Vulkan` say: one adapter may be there under several.
        api: String,
        /// How its rows were reduced, each way once; none if the GPU finished no row.
        reductions: Vec<Reduction>,
        /// Rows that the CPU scored because the GPU failed on them.
        cpu_rows: u64,
    },
}

/// How a GPU reduced rows. Scores do not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Reduction {
    /// `rows-per-workgroup`, `workgroup-per-row` or `row-over-workgroups`.
    pub strategy: &'static str,
    /// True if invocations exchanged words by shuffles within their subgroup, false if through workgroup
    /// memory alone.
    pub subgroups: bool,
}

impl std::fmt::Display for Reduction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let with = if self.subgroups { "with" } else { "without" };
        write!(f, "{} {with} subgroups", self.strategy)
    }
}

/// What re-scoring on the reference found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Verification {
    /// Rows that were scored again.
    pub rows: u64,
    /// The largest error as a fraction of what is promised: at most 1 unless `failed`. It is infinite where
    /// the score and the reference differ in kind: a bad row or an infinity in one of them only.
    pub worst_ratio: f64,
    /// The largest error relative to the score, over rows whose score is above 1e-12. Infinite where
    /// `worst_ratio` is for such a reason.
    pub worst_error: f64,
    /// The row where the promise is missed most, if it is.
    pub failed: Option<Failure>,
}

/// A score that misses the promise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failure {
    /// Row number, from 0.
    pub row: u64,
    /// The score.
    pub score: f32,
    /// What the reference computed; NaN if it finds a row bad, in another way than reported if the score
    /// is NaN too.
    pub reference: f64,
}

/// One f32 score per row, the bad rows, and the verification.
#[derive(Clone, Debug)]
pub struct Scores {
    pub(crate) values: Vec<f32>,
    pub(crate) report: Report,
}

/// What was found while scoring, without the scores themselves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What was asked for.
    pub options: Options,
    /// Rows scored.
    pub rows: u64,
    /// The bad rows.
    pub issues: Issues,
    /// Rows whose score is `+inf`.
    pub infinities: u64,
    /// What each score may be off besides what is promised, where [`Precision::Fast`](crate::Precision::Fast) took a
    /// product in f32; `None` where every score is as promised.
    pub error_bound: Option<ErrorBound>,
    /// What re-scoring found, if it was asked for.
    pub verification: Option<Verification>,
    /// Where the rows were scored.
    pub scored_on: ScoredOn,
}

impl Scores {
    /// The scores, one a row: NaN for bad rows, `+inf` where the definition says so.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The scores by value.
    #[must_use]
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True for an empty batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The bad rows.
    #[must_use]
    pub fn issues(&self) -> &Issues {
        &self.report.issues
    }

    /// Rows whose score is `+inf`.
    #[must_use]
    pub fn infinities(&self) -> u64 {
        self.report.infinities
    }

    /// What each score may be off besides what is promised: see [`Report::error_bound`].
    #[must_use]
    pub fn error_bound(&self) -> Option<ErrorBound> {
        self.report.error_bound
    }

    /// What re-scoring on the reference found, if it was asked for.
    #[must_use]
    pub fn verification(&self) -> Option<&Verification> {
        self.report.verification.as_ref()
    }

    /// Everything but the scores.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The scores, or an error that still carries them if any row is bad or the verification failed.
    ///
    /// # Errors
    /// [`ScoresError`].
    pub fn into_result(self) -> Result<Scores, ScoresError> {
        if let Some(failure) = self.report.verification.and_then(|v| v.failed) {
            return Err(ScoresError::Verification {
                row: failure.row,
                score: failure.score,
                reference: failure.reference,
                scores: Box::new(self),
            });
        }
        match self.report.issues.as_slice().first() {
            Some(&first) => Err(ScoresError::BadRows {
                first,
                scores: Box::new(self),
            }),
            None => Ok(self),
        }
    }
}
