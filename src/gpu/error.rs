//! What can go wrong on a GPU.

use std::time::Duration;

use crate::plan::PlanError;

/// Why a GPU did not score a batch.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// No adapter answers to what was asked for.
    #[error(
        "no GPU adapter{} was found; those present: {}",
        asked(wanted),
        listed(present)
    )]
    NoAdapter {
        /// The name or index asked for, if any.
        wanted: Option<String>,
        /// The names of the adapters that were found.
        present: Vec<String>,
    },
    /// The adapter would not give a device.
    #[error("the adapter {adapter} gave no device: {reason}")]
    NoDevice {
        /// The adapter's name.
        adapter: String,
        /// What it said.
        reason: String,
    },
    /// The device cannot run the kernels.
    #[error("the device cannot run the kernels: {what} is {found}, at least {needed} is needed")]
    Limit {
        /// The limit that is too small.
        what: &'static str,
        /// Its value.
        found: u64,
        /// What would do.
        needed: u64,
    },
    /// The arithmetic of the device or its compiler breaks exact differences.
    #[error("the start-up probe failed on {adapter}: {what}")]
    Probe {
        /// The adapter's name.
        adapter: String,
        /// What it got wrong.
        what: &'static str,
    },
    /// A row is larger than what the device binds.
    #[error(
        "a row takes {bytes} bytes and the device binds at most {limit}: score such rows on the CPU"
    )]
    RowTooLarge {
        /// Bytes of the row, or of the scratch memory that it needs.
        bytes: u64,
        /// The largest binding.
        limit: u64,
    },
    /// The device ran out of memory.
    #[error("the GPU is out of memory at {step}")]
    OutOfMemory {
        /// What was being done.
        step: &'static str,
    },
    /// A call was refused as invalid: an error of this library.
    #[error("the GPU refused {step}: {reason}")]
    Refused {
        /// What was being done.
        step: &'static str,
        /// What the device said.
        reason: String,
    },
    /// The device is lost.
    #[error("the GPU device was lost")]
    Lost,
    /// A submission did not finish in time.
    #[error("the GPU did not finish within {limit:?}")]
    TimeOut {
        /// The time allowed.
        limit: Duration,
    },
    /// Rows came back without the mark of this dispatch: it did not run to its end.
    #[error("the GPU left {rows} rows unfinished")]
    Unfinished {
        /// Rows without the mark.
        rows: u64,
    },
}

fn asked(wanted: &Option<String>) -> String {
    wanted
        .as_ref()
        .map_or_else(String::new, |name| format!(" `{name}`"))
}

fn listed(present: &[String]) -> String {
    if present.is_empty() {
        "none".to_owned()
    } else {
        present.join(", ")
    }
}

impl From<PlanError> for GpuError {
    fn from(PlanError { row, limit }: PlanError) -> Self {
        GpuError::RowTooLarge { bytes: row, limit }
    }
}
