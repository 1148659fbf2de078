//! What can be wrong with a row, and how it is reported.

use std::fmt;

/// Which of the two matrices a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operand {
    /// The first operand, the "truth".
    P,
    /// The second operand, the "model".
    Q,
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operand::P => "P",
            Operand::Q => "Q",
        })
    }
}

/// Why a row stands for no distribution.
///
/// A bad row is reported by the first kind that applies, in the order of the variants.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum IssueKind {
    /// A value is NaN or infinite (`-inf` is allowed in log-probabilities and logits).
    NotFinite,
    /// A value is negative (probabilities and weights).
    Negative,
    /// Every value stands for zero.
    ZeroMass,
    /// The probabilities do not sum to 1 within the tolerance.
    NotNormalised {
        /// The sum that was found.
        sum: f64,
    },
}

impl fmt::Display for IssueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IssueKind::NotFinite => f.write_str("a value is NaN or infinite"),
            IssueKind::Negative => f.write_str("a value is negative"),
            IssueKind::ZeroMass => f.write_str("every value is zero"),
            IssueKind::NotNormalised { sum } => {
                write!(f, "the probabilities sum to {sum}, not to 1")
            }
        }
    }
}

/// One bad row of one operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Issue {
    /// Row number, from 0.
    pub row: u64,
    /// The operand whose row is bad.
    pub operand: Operand,
    /// What is wrong with it.
    pub kind: IssueKind,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} of {}: {}", self.row, self.operand, self.kind)
    }
}

/// The bad rows of a batch: exact counts, and the first [`Issues::KEPT`] of them in full.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Issues {
    kept: Vec<Issue>,
    total: u64,
    bad_rows: u64,
}

impl Issues {
    /// How many issues are kept in full.
    pub const KEPT: usize = 10_000;

    /// The first issues, in order of row and operand, at most [`Issues::KEPT`].
    #[must_use]
    pub fn as_slice(&self) -> &[Issue] {
        &self.kept
    }

    /// Iterates over the issues that are kept.
    pub fn iter(&self) -> std::slice::Iter<'_, Issue> {
        self.kept.iter()
    }

    /// The exact number of issues; a row that is bad in both operands counts twice.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The exact number of rows whose score is NaN because an operand is bad.
    #[must_use]
    pub fn bad_rows(&self) -> u64 {
        self.bad_rows
    }

    /// True if no row is bad.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Records what is wrong with one row. Rows must come in ascending order.
    pub(crate) fn record(&mut self, row: u64, p: Option<IssueKind>, q: Option<IssueKind>) {
        if p.is_none() && q.is_none() {
            return;
        }
        self.bad_rows += 1;
        for (operand, kind) in [(Operand::P, p), (Operand::Q, q)] {
            let Some(kind) = kind else { continue };
            self.total += 1;
            if self.kept.len() < Self::KEPT {
                self.kept.push(Issue { row, operand, kind });
            }
        }
    }

    /// Appends the issues of later rows.
    pub(crate) fn append(&mut self, later: Issues) {
        self.total += later.total;
        self.bad_rows += later.bad_rows;
        let room = Self::KEPT.saturating_sub(self.kept.len());
        self.kept.extend(later.kept.into_iter().take(room));
    }
}

impl<'a> IntoIterator for &'a Issues {
    type Item = &'a Issue;
    type IntoIter = std::slice::Iter<'a, Issue>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
