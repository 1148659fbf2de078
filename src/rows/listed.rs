//! Which row of a table each row of a view is.

use std::ops::Range;

use super::Rows;
use crate::error::ArgumentError;
use crate::status::Operand;

/// Which row of a table each row of a view is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Listed<'a> {
    /// The numbers of the rows.
    Rows(&'a [u64]),
    /// The first number of each pair.
    First(&'a [(u64, u64)]),
    /// The second number of each pair.
    Second(&'a [(u64, u64)]),
    /// The row of all pairs of a row of P and a row of Q.
    Grid(Grid),
}

/// Pairs one after the other of all that there are of a row of P and a row of Q: those of the first row of P with each
/// row of Q, then those of the second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    /// Whose rows are meant.
    operand: Operand,
    /// The number of the first pair, and how many there are.
    first: usize,
    pairs: usize,
    /// Rows of P and of Q.
    lines: usize,
    columns: usize,
}

/// What some pairs of one row of P take of an operand.
pub(super) enum Within {
    /// That row, again and again.
    Row(usize),
    /// Rows one after the other, from this one up to that one.
    Rows(usize, usize),
}

impl Grid {
    /// The number of the first pair.
    pub(crate) fn first(&self) -> usize {
        self.first
    }

    /// The rows of Q.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The rows of P.
    #[cfg(feature = "gpu")]
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    /// The rows of the operand.
    pub(super) fn stored(&self) -> usize {
        match self.operand {
            Operand::P => self.lines,
            Operand::Q => self.columns,
        }
    }

    #[inline(always)]
    fn row(&self, i: usize) -> usize {
        let pair = self.first + i;
        match self.operand {
            Operand::P => pair / self.columns,
            Operand::Q => pair % self.columns,
        }
    }

    /// What the pairs `from..to` take, if they are all of one row of P.
    pub(super) fn within_line(&self, from: usize, to: usize) -> Option<Within> {
        if from >= to {
            return None;
        }
        let (first, last) = (self.first + from, self.first + to - 1);
        if first / self.columns != last / self.columns {
            return None;
        }
        Some(match self.operand {
            Operand::P => Within::Row(first / self.columns),
            Operand::Q => Within::Rows(first % self.columns, last % self.columns + 1),
        })
    }
}

impl<'a> Listed<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Listed::Rows(rows) => rows.len(),
            Listed::First(pairs) | Listed::Second(pairs) => pairs.len(),
            Listed::Grid(grid) => grid.pairs,
        }
    }

    #[inline(always)]
    pub(crate) fn row(&self, i: usize) -> usize {
        match self {
            Listed::Rows(rows) => rows[i] as usize,
            Listed::First(pairs) => pairs[i].0 as usize,
            Listed::Second(pairs) => pairs[i].1 as usize,
            Listed::Grid(grid) => grid.row(i),
        }
    }

    pub(super) fn grid(&self) -> Option<Grid> {
        match self {
            Listed::Grid(grid) => Some(*grid),
            _ => None,
        }
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> Listed<'a> {
        match *self {
            Listed::Rows(rows) => Listed::Rows(&rows[from..to]),
            Listed::First(pairs) => Listed::First(&pairs[from..to]),
            Listed::Second(pairs) => Listed::Second(&pairs[from..to]),
            Listed::Grid(grid) => Listed::Grid(Grid {
                first: grid.first + from,
                pairs: to - from,
                ..grid
            }),
        }
    }
}

/// The rows of P and Q that a list of pairs names, a pair a row.
pub(crate) fn paired<'a>(
    p: &Rows<'a>,
    q: &Rows<'a>,
    pairs: &'a [(u64, u64)],
) -> Result<[Rows<'a>; 2], ArgumentError> {
    for (pair, &(i, j)) in pairs.iter().enumerate() {
        for (operand, row, rows) in [(Operand::P, i, p.rows()), (Operand::Q, j, q.rows())] {
            if row >= rows {
                return Err(ArgumentError::NoSuchPair {
                    pair: pair as u64,
                    operand,
                    row,
                    rows,
                });
            }
        }
    }
    for rows in [p, q] {
        if rows.listed.is_some() {
            return Err(ArgumentError::SelectedTwice);
        }
    }
    Ok(pairs_of(p, q, pairs))
}

/// The same of rows of no list, whose numbers have been checked.
pub(crate) fn pairs_of<'a>(p: &Rows<'a>, q: &Rows<'a>, pairs: &'a [(u64, u64)]) -> [Rows<'a>; 2] {
    [(p, Listed::First(pairs)), (q, Listed::Second(pairs))].map(|(rows, list)| rows.of_list(list))
}

/// All pairs of a row of P and a row of Q, those of the first row of P first.
pub(crate) fn grid<'a>(p: &Rows<'a>, q: &Rows<'a>) -> Result<[Rows<'a>; 2], ArgumentError> {
    let too_many = || ArgumentError::TooManyPairs {
        p_rows: p.rows(),
        q_rows: q.rows(),
    };
    let pairs = p.rows.checked_mul(q.rows).ok_or_else(too_many)?;
    for rows in [p, q] {
        if rows.listed.is_some() {
            return Err(ArgumentError::SelectedTwice);
        }
    }
    Ok(all_pairs(p, q, pairs))
}

/// All pairs of some rows of P and some of Q where these are all pairs.
pub(crate) fn tile<'a>(
    p: &Rows<'a>,
    q: &Rows<'a>,
    lines: &Range<usize>,
    columns: &Range<usize>,
) -> [Rows<'a>; 2] {
    let p = p.without_grid().slice(lines.start, lines.end);
    let q = q.without_grid().slice(columns.start, columns.end);
    all_pairs(&p, &q, p.rows * q.rows)
}

fn all_pairs<'a>(p: &Rows<'a>, q: &Rows<'a>, pairs: usize) -> [Rows<'a>; 2] {
    [(p, Operand::P), (q, Operand::Q)].map(|(rows, operand)| {
        let grid = Grid {
            operand,
            first: 0,
            pairs,
            lines: p.rows,
            columns: q.rows,
        };
        Rows {
            rows: pairs,
            listed: Some(Listed::Grid(grid)),
            ..*rows
        }
    })
}
