//! Nearest: for each row of P the rows of Q with the smallest scores.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use std::mem::take;

use crate::error::{ArgumentError, StreamError};
use crate::measure::Measure;
use crate::options::{Precision, Verify};
use crate::promise::allowed_error;
use crate::rows::{Rows, paired};
use crate::scores::Report;

use super::Scorer;
use super::ask::Ask;
use super::observer::Observer;
use super::pool::Pool;
use super::product::Product;
use super::request::{Request, only_report};
use super::sink::Sink;
use super::source::BoxError;
use super::stream::AllPairs;

/// A product in f64 whose scores are taken is as near as this to what is exact, relative.
const PROMISED: f64 = 1.1e-6;

/// Where one row of Q in so many is to be found, or may be among the nearest, all are scored as pairs side by side.
const MANY: u64 = 16;

/// For each row of P the rows of Q with the smallest scores.
#[derive(Clone, Debug)]
pub struct Neighbours {
    indices: Vec<u64>,
    scores: Vec<f32>,
    k: usize,
    report: Report,
}

impl Neighbours {
    /// In place of a neighbour where there is none: a row of P is bad, or too few of Q are not.
    pub const NONE: u64 = u64::MAX;

    /// How many neighbours each row has: as many as were asked for, or all rows of Q, or
    /// [all others](Request::nearest_others).
    #[must_use]
    pub fn k(&self) -> usize {
        self.k
    }

    /// The numbers of rows of Q, [`k`](Neighbours::k) for each row of P, the nearest first; [`Neighbours::NONE`] where
    /// there is none.
    #[must_use]
    pub fn indices(&self) -> &[u64] {
        &self.indices
    }

    /// Their scores, as [`Request::score`] has them; NaN where there is no neighbour.
    #[must_use]
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// The numbers and the scores by value.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u64>, Vec<f32>) {
        (self.indices, self.scores)
    }

    /// The neighbours of row `i` of P, the nearest first: only those that there are.
    pub fn of(&self, i: usize) -> impl Iterator<Item = (u64, f32)> + '_ {
        let from = i.saturating_mul(self.k).min(self.indices.len());
        let to = from.saturating_add(self.k).min(self.indices.len());
        let both = self.indices[from..to].iter().zip(&self.scores[from..to]);
        both.map(|(&index, &score)| (index, score))
            .filter(|&(index, _)| index != Self::NONE)
    }

    /// Without the row itself among its neighbours, or without the last of them where it is none of these.
    fn of_others(mut self) -> Self {
        let all = self.k;
        self.k = all.saturating_sub(1);
        let mut to = 0;
        for line in 0..self.indices.len() / all.max(1) {
            let (from, end) = (line * all, to + self.k);
            for at in from..from + all {
                if to < end && self.indices[at] != line as u64 {
                    self.indices[to] = self.indices[at];
                    self.scores[to] = self.scores[at];
                    to += 1;
                }
            }
        }
        self.indices.truncate(to);
        self.scores.truncate(to);
        self
    }

    /// What was found while scoring. It counts pairs, as that of [`Request::matrix`].
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl Scorer {
    /// Finds for each row of `p` the `k` rows of `q` with the smallest scores, and blocks until it is done.
    ///
    /// See [`Request::nearest`].
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let seen = [2.0_f32, 2.0, 9.0, 1.0];
    /// let known = [9.0_f32, 1.0, 5.0, 5.0, 8.0, 2.0];
    /// let (seen, known) = (Rows::weights(&seen, 2)?, Rows::weights(&known, 2)?);
    ///
    /// let nearest = Scorer::new().nearest(&Measure::Hellinger, seen, known, 2)?;
    /// assert_eq!(nearest.indices(), [1, 2, 0, 2]);
    /// assert_eq!(nearest.scores()[0], 0.0);
    /// let of_second: Vec<u64> = nearest.of(1).map(|(row, _)| row).collect();
    /// assert_eq!(of_second, [0, 2]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Request::nearest`].
    pub fn nearest(
        &self,
        measure: &Measure,
        p: Rows<'_>,
        q: Rows<'_>,
        k: usize,
    ) -> Result<Neighbours, StreamError<Neighbours>> {
        self.request(measure).nearest(p, q, k)
    }
}

impl Request<'_> {
    /// Finds for each row of `p` the `k` rows of `q` with the smallest scores, and blocks until it is done.
    ///
    /// All pairs are scored, as by [`Request::matrix`], and only so many of their scores are held at a time as
    /// [`Request::stream_matrix`] says. Where these come from a matrix product or entropies of mixtures, by [`Precision::Fast`] in f32,
    /// all rows of Q that may be among the nearest by what is known of their errors are scored again as pairs, so
    /// that neighbours, their order and their scores are those of [`Request::score`] in any case; what verification
    /// judges is what they were looked for by, within its bound. Of equal scores the row with the smaller number
    /// comes first; infinite scores are scores like others. A bad row of Q is nobody's neighbour, and a bad row of P
    /// has none.
    ///
    /// # Errors
    /// - [`StreamError::Argument`], before any work, as [`Request::stream_matrix`], or if `k` is 0;
    /// - else as [`Request::stream_matrix`], with the neighbours of those rows of P that were finished.
    pub fn nearest(
        &self,
        p: Rows<'_>,
        q: Rows<'_>,
        k: usize,
    ) -> Result<Neighbours, StreamError<Neighbours>> {
        if k == 0 {
            return Err(ArgumentError::NoNeighbours.into());
        }
        let mut ask = self.ask.clone();
        if k as u64 > q.rows() / MANY {
            ask.precision = Precision::Paired;
        }
        let pairs = AllPairs::new(&ask, p, q)?;
        let confirm = pairs.product();
        let confirm = confirm.map(|product| Confirm::new(&self.ask, product, p, q));
        let mut sink = Nearest::new(&ask.inner.pool, &p, &q, k, confirm)?;
        let found = only_report(pairs.run(&mut [&mut sink]));
        let Nearest {
            indices, scores, k, ..
        } = sink;
        let with = |report| Neighbours {
            indices,
            scores,
            k,
            report: Report {
                // Of scores that only told where to look.
                error_bound: None,
                ..report
            },
        };
        match found {
            Ok(report) => Ok(with(report)),
            Err(error) => Err(error.map(with)),
        }
    }
}

impl Request<'_> {
    /// Finds for each of `rows` the `k` others with the smallest scores, and blocks until it is done.
    ///
    /// As [`Request::nearest`] of the rows among themselves, P the one that looks and Q those that are found, but that no row
    /// is its own neighbour; one that equals it is. Each row has `k` neighbours, or all others. The report counts all
    /// pairs, of each row with itself too.
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let texts = [9.0_f32, 1.0, 5.0, 5.0, 8.0, 2.0, 9.0, 1.0];
    /// let texts = Rows::weights(&texts, 2)?;
    /// let scorer = Scorer::new();
    /// let nearest = scorer.request(&Measure::Hellinger).nearest_others(texts, 1)?;
    /// assert_eq!(nearest.indices(), [3, 2, 0, 0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Request::nearest`].
    pub fn nearest_others(
        &self,
        rows: Rows<'_>,
        k: usize,
    ) -> Result<Neighbours, StreamError<Neighbours>> {
        if k == 0 {
            return Err(ArgumentError::NoNeighbours.into());
        }
        let found = self.nearest(rows, rows, k.saturating_add(1));
        let others = found.map(Neighbours::of_others);
        others.map_err(|error| error.map(Neighbours::of_others))
    }
}

/// A row of Q with its score; the farthest is the greatest.
#[derive(Clone, Copy, Debug)]
struct Neighbour {
    score: f32,
    index: u64,
}

impl Ord for Neighbour {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = self.score.total_cmp(&other.score);
        by_score.then(self.index.cmp(&other.index))
    }
}

impl PartialOrd for Neighbour {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Neighbour {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Neighbour {}

/// Pairs of whole rows that are looked at together.
const AT_ONCE: usize = 4 << 20;

/// Scores that are looked at together.
const LOOK: usize = 64;

/// True if there is one among these, of which mostly there is none: looking at all of them goes by vectors.
fn any(scores: &[f32], is_wanted: impl Fn(f32) -> bool) -> bool {
    scores
        .iter()
        .fold(false, |any, &score| any | is_wanted(score))
}

/// Takes scores of one row into its `k` smallest, the first with this number.
fn take_smallest(smallest: &mut BinaryHeap<Neighbour>, k: usize, first: u64, scores: &[f32]) {
    let mut at = 0;
    while smallest.len() < k && at < scores.len() {
        let (score, index) = (scores[at], first + at as u64);
        // A row without a score is no neighbour.
        if !score.is_nan() {
            smallest.push(Neighbour { score, index });
        }
        at += 1;
    }
    let farthest = |smallest: &BinaryHeap<Neighbour>| {
        smallest
            .peek()
            .map_or(f32::NEG_INFINITY, |farthest| farthest.score)
    };
    let mut limit = farthest(smallest);
    for (i, scores) in scores[at..].chunks(LOOK).enumerate() {
        if !any(scores, |score| score < limit) {
            continue;
        }
        let first = first + (at + i * LOOK) as u64;
        for (i, &score) in scores.iter().enumerate() {
            // Of equal scores the one that came before has the smaller number; and NaN is below nothing.
            if score < limit {
                let index = first + i as u64;
                if let Some(mut farthest) = smallest.peek_mut() {
                    *farthest = Neighbour { score, index };
                }
                limit = farthest(smallest);
            }
        }
    }
}

/// The `k` smallest scores of a row, the nearest first.
fn smallest_of(k: usize, scores: &[f32]) -> Vec<Neighbour> {
    let mut smallest = BinaryHeap::with_capacity(k);
    take_smallest(&mut smallest, k, 0, scores);
    smallest.into_sorted_vec()
}

/// Takes all pairs, one row of P after the other, and keeps the smallest scores of each.
struct Nearest<'a> {
    indices: Vec<u64>,
    scores: Vec<f32>,
    k: usize,
    columns: u64,
    /// Those of the row at hand, of whose pairs so many have come.
    smallest: BinaryHeap<Neighbour>,
    come: u64,
    /// What scores those again that may be among them, where scores are not yet those of paired rows.
    confirm: Option<Confirm<'a>>,
    pool: &'a Pool,
}

impl<'a> Nearest<'a> {
    fn new(
        pool: &'a Pool,
        p: &Rows<'_>,
        q: &Rows<'_>,
        k: usize,
        confirm: Option<Confirm<'a>>,
    ) -> Result<Self, ArgumentError> {
        let k = k.min(q.rows() as usize);
        let all = (p.rows() as usize).saturating_mul(k);
        let (mut indices, mut scores) = (Vec::new(), Vec::new());
        let room: [_; 2] = [
            indices.try_reserve_exact(all),
            scores.try_reserve_exact(all),
        ];
        if room.iter().any(Result::is_err) {
            return Err(ArgumentError::TooManyPairs {
                p_rows: p.rows(),
                q_rows: k as u64,
            });
        }
        Ok(Nearest {
            indices,
            scores,
            k,
            columns: q.rows(),
            smallest: BinaryHeap::with_capacity(k),
            come: 0,
            confirm,
            pool,
        })
    }

    /// Takes some of the pairs of the row at hand.
    fn take(&mut self, scores: &[f32]) {
        take_smallest(&mut self.smallest, self.k, self.come, scores);
        self.come += scores.len() as u64;
        if self.come == self.columns {
            let found = take(&mut self.smallest).into_sorted_vec();
            self.keep(found);
            self.come = 0;
        }
    }

    /// Takes all pairs of some rows.
    fn take_rows(&mut self, scores: &[f32]) -> Result<(), BoxError> {
        let (k, columns, confirm) = (self.k, self.columns as usize, self.confirm.as_ref());
        let of_row = |scores: &[f32]| {
            let nearest = smallest_of(k, scores);
            match confirm {
                None => (nearest, Vec::new()),
                Some(confirm) => {
                    let candidates = confirm.candidates(&nearest, k, scores);
                    (nearest, candidates)
                }
            }
        };
        #[cfg(feature = "parallel")]
        let found: Vec<(Vec<Neighbour>, Vec<u64>)> = {
            use rayon::prelude::*;
            let rows = scores.par_chunks_exact(columns);
            self.pool.run(|| rows.map(of_row).collect())
        };
        #[cfg(not(feature = "parallel"))]
        let found: Vec<(Vec<Neighbour>, Vec<u64>)> = self
            .pool
            .run(|| scores.chunks_exact(columns).map(of_row).collect());
        for (nearest, candidates) in found {
            match &mut self.confirm {
                None => self.keep(nearest),
                Some(confirm) => confirm.push(candidates),
            }
        }
        self.confirm_rows()
    }

    /// Scores as pairs what may be nearest of rows that have come.
    fn confirm_rows(&mut self) -> Result<(), BoxError> {
        if let Some(confirm) = &mut self.confirm {
            for found in confirm.nearest(self.k)? {
                self.keep(found);
            }
        }
        Ok(())
    }

    /// Keeps the nearest of a row.
    fn keep(&mut self, found: Vec<Neighbour>) {
        let missing = self.k - found.len();
        self.indices.extend(found.iter().map(|found| found.index));
        self.scores.extend(found.iter().map(|found| found.score));
        let none = std::iter::repeat_n(Neighbours::NONE, missing);
        self.indices.extend(none);
        self.scores.extend(std::iter::repeat_n(f32::NAN, missing));
    }
}

/// Scores those pairs as paired rows that may be among the nearest by what is promised.
struct Confirm<'a> {
    ask: Ask<'a>,
    product: &'a Product,
    p: Rows<'a>,
    q: Rows<'a>,
    /// Pairs of rows of P whose scores have come, from that number on.
    pairs: Vec<(u64, u64)>,
    row: u64,
    /// Where those of each of these rows end.
    ends: Vec<usize>,
}

impl<'a> Confirm<'a> {
    fn new(ask: &Ask<'a>, product: &'a Product, p: Rows<'a>, q: Rows<'a>) -> Self {
        let ask = Ask {
            verify: Verify::Off,
            precision: Precision::Paired,
            observer: Observer::default(),
            ..ask.clone()
        };
        Confirm {
            ask,
            product,
            p,
            q,
            pairs: Vec::new(),
            row: 0,
            ends: Vec::new(),
        }
    }

    /// All rows of Q that may be among the `k` nearest of a row of P, given the nearest by these scores.
    fn candidates(&self, nearest: &[Neighbour], k: usize, scores: &[f32]) -> Vec<u64> {
        let farthest = nearest.last().filter(|_| nearest.len() == k);
        match farthest.map(|farthest| farthest.score) {
            Some(score) if score.is_finite() => {
                let limit = (self.limit(score.into()) as f32).next_up();
                let mut may_be = Vec::with_capacity(2 * k);
                for (i, scores) in scores.chunks(LOOK).enumerate() {
                    if any(scores, |score| score <= limit) {
                        let numbers = scores.iter().zip((i * LOOK) as u64..);
                        let wanted = numbers.filter(|&(&score, _)| score <= limit);
                        may_be.extend(wanted.map(|(_, index)| index));
                    }
                }
                may_be
            }
            // All that have a score, of which those that are infinite are so for certain.
            _ => nearest.iter().map(|nearest| nearest.index).collect(),
        }
    }

    /// Takes down the candidates of the next row of P.
    fn push(&mut self, candidates: Vec<u64>) {
        let row = self.row + self.ends.len() as u64;
        let pairs = candidates.into_iter().map(|index| (row, index));
        self.pairs.extend(pairs);
        self.ends.push(self.pairs.len());
    }

    /// Of rows with a score by the product of at most this one as many may be nearer than a row whose score is
    /// `farthest` once all are scored as pairs.
    fn limit(&self, farthest: f64) -> f64 {
        let options = &self.ask.options[0];
        let (p, q) = (self.p.row(0), self.q.row(0));
        let allowed = |exact: f64| 1.1 * allowed_error(options, &p, &q, exact);
        // What the exact score is at most of the `k` that are nearest by the product.
        let exact = farthest + self.error_of_product(farthest, allowed);
        let as_pair = exact + allowed(exact);
        // What is exact and at most that as a pair. Where errors are small beside scores this is there at once; where
        // they are of their roots, it comes near it step by step.
        let mut limit = as_pair;
        for _ in 0..64 {
            limit = as_pair + allowed(limit);
        }
        let of_product = match self.product {
            Product::Promised(_) => limit * (1.0 + 2.0 * PROMISED),
            Product::Fast(fast) => fast.told().map_or(limit, |bound| bound.largest(limit)),
        };
        // Pairs that a product leaves are as is promised.
        of_product.max(limit + allowed(limit))
    }

    /// What a score by the product may miss.
    fn error_of_product(&self, score: f64, allowed: impl Fn(f64) -> f64) -> f64 {
        match self.product {
            Product::Promised(_) => PROMISED * score,
            Product::Fast(fast) => {
                let bound = fast.told().map_or(0.0, |bound| bound.of(score as f32));
                bound.max(allowed(score))
            }
        }
    }

    /// The nearest of each row whose scores have come, by scores of pairs.
    fn nearest(&mut self, k: usize) -> Result<Vec<Vec<Neighbour>>, BoxError> {
        let (pairs, ends) = (take(&mut self.pairs), take(&mut self.ends));
        let of_all = ends.len() as u64 * self.q.rows() / MANY;
        if pairs.len() as u64 > of_all {
            return self.nearest_of_all(k, ends.len());
        }
        let [p, q] = paired(&self.p, &self.q, &pairs)?;
        let scores = self.ask.score(self.ask.rows(p, q)?)?.only()?;
        let mut from = 0;
        let mut all = Vec::with_capacity(ends.len());
        for end in ends {
            let of_row = pairs[from..end].iter().zip(&scores.values()[from..end]);
            let mut found: Vec<Neighbour> = of_row
                .map(|(&(_, index), &score)| Neighbour { score, index })
                .collect();
            found.sort_unstable();
            found.truncate(k);
            all.push(found);
            from = end;
        }
        self.row += all.len() as u64;
        Ok(all)
    }

    /// The same where so many are left that all are scored as they lie.
    fn nearest_of_all(&mut self, k: usize, rows: usize) -> Result<Vec<Vec<Neighbour>>, BoxError> {
        let from = self.row as usize;
        let p = self.p.slice(from, from + rows);
        let scores = self.ask.score(self.ask.all_pairs(p, self.q)?)?.only()?;
        self.row += rows as u64;
        let columns = self.q.rows() as usize;
        let of_row = |scores: &[f32]| smallest_of(k, scores);
        #[cfg(feature = "parallel")]
        let nearest = {
            use rayon::prelude::*;
            let rows = scores.values().par_chunks_exact(columns);
            self.ask.inner.pool.run(|| rows.map(of_row).collect())
        };
        #[cfg(not(feature = "parallel"))]
        let nearest = scores.values().chunks_exact(columns).map(of_row).collect();
        Ok(nearest)
    }
}

impl Sink for Nearest<'_> {
    fn accept(&mut self, mut scores: &[f32]) -> Result<(), BoxError> {
        while !scores.is_empty() {
            let columns = self.columns as usize;
            if self.come == 0 && scores.len() >= columns {
                // Of many rows the candidates could be as many as their pairs.
                let rows = (AT_ONCE / columns).clamp(1, scores.len() / columns);
                let (of_rows, behind) = scores.split_at(rows * columns);
                self.take_rows(of_rows)?;
                scores = behind;
                continue;
            }
            let left = (self.columns - self.come).min(scores.len() as u64);
            let (of_row, behind) = scores.split_at(left as usize);
            self.take(of_row);
            scores = behind;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(columns: u64, k: usize, parts: &[&[f32]]) -> (Vec<u64>, Vec<f32>) {
        let pool = Pool::default();
        let mut sink = Nearest {
            indices: Vec::new(),
            scores: Vec::new(),
            k,
            columns,
            smallest: BinaryHeap::new(),
            come: 0,
            confirm: None,
            pool: &pool,
        };
        for part in parts {
            assert!(sink.accept(part).is_ok());
        }
        (sink.indices, sink.scores)
    }

    #[test]
    fn ties_go_by_index_and_infinities_come_last() {
        let inf = f32::INFINITY;
        let scores = [inf, 0.5, 0.25, 0.5, 0.0, 0.5];
        for cut in 0..=6 {
            let (indices, scores) = nearest(6, 4, &[&scores[..cut], &scores[cut..]]);
            assert_eq!(indices, [4, 2, 1, 3]);
            assert_eq!(scores, [0.0, 0.25, 0.5, 0.5]);
        }
        assert_eq!(nearest(6, 6, &[&scores]).0, [4, 2, 1, 3, 5, 0]);
    }

    #[test]
    fn rows_without_a_score_are_no_neighbours() {
        let (indices, scores) = nearest(3, 2, &[&[f32::NAN, 1.0, f32::NAN], &[f32::NAN; 3]]);
        assert_eq!(indices, [1, u64::MAX, u64::MAX, u64::MAX]);
        assert_eq!(scores[0], 1.0);
        assert!(scores[1..].iter().all(|score| score.is_nan()));
    }

    #[test]
    fn a_row_that_is_not_whole_has_no_neighbours_yet() {
        assert_eq!(nearest(3, 1, &[&[2.0, 1.0, 3.0, 0.0]]).0, [1]);
    }
}
