//! Ragged and sparse rows: those of about the same length are scored together.

use super::pieces::in_pieces;
use super::side_by_side::NARROW;
use super::{MOST_ROWS, Memory, Work, double};
use crate::element::ElementType;
use crate::rows::{Gathered, Rows, UnevenPairs};
use crate::status::{Issues, Numbers};

/// Bins of a piece of work: of both operands as much as the second cache of a core holds.
const BINS: usize = 32 * 1024;

/// Pairs of up to so many bins are scored side by side, and lie in an order of their lengths.
const LENGTHS: usize = NARROW + 2;

/// What pieces of work use again.
#[derive(Default)]
struct Room {
    memory: Memory,
    gathered: Gathered,
    order: Order,
    /// The rows of the pairs in their tables, in that order.
    numbers: [Vec<u64>; 2],
    /// The scores of some pairs by each measure.
    scores: Vec<f32>,
}

/// Scores pairs of rows, see [`super::score`].
pub(super) fn score(
    work: &Work<'_>,
    pairs: &UnevenPairs<'_>,
    numbers: Numbers,
    out: &mut [&mut [f32]],
) -> Vec<Issues> {
    let bins = match work.in_f64.is_empty() {
        true => BINS,
        false => double::PIECE,
    };
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < pairs.len() {
        let to = pairs.end(from, bins, MOST_ROWS);
        pieces.push((from, to));
        from = to;
    }
    let score_piece = |room: &mut Room, from: usize, out: &mut [&mut [f32]]| {
        let rows = out.first().map_or(0, |out| out.len());
        let piece = Piece {
            work,
            numbers: numbers.behind(from),
        };
        let mut issues = vec![Issues::default(); out.len()];
        piece.score(&pairs.slice(from, from + rows), room, out, &mut issues);
        issues.iter_mut().for_each(Issues::sort_each);
        issues
    };
    in_pieces(out, &pieces, |_| 0, score_piece)
}

/// What is to be done with some pairs, and the numbers of these.
struct Piece<'a> {
    work: &'a Work<'a>,
    numbers: Numbers,
}

impl Piece<'_> {
    fn score(
        &self,
        pairs: &UnevenPairs<'_>,
        room: &mut Room,
        out: &mut [&mut [f32]],
        issues: &mut [Issues],
    ) {
        let Room {
            memory,
            gathered,
            order,
            numbers,
            scores,
        } = room;
        let in_place = [pairs.p, pairs.q].iter().all(can_be_read_in_place);
        let [p, q] = match in_place {
            true => [pairs.p, pairs.q],
            false => gathered.ragged(pairs),
        };
        order.sort(&p);
        for (rows, numbers) in [&p, &q].into_iter().zip(&mut *numbers) {
            order.numbers(rows, numbers);
        }
        let (empty, narrow, all) = (order.empty, order.narrow, order.pairs.len());
        let longest = match order.pairs[..narrow].last() {
            Some(&pair) => p.bins(pair as usize),
            None => 0,
        };
        for (from, to, longest) in [(empty, narrow, longest), (narrow, all, p.k())] {
            let [of_p, of_q] = [(&p, &numbers[0]), (&q, &numbers[1])]
                .map(|(rows, numbers)| rows.of_table(&numbers[from..to], longest));
            let placed = Placed {
                piece: self,
                order: &order.pairs[from..to],
            };
            placed.score(memory, [&of_p, &of_q], scores, out, issues);
        }
        // A row has a bin at least, if only for it to be missed.
        let empty = &order.pairs[..empty];
        let rows = empty.iter().map(|&i| i as usize);
        let [of_p, of_q] = gathered.gather(pairs, rows, 1);
        let placed = Placed {
            piece: self,
            order: empty,
        };
        placed.score(memory, [&of_p, &of_q], scores, out, issues);
    }
}

/// Pairs of a piece in an order of their own.
struct Placed<'a> {
    piece: &'a Piece<'a>,
    order: &'a [u32],
}

impl Placed<'_> {
    /// Scores rows that are in that order.
    fn score(
        &self,
        memory: &mut Memory,
        rows: [&Rows<'_>; 2],
        scores: &mut Vec<f32>,
        out: &mut [&mut [f32]],
        issues: &mut [Issues],
    ) {
        let (order, Piece { work, numbers }) = (self.order, self.piece);
        if order.is_empty() {
            return;
        }
        scores.clear();
        scores.resize(order.len() * out.len(), 0.0);
        let mut of_measures: Vec<&mut [f32]> = scores.chunks_exact_mut(order.len()).collect();
        let number = |i: usize| numbers.of(order[i] as usize);
        work.score(memory, rows, number, &mut of_measures, issues);
        for (out, scores) in out.iter_mut().zip(&of_measures) {
            for (&pair, &score) in order.iter().zip(&**scores) {
                out[pair as usize] = score;
            }
        }
    }
}

/// True of rows whose bins all lie one behind the other, in memory that is f32 or soon is.
fn can_be_read_in_place(rows: &Rows<'_>) -> bool {
    let is_f32 = rows.element_type() == ElementType::F32;
    rows.are_ragged() && !rows.are_one() && (is_f32 || rows.list().is_none())
}

/// Pairs in an order of their lengths.
#[derive(Default)]
struct Order {
    pairs: Vec<u32>,
    /// So many of them have no bins.
    empty: usize,
    /// So many of them have up to [`NARROW`] bins; the others keep their order.
    narrow: usize,
    /// Where each length begins.
    begins: Vec<u32>,
    lengths: Vec<u16>,
}

impl Order {
    /// Of ragged rows that all are in one piece of work.
    fn sort(&mut self, rows: &Rows<'_>) {
        let count = rows.rows() as usize;
        self.lengths.clear();
        let length = |bins: usize| bins.min(NARROW + 1) as u16;
        match offsets_in_order(rows) {
            Some(offsets) => {
                let bins = offsets.windows(2).map(|ends| (ends[1] - ends[0]) as usize);
                self.lengths.extend(bins.take(count).map(length));
            }
            None => self
                .lengths
                .extend((0..count).map(|i| length(rows.bins(i)))),
        }
        self.begins.clear();
        self.begins.resize(LENGTHS + 1, 0);
        for &length in &self.lengths {
            self.begins[usize::from(length) + 1] += 1;
        }
        for i in 1..self.begins.len() {
            self.begins[i] += self.begins[i - 1];
        }
        self.empty = self.begins[1] as usize;
        self.narrow = self.begins[NARROW + 1] as usize;
        self.pairs.resize(count, 0);
        for (pair, &length) in self.lengths.iter().enumerate() {
            let next = &mut self.begins[usize::from(length)];
            self.pairs[*next as usize] = pair as u32;
            *next += 1;
        }
    }

    /// The numbers of these rows in their table, in that order.
    fn numbers(&self, rows: &Rows<'_>, numbers: &mut Vec<u64>) {
        numbers.clear();
        let places = self.pairs.iter();
        if offsets_in_order(rows).is_some() {
            numbers.extend(places.map(|&i| u64::from(i)));
        } else {
            numbers.extend(places.map(|&i| rows.number(i as usize) as u64));
        }
    }
}

/// The offsets of rows that lie one behind the other, as most do: their lengths and numbers are there without a look at
/// each.
fn offsets_in_order<'a>(rows: &Rows<'a>) -> Option<&'a [u64]> {
    let in_order = rows.list().is_none() && !rows.are_one();
    rows.offsets().filter(|_| in_order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Encoding;

    #[test]
    fn short_pairs_come_first_by_their_lengths() {
        let lengths = [3, 300, 0, 256, 3, 257, 1];
        let mut offsets = vec![0];
        for length in lengths {
            offsets.push(offsets[offsets.len() - 1] + length);
        }
        let values = vec![0.0_f32; 1000];
        let mut order = Order::default();
        match Rows::ragged(Encoding::Weights, &values, &offsets) {
            Ok(rows) => order.sort(&rows),
            Err(error) => panic!("{error}"),
        }
        assert_eq!(order.pairs, [2, 6, 0, 4, 3, 1, 5]);
        assert_eq!((order.empty, order.narrow), (1, 5));
    }
}
