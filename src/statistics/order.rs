//! Scores by their order: kept as they are while there are not too many, and counted in narrow buckets beyond.

/// Scores up to this many are kept, 256 MiB, and their quantiles are exact.
pub(super) const KEPT: usize = 1 << 26;

/// Bits of a score that its bucket drops: buckets are then 2^-16 of their value wide, and 128 MiB in all.
const DROPPED_BITS: u32 = 7;

/// The bits of infinity: those of finite scores, which are never negative, are less, and in the order of the scores.
const INFINITE: u32 = 0x7f80_0000;

/// Finite scores, in no order.
#[derive(Clone, Debug)]
pub(super) enum Ordered {
    Kept(Vec<f32>),
    /// How many scores begin with these bits.
    Counted(Vec<u64>),
}

impl Default for Ordered {
    fn default() -> Self {
        Ordered::Kept(Vec::new())
    }
}

impl Ordered {
    /// Takes the finite ones of these, of which `kept` at most are kept with those before.
    pub(super) fn add(&mut self, scores: &[f32], kept: usize) {
        let finite = scores.iter().copied().filter(|score| is_finite(*score));
        match self {
            Ordered::Kept(all) if all.len() + scores.len() <= kept => all.extend(finite),
            Ordered::Kept(all) => {
                let mut counts = vec![0; bucket(INFINITE)];
                all.iter().for_each(|score| count(&mut counts, *score));
                finite.for_each(|score| count(&mut counts, score));
                *self = Ordered::Counted(counts);
            }
            Ordered::Counted(counts) => finite.for_each(|score| count(counts, score)),
        }
    }

    /// True if quantiles are exact.
    pub(super) fn is_exact(&self) -> bool {
        matches!(self, Ordered::Kept(_))
    }

    /// The quantile at a level; `None` where there is no score.
    pub(super) fn quantile(&mut self, level: f64) -> Option<f64> {
        let (place, [lower, upper]) = match self {
            Ordered::Kept(scores) => {
                let place = Place::new(scores.len() as u64, level)?;
                let (_, &mut lower, above) =
                    scores.select_nth_unstable_by(place.below as usize, f32::total_cmp);
                let upper = above.iter().copied().min_by(f32::total_cmp);
                (place, [lower, upper.unwrap_or(lower)].map(f64::from))
            }
            Ordered::Counted(counts) => {
                let all: u64 = counts.iter().sum();
                let place = Place::new(all, level)?;
                let upper = (place.below + 1).min(all - 1);
                (
                    place,
                    [place.below, upper].map(|below| middle(counts, below)),
                )
            }
        };
        Some(place.between(lower, upper))
    }
}

/// Where a quantile lies among scores in their order: behind so many, and how far on to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) below: u64,
    fraction: f64,
}

impl Place {
    /// Among so many scores; `None` among none.
    pub(crate) fn new(count: u64, level: f64) -> Option<Self> {
        let place = count.checked_sub(1)? as f64 * level;
        Some(Place {
            below: place.floor() as u64,
            fraction: place.fract(),
        })
    }

    /// The quantile between the score at the place and the next one.
    pub(crate) fn between(self, lower: f64, upper: f64) -> f64 {
        lower + (upper - lower) * self.fraction
    }
}

fn is_finite(score: f32) -> bool {
    score >= 0.0 && score.is_finite()
}

fn count(counts: &mut [u64], score: f32) {
    counts[bucket(score.abs().to_bits())] += 1;
}

/// The bucket of a score.
fn bucket(bits: u32) -> usize {
    (bits >> DROPPED_BITS) as usize
}

/// The middle of the bucket that holds the score behind `below` others.
fn middle(counts: &[u64], below: u64) -> f64 {
    let mut passed = 0;
    let at = counts.iter().position(|&count| {
        passed += count;
        passed > below
    });
    // Bucket numbers have at most 24 bits.
    let lowest = |bucket: usize| f64::from(f32::from_bits((bucket as u32) << DROPPED_BITS));
    match at {
        // The last one ends at infinity, but for that it is as wide as the one before.
        Some(at) if at + 1 < counts.len() => (lowest(at) + lowest(at + 1)) / 2.0,
        Some(at) => lowest(at) + (lowest(at) - lowest(at - 1)) / 2.0,
        None => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_agree_with_kept_scores() {
        // A permutation of 0..n, for n prime, over three decades.
        let n = 10_007_u32;
        let score = |i: u32| 1e-3 * (((i * 29) % n) as f32 / n as f32 * 7.0).exp();
        let scores: Vec<f32> = (0..n).map(score).collect();
        let (mut kept, mut counted) = (Ordered::default(), Ordered::default());
        for part in scores.chunks(100) {
            kept.add(part, n as usize);
            counted.add(part, n as usize - 1);
        }
        assert!(kept.is_exact() && !counted.is_exact());
        for level in [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999, 1.0] {
            let (kept, counted) = (kept.quantile(level), counted.quantile(level));
            let (Some(kept), Some(counted)) = (kept, counted) else {
                panic!("all scores are finite");
            };
            assert!((kept - counted).abs() <= 1e-5 * kept, "{kept} {counted}");
        }
    }

    #[test]
    fn buckets_hold_every_finite_score() {
        let mut counted = Ordered::default();
        counted.add(
            &[
                0.0,
                -0.0,
                f32::NAN,
                f32::MIN_POSITIVE,
                1.0,
                f32::INFINITY,
                f32::MAX,
            ],
            0,
        );
        let quantile = |level| counted.clone().quantile(level).unwrap_or(f64::NAN);
        assert!(quantile(0.0) <= f64::from(f32::MIN_POSITIVE));
        assert!((quantile(0.75) - 1.0).abs() < 2e-5);
        assert!((quantile(1.0) / f64::from(f32::MAX) - 1.0).abs() < 2e-5);
    }

    #[test]
    fn no_score_has_no_quantile() {
        assert_eq!(Ordered::default().quantile(0.5), None);
        assert_eq!(Place::new(0, 0.5), None);
    }
}
