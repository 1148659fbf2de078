//! Why a job ends before its last row, and the errors this becomes.

use std::fmt;

use crate::error::{ScoreError, StreamError};
use crate::scores::{Report, Scores};

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
    /// The error of a batch of `total` rows that ends with these scores.
    pub(crate) fn into_score_error(self, total: u64, scores: Scores) -> ScoreError {
        let finished = scores.report.rows;
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

    /// The error of a stream that ends with this report.
    pub(crate) fn into_stream_error(self, report: Box<Report>) -> StreamError {
        match self {
            Stop::Cancelled => StreamError::Cancelled { report },
            Stop::Failed(error) => match error {
                #[cfg(feature = "gpu")]
                EngineError::Gpu(source) => StreamError::Gpu {
                    row: report.rows,
                    source,
                    report,
                },
                #[cfg(test)]
                EngineError::Injected => StreamError::Injected { report },
            },
        }
    }
}
