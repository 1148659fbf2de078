//! Mean, quantiles and extremes of finite scores, in bounded memory.

/// The quantiles that are reported.
pub const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Scores up to this many are kept, 256 MiB, and their quantiles are exact.
const KEPT: u64 = 1 << 26;

/// Bits of a score that its bucket drops: buckets are then 2^-16 of their value wide, and 128 MiB in all.
const DROPPED_BITS: u32 = 7;

/// What is known of the finite scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// How many there are.
    pub finite: u64,
    /// Mean, quantiles and extremes; `None` where there is no finite score.
    pub values: Option<Values>,
    /// False where quantiles come from buckets and are right to 2e-5 of their value only.
    pub exact_quantiles: bool,
}

/// Mean, quantiles and extremes.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// The mean.
    pub mean: f64,
    /// The least score.
    pub min: f32,
    /// The quantiles at [`LEVELS`], with linear interpolation between neighbours as numpy does it.
    pub quantiles: [f64; 5],
    /// The greatest score.
    pub max: f32,
}

/// Takes scores as they come.
#[derive(Clone, Debug)]
pub struct Collector {
    finite: u64,
    sum: f64,
    min: f32,
    max: f32,
    scores: Scores,
}

#[derive(Clone, Debug)]
enum Scores {
    Kept(Vec<f32>),
    /// How many finite scores begin with these bits. The bits of non-negative floats are ordered as
    /// the floats are.
    Counted(Vec<u64>),
}

impl Collector {
    /// A collector for `rows` scores.
    #[must_use]
    pub fn new(rows: u64) -> Self {
        Collector::with_limit(rows, KEPT)
    }

    /// A collector that keeps at most `limit` scores.
    fn with_limit(rows: u64, limit: u64) -> Self {
        let scores = if rows <= limit {
            Scores::Kept(Vec::new())
        } else {
            Scores::Counted(vec![0; bucket(f32::INFINITY) + 1])
        };
        Collector {
            finite: 0,
            sum: 0.0,
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            scores,
        }
    }

    /// Takes scores; those that are not finite are passed over.
    pub fn add(&mut self, scores: &[f32]) {
        for &score in scores.iter().filter(|score| score.is_finite()) {
            self.finite += 1;
            self.sum += f64::from(score);
            self.min = self.min.min(score);
            self.max = self.max.max(score);
            match &mut self.scores {
                Scores::Kept(kept) => kept.push(score),
                Scores::Counted(counts) => counts[bucket(score)] += 1,
            }
        }
    }

    /// The statistics of all scores taken.
    #[must_use]
    pub fn finish(self) -> Statistics {
        let exact_quantiles = matches!(self.scores, Scores::Kept(_));
        let (finite, min, max) = (self.finite, self.min, self.max);
        let values = (finite > 0).then(|| Values {
            mean: self.sum / finite as f64,
            min,
            quantiles: match self.scores {
                Scores::Kept(mut kept) => LEVELS.map(|level| exact_quantile(&mut kept, level)),
                Scores::Counted(counts) => LEVELS.map(|level| {
                    bucket_quantile(&counts, finite, level).clamp(f64::from(min), f64::from(max))
                }),
            },
            max,
        });
        Statistics {
            finite,
            values,
            exact_quantiles,
        }
    }
}

/// The quantile of scores, of which there is at least one. Reorders them.
fn exact_quantile(scores: &mut [f32], level: f64) -> f64 {
    let (below, fraction) = place(scores.len() as u64, level);
    let (_, &mut lower, above) = scores.select_nth_unstable_by(below as usize, f32::total_cmp);
    let upper = above.iter().copied().min_by(f32::total_cmp);
    between(f64::from(lower), upper.map(f64::from), fraction)
}

/// The same where only buckets are known.
fn bucket_quantile(counts: &[u64], finite: u64, level: f64) -> f64 {
    let (below, fraction) = place(finite, level);
    let lower = bucket_middle(counts, below);
    let upper = (below + 1 < finite).then(|| bucket_middle(counts, below + 1));
    between(lower, upper, fraction)
}

/// Where a quantile of `count` scores lies: behind this many scores, and how far on to the next.
fn place(count: u64, level: f64) -> (u64, f64) {
    let place = (count - 1) as f64 * level;
    (place.floor() as u64, place.fract())
}

fn between(lower: f64, upper: Option<f64>, fraction: f64) -> f64 {
    match upper {
        Some(upper) if fraction > 0.0 => lower + (upper - lower) * fraction,
        _ => lower,
    }
}

/// The middle of the bucket that holds the score behind `below` others.
fn bucket_middle(counts: &[u64], below: u64) -> f64 {
    let mut passed = 0;
    for (bucket, &count) in counts.iter().enumerate() {
        passed += count;
        if passed > below {
            // Bucket numbers have at most 24 bits.
            let lowest = f32::from_bits((bucket as u32) << DROPPED_BITS);
            let next = f32::from_bits((bucket as u32 + 1) << DROPPED_BITS);
            return (f64::from(lowest) + f64::from(next)) / 2.0;
        }
    }
    f64::INFINITY
}

/// The bucket of a score. Scores are never negative, but a negative zero might be.
fn bucket(score: f32) -> usize {
    (score.max(0.0).abs().to_bits() >> DROPPED_BITS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(n: u32) -> Vec<f32> {
        // A permutation of 0..n, for n prime, over three decades.
        (0..n)
            .map(|i| 1e-3 * (((i * 29) % n) as f32 / n as f32 * 7.0).exp())
            .collect()
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        let mut collector = Collector::new(7);
        collector.add(&[3.0, f32::NAN, 1.0, 2.0, f32::INFINITY, 5.0, 4.0]);
        let found = collector.finish();
        assert_eq!(found.finite, 5);
        assert!(found.exact_quantiles);
        let Some(values) = found.values else {
            panic!("five scores are finite");
        };
        assert_eq!((values.mean, values.min, values.max), (3.0, 1.0, 5.0));
        for (found, expected) in values.quantiles.iter().zip([1.2, 2.0, 3.0, 4.0, 4.8]) {
            assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
        }
    }

    #[test]
    fn nothing_finite_gives_no_values() {
        let mut collector = Collector::new(2);
        collector.add(&[f32::NAN, f32::INFINITY]);
        assert_eq!(collector.finish().values, None);
        assert_eq!(Collector::new(0).finish().values, None);
    }

    #[test]
    fn buckets_agree_with_kept_scores() {
        let scores = scores(10_007);
        let (mut kept, mut counted) = (
            Collector::with_limit(10_007, 10_007),
            Collector::with_limit(10_007, 10_006),
        );
        for part in scores.chunks(100) {
            kept.add(part);
            counted.add(part);
        }
        let (kept, counted) = (kept.finish(), counted.finish());
        assert!(kept.exact_quantiles && !counted.exact_quantiles);
        let (Some(kept), Some(counted)) = (kept.values, counted.values) else {
            panic!("all scores are finite");
        };
        assert_eq!(kept.mean, counted.mean);
        for (kept, counted) in kept.quantiles.iter().zip(counted.quantiles) {
            assert!((kept - counted).abs() <= 2e-5 * kept, "{kept} {counted}");
        }
    }

    #[test]
    fn buckets_hold_every_finite_score() {
        let mut collector = Collector::with_limit(5, 0);
        collector.add(&[0.0, -0.0, f32::MIN_POSITIVE, 1.0, f32::MAX]);
        let Some(values) = collector.finish().values else {
            panic!("all scores are finite");
        };
        assert_eq!((values.min, values.max), (0.0, f32::MAX));
        assert!(values.quantiles[0] <= f64::from(f32::MIN_POSITIVE));
        assert!((values.quantiles[3] - 1.0).abs() < 2e-5);
    }
}
