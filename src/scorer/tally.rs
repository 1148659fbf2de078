//! What is found while rows are scored, before it becomes a report.

use crate::product::ErrorBound;
use crate::scores::{Reduction, Verification};
use crate::status::Issues;

/// Counts over the rows finished so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Rows scored: always the first ones, without gaps.
    pub(crate) rows: u64,
    /// Rows among them that the CPU scored because the GPU failed.
    pub(crate) cpu_rows: u64,
    /// How a GPU reduced rows among them, each way once.
    pub(crate) reductions: Vec<Reduction>,
    /// What each measure found.
    pub(crate) found: Vec<Found>,
}

/// What one measure finds in rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) issues: Issues,
    pub(crate) infinities: u64,
    /// Where scores are by a product in f32.
    pub(crate) error_bound: Option<ErrorBound>,
    /// `None` if no verification was asked for.
    pub(crate) verification: Option<Verification>,
}

impl Tally {
    pub(crate) fn new(measures: usize, verify: bool) -> Self {
        let found = Found {
            verification: verify.then(Verification::none),
            ..Found::default()
        };
        Tally {
            found: vec![found; measures],
            ..Tally::default()
        }
    }

    /// Takes note of how rows were reduced.
    pub(crate) fn reduced(&mut self, reduction: Reduction) {
        if !self.reductions.contains(&reduction) {
            self.reductions.push(reduction);
        }
    }

    /// Adds what was found in later rows.
    pub(crate) fn append(&mut self, later: Tally) {
        self.rows += later.rows;
        self.cpu_rows += later.cpu_rows;
        for reduction in later.reductions {
            self.reduced(reduction);
        }
        for (found, later) in self.found.iter_mut().zip(later.found) {
            found.append(later);
        }
    }
}

impl Found {
    /// Adds what was found in later rows.
    pub(crate) fn append(&mut self, later: Found) {
        self.issues.append(later.issues);
        self.infinities += later.infinities;
        self.error_bound = match (self.error_bound, later.error_bound) {
            (Some(earlier), Some(later)) => Some(earlier.or(later)),
            (earlier, later) => earlier.or(later),
        };
        self.verification = match (self.verification, later.verification) {
            (Some(earlier), Some(later)) => Some(earlier.merged(later)),
            (earlier, later) => earlier.or(later),
        };
    }
}
