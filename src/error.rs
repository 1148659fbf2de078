//! Errors: one type per operation, each naming what was asked and what would be right.

use crate::scores::Scores;

/// An argument that cannot be used. Found before any work is done.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// `k` is 0.
    #[error("K is 0: a distribution needs at least one bin")]
    NoBins,
    /// The values do not fill whole rows.
    #[error("{length} values do not fill rows of K = {k}: give a multiple of {k}")]
    Length {
        /// The number of values given.
        length: usize,
        /// The number of bins asked for.
        k: usize,
    },
    /// The stride is smaller than a row.
    #[error("a row stride of {stride} is less than K = {k}")]
    Stride {
        /// The stride given.
        stride: usize,
        /// The number of bins.
        k: usize,
    },
    /// The last padded row is cut off.
    #[error(
        "{length} values end within a row: with K = {k} and stride {stride} the last row needs {k} values"
    )]
    LastRow {
        /// The number of values given.
        length: usize,
        /// The number of bins.
        k: usize,
        /// The stride given.
        stride: usize,
    },
    /// P and Q differ in shape.
    #[error(
        "P is {p_rows} x {p_k} and Q is {q_rows} x {q_k}: both need the same number of rows and bins"
    )]
    Shapes {
        /// Rows of P.
        p_rows: u64,
        /// Bins of P.
        p_k: usize,
        /// Rows of Q.
        q_rows: u64,
        /// Bins of Q.
        q_k: usize,
    },
    /// The output slice has the wrong length.
    #[error("the output holds {given} scores but the batch has {rows} rows")]
    OutputLength {
        /// The length of the output.
        given: usize,
        /// The rows of the batch.
        rows: u64,
    },
    /// The temperature is out of range.
    #[error("temperature {given}: it must lie in [1e-6, 1e6]")]
    Temperature {
        /// The value given.
        given: f64,
    },
    /// A temperature was given for rows that are not logits.
    #[error("a temperature applies to logits, not to {encoding}")]
    TemperatureUnused {
        /// The encoding of the rows.
        encoding: &'static str,
    },
    /// The Jensen-Shannon weight is out of range.
    #[error("weight {given}: the weight on P must lie in [0, 1]")]
    Weight {
        /// The value given.
        given: f64,
    },
    /// The smoothing constant is out of range.
    #[error("smoothing {given}: eps must lie in [1e-30, 1e6]")]
    Epsilon {
        /// The value given.
        given: f64,
    },
    /// The tolerance is out of range.
    #[error("tolerance {given}: it must be finite and at least 0")]
    Tolerance {
        /// The value given.
        given: f64,
    },
    /// A unit was asked for that the measure does not have.
    #[error("{measure} has no unit: bits apply to logarithmic measures only")]
    UnitUnused {
        /// The measure.
        measure: String,
    },
    /// No measure has this name.
    #[error("no measure is called `{given}`: the names are {}", crate::measure::NAMES.join(", "))]
    MeasureName {
        /// The name given.
        given: String,
    },
    /// The parameter behind the name of a measure cannot be read or is not used.
    #[error("measure `{given}`: {reason}")]
    MeasureParameter {
        /// The text given.
        given: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No encoding has this name.
    #[error(
        "no encoding is called `{given}`: the names are probabilities, weights, log-probabilities, logits"
    )]
    EncodingName {
        /// The name given.
        given: String,
    },
    /// No unit has this name.
    #[error("no unit is called `{given}`: the names are nats, bits")]
    UnitName {
        /// The name given.
        given: String,
    },
    /// The text does not describe a support.
    #[error("no support is called `{given}`: write exact or smoothed:EPS")]
    SupportName {
        /// The text given.
        given: String,
    },
    /// No backend has this name.
    #[error("no backend is called `{given}`: the names are auto, gpu, cpu, reference")]
    BackendName {
        /// The name given.
        given: String,
    },
    /// The text does not describe a verification.
    #[error("verification `{given}`: write off, all or a number of rows")]
    VerifyName {
        /// The text given.
        given: String,
    },
}

/// Why a batch was not scored, or not to the end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// An argument cannot be used.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// The request was cancelled; the rows before `finished` have their scores.
    #[error("cancelled after {finished} of {total} rows")]
    Cancelled {
        /// Rows that were scored.
        finished: u64,
        /// Rows of the batch.
        total: u64,
        /// The scores of the finished rows.
        scores: Box<Scores>,
    },
    /// The GPU failed and falling back to the CPU was not allowed; the rows before `finished` have their scores.
    #[cfg(feature = "gpu")]
    #[error("the GPU failed after {finished} of {total} rows: {source}")]
    Gpu {
        /// Rows that were scored.
        finished: u64,
        /// Rows of the batch.
        total: u64,
        /// The scores of the finished rows.
        scores: Box<Scores>,
        /// What went wrong.
        source: crate::gpu::GpuError,
    },
}

/// Scores that came with bad rows or failed their verification; returned by [`Scores::into_result`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoresError {
    /// Some rows are bad. Their scores are NaN; all others stand.
    #[error("{} of {} rows are bad; the first: {first}", scores.issues().bad_rows(), scores.len())]
    BadRows {
        /// The first issue.
        first: crate::status::Issue,
        /// All scores, with every issue.
        scores: Box<Scores>,
    },
    /// A verified score is further from the reference than promised.
    #[error(
        "verification failed at row {row}: the score is {score}, the reference says {reference}"
    )]
    Verification {
        /// The row with the largest error.
        row: u64,
        /// Its score.
        score: f32,
        /// What the reference computed.
        reference: f64,
        /// All scores.
        scores: Box<Scores>,
    },
}
