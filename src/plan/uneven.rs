//! Rows of different lengths, put together with those of about the same one.

use std::ops::Range;

use super::chunk::{Chunks, Limits, PlanError};
use super::strategy::{Shape, Strategy};
use crate::element::ElementType;

/// So many bins are put in order at once, twelve submissions or so: enough for all of about one length to fill some.
const WINDOW_BINS: usize = 48 << 20;
/// And so many pairs.
const WINDOW_PAIRS: usize = 1 << 20;

/// The end of the pairs from one on that are put in order together, as `end` finds that of so many bins and pairs.
pub(crate) fn window(end: impl FnOnce(usize, usize) -> usize) -> usize {
    end(WINDOW_BINS, WINDOW_PAIRS)
}

/// The bins that a pair of so many is filled up to: one of eight numbers from a power of two to the next, none of them
/// more than an eighth beyond; of multiples of four, since those are read at once.
pub(crate) fn filled(bins: u64) -> u64 {
    let bins = bins.max(1);
    let step = bins.next_power_of_two() / 16;
    bins.next_multiple_of(step.max(4))
}

/// Pairs in the order of their bins, and what is left to be done with them.
#[derive(Clone, Debug)]
pub(crate) struct UnevenPieces {
    order: Vec<u32>,
    /// So many bins, and the end of those pairs in the order.
    classes: Vec<(u64, usize)>,
    class: usize,
    place: usize,
    /// Pairs of a piece at most.
    most: usize,
}

/// Some pairs of about the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnevenPiece {
    /// Their places in the order.
    pub(crate) places: Range<usize>,
    /// The bins that they are filled up to.
    pub(crate) k: u64,
    pub(crate) shape: Shape,
}

impl UnevenPieces {
    /// Of pairs of so many bins each, up to which they have been filled.
    pub(crate) fn new(bins: &[u64]) -> Self {
        let mut order: Vec<u32> = (0..bins.len() as u32).collect();
        order.sort_by_key(|&pair| bins[pair as usize]);
        let mut classes: Vec<(u64, usize)> = Vec::new();
        for (place, &pair) in order.iter().enumerate() {
            let k = bins[pair as usize];
            match classes.last_mut() {
                Some((last, end)) if *last == k => *end = place + 1,
                _ => classes.push((k, place + 1)),
            }
        }
        UnevenPieces {
            order,
            classes,
            class: 0,
            place: 0,
            most: usize::MAX,
        }
    }

    /// The pairs at some places.
    pub(crate) fn pairs(&self, places: &Range<usize>) -> &[u32] {
        &self.order[places.clone()]
    }

    /// Checks that the longest pairs fit, so that none is found too long once others have been scored.
    pub(crate) fn check(
        &self,
        limits: &Limits,
        strategy: Strategy,
        elements: [ElementType; 2],
        measures: usize,
    ) -> Result<(), PlanError> {
        let Some(&(k, _)) = self.classes.last() else {
            return Ok(());
        };
        Chunks::new(limits, strategy, 1, k, elements, measures).map(drop)
    }

    /// The next piece, which [`UnevenPieces::take`] leaves behind.
    pub(crate) fn next(
        &self,
        limits: &Limits,
        strategy: Strategy,
        elements: [ElementType; 2],
        measures: usize,
    ) -> Result<Option<UnevenPiece>, PlanError> {
        let Some(&(k, end)) = self.classes.get(self.class) else {
            return Ok(None);
        };
        let begin = match self.class {
            0 => 0,
            class => self.classes[class - 1].1,
        };
        let all = (end - begin) as u64;
        let chunks = Chunks::new(limits, strategy, all, k, elements, measures)?;
        let most = (chunks.rows_per_chunk as usize).min(self.most);
        Ok(Some(UnevenPiece {
            places: self.place..end.min(self.place + most),
            k,
            shape: chunks.shape,
        }))
    }

    pub(crate) fn take(&mut self, piece: &UnevenPiece) {
        self.place = piece.places.end;
        let ends = |&(_, end): &(u64, usize)| self.place == end;
        if self.classes.get(self.class).is_some_and(ends) {
            self.class += 1;
        }
    }

    /// Makes pieces smaller than one that did not fit.
    pub(crate) fn halve(&mut self, piece: &UnevenPiece) {
        self.most = (piece.places.len() / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        binding: 1 << 16,
        buffer: 1 << 17,
        workgroups: 7,
        submission: 1 << 14,
        groups: 2048,
    };

    const F32: [ElementType; 2] = [ElementType::F32; 2];

    #[test]
    fn rows_are_filled_by_an_eighth_at_most_to_few_lengths() {
        let mut lengths = Vec::new();
        for bins in 1..=1 << 20 {
            let filled = filled(bins);
            assert!(filled >= bins && filled.is_multiple_of(4));
            assert!(
                filled <= (bins + bins / 8).max(bins + 3),
                "{bins}: {filled}"
            );
            lengths.push(filled);
        }
        lengths.dedup();
        assert!(lengths.is_sorted() && lengths.len() <= 16 + 8 * 14);
        assert_eq!(filled(0), 4);
        assert_eq!(filled(1 << 20), 1 << 20);
    }

    #[test]
    fn every_pair_is_in_one_piece_of_its_length_that_fits() {
        let bins: Vec<u64> = (0..5000).map(|i| filled(i * i % 3001)).collect();
        for halved in [false, true] {
            let mut pieces = UnevenPieces::new(&bins);
            let mut seen = vec![false; bins.len()];
            while let Ok(Some(piece)) = pieces.next(&LIMITS, Strategy::Auto, F32, 1) {
                if halved && piece.places.start == 64 {
                    pieces.halve(&piece);
                }
                let bytes = piece.places.len() as u64 * piece.k * 8;
                assert!(bytes <= LIMITS.submission.max(piece.k * 8) && bytes > 0);
                pieces.take(&piece);
                for &pair in pieces.pairs(&piece.places) {
                    let pair = pair as usize;
                    assert!(bins[pair] == piece.k && !seen[pair]);
                    seen[pair] = true;
                }
            }
            assert!(seen.iter().all(|&seen| seen));
        }
    }

    #[test]
    fn a_pair_that_is_too_long_is_seen_at_first() {
        let check = |bins: &[u64]| UnevenPieces::new(bins).check(&LIMITS, Strategy::Auto, F32, 1);
        assert_eq!(
            check(&[20_000, 8, 16]),
            Err(PlanError {
                row: 80_000,
                limit: 1 << 16
            })
        );
        assert_eq!(check(&[16_384, 8]), Ok(()));
        assert_eq!(check(&[]), Ok(()));
    }

    #[test]
    fn pairs_of_one_length_stay_in_order() {
        let pieces = UnevenPieces::new(&[8, 4, 8, 4, 4]);
        assert_eq!(pieces.pairs(&(0..5)), [1, 3, 4, 0, 2]);
        assert_eq!(
            UnevenPieces::new(&[]).next(&LIMITS, Strategy::Auto, F32, 1),
            Ok(None)
        );
    }
}
