//! Statistics of scores by the book, from all of them at once.

use kullback::{Statistics, Summary};

/// Levels and edges that are asked for; of no more levels do the counts fit a device of tiny limits.
pub const LEVELS: [f64; 4] = [0.0, 0.1, 0.75, 1.0];
pub const EDGES: [f32; 8] = [-1.0, 0.0, 1e-30, 1e-6, 1e-3, 0.1, 0.5, 1.0];

/// All statistics there are.
pub fn all() -> Statistics {
    let some = Statistics::new().sum().mean().min().max();
    let some = some.quantiles(&LEVELS);
    some.and_then(|some| some.histogram(&EDGES))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Statistics of scores, found by sorting them and by sums with compensation.
#[derive(Debug)]
pub struct Book {
    /// In their order.
    pub finite: Vec<f32>,
    pub infinities: u64,
    pub bad: u64,
    pub sum: f64,
}

impl Book {
    pub fn of(scores: &[f32]) -> Self {
        let mut finite: Vec<f32> = scores.iter().copied().filter(|s| s.is_finite()).collect();
        finite.sort_by(f32::total_cmp);
        let count = |is: fn(&f32) -> bool| scores.iter().filter(|score| is(score)).count() as u64;
        Book {
            infinities: count(|score| *score == f32::INFINITY),
            bad: count(|score| score.is_nan()),
            sum: sum(&finite),
            finite,
        }
    }

    /// The mean; NaN of nothing, as everything else.
    pub fn mean(&self) -> f64 {
        self.sum / self.finite.len() as f64
    }

    /// As numpy has it.
    pub fn quantile(&self, level: f64) -> f64 {
        if self.finite.is_empty() {
            return f64::NAN;
        }
        let at = (self.finite.len() - 1) as f64 * level;
        let value = |at: f64| f64::from(self.finite[at as usize]);
        value(at.floor()) + (value(at.ceil()) - value(at.floor())) * at.fract()
    }

    /// Below the first edge, in each bin, and above the last.
    pub fn counts(&self, edges: &[f32]) -> Vec<u64> {
        let mut counts = vec![0; edges.len() + 1];
        let last = edges.len() - 1;
        for &score in &self.finite {
            let reached = edges.iter().filter(|edge| **edge <= score).count();
            let at_end = reached > last && score == edges[last];
            counts[if at_end { last } else { reached }] += 1;
        }
        counts
    }

    /// Compares all that a summary has.
    pub fn check(&self, summary: &Summary, what: &str) {
        let some = !self.finite.is_empty();
        let counts = (summary.finite(), summary.infinities(), summary.bad());
        let expected = (self.finite.len() as u64, self.infinities, self.bad);
        assert_eq!(counts, expected, "{what}");
        assert_eq!(summary.sum(), Some(self.sum), "{what}");
        assert_eq!(summary.mean(), some.then(|| self.mean()), "{what}");
        assert_eq!(summary.min(), self.finite.first().copied(), "{what}");
        assert_eq!(summary.max(), self.finite.last().copied(), "{what}");
        let quantiles: Vec<f64> = LEVELS.map(|level| self.quantile(level)).to_vec();
        let quantiles = some.then_some(&quantiles[..]);
        assert_eq!(summary.quantiles(), quantiles, "{what}");
        assert!(summary.has_exact_quantiles(), "{what}");
        let histogram = summary.histogram();
        let histogram = histogram.unwrap_or_else(|| panic!("{what}: no histogram"));
        let counts = self.counts(&EDGES);
        let (below, above) = (counts[0], counts[EDGES.len()]);
        assert_eq!((histogram.below(), histogram.above()), (below, above));
        assert_eq!(histogram.counts(), &counts[1..EDGES.len()], "{what}");
        assert_eq!(histogram.edges(), EDGES, "{what}");
    }
}

/// A sum in three words, each of which takes what the one before loses: exact but for its last rounding.
fn sum(ascending: &[f32]) -> f64 {
    let two_sum = |a: f64, b: f64| {
        let sum = a + b;
        let of_b = sum - a;
        (sum, (a - (sum - of_b)) + (b - of_b))
    };
    let mut words = [0.0_f64; 3];
    for &score in ascending {
        let mut rest = f64::from(score);
        for word in &mut words {
            (*word, rest) = two_sum(*word, rest);
        }
    }
    let (high, low) = two_sum(words[0], words[1]);
    high + (low + words[2])
}
