//! What a run of scores adds to statistics that are sums, extremes or counts.

use super::Statistics;
use super::histogram::Histogram;
use super::sum::{ExactSum, split};

/// Scores that are looked through while they are in the first-level cache.
const AT_ONCE: usize = 1 << 12;

/// A sum for each power of two, four times: neighbours, which are often of one power, need not wait for each other.
type Table = [[u64; 256]; 4];

/// Counts, sum and extremes of some scores.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) finite: u64,
    pub(crate) infinities: u64,
    /// NaN, or what no score is.
    pub(crate) bad: u64,
    /// Bits of the least and the greatest finite score: all ones, and none.
    pub(crate) extremes: [u32; 2],
    pub(crate) sum: ExactSum,
    pub(super) histogram: Option<Histogram>,
}

impl Part {
    /// Of no score.
    pub(crate) fn new(statistics: &Statistics) -> Self {
        let edges = &statistics.edges;
        Part {
            finite: 0,
            infinities: 0,
            bad: 0,
            extremes: [u32::MAX, 0],
            sum: ExactSum::default(),
            histogram: (!edges.is_empty()).then(|| Histogram::new(edges)),
        }
    }

    /// Adds what these scores add.
    pub(super) fn take(&mut self, statistics: &Statistics, scores: &[f32]) {
        let mut table: Table = [[0; 256]; 4];
        for scores in scores.chunks(AT_ONCE) {
            let before = [self.infinities, self.bad];
            self.count(scores);
            if statistics.adds_up() {
                add_up(&mut table, scores);
            }
            if let Some(histogram) = &mut self.histogram {
                if self.bad == before[1] {
                    histogram.add_all(scores, self.infinities - before[0]);
                } else {
                    let finite = scores.iter().filter(|score| bits(**score) < INFINITE);
                    finite.for_each(|score| histogram.add(*score));
                }
            }
        }
        if statistics.adds_up() {
            for sums in &table {
                for (place, &sum) in sums.iter().enumerate() {
                    self.sum.add(place, sum.into());
                }
            }
        }
    }

    /// Forgets all of it.
    #[cfg(feature = "gpu")]
    pub(crate) fn clear(&mut self) {
        let mut histogram = self.histogram.take();
        if let Some(histogram) = &mut histogram {
            histogram.clear();
        }
        *self = Part {
            histogram,
            ..Part::new(&Statistics::new())
        };
    }

    fn count(&mut self, scores: &[f32]) {
        let (mut finite, mut infinities) = (0_u32, 0_u32);
        let [mut least, mut greatest] = self.extremes;
        for &score in scores {
            let bits = bits(score);
            let is_finite = bits < INFINITE;
            finite += u32::from(is_finite);
            infinities += u32::from(bits == INFINITE);
            least = least.min(bits);
            greatest = greatest.max(if is_finite { bits } else { 0 });
        }
        self.extremes = [least, greatest];
        self.finite += u64::from(finite);
        self.infinities += u64::from(infinities);
        self.bad += scores.len() as u64 - u64::from(finite) - u64::from(infinities);
    }

    /// Adds what other scores add.
    #[cfg(any(feature = "parallel", feature = "gpu"))]
    pub(crate) fn append(&mut self, other: &Part) {
        self.finite += other.finite;
        self.infinities += other.infinities;
        self.bad += other.bad;
        let ([least, greatest], [other_least, other_greatest]) = (self.extremes, other.extremes);
        self.extremes = [least.min(other_least), greatest.max(other_greatest)];
        self.sum.append(&other.sum);
        if let (Some(histogram), Some(other)) = (&mut self.histogram, &other.histogram) {
            histogram.append(other.all());
        }
    }

    /// Adds counts of the histogram: below the first edge, in each bin, above the last.
    #[cfg(feature = "gpu")]
    pub(crate) fn count_bins(&mut self, counts: impl IntoIterator<Item = u64>) {
        if let Some(histogram) = &mut self.histogram {
            histogram.append(counts);
        }
    }
}

/// The bits of infinity.
pub(super) const INFINITE: u32 = 0x7f80_0000;

/// The bits of a score: those of finite ones are in their order, and below those of infinity; all others are above.
pub(super) fn bits(score: f32) -> u32 {
    match score.to_bits() {
        // A zero is one whatever its sign.
        0x8000_0000 => 0,
        bits => bits,
    }
}

fn add_up(table: &mut Table, scores: &[f32]) {
    for scores in scores.chunks(4) {
        for (sums, &score) in table.iter_mut().zip(scores) {
            let bits = bits(score);
            if bits < INFINITE {
                let (place, multiple) = split(bits);
                sums[place] += u64::from(multiple);
            }
        }
    }
}
