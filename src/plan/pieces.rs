//! Batches piece by piece: some pairs of rows, or all pairs of some rows of P and some of Q.

use std::ops::Range;

use super::chunk::{Chunks, Limits, Most, PlanError};
use super::strategy::{Shape, Strategy};
use crate::element::ElementType;

/// Pairs of bins of one submission of all pairs: milliseconds on a card, far below a watchdog elsewhere.
const WORK: u64 = 1 << 30;

/// The pairs of a batch, as a table: of rows that meet one by one, a column; of all pairs, a line for each row of P
/// and a column for each of Q.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) lines: usize,
    pub(crate) columns: usize,
}

/// A part of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) lines: Range<usize>,
    pub(crate) columns: Range<usize>,
    /// True if it is the last one of its lines.
    pub(crate) ends_lines: bool,
}

/// The parts of a table, one after the other: the columns of some lines, then those of the next lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pieces {
    table: Table,
    pub(crate) shape: Shape,
    /// Lines and columns of a piece that is not the last.
    step: [usize; 2],
    line: usize,
    column: usize,
}

impl Piece {
    pub(crate) fn pairs(&self) -> usize {
        self.lines.len() * self.columns.len()
    }
}

impl Pieces {
    /// Of rows that meet one by one.
    pub(crate) fn of_rows(chunks: &Chunks, rows: usize) -> Self {
        Pieces {
            table: Table {
                lines: rows,
                columns: 1,
            },
            shape: chunks.shape,
            step: [chunks.rows_per_chunk as usize, 1],
            line: 0,
            column: 0,
        }
    }

    /// Of all pairs, as many lines as columns where there are that many, so that each row is sent for as many pairs as
    /// can be.
    pub(crate) fn of_grid(
        limits: &Limits,
        strategy: Strategy,
        table: Table,
        k: u64,
        elements: [ElementType; 2],
        measures: usize,
    ) -> Result<Self, PlanError> {
        let pairs = (table.lines as u64).saturating_mul(table.columns as u64);
        let most = Most::new(limits, strategy, pairs, k, elements, measures)?;
        let pairs = most.pairs.min(WORK / k.max(1)).max(1);
        let [lines, columns] = [0, 1].map(|operand| {
            let row = most.row_bytes[operand];
            (most.binding / row).min(most.submission / 2 / row).max(1)
        });
        let (lines, columns) = (
            lines.min(table.lines as u64),
            columns.min(table.columns as u64),
        );
        let side = pairs.isqrt();
        // What one side does not need the other may have.
        let some_lines = lines.min(side.max(pairs / columns.max(1))).max(1);
        let columns = columns.min(pairs / some_lines).max(1);
        let lines = lines.min(pairs / columns).max(1);
        Ok(Pieces {
            table,
            shape: most.shape,
            step: [lines as usize, columns as usize],
            line: 0,
            column: 0,
        })
    }

    /// Goes on behind so many pairs, which fill whole lines.
    pub(crate) fn behind(mut self, pairs: usize) -> Self {
        debug_assert!(self.column == 0 && pairs.is_multiple_of(self.table.columns.max(1)));
        self.line = pairs / self.table.columns.max(1);
        self
    }

    /// The next piece, which [`Pieces::take`] leaves behind.
    pub(crate) fn next(&self) -> Option<Piece> {
        let Table { lines, columns } = self.table;
        if self.line >= lines || columns == 0 {
            return None;
        }
        let [some_lines, some_columns] = self.step;
        let end = columns.min(self.column.saturating_add(some_columns));
        Some(Piece {
            lines: self.line..lines.min(self.line.saturating_add(some_lines)),
            columns: self.column..end,
            ends_lines: end == columns,
        })
    }

    pub(crate) fn take(&mut self, piece: &Piece) {
        if piece.ends_lines {
            (self.line, self.column) = (piece.lines.end, 0);
        } else {
            self.column = piece.columns.end;
        }
    }

    /// Makes pieces smaller, and begins the lines again of which not all columns have been taken.
    pub(crate) fn halve(&mut self) {
        self.column = 0;
        let larger = usize::from(self.step[1] > self.step[0]);
        self.step[larger] = (self.step[larger] / 2).max(1);
    }

    /// Pairs of a piece that is not the last.
    pub(crate) fn pairs_per_piece(&self) -> usize {
        self.step[0] * self.step[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const F32: [ElementType; 2] = [ElementType::F32; 2];

    const CARD: Limits = Limits {
        binding: 2 << 30,
        buffer: 4 << 30,
        workgroups: 65_535,
        submission: 32 << 20,
        groups: u64::MAX,
    };

    const SOFTWARE: Limits = Limits {
        groups: 2048,
        ..CARD
    };

    const TINY: Limits = Limits {
        binding: 1 << 16,
        buffer: 1 << 17,
        workgroups: 7,
        submission: 1 << 17,
        groups: 2048,
    };

    fn all(mut pieces: Pieces) -> Vec<Piece> {
        let mut all = Vec::new();
        while let Some(piece) = pieces.next() {
            pieces.take(&piece);
            all.push(piece);
        }
        all
    }

    fn grid(limits: &Limits, lines: usize, columns: usize, k: u64) -> Pieces {
        let table = Table { lines, columns };
        match Pieces::of_grid(limits, Strategy::Auto, table, k, F32, 1) {
            Ok(pieces) => pieces,
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn every_pair_is_in_one_piece_that_fits() {
        for limits in [CARD, SOFTWARE, TINY] {
            for (lines, columns) in [(1, 1), (1, 900), (900, 1), (33, 70), (300, 301), (7, 5000)] {
                for k in [1, 3, 256, 1025, 9000] {
                    let mut seen = vec![0_u8; lines * columns];
                    let mut begun = 0;
                    for piece in all(grid(&limits, lines, columns, k)) {
                        assert!(piece.lines.start >= begun);
                        if piece.ends_lines {
                            assert_eq!(piece.columns.end, columns);
                            begun = piece.lines.end;
                        }
                        let [p, q] = [&piece.lines, &piece.columns].map(|rows| rows.len() as u64);
                        assert!(p * k * 4 <= limits.binding && q * k * 4 <= limits.binding);
                        assert!((p + q) * k * 4 <= limits.submission.max(2 * k * 4));
                        assert!(piece.pairs() as u64 * 8 <= limits.buffer);
                        for line in piece.lines.clone() {
                            for column in piece.columns.clone() {
                                seen[line * columns + column] += 1;
                            }
                        }
                    }
                    assert!(seen.iter().all(|&n| n == 1), "{lines} x {columns}, K = {k}");
                    assert_eq!(begun, lines);
                }
            }
        }
    }

    #[test]
    fn a_row_is_sent_for_many_pairs() {
        let sent = |lines, columns, k| {
            let pieces = all(grid(&CARD, lines, columns, k));
            let rows = pieces.iter().map(|p| p.lines.len() + p.columns.len());
            (lines * columns) as f64 / rows.sum::<usize>() as f64
        };
        // Of a row of P and a row of Q each that meets 2000.
        assert!(sent(4096, 4096, 256) > 800.0);
        assert!(sent(10, 1_000_000, 256) > 9.0);
        assert!(sent(1_000_000, 10, 256) > 9.0);
        assert!(sent(4096, 4096, 131_072) > 14.0);
    }

    #[test]
    fn beyond_two_to_the_32_scores() {
        let (lines, columns) = (1 << 20, (1 << 20) + 3);
        let pieces = grid(&CARD, lines, columns, 16);
        let per_piece = pieces.pairs_per_piece() as u64;
        assert!(per_piece * 8 <= CARD.submission && per_piece > 1 << 20);
        let mut last = pieces.behind((lines - 1) * columns);
        let mut end = 0;
        while let Some(piece) = last.next() {
            assert_eq!(piece.lines, lines - 1..lines);
            assert_eq!(piece.columns.start, end);
            end = piece.columns.end;
            last.take(&piece);
        }
        assert_eq!(end, columns);
    }

    #[test]
    fn halving_begins_the_lines_again_and_ends() {
        let mut pieces = grid(&TINY, 300, 301, 256);
        let first = pieces.next();
        if let Some(piece) = &first {
            pieces.take(piece);
        }
        assert!(pieces.next().is_some_and(|piece| piece.columns.start > 0));
        let before = pieces.pairs_per_piece();
        pieces.halve();
        assert!(pieces.pairs_per_piece() < before);
        assert_eq!(pieces.next().map(|piece| piece.columns.start), Some(0));
        (0..20).for_each(|_| pieces.halve());
        assert_eq!(pieces.pairs_per_piece(), 1);
        assert_eq!(all(pieces).len(), 300 * 301);
    }

    #[test]
    fn nothing_meets_nothing() {
        for (lines, columns) in [(0, 0), (0, 5), (5, 0)] {
            assert_eq!(grid(&CARD, lines, columns, 4).next(), None);
        }
    }
}
