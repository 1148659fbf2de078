//! A batch cut into pieces of work for threads.

use crate::rows::Rows;
use crate::status::Issues;

/// So many values of Q are worth a piece of work that has one row of P.
const LONG_LINE: usize = 4096;

/// Rows that come in lines, each scored for itself: of all pairs, those of one row of P, which stays at hand while those
/// of Q lie one behind the other.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    /// The place of the first row in its line.
    first: usize,
    columns: usize,
}

impl Lines {
    /// Those of all pairs, if they are long enough.
    pub(super) fn of(p: &Rows<'_>) -> Option<Self> {
        let grid = p.grid()?;
        let columns = grid.columns();
        (columns.saturating_mul(p.k()) >= LONG_LINE).then(|| Lines {
            first: grid.first() % columns,
            columns,
        })
    }

    fn place(self, row: usize) -> usize {
        (self.first + row) % self.columns
    }

    /// When the piece of at most so many rows that begins at a row is due: rows of Q that one row of P has met are still
    /// in the cache when the next does.
    pub(super) fn turn(self, row: usize, piece: usize) -> usize {
        self.place(row) / piece
    }
}

/// Where pieces of at most so many rows begin and end, none of which goes over the end of a line.
pub(super) fn cut(rows: usize, piece: usize, lines: Option<Lines>) -> Vec<(usize, usize)> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < rows {
        let most = match lines {
            Some(lines) => {
                let place = lines.place(from);
                // Pieces of all lines begin at the same places.
                (piece - place % piece).min(lines.columns - place)
            }
            None => piece,
        };
        let to = rows.min(from + most);
        pieces.push((from, to));
        from = to;
    }
    pieces
}

/// Scores pieces of work, each from one row up to another, one behind the other, with memory that they use again, on
/// the current rayon pool if there is one, and gives the issues of each output.
///
/// Pieces are scored, and their issues come, by their turns, which a function of their first rows gives. `score` gets
/// the number of the first row of its piece and that part of each output.
pub(super) fn in_pieces<M: Default>(
    out: &mut [&mut [f32]],
    pieces: &[(usize, usize)],
    turn: impl Fn(usize) -> usize,
    score: impl Fn(&mut M, usize, &mut [&mut [f32]]) -> Vec<Issues> + Send + Sync,
) -> Vec<Issues> {
    let mut rests: Vec<&mut [f32]> = out.iter_mut().map(|out| &mut **out).collect();
    let mut parts: Vec<(usize, Vec<&mut [f32]>)> = Vec::with_capacity(pieces.len());
    for &(from, to) in pieces {
        let of_piece = rests.iter_mut().map(|rest| {
            let (part, behind) = std::mem::take(rest).split_at_mut(to - from);
            *rest = behind;
            part
        });
        parts.push((from, of_piece.collect()));
    }
    debug_assert!(rests.iter().all(|rest| rest.is_empty()));
    parts.sort_by_key(|(from, _)| turn(*from));
    let pieces = parts;
    #[cfg(feature = "parallel")]
    let found: Vec<Vec<Issues>> = {
        use rayon::prelude::*;
        let pieces = pieces.into_par_iter();
        let scored = pieces.map_init(M::default, |memory, (from, mut out)| {
            score(memory, from, &mut out)
        });
        scored.collect()
    };
    #[cfg(not(feature = "parallel"))]
    let found: Vec<Vec<Issues>> = {
        let mut memory = M::default();
        let pieces = pieces.into_iter();
        pieces
            .map(|(from, mut out)| score(&mut memory, from, &mut out))
            .collect()
    };
    let mut issues = vec![Issues::default(); out.len()];
    for later in found {
        for (issues, later) in issues.iter_mut().zip(later) {
            issues.append(later);
        }
    }
    issues
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_with_their_lines() {
        let lines = |first, columns| Some(Lines { first, columns });
        assert_eq!(cut(10, 4, None), [(0, 4), (4, 8), (8, 10)]);
        let of_sixes = [(0, 4), (4, 6), (6, 10), (10, 12), (12, 13)];
        assert_eq!(cut(13, 4, lines(0, 6)), of_sixes);
        // From the sixth of a line on, and from its third.
        assert_eq!(cut(7, 4, lines(5, 6)), [(0, 1), (1, 5), (5, 7)]);
        assert_eq!(cut(7, 4, lines(2, 6)), [(0, 2), (2, 4), (4, 7)]);
        assert_eq!(cut(3, 4, lines(0, 1)), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(cut(0, 4, lines(0, 6)), []);
    }
}
