//! Ragged and sparse rows: those of about the same length are put together, and scored as rows of matrices.

use super::pieces::in_pieces;
use super::side_by_side::NARROW;
use super::{MOST_ROWS, Memory, Work, double};
use crate::element::ElementType;
use crate::rows::{Gathered, Rows, UnevenPairs};
use crate::status::{Issues, Numbers};

/// Bins of a piece of work: as much as the cache of a core holds, put together or not.
const BINS: usize = 32 * 1024;

/// Rows of so many bins at most are scored side by side, and others may be added to make their number even.
const CLASSES: usize = NARROW + 1;

/// What pieces of work use again.
#[derive(Default)]
struct Room {
    memory: Memory,
    gathered: Gathered,
    /// Pairs of rows by their bins: where each number of bins begins, and the pairs in that order.
    begins: Vec<usize>,
    bins: Vec<usize>,
    order: Vec<usize>,
    /// The scores of some pairs by each measure.
    scores: Vec<f32>,
    /// The rows of long pairs in their tables.
    long: [Vec<u64>; 2],
}

/// Scores pairs of rows, see [`super::score`].
pub(super) fn score(
    work: &Work<'_>,
    pairs: &UnevenPairs<'_>,
    numbers: Numbers,
    out: &mut [&mut [f32]],
) -> Vec<Issues> {
    let bins = if work.in_f64.is_empty() {
        BINS
    } else {
        double::PIECE
    };
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < pairs.len() {
        let to = pairs.end(from, bins, MOST_ROWS);
        pieces.push((from, to));
        from = to;
    }
    let score_piece = |room: &mut Room, from: usize, out: &mut [&mut [f32]]| {
        let piece = Piece {
            work,
            pairs,
            numbers,
            from,
        };
        let mut issues = vec![Issues::default(); out.len()];
        piece.score(room, out, &mut issues);
        // Of many rows of all pairs those of Q have a list of their own until the end.
        issues.iter_mut().for_each(|issues| issues.sort_each());
        issues
    };
    in_pieces(out, &pieces, |_| 0, score_piece)
}

/// Some pairs, from one on.
struct Piece<'a> {
    work: &'a Work<'a>,
    pairs: &'a UnevenPairs<'a>,
    numbers: Numbers,
    from: usize,
}

impl Piece<'_> {
    fn score(&self, room: &mut Room, out: &mut [&mut [f32]], issues: &mut [Issues]) {
        let rows = out.first().map_or(0, |out| out.len());
        self.sort(room, rows);
        let mut from = 0;
        while from < rows && room.bins[room.order[from]] <= NARROW {
            let bins = room.bins[room.order[from]];
            let class = &room.order[from..];
            let count = class.partition_point(|&row| room.bins[row] == bins);
            self.score_together(room, from..from + count, bins, out, issues);
            from += count;
        }
        if from == rows {
            return;
        }
        if self.can_be_read_in_place() {
            self.score_in_place(room, from, out, issues);
        } else {
            for at in from..rows {
                let bins = room.bins[room.order[at]];
                self.score_together(room, at..at + 1, bins, out, issues);
            }
        }
    }

    /// Puts pairs in the order of their bins; of up to [`NARROW`] bins, these are those that they are put together with.
    fn sort(&self, room: &mut Room, rows: usize) {
        let Room {
            begins,
            bins,
            order,
            ..
        } = room;
        // Whole quads are read in any case; logarithms take longer where some are of zero.
        let quads = !self.pairs.all_bins_count()
            && ![self.pairs.p, self.pairs.q]
                .iter()
                .any(|rows| rows.encoding().is_logarithmic());
        bins.clear();
        bins.extend((self.from..self.from + rows).map(|i| {
            let bins = self.pairs.bins(i).max(1);
            match bins <= NARROW && quads {
                true => bins.next_multiple_of(4),
                false => bins,
            }
        }));
        let class = |bins: usize| bins.min(CLASSES);
        begins.clear();
        begins.resize(CLASSES + 2, 0);
        for &bins in bins.iter() {
            begins[class(bins) + 1] += 1;
        }
        for i in 1..begins.len() {
            begins[i] += begins[i - 1];
        }
        order.resize(rows, 0);
        for (row, &bins) in bins.iter().enumerate() {
            let next = &mut begins[class(bins)];
            order[*next] = row;
            *next += 1;
        }
    }

    /// Scores the pairs at some places of the order, put together with so many bins.
    fn score_together(
        &self,
        room: &mut Room,
        places: std::ops::Range<usize>,
        bins: usize,
        out: &mut [&mut [f32]],
        issues: &mut [Issues],
    ) {
        let order = &room.order[places];
        let rows = order.iter().map(|row| self.from + row);
        let [p, q] = room.gathered.gather(self.pairs, rows, bins);
        let memory = &mut room.memory;
        self.score_rows(memory, [&p, &q], order, &mut room.scores, out, issues);
    }

    /// True if rows of more than [`NARROW`] bins can be read where they lie.
    fn can_be_read_in_place(&self) -> bool {
        [self.pairs.p, self.pairs.q].iter().all(|rows| {
            let is_f32 = rows.element_type() == ElementType::F32;
            is_f32 && !rows.are_sparse() && !rows.are_one()
        })
    }

    /// Scores the pairs from a place of the order on where their rows lie.
    fn score_in_place(
        &self,
        room: &mut Room,
        from: usize,
        out: &mut [&mut [f32]],
        issues: &mut [Issues],
    ) {
        let order = &room.order[from..];
        let both = [self.pairs.p, self.pairs.q];
        for (rows, numbers) in both.iter().zip(&mut room.long) {
            numbers.clear();
            numbers.extend(order.iter().map(|row| rows.number(self.from + row) as u64));
        }
        let [of_p, of_q] = &room.long;
        let (p, q) = (both[0].of_table(of_p), both[1].of_table(of_q));
        let memory = &mut room.memory;
        self.score_rows(memory, [&p, &q], order, &mut room.scores, out, issues);
    }

    /// Scores rows that belong to the pairs of an order.
    fn score_rows(
        &self,
        memory: &mut Memory,
        rows: [&Rows<'_>; 2],
        order: &[usize],
        scores: &mut Vec<f32>,
        out: &mut [&mut [f32]],
        issues: &mut [Issues],
    ) {
        scores.clear();
        scores.resize(order.len() * out.len(), 0.0);
        let mut of_measures: Vec<&mut [f32]> = scores.chunks_exact_mut(order.len()).collect();
        let number = |i: usize| self.numbers.of(self.from + order[i]);
        let work = self.work;
        work.score(memory, rows, number, &mut of_measures, issues);
        for (out, scores) in out.iter_mut().zip(&of_measures) {
            for (&row, &score) in order.iter().zip(&**scores) {
                out[row] = score;
            }
        }
    }
}
