//! Scores by their order: kept as they are while there are not too many, and counted in narrow buckets beyond.

use super::part::{INFINITE, bits};

/// Scores up to this many are kept, 256 MiB, and their quantiles are exact.
pub(super) const KEPT: usize = 1 << 26;

/// Bits of a score that its bucket drops: buckets are then 2^-16 of their value wide, and 128 MiB in all.
const DROPPED_BITS: u32 = 7;

/// Scores, in no order.
#[derive(Clone, Debug)]
pub(super) enum Ordered {
    /// All of them, finite or not.
    Kept(Vec<f32>),
    /// How many finite scores begin with these bits.
    Counted(Vec<u64>),
}

impl Default for Ordered {
    fn default() -> Self {
        Ordered::Kept(Vec::new())
    }
}

impl Ordered {
    /// Takes scores, of which `kept` at most are kept with those before, and fewer where there is no memory for more.
    pub(super) fn add(&mut self, scores: &[f32], kept: usize) {
        if let Ordered::Kept(all) = self {
            let fits = all.len() + scores.len() <= kept;
            if fits && all.try_reserve(scores.len()).is_ok() {
                all.extend_from_slice(scores);
                return;
            }
            let mut counts = vec![0; bucket(INFINITE)];
            count(&mut counts, all);
            *self = Ordered::Counted(counts);
        }
        if let Ordered::Counted(counts) = self {
            count(counts, scores);
        }
    }

    /// True if quantiles are exact.
    pub(super) fn is_exact(&self) -> bool {
        matches!(self, Ordered::Kept(_))
    }

    /// The quantiles at levels among the finite scores, of which there are so many, the least and the greatest these; `None`
    /// without levels, where there is none, or where others have looked through some of them.
    pub(super) fn quantiles(
        &self,
        finite: u64,
        [least, greatest]: [f32; 2],
        levels: &[f64],
    ) -> Option<Vec<f64>> {
        if levels.is_empty() {
            return None;
        }
        let places = levels.iter().map(|&level| Place::new(finite, level));
        let places = places.collect::<Option<Vec<Place>>>()?;
        let ranks = places.iter().flat_map(|place| {
            let above = (place.below + 1).min(finite - 1);
            [place.below, above]
        });
        let found: Vec<f64> = match self {
            Ordered::Kept(scores) if (scores.len() as u64) < finite => return None,
            Ordered::Counted(counts) if counts.iter().sum::<u64>() < finite => return None,
            Ordered::Kept(scores) => select(scores, &ranks.collect::<Vec<u64>>()),
            Ordered::Counted(counts) => {
                let found = middles(counts, &ranks.collect::<Vec<u64>>());
                let within = |score: f64| score.clamp(least.into(), greatest.into());
                found.into_iter().map(within).collect()
            }
        };
        let both = found.chunks_exact(2).zip(&places);
        Some(
            both.map(|(both, place)| place.between(both[0], both[1]))
                .collect(),
        )
    }
}

/// The first bits of a score, by which scores are told apart first.
const FIRST_BITS: u32 = 16;

fn first(score: f32) -> usize {
    (bits(score) >> (32 - FIRST_BITS)) as usize
}

/// The scores behind so many others each, in the order of all.
///
/// Scores are counted by their first bits, which tells where each rank lies; only those that lie there are then put in
/// order.
fn select(scores: &[f32], ranks: &[u64]) -> Vec<f64> {
    let counts = first_counts(scores);
    let mut begins = Vec::with_capacity(counts.len());
    let mut before = 0;
    for count in &counts {
        begins.push(before);
        before += count;
    }
    // Of the runs that begin at a rank all but the last are empty.
    let run = |rank: u64| begins.partition_point(|&begin| begin <= rank) - 1;
    let mut is_wanted = vec![false; counts.len()];
    for &rank in ranks {
        is_wanted[run(rank)] = true;
    }
    let mut candidates = candidates(scores, &is_wanted);
    candidates.sort_unstable_by_key(|score| bits(*score));
    // Scores before each run that are no candidates.
    let mut passed = 0;
    let missing = counts.iter().zip(&is_wanted).map(|(count, is_wanted)| {
        let before = passed;
        passed += if *is_wanted { 0 } else { *count };
        before
    });
    let missing: Vec<u64> = missing.collect();
    let find = |&rank: &u64| {
        let score = candidates[(rank - missing[run(rank)]) as usize];
        f64::from(f32::from_bits(bits(score)))
    };
    ranks.iter().map(find).collect()
}

/// Scores that a thread takes at a time.
#[cfg(feature = "parallel")]
const AT_ONCE: usize = 1 << 18;

/// How many scores begin with each first bits.
fn first_counts(scores: &[f32]) -> Vec<u64> {
    let none = || vec![0_u64; 1 << FIRST_BITS];
    let count = |mut counts: Vec<u64>, scores: &[f32]| {
        scores.iter().for_each(|score| counts[first(*score)] += 1);
        counts
    };
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        let parts = scores.par_chunks(AT_ONCE).fold(none, count);
        parts.reduce(none, |mut counts, others| {
            counts
                .iter_mut()
                .zip(others)
                .for_each(|(count, other)| *count += other);
            counts
        })
    }
    #[cfg(not(feature = "parallel"))]
    count(none(), scores)
}

/// The scores whose first bits are wanted.
fn candidates(scores: &[f32], is_wanted: &[bool]) -> Vec<f32> {
    let wanted = |score: &&f32| is_wanted[first(**score)];
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        let parts = scores.par_chunks(AT_ONCE);
        let of_part = |scores: &[f32]| scores.iter().filter(wanted).copied().collect::<Vec<f32>>();
        parts.map(of_part).collect::<Vec<_>>().concat()
    }
    #[cfg(not(feature = "parallel"))]
    scores.iter().filter(wanted).copied().collect()
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

/// Counts the finite ones of these.
fn count(counts: &mut [u64], scores: &[f32]) {
    let bits = scores.iter().map(|score| bits(*score));
    bits.filter(|bits| *bits < INFINITE)
        .for_each(|bits| counts[bucket(bits)] += 1);
}

/// The bucket of a score.
fn bucket(bits: u32) -> usize {
    (bits >> DROPPED_BITS) as usize
}

/// The middles of the buckets that hold the scores behind so many others each.
fn middles(counts: &[u64], ranks: &[u64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    order.sort_unstable_by_key(|&at| ranks[at]);
    let mut order = order.into_iter().peekable();
    let mut found = vec![0.0; ranks.len()];
    let mut passed = 0;
    for (bucket, &count) in counts.iter().enumerate() {
        passed += count;
        while let Some(at) = order.next_if(|&at| ranks[at] < passed) {
            found[at] = middle(bucket);
        }
    }
    found
}

/// The middle of a bucket; 0 of that of zeros.
fn middle(bucket: usize) -> f64 {
    // Bucket numbers have at most 24 bits.
    let lowest = |bucket: usize| f64::from(f32::from_bits((bucket as u32) << DROPPED_BITS));
    match bucket {
        0 => 0.0,
        // What lies above the last is infinite.
        _ if bucket + 1 == self::bucket(INFINITE) => lowest(bucket),
        _ => (lowest(bucket) + lowest(bucket + 1)) / 2.0,
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
        let levels = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999, 1.0];
        let extremes = [0.0, f32::MAX];
        let both = [&kept, &counted].map(|ordered| ordered.quantiles(n.into(), extremes, &levels));
        let [Some(kept), Some(counted)] = both else {
            panic!("all scores are finite");
        };
        for (kept, counted) in kept.iter().zip(counted) {
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
        let extremes = [0.0, f32::MAX];
        let Some(quantiles) = counted.quantiles(5, extremes, &[0.0, 0.25, 0.5, 0.75, 1.0]) else {
            panic!("five scores are finite");
        };
        assert_eq!(quantiles[..2], [0.0, 0.0]);
        assert!((quantiles[2] / f64::from(f32::MIN_POSITIVE) - 1.0).abs() < 1e-5);
        assert!((quantiles[3] - 1.0).abs() < 1e-5);
        assert!((quantiles[4] / f64::from(f32::MAX) - 1.0).abs() < 2e-5);
    }

    #[test]
    fn quantiles_of_buckets_are_within_the_extremes() {
        for score in [0.0, 1e-42, 0.3, 1.0, f32::MAX] {
            let mut counted = Ordered::default();
            counted.add(&[score; 9], 0);
            let quantiles = counted.quantiles(9, [score; 2], &[0.0, 0.5, 1.0]);
            assert_eq!(quantiles, Some(vec![f64::from(score); 3]));
        }
    }

    #[test]
    fn no_score_has_no_quantile() {
        assert_eq!(Ordered::default().quantiles(0, [0.0; 2], &[0.5]), None);
        assert_eq!(Place::new(0, 0.5), None);
        let mut kept = Ordered::default();
        kept.add(&[f32::NAN, f32::INFINITY], 10);
        assert_eq!(kept.quantiles(0, [0.0; 2], &[0.5]), None);
    }
    #[test]
    fn ranks_are_those_of_sorted_scores() {
        // Equal ones, of few first bits and of many, and some that do not count.
        let mut scores: Vec<f32> = (0..5000_u32)
            .map(|i| f32::from_bits(0x3f80_0000 + i * 7919 % 5000 / 3 * 40))
            .collect();
        scores.extend((0..3000).map(|i| (i as f32 * 0.7 - 1000.0).exp2()));
        scores.extend([f32::NAN, f32::INFINITY, -0.0, 0.0]);
        let mut sorted: Vec<f32> = scores.iter().copied().filter(|s| s.is_finite()).collect();
        sorted.sort_by(f32::total_cmp);
        let ranks: Vec<u64> = (0..sorted.len() as u64)
            .rev()
            .step_by(7)
            .chain([0])
            .collect();
        let found = select(&scores, &ranks);
        for (rank, found) in ranks.iter().zip(found) {
            assert_eq!(found, f64::from(sorted[*rank as usize]), "rank {rank}");
        }
    }
}
