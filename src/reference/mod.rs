//! The f64 oracle.

use crate::options::Options;
use crate::rows::Row;
use crate::status::IssueKind;

/// What is wrong with either row of a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BadPair {
    /// What is wrong with the row of P, if anything.
    pub p: Option<IssueKind>,
    /// What is wrong with the row of Q, if anything.
    pub q: Option<IssueKind>,
}

/// The score of one pair of rows, or what is wrong with them.
///
/// # Errors
/// [`BadPair`] if a row stands for no distribution.
pub fn score(options: &Options, p: &Row<'_>, q: &Row<'_>) -> Result<f64, BadPair> {
    let _ = (options, p, q);
    Ok(0.0)
}
