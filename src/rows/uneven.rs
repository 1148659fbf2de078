//! Rows that lie where offsets say: ragged ones, and sparse ones, whose values have bins of their own.

use std::ops::Range;

use super::Rows;
use crate::error::ArgumentError;
use crate::options::Options;
use crate::status::Operand;

/// Where rows lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uneven<'a> {
    /// Row `i` lies from offset `i` up to offset `i + 1`; one more than there are rows.
    offsets: &'a [u64],
    /// Of sparse rows, the bin of each value.
    indices: Option<&'a [u32]>,
}

impl<'a> Uneven<'a> {
    pub(super) fn new(
        offsets: &'a [u64],
        indices: Option<&'a [u32]>,
        length: usize,
    ) -> Result<Self, ArgumentError> {
        let Some(&last) = offsets.last() else {
            return Err(ArgumentError::NoOffsets);
        };
        if let Some(row) = offsets.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(ArgumentError::Offsets {
                row: row as u64,
                from: offsets[row],
                to: offsets[row + 1],
            });
        }
        if last > length as u64 {
            return Err(ArgumentError::LastOffset { last, length });
        }
        Ok(Uneven { offsets, indices })
    }

    /// Of ragged rows that have been put together.
    pub(super) fn of_gathered(offsets: &'a [u64]) -> Self {
        Uneven {
            offsets,
            indices: None,
        }
    }

    /// Checks that each row has its bins in ascending order, all of them below `k`.
    pub(super) fn check_indices(&self, k: usize) -> Result<(), ArgumentError> {
        for row in 0..self.rows() {
            let indices = self.indices(row).unwrap_or_default();
            if let Some(pair) = indices.windows(2).find(|pair| pair[1] <= pair[0]) {
                return Err(ArgumentError::IndexOrder {
                    row: row as u64,
                    index: pair[1],
                    before: pair[0],
                });
            }
            if let Some(&index) = indices.last().filter(|&&index| index as usize >= k) {
                return Err(ArgumentError::Index {
                    row: row as u64,
                    index,
                    k,
                });
            }
        }
        Ok(())
    }

    pub(super) fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    pub(super) fn longest(&self) -> usize {
        let lengths = self.offsets.windows(2).map(|pair| pair[1] - pair[0]);
        lengths.max().unwrap_or(0) as usize
    }

    pub(super) fn is_sparse(&self) -> bool {
        self.indices.is_some()
    }

    pub(super) fn offsets(&self) -> &'a [u64] {
        self.offsets
    }

    /// Where the values of a row lie.
    #[inline]
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }

    /// The bins of the values of a row.
    pub(super) fn indices(&self, row: usize) -> Option<&'a [u32]> {
        self.indices.map(|indices| &indices[self.range(row)])
    }

    /// The rows `from..to`.
    pub(super) fn slice(&self, from: usize, to: usize) -> Self {
        Uneven {
            offsets: &self.offsets[from..=to],
            ..*self
        }
    }
}

/// Checks that rows that meet one by one, of which there are as many on both sides, have the same bins.
pub(crate) fn check_bins(p: &Rows<'_>, q: &Rows<'_>) -> Result<(), ArgumentError> {
    if ![p, q].iter().any(|rows| rows.are_ragged()) {
        // As many rows, so that this is about bins.
        return match p.k() == q.k() {
            true => Ok(()),
            false => Err(ArgumentError::Shapes {
                p_rows: p.rows(),
                p_k: p.k(),
                q_rows: q.rows(),
                q_k: q.k(),
            }),
        };
    }
    let as_they_lie = [p, q]
        .iter()
        .all(|rows| rows.listed.is_none() && rows.are_ragged() && !rows.are_one());
    let mut rows = match as_they_lie && p.offsets() == q.offsets() {
        // One look has sufficed.
        true => 0..0,
        false => 0..p.rows() as usize,
    };
    match rows.find(|&i| p.bins(i) != q.bins(i)) {
        None => Ok(()),
        Some(row) => Err(ArgumentError::RowBins {
            row: row as u64,
            p_bins: p.bins(row),
            q_bins: q.bins(row),
        }),
    }
}

/// Checks that there is memory for sparse rows that are filled up, where `smoothed` says that all bins count.
pub(crate) fn check_filled(
    p: &Rows<'_>,
    q: &Rows<'_>,
    smoothed: bool,
) -> Result<(), ArgumentError> {
    // Of both, of what they amount to, and some of f64 for verification.
    const BYTES: usize = 64;
    let sparse = [p, q].map(Rows::are_sparse);
    let k = p.k();
    let filled = sparse[0] != sparse[1] || sparse[0] && smoothed;
    let bytes = k.checked_mul(BYTES);
    let fits = |bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok();
    match filled && !bytes.is_some_and(fits) {
        true => Err(ArgumentError::FilledRows { k }),
        false => Ok(()),
    }
}

/// Checks that rows of which each meets each of the other side have the same bins.
pub(crate) fn check_bins_of_all(p: &Rows<'_>, q: &Rows<'_>) -> Result<(), ArgumentError> {
    if ![p, q].iter().any(|rows| rows.are_ragged()) {
        return match p.k() == q.k() {
            true => Ok(()),
            false => Err(ArgumentError::Bins {
                p_k: p.k(),
                q_k: q.k(),
            }),
        };
    }
    if p.rows() == 0 || q.rows() == 0 {
        return Ok(());
    }
    let first = p.bins(0);
    for (rows, operand) in [(p, Operand::P), (q, Operand::Q)] {
        if let Some(row) = (0..rows.rows() as usize).find(|&i| rows.bins(i) != first) {
            return Err(ArgumentError::PairBins {
                operand,
                row: row as u64,
                bins: rows.bins(row),
                first,
            });
        }
    }
    Ok(())
}

/// Pairs of rows that cannot be read as those of two matrices: row `i` of P and row `i` of Q.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnevenPairs<'a> {
    pub(crate) p: Rows<'a>,
    pub(crate) q: Rows<'a>,
    /// True if bins count in which neither row has a value.
    all_bins: bool,
}

impl<'a> UnevenPairs<'a> {
    /// The pairs of a batch, if its rows are such.
    pub(crate) fn new(options: &[Options], p: &Rows<'a>, q: &Rows<'a>) -> Option<Self> {
        let uneven = p.are_uneven() || q.are_uneven();
        uneven.then(|| UnevenPairs {
            p: *p,
            q: *q,
            all_bins: options
                .iter()
                .any(|options| options.support.eps().is_some()),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.p.rows() as usize
    }

    /// True if bins that are zero in both rows count, so that none may be added.
    #[cfg(feature = "gpu")]
    pub(crate) fn all_bins_count(&self) -> bool {
        self.all_bins
    }

    /// The bins of the two rows of a pair where they are scored over those in which either has a value.
    pub(super) fn both_sparse(&self, i: usize) -> Option<[&'a [u32]; 2]> {
        match (self.p.indices(i), self.q.indices(i)) {
            (Some(p), Some(q)) if !self.all_bins => Some([p, q]),
            _ => None,
        }
    }

    /// How many bins a pair is scored over.
    #[cfg(feature = "gpu")]
    pub(crate) fn bins(&self, i: usize) -> usize {
        match self.both_sparse(i) {
            Some([p, q]) => count_of_both(p, q),
            None => self.p.bins(i),
        }
    }

    /// Some of the pairs.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Self {
        UnevenPairs {
            p: self.p.slice(from, to),
            q: self.q.slice(from, to),
            ..*self
        }
    }

    /// The end of the pairs from one on that have about so many bins and are at most so many, but at least one.
    pub(crate) fn end(&self, from: usize, bins: usize, pairs: usize) -> usize {
        let most = self.len().min(from.saturating_add(pairs.max(1)));
        let sparse = [self.p.are_sparse(), self.q.are_sparse()];
        if sparse[0] != sparse[1] || sparse[0] && self.all_bins {
            // All pairs have all bins of a sparse row.
            let bins_of_pair = self.p.k().max(self.q.k()).saturating_add(1);
            return most.min(from.saturating_add((bins / bins_of_pair).max(1)));
        }
        // The bins of a pair are at most what is counted here, and a pair has a cost of its own, be it empty.
        if let Some(before) = self.values_before(from) {
            let fits = |end: usize| {
                let values = self.values_before(end).map(|values| values - before);
                values.is_some_and(|values| values + (end - from) <= bins)
            };
            let (mut end, mut beyond) = (from, most);
            while end < beyond {
                let middle = end + (beyond - end).div_ceil(2);
                match fits(middle) {
                    true => end = middle,
                    false => beyond = middle - 1,
                }
            }
            return end.max(most.min(from + 1));
        }
        let (mut end, mut left) = (from, bins);
        while end < most {
            let bins = match self.both_sparse(end) {
                Some([p, q]) => p.len() + q.len() + 1,
                None => self.p.bins(end) + 1,
            };
            if bins > left && end > from {
                break;
            }
            left = left.saturating_sub(bins);
            end += 1;
        }
        end
    }

    /// How many values there are before a pair, of sparse rows in both operands, if that is known at once.
    fn values_before(&self, i: usize) -> Option<usize> {
        let of_p = self.p.values_before(i)?;
        match self.p.are_sparse() {
            true => Some(of_p + self.q.values_before(i)?),
            false => Some(of_p),
        }
    }
}

/// How many bins are in either list.
#[cfg(feature = "gpu")]
fn count_of_both(p: &[u32], q: &[u32]) -> usize {
    if std::ptr::eq(p, q) {
        return p.len();
    }
    let (mut i, mut j, mut common) = (0, 0, 0);
    while let (Some(a), Some(b)) = (p.get(i), q.get(j)) {
        common += usize::from(a == b);
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    p.len() + q.len() - common
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Encoding;
    use crate::measure::Measure;

    #[cfg(feature = "gpu")]
    #[test]
    fn bins_of_either_list_count_once() {
        assert_eq!(count_of_both(&[], &[]), 0);
        assert_eq!(count_of_both(&[1, 5], &[]), 2);
        assert_eq!(count_of_both(&[1, 5, 9], &[0, 5, 6, 9]), 5);
        assert_eq!(count_of_both(&[7], &[7]), 1);
    }

    fn rows<'a>(rows: Result<Rows<'a>, ArgumentError>) -> Rows<'a> {
        rows.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Where runs of at most 12 bins and 4 pairs end, one behind the other.
    fn ends(p: Rows<'_>, q: Rows<'_>) -> Vec<usize> {
        let options = [Options::new(Measure::TotalVariation)];
        let Some(pairs) = UnevenPairs::new(&options, &p, &q) else {
            return Vec::new();
        };
        let mut ends = Vec::new();
        while ends.last().is_none_or(|&end| end < pairs.len()) {
            ends.push(pairs.end(ends.last().copied().unwrap_or(0), 12, 4));
        }
        ends
    }

    #[test]
    fn runs_of_pairs_are_as_long_as_they_may_be() {
        let (values, indices) = ([1.0_f32; 40], [0, 1, 2, 3, 4, 5, 6, 7].repeat(5));
        // Rows of 3, 0, 7, 20, 1, 1, 1, 1 and 1 bins, each of which counts for one more.
        let offsets = [5, 8, 8, 15, 35, 36, 37, 38, 39, 40];
        let ragged = rows(Rows::ragged(Encoding::Weights, &values, &offsets));
        let expected = [2, 3, 4, 8, 9];
        assert_eq!(ends(ragged, ragged), expected);
        let numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8];
        let listed = rows(ragged.selected(&numbers));
        assert_eq!(ends(listed, ragged), expected);
        // Those of both operands count where only the bins of either do: twice 2 and one a pair.
        let offsets = [0, 2, 8, 10, 12, 14, 16];
        let sparse = |k| {
            rows(Rows::sparse(
                Encoding::Weights,
                &values[..16],
                &indices[..16],
                &offsets,
                k,
            ))
        };
        assert_eq!(ends(sparse(8), sparse(8)), [1, 2, 4, 6]);
        // Beside a matrix each pair has all bins.
        let matrix = rows(Rows::weights(&values[..30], 5));
        let few = rows(Rows::sparse(
            Encoding::Weights,
            &values[..3],
            &[0, 1, 2],
            &[0, 1, 1, 1, 2, 3, 3],
            5,
        ));
        assert_eq!(ends(few, matrix), [2, 4, 6]);
    }
}
