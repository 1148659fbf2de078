//! How many rows an adapter is given.

use kullback::{Measure, Scorer};

use super::super::data::Operand;
use super::super::timing::{score, stopwatch};
use crate::Failure;

/// A repetition should not take longer than this, in seconds.
const PATIENCE: f64 = 0.2;

/// As many of the rows as are scored within our patience, and at least one.
pub(super) fn rows(
    scorer: &Scorer,
    measure: &Measure,
    p: Operand<'_>,
    q: Operand<'_>,
) -> Result<usize, Failure> {
    let most = p.rows()?.rows() as usize;
    let mut rows = most.min(16);
    loop {
        let (p, q) = (p.first(rows).rows()?, q.first(rows).rows()?);
        let mut out = vec![0.0; p.rows() as usize];
        // Compiles where needed.
        score(scorer, measure, p, q, &mut out)?;
        let mut end = Ok(());
        let seconds = stopwatch(|| end = score(scorer, measure, p, q, &mut out));
        end?;
        if rows >= most {
            return Ok(most);
        }
        if seconds > PATIENCE / 8.0 {
            let within = rows as f64 * PATIENCE / seconds;
            return Ok((within as usize).clamp(2.min(most), most));
        }
        rows = most.min(rows * 4);
    }
}
