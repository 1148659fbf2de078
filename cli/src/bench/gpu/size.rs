//! How many rows an adapter is given.

use kullback::{Measure, Rows, Scorer};

use super::super::table::BINS;
use super::super::timing::{score, stopwatch};
use crate::Failure;

/// Bytes of an operand's shortest row.
pub(super) const SHORTEST_ROW: u64 = shortest() * 4;

/// A repetition should not take longer than this, in seconds.
const PATIENCE: f64 = 0.2;

const fn shortest() -> u64 {
    let mut least = u64::MAX;
    let mut i = 0;
    while i < BINS.len() {
        if (BINS[i] as u64) < least {
            least = BINS[i] as u64;
        }
        i += 1;
    }
    least
}

/// As many of the rows as are scored within our patience, and at least one.
pub(super) fn rows(
    scorer: &Scorer,
    measure: &Measure,
    p: &[f32],
    q: &[f32],
    set: &super::super::table::Set,
) -> Result<usize, Failure> {
    let most = p.len() / set.k;
    let mut rows = most.min(16);
    loop {
        let (p, q) = (&p[..rows * set.k], &q[..rows * set.k]);
        let operand = |values| Rows::new(set.encoding, values, set.k).map_err(Failure::new);
        let (p, q) = (operand(p)?, operand(q)?);
        let mut out = vec![0.0; rows];
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
            return Ok((within as usize).clamp(1, most));
        }
        rows = most.min(rows * 4);
    }
}
