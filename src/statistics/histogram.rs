//! How many scores lie between edges.

use std::sync::Arc;

/// How many finite scores lie in bins between edges: see [`Statistics::histogram`](crate::Statistics::histogram).
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    edges: Arc<[f32]>,
    counts: Vec<u64>,
    below: u64,
    above: u64,
}

/// Edges up to this many are compared with every score.
const FEW: usize = 64;

impl Histogram {
    pub(super) fn new(edges: &Arc<[f32]>) -> Self {
        Histogram {
            edges: Arc::clone(edges),
            counts: vec![0; edges.len().saturating_sub(1)],
            below: 0,
            above: 0,
        }
    }

    /// The edges, one more than there are bins.
    #[must_use]
    pub fn edges(&self) -> &[f32] {
        &self.edges
    }

    /// The number of scores in each bin.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The number of scores below the first edge.
    #[must_use]
    pub fn below(&self) -> u64 {
        self.below
    }

    /// The number of finite scores above the last edge.
    #[must_use]
    pub fn above(&self) -> u64 {
        self.above
    }

    /// Forgets what has been counted.
    #[cfg(feature = "gpu")]
    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
        (self.below, self.above) = (0, 0);
    }

    /// Counts a finite score.
    pub(super) fn add(&mut self, score: f32) {
        let bins = self.counts.len();
        // Edges that the score has reached.
        match self.edges.partition_point(|&edge| edge <= score) {
            0 => self.below += 1,
            reached if reached <= bins => self.counts[reached - 1] += 1,
            _ if self.edges[bins] == score => self.counts[bins - 1] += 1,
            _ => self.above += 1,
        }
    }

    /// Counts scores of which so many are infinite and none is NaN or below zero.
    ///
    /// Of few edges, how many scores reach each is counted without a branch.
    pub(super) fn add_all(&mut self, scores: &[f32], infinite: u64) {
        if self.edges.len() > FEW {
            let finite = scores.iter().filter(|score| score.is_finite());
            finite.for_each(|&score| self.add(score));
            return;
        }
        let last = self.counts.len();
        let mut before = scores.len() as u64 - infinite;
        for (at, &edge) in self.edges.iter().enumerate() {
            // The last bin has its upper edge. Sums of 32 bits are what compilers make vectors of.
            let reached: u32 = match at == last {
                false => scores.iter().map(|score| u32::from(*score >= edge)).sum(),
                true => scores.iter().map(|score| u32::from(*score > edge)).sum(),
            };
            let reached = u64::from(reached) - infinite;
            match at {
                0 => self.below += before - reached,
                _ => self.counts[at - 1] += before - reached,
            }
            before = reached;
        }
        self.above += before;
    }

    /// Adds counts: below the first edge, in each bin, and above the last.
    #[cfg(any(test, feature = "parallel", feature = "gpu"))]
    pub(super) fn append(&mut self, counts: impl IntoIterator<Item = u64>) {
        let [below, above] = [&mut self.below, &mut self.above];
        let all = std::iter::once(below).chain(&mut self.counts);
        for (count, more) in all.chain(std::iter::once(above)).zip(counts) {
            *count += more;
        }
    }

    /// All counts, those below and above included.
    #[cfg(any(test, feature = "parallel", feature = "gpu"))]
    pub(super) fn all(&self) -> impl Iterator<Item = u64> + '_ {
        let (below, above) = (self.below, self.above);
        let counts = self.counts.iter().copied();
        std::iter::once(below)
            .chain(counts)
            .chain(std::iter::once(above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_their_lower_edge_and_the_last_both() {
        let edges = Arc::from([0.0, 1.0, 2.0]);
        let mut histogram = Histogram::new(&edges);
        for score in [-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, f32::MAX] {
            histogram.add(score);
        }
        assert_eq!(histogram.below(), 1);
        assert_eq!(histogram.counts(), [2, 3]);
        assert_eq!(histogram.above(), 2);

        let scores = [0.0, 0.5, 1.0, 1.5, 2.0, f32::INFINITY, 2.5, f32::MAX, -0.0];
        let mut at_once = Histogram::new(&edges);
        at_once.add_all(&scores, 1);
        assert_eq!(at_once.all().collect::<Vec<u64>>(), [0, 3, 3, 2]);
        let fine: Arc<[f32]> = (-100..=400).map(|edge| edge as f32 / 100.0).collect();
        let mut many = Histogram::new(&fine);
        many.add_all(&scores, 1);
        assert_eq!((many.below(), many.above()), (0, 1));
        assert_eq!(many.counts()[100], 2);

        let mut twice = histogram.clone();
        twice.append(histogram.all());
        assert_eq!((twice.below(), twice.above()), (2, 4));
        assert_eq!(twice.counts(), [4, 6]);
    }
}
