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
    /// Those of Q of all pairs, until all are put in order: there they do not come in the order of rows.
    of_q: Vec<Issue>,
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

    /// The exact number of issues; a row that is bad in both operands counts twice. Of a matrix, a row that is bad
    /// counts once, however many pairs it is in.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The exact number of rows whose score is NaN because an operand is bad; of a matrix, of pairs.
    #[must_use]
    pub fn bad_rows(&self) -> u64 {
        self.bad_rows
    }

    /// True if no row is bad.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Records what is wrong with the rows of one pair, of which only that is found out which is kept. Pairs must come
    /// in ascending order, or be few enough for all to be kept and [put in order](Issues::sort_each) before others come.
    pub(crate) fn record(
        &mut self,
        pair: Numbered,
        p: Option<impl FnOnce() -> IssueKind>,
        q: Option<impl FnOnce() -> IssueKind>,
    ) {
        if p.is_none() && q.is_none() {
            return;
        }
        self.bad_rows += 1;
        if let (Some(row), Some(kind)) = (pair.p, p) {
            self.keep(row, Operand::P, true, kind);
        }
        if let (Some(row), Some(kind)) = (pair.q, q) {
            self.keep(row, Operand::Q, pair.in_order, kind);
        }
    }

    fn keep(
        &mut self,
        row: u64,
        operand: Operand,
        in_order: bool,
        kind: impl FnOnce() -> IssueKind,
    ) {
        self.total += 1;
        let list = match in_order {
            true => &mut self.kept,
            false => &mut self.of_q,
        };
        if list.len() < Self::KEPT {
            let kind = kind();
            list.push(Issue { row, operand, kind });
        }
    }

    /// Puts those that are kept in order of row and operand.
    pub(crate) fn sort(&mut self) {
        self.kept.append(&mut self.of_q);
        self.kept.sort_by_key(|issue| (issue.row, issue.operand));
        self.kept.truncate(Self::KEPT);
    }

    /// Puts those in order that came in none, where there was room for all.
    pub(crate) fn sort_each(&mut self) {
        for list in [&mut self.kept, &mut self.of_q] {
            list.sort_by_key(|issue| (issue.row, issue.operand));
        }
    }

    /// Appends the issues of later rows.
    pub(crate) fn append(&mut self, later: Issues) {
        self.total += later.total;
        self.bad_rows += later.bad_rows;
        for (list, later) in [(&mut self.kept, later.kept), (&mut self.of_q, later.of_q)] {
            let room = Self::KEPT.saturating_sub(list.len());
            list.extend(later.into_iter().take(room));
        }
    }
}

/// By what numbers issues call the rows of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// The number of the first pair.
    pub first: u64,
    /// The rows of Q, where each is paired with each of P, those of the first row of P first. Such a row has one issue
    /// however many pairs it is in, with the first of them.
    pub columns: Option<u64>,
}

/// The numbers of the rows of a pair, of those whose issues belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbered {
    p: Option<u64>,
    q: Option<u64>,
    /// True if pairs are in the order of the rows of both.
    in_order: bool,
}

impl Numbers {
    /// Those of rows that meet one by one, from that number on.
    pub(crate) fn of_rows(first: u64) -> Self {
        Numbers {
            first,
            columns: None,
        }
    }

    /// Those of pairs of which so many come before.
    pub(crate) fn behind(self, pairs: usize) -> Self {
        Numbers {
            first: self.first + pairs as u64,
            ..self
        }
    }

    /// Those of a pair.
    pub(crate) fn of(self, pair: usize) -> Numbered {
        let pair = self.first + pair as u64;
        let Some(columns) = self.columns else {
            return Numbered {
                p: Some(pair),
                q: Some(pair),
                in_order: true,
            };
        };
        let (line, column) = (pair / columns, pair % columns);
        Numbered {
            p: (column == 0).then_some(line),
            q: (line == 0).then_some(column),
            in_order: false,
        }
    }
}

impl<'a> IntoIterator for &'a Issues {
    type Item = &'a Issue;
    type IntoIter = std::slice::Iter<'a, Issue>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
