//! Errors: one type per operation, each naming what was asked and what would be right.

use crate::expr::GeneratorError;
use crate::options::Backend;
use crate::scorer::BoxError;
use crate::scores::{Report, Scores};
use crate::status::Operand;

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
    /// Ragged or sparse rows without offsets.
    #[error("there are no offsets: give one more than there are rows")]
    NoOffsets,
    /// An offset of ragged or sparse rows is less than the one before.
    #[error("row {row} would begin at offset {from} and end at {to}: offsets must not descend")]
    Offsets {
        /// The row that the two offsets bound.
        row: u64,
        /// Where it begins.
        from: u64,
        /// Where it ends.
        to: u64,
    },
    /// Ragged or sparse rows end behind their values.
    #[error(
        "the last offset is {last}, but there are {length} values: rows must end where these do, or before"
    )]
    LastOffset {
        /// The last offset.
        last: u64,
        /// The number of values given.
        length: usize,
    },
    /// Sparse rows have not as many indices as values.
    #[error("{indices} indices for {values} values: give each value the index of its bin")]
    Indices {
        /// The number of indices given.
        indices: usize,
        /// The number of values given.
        values: usize,
    },
    /// More bins than indices of sparse rows count.
    #[error("K is {k}: sparse rows have at most 2^32 bins")]
    TooManyBins {
        /// The number of bins.
        k: usize,
    },
    /// Smoothing gives every bin of sparse rows a probability, and there is no memory for as many.
    #[error(
        "there is no memory for rows of {k} bins, all of which smoothing fills: take exact support"
    )]
    FilledRows {
        /// The number of bins.
        k: usize,
    },
    /// An index of a sparse row is none of a bin.
    #[error("row {row} has a value in bin {index}, but there are {k}: bins count from 0")]
    Index {
        /// The row.
        row: u64,
        /// The index.
        index: u32,
        /// The number of bins.
        k: usize,
    },
    /// The indices of a sparse row do not ascend.
    #[error(
        "row {row} has a value in bin {index} behind one in bin {before}: sort the indices of each row, and add up values of one bin"
    )]
    IndexOrder {
        /// The row.
        row: u64,
        /// The index that is not larger than the one before.
        index: u32,
        /// The one before.
        before: u32,
    },
    /// Two rows that meet differ in their bins.
    #[error(
        "row {row} has {p_bins} bins in P and {q_bins} in Q: rows that meet need the same number"
    )]
    RowBins {
        /// The row.
        row: u64,
        /// Its bins in P.
        p_bins: usize,
        /// Its bins in Q.
        q_bins: usize,
    },
    /// Rows of different lengths of which all pairs are asked for.
    #[error(
        "row {row} of {operand} has {bins} bins and row 0 of P has {first}: where all rows meet, all need the same number"
    )]
    PairBins {
        /// The operand.
        operand: Operand,
        /// Its first row that differs.
        row: u64,
        /// The bins of that row.
        bins: usize,
        /// The bins of row 0 of P.
        first: usize,
    },
    /// Ragged or sparse rows where those of a matrix are read.
    #[error("ragged and sparse rows are scored from memory: a stream takes rows of one length")]
    UnevenSource,
    /// Rows of f64 for a GPU.
    #[error(
        "rows of f64 are scored on the CPU: take the backend auto, cpu or reference, or convert the rows to f32"
    )]
    F64OnGpu,
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
    /// More or fewer rows where one is to be scored against many.
    #[error("{rows} rows where one is scored against many: give exactly one")]
    OneRow {
        /// The rows given.
        rows: u64,
    },
    /// There is no memory for the scores of so many rows.
    #[error("there is no memory for the scores of {rows} rows: score fewer at a time")]
    TooManyRows {
        /// The rows asked for.
        rows: u64,
    },
    /// P and Q differ in their bins where rows of one meet rows of the other.
    #[error("rows of P have {p_k} bins and rows of Q have {q_k}: both need the same number")]
    Bins {
        /// Bins of P.
        p_k: usize,
        /// Bins of Q.
        q_k: usize,
    },
    /// There is no memory for the scores of all pairs.
    #[error(
        "there is no memory for the scores of {p_rows} x {q_rows} pairs: take them from a stream, or fewer rows at a time"
    )]
    TooManyPairs {
        /// Rows of P.
        p_rows: u64,
        /// Rows of Q.
        q_rows: u64,
    },
    /// All pairs are asked for by a measure of P alone.
    #[error("{measure} reads no Q, so that all pairs of a row have one score: score P alone")]
    QUnread {
        /// The measure.
        measure: String,
    },
    /// No neighbour is asked for.
    #[error("k is 0: ask for at least one neighbour")]
    NoNeighbours,
    /// A number in a list that is none of a row.
    #[error(
        "number {at} of the list asks for row {row} of a table that holds {rows}: rows count from 0"
    )]
    NoSuchRow {
        /// The place in the list, from 0.
        at: u64,
        /// The number there.
        row: u64,
        /// The rows of the table.
        rows: u64,
    },
    /// A range that is none of rows.
    #[error(
        "rows {from} to {to} of a table that holds {rows}: rows count from 0, and the end is not among them"
    )]
    RowRange {
        /// The first row asked for.
        from: u64,
        /// The row behind the last.
        to: u64,
        /// The rows of the table.
        rows: u64,
    },
    /// Rows were selected from rows that had been selected.
    #[error("rows of a selection cannot be selected again: give their numbers in the table itself")]
    SelectedTwice,
    /// A pair of row numbers one of which is none of a row.
    #[error("pair {pair} asks for row {row} of {operand}, which holds {rows}: rows count from 0")]
    NoSuchPair {
        /// The place of the pair in the list, from 0.
        pair: u64,
        /// The operand.
        operand: Operand,
        /// The number that the pair has for it.
        row: u64,
        /// The rows of the operand.
        rows: u64,
    },
    /// The output slice has the wrong length.
    #[error("the output holds {given} scores but the batch has {rows} rows")]
    OutputLength {
        /// The length of the output.
        given: usize,
        /// The rows of the batch.
        rows: u64,
    },
    /// There is not one output or sink for each measure.
    #[error("outputs for {given} of {measures} measures: give each its own")]
    Outputs {
        /// The number of outputs.
        given: usize,
        /// The number of measures.
        measures: usize,
    },
    /// The temperature is out of range.
    #[error("temperature {given:e}: it must lie in [1e-6, 1e6]")]
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
    /// The order of a measure is out of range.
    #[error("order {given}: the order of {measure} must be {range}")]
    Order {
        /// The name of the measure.
        measure: &'static str,
        /// The value given.
        given: f64,
        /// The orders that the measure has.
        range: &'static str,
    },
    /// The level of a quantile is out of range.
    #[error("quantile {given}: its level must lie in [0, 1], 0.95 for 95 percent")]
    QuantileLevel {
        /// The level given.
        given: f64,
    },
    /// The edges of a histogram cannot be used.
    #[error(
        "the edges of a histogram must be finite and ascend, and be 2 to 1048576: {}",
        match at {
            Some(at) => format!("edge {at} is not above the one before, or not finite"),
            None => format!("{count} are given"),
        }
    )]
    HistogramEdges {
        /// The number of edges given.
        count: usize,
        /// The first edge that is not finite or not larger than the one before, if it is that.
        at: Option<usize>,
    },
    /// The generator of a divergence cannot be used.
    #[error(transparent)]
    Generator(#[from] GeneratorError),
    /// The smoothing constant is out of range.
    #[error("smoothing {given:e}: eps must lie in [1e-30, 1e6]")]
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
    /// Smoothing was asked for with a measure of raw weights.
    #[error("{measure} compares weights as they are: it takes exact support, not {support}")]
    SupportUnused {
        /// The measure.
        measure: String,
        /// The support asked for.
        support: String,
    },
    /// The rows of an operand are not the weights that the measure needs.
    #[error("{measure} compares weights as they are: {operand} must hold weights, not {encoding}")]
    WeightsNeeded {
        /// The measure.
        measure: String,
        /// The operand.
        operand: Operand,
        /// The encoding of its rows.
        encoding: &'static str,
    },
    /// P alone was given to a measure of both operands.
    #[error("{measure} needs Q: only the entropy is of P alone")]
    QNeeded {
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
///
/// It carries what is finished: [`Scores`] of a request by one measure, a vector of those of each measure
/// of [`Scorer::score_many`](crate::Scorer::score_many).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError<S = Scores> {
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
        scores: Box<S>,
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
        scores: Box<S>,
        /// What went wrong.
        source: crate::gpu::GpuError,
    },
    /// A test made the engine fail.
    #[cfg(test)]
    #[error("a test made the engine fail")]
    Injected {
        /// The scores of the finished rows.
        scores: Box<S>,
    },
}

/// Why a scorer was not built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A GPU was asked for, by backend or by adapter, and this build cannot use any.
    #[error("this build scores on the CPU only: take the backend auto or cpu, and name no adapter")]
    NoGpu,
    /// The GPU that was asked for cannot be used.
    #[cfg(feature = "gpu")]
    #[error(transparent)]
    Gpu(#[from] crate::gpu::GpuError),
    /// An adapter was named for a backend that uses none.
    #[error("adapter `{adapter}` was named, but the backend {backend} uses none: take auto or gpu")]
    AdapterUnused {
        /// The adapter asked for.
        adapter: String,
        /// The backend asked for.
        backend: Backend,
    },
    /// Zero threads were asked for.
    #[error("0 threads cannot score: give at least 1")]
    NoThreads,
    /// The threads could not be started.
    #[error("{threads} threads could not be started: {source}")]
    Threads {
        /// The number asked for.
        threads: usize,
        /// What went wrong.
        source: BoxError,
    },
}

/// Why a stream was not scored, or not to its end.
///
/// The scores of all finished rows have gone to the sink, and the reports cover exactly these rows: a
/// [`Report`] of a request by one measure, a vector of those of each measure of a [`RequestMany`](crate::RequestMany).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError<R = Report> {
    /// An argument cannot be used. Nothing was read.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// Not even one pair of rows fits the memory. Nothing was read.
    #[error(
        "a pair of rows of K = {k} needs {needed} bytes of host memory, {available} may be taken"
    )]
    HostMemory {
        /// The number of bins.
        k: usize,
        /// Bytes of buffers for one pair.
        needed: u64,
        /// The cap, or what could be had.
        available: u64,
    },
    /// The memory for the row buffers could not be had. Nothing was read.
    #[error("no host memory for buffers of {rows} pairs of rows of K = {k}: set a lower cap")]
    Allocation {
        /// Pairs of rows in a buffer.
        rows: usize,
        /// The number of bins.
        k: usize,
    },
    /// The source failed.
    #[error("reading row {row}: {source}")]
    Source {
        /// The first row that was not read.
        row: u64,
        /// What the source says.
        source: BoxError,
        /// What was found in the finished rows.
        report: Box<R>,
    },
    /// The source says that it wrote more rows than there was room for.
    #[error("reading row {row}: the source claims {claimed} rows where {room} fit")]
    Overfilled {
        /// The first row of that fill.
        row: u64,
        /// The rows it claims.
        claimed: usize,
        /// The rows that fit.
        room: usize,
        /// What was found in the finished rows.
        report: Box<R>,
    },
    /// The source gives fewer or more rows than it stated.
    #[error("the source stated {stated} rows but gave {}{found}", if found > stated { "at least " } else { "" })]
    RowCount {
        /// The number it stated.
        stated: u64,
        /// The number it gave; if that is more, the number when it was noticed.
        found: u64,
        /// What was found in the finished rows.
        report: Box<R>,
    },
    /// The sink failed.
    #[error("writing the score of row {row}: {source}")]
    Sink {
        /// The first of the rows that the sink did not accept.
        row: u64,
        /// Which of several sinks, from 0, in the order of their measures.
        sink: usize,
        /// What the sink says.
        source: BoxError,
        /// What was found in the rows before them.
        report: Box<R>,
    },
    /// The request was cancelled.
    #[error("cancelled after {row} rows")]
    Cancelled {
        /// The first row without a score.
        row: u64,
        /// What was found in the finished rows.
        report: Box<R>,
    },
    /// The GPU failed and falling back to the CPU was not allowed.
    #[cfg(feature = "gpu")]
    #[error("the GPU failed at row {row}: {source}")]
    Gpu {
        /// The first row without a score.
        row: u64,
        /// What went wrong.
        source: crate::gpu::GpuError,
        /// What was found in the finished rows.
        report: Box<R>,
    },
    /// A test made the engine fail.
    #[cfg(test)]
    #[error("a test made the engine fail")]
    Injected {
        /// What was found in the finished rows.
        report: Box<R>,
    },
}

impl<R> StreamError<R> {
    /// What was found in the rows that were finished; `None` if nothing was read.
    #[must_use]
    pub fn report(&self) -> Option<&R> {
        match self {
            StreamError::Argument(_)
            | StreamError::HostMemory { .. }
            | StreamError::Allocation { .. } => None,
            StreamError::Source { report, .. }
            | StreamError::Overfilled { report, .. }
            | StreamError::RowCount { report, .. }
            | StreamError::Sink { report, .. }
            | StreamError::Cancelled { report, .. } => Some(report),
            #[cfg(feature = "gpu")]
            StreamError::Gpu { report, .. } => Some(report),
            #[cfg(test)]
            StreamError::Injected { report } => Some(report),
        }
    }

    /// The same error with another report.
    pub(crate) fn map<T>(self, of: impl FnOnce(R) -> T) -> StreamError<T> {
        let of = |report: Box<R>| Box::new(of(*report));
        match self {
            StreamError::Argument(error) => StreamError::Argument(error),
            StreamError::HostMemory {
                k,
                needed,
                available,
            } => StreamError::HostMemory {
                k,
                needed,
                available,
            },
            StreamError::Allocation { rows, k } => StreamError::Allocation { rows, k },
            StreamError::Source {
                row,
                source,
                report,
            } => StreamError::Source {
                row,
                source,
                report: of(report),
            },
            StreamError::Overfilled {
                row,
                claimed,
                room,
                report,
            } => StreamError::Overfilled {
                row,
                claimed,
                room,
                report: of(report),
            },
            StreamError::RowCount {
                stated,
                found,
                report,
            } => StreamError::RowCount {
                stated,
                found,
                report: of(report),
            },
            StreamError::Sink {
                row,
                sink,
                source,
                report,
            } => StreamError::Sink {
                row,
                sink,
                source,
                report: of(report),
            },
            StreamError::Cancelled { row, report } => StreamError::Cancelled {
                row,
                report: of(report),
            },
            #[cfg(feature = "gpu")]
            StreamError::Gpu {
                row,
                source,
                report,
            } => StreamError::Gpu {
                row,
                source,
                report: of(report),
            },
            #[cfg(test)]
            StreamError::Injected { report } => StreamError::Injected { report: of(report) },
        }
    }
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
