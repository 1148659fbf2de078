//! An engine for tests that gives wrong scores, or none.

use crate::options::Options;
use crate::rows::Rows;
use crate::status::{Issues, Numbers};

use super::reference;
use super::stop::EngineError;

/// The reference, but for one row.
#[derive(Clone, Debug)]
pub(crate) enum Faulty {
    /// Gives this row this score.
    Wrong { row: u64, score: f32 },
    /// Fails at this row, with garbage in the output.
    Fails { row: u64 },
}

impl Faulty {
    pub(crate) fn score(
        &self,
        options: &[Options],
        p: &Rows<'_>,
        q: &Rows<'_>,
        numbers: Numbers,
        out: &mut [&mut [f32]],
    ) -> Result<Vec<Issues>, EngineError> {
        let issues = reference::score(options, p, q, numbers, out);
        let first_row = numbers.first;
        let rows = first_row..first_row + p.rows();
        for out in out {
            match *self {
                Faulty::Wrong { row, score } if rows.contains(&row) => {
                    out[(row - first_row) as usize] = score;
                }
                Faulty::Fails { row } if rows.contains(&row) => {
                    out.fill(-1.0);
                    return Err(EngineError::Injected);
                }
                _ => {}
            }
        }
        Ok(issues)
    }
}
