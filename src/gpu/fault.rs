//! Failures on demand, by which tests prove that every step may fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::GpuError;

/// Lets a step fail on its `after`-th time and, unless it is mended, ever after.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Fault {
    step: String,
    after: u32,
    times: u32,
    seen: Arc<AtomicU32>,
}

impl Fault {
    /// Fails `times` times, from the `after`-th passing of `step` on.
    #[must_use]
    pub fn new(step: &str, after: u32, times: u32) -> Self {
        Fault {
            step: step.to_owned(),
            after,
            times,
            seen: Arc::default(),
        }
    }

    /// How often the step has been passed.
    #[must_use]
    pub fn seen(&self) -> u32 {
        self.seen.load(Ordering::Relaxed)
    }

    pub(crate) fn strike(&self, step: &'static str) -> Result<(), GpuError> {
        if step != self.step {
            return Ok(());
        }
        let seen = self.seen.fetch_add(1, Ordering::Relaxed);
        if seen < self.after || seen - self.after >= self.times {
            return Ok(());
        }
        Err(match step {
            "allocate" => GpuError::OutOfMemory { step },
            "wait" => GpuError::TimeOut {
                limit: std::time::Duration::ZERO,
            },
            "map" => GpuError::Lost,
            _ => GpuError::Refused {
                step,
                reason: "a test wanted this".to_owned(),
            },
        })
    }
}
