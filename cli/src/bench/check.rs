//! No figure without a check: scores are compared with the 64-bit reference first.

use kullback::{Measure, Rows, Scorer, Verify};

use crate::Failure;

/// Rows of each set that are scored again on the reference.
const ROWS: u64 = 16;

/// What the comparison found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Check {
    /// Rows compared.
    pub(super) rows: u64,
    /// The largest relative error among them.
    pub(super) worst_error: f64,
    /// True if all keep the promise, no row is bad, and repetitions gave the same bits.
    pub(super) right: bool,
}

impl Check {
    /// Scores all rows once, into `out`, and compares a sample of them.
    pub(super) fn run(
        scorer: &Scorer,
        measure: &Measure,
        p: Rows<'_>,
        q: Rows<'_>,
        out: &mut [f32],
    ) -> Result<Check, Failure> {
        let report = scorer
            .request(measure)
            .verify(Verify::Sample(ROWS))
            .score_into(p, q, out)
            .map_err(Failure::new)?;
        let found = report.verification;
        Ok(Check {
            rows: found.map_or(0, |v| v.rows),
            worst_error: found.map_or(0.0, |v| v.worst_error),
            right: report.issues.is_empty() && found.is_some_and(|v| v.failed.is_none()),
        })
    }
}

/// True if two runs gave the same scores to the bit.
pub(super) fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
