//! Why a job ends before its last row, and the errors this becomes.

use std::fmt;

use crate::error::{ScoreError, StreamError};
use crate::scores::Report;

/// Why a job ended before its last row.
#[derive(Debug)]
pub(crate) enum Stop {
    Cancelled,
    Failed(EngineError),
}

/// What went wrong with an engine. The CPU and the reference never fail.
#[derive(Debug)]
pub(crate) enum EngineError {
    #[cfg(feature = "gpu")]
    Gpu(crate::gpu::GpuError),
    #[cfg(test)]
    Injected,
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Where no engine can fail, nothing is ever written.
        let _ = &f;
        match *self {
            #[cfg(feature = "gpu")]
            EngineError::Gpu(ref error) => error.fmt(f),
            #[cfg(test)]
            EngineError::Injected => f.write_str("a test wanted this"),
        }
    }
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Stop::Failed(error)
    }
}

impl Stop {
    /// The error of a batch of `total` rows of which so many have these scores.
    pub(crate) fn into_score_error<S>(self, finished: u64, total: u64, scores: S) -> ScoreError<S> {
        let scores = Box::new(scores);
        match self {
            Stop::Cancelled => ScoreError::Cancelled {
                finished,
                total,
                scores,
            },
            Stop::Failed(error) => match error {
                #[cfg(feature = "gpu")]
                EngineError::Gpu(source) => ScoreError::Gpu {
                    finished,
                    total,
                    scores,
                    source,
                },
                #[cfg(test)]
                EngineError::Injected => ScoreError::Injected { scores },
            },
        }
    }

    /// The error of a stream that ends at this row, with these reports.
    pub(crate) fn into_stream_error(
        self,
        row: u64,
        reports: Vec<Report>,
    ) -> StreamError<Vec<Report>> {
        let report = Box::new(reports);
        match self {
            Stop::Cancelled => StreamError::Cancelled { row, report },
            Stop::Failed(error) => match error {
                #[cfg(feature = "gpu")]
                EngineError::Gpu(source) => StreamError::Gpu {
                    row,
                    source,
                    report,
                },
                #[cfg(test)]
                EngineError::Injected => StreamError::Injected { report },
            },
        }
    }
}
