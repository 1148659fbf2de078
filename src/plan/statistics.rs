//! Statistics of scores on a GPU: which kernels, what they are told, and how a state lies in its buffer.
//!
//! A state takes the scores of one dispatch or more: counts, extremes, the exact sum and a histogram. Quantiles are
//! looked for among scores that all lie on the device, some bits at a time: of the scores that have the bits found so
//! far, one kernel counts how many go on with each digit, and another takes the digit where the place looked for lies.

use std::fmt;

use super::WORKGROUP;
use crate::statistics::{Part, Statistics};

/// What tells kernels of statistics apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum StatisticsKey {
    /// Counts and extremes; with the sum, and with a look at statuses.
    Moments {
        sum: bool,
        judged: bool,
    },
    Histogram,
    Digits,
    Pick,
    Ranks,
    Finish,
}

impl StatisticsKey {
    /// All there are.
    pub(crate) const ALL: [StatisticsKey; 9] = [
        StatisticsKey::Moments {
            sum: false,
            judged: false,
        },
        StatisticsKey::Moments {
            sum: false,
            judged: true,
        },
        StatisticsKey::Moments {
            sum: true,
            judged: false,
        },
        StatisticsKey::Moments {
            sum: true,
            judged: true,
        },
        StatisticsKey::Histogram,
        StatisticsKey::Digits,
        StatisticsKey::Pick,
        StatisticsKey::Ranks,
        StatisticsKey::Finish,
    ];

    /// Of each storage buffer behind the parameters, if the kernel writes to it.
    pub(crate) fn writes(self) -> &'static [bool] {
        match self {
            StatisticsKey::Moments { judged: false, .. } => &[false, true],
            StatisticsKey::Moments { judged: true, .. } | StatisticsKey::Histogram => {
                &[false, true, false]
            }
            StatisticsKey::Pick => &[true, true],
            StatisticsKey::Digits | StatisticsKey::Ranks | StatisticsKey::Finish => {
                &[false, false, true]
            }
        }
    }
}

impl fmt::Display for StatisticsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("statistics/")?;
        match self {
            StatisticsKey::Moments { sum, judged } => {
                let of = |is, name| if is { name } else { "" };
                write!(f, "moments{}{}", of(*sum, "/sum"), of(*judged, "/judged"))
            }
            other => write!(f, "{other:?}"),
        }
    }
}

/// The rounds in which the 31 bits of a score are found: bits below those of the round, and how many it finds.
pub(crate) const ROUNDS: [(u32, u32); 3] = [(20, 11), (10, 10), (0, 10)];

/// Digits that a round tells apart at most.
pub(crate) const DIGITS: u64 = 1 << 11;

/// Words of a target.
pub(crate) const TARGET: usize = 4;

/// Words of a state before its histogram.
const HISTOGRAM: usize = 32;
const SUM: usize = 8;
const LIMBS: usize = 21;

/// Scores that an invocation looks at before another workgroup is worth its while.
const EACH: u64 = 16;

/// A workgroup adds 65,536 scores before a word of the sum overflows, for each 8 of its invocations; 1024 of them then
/// take 2^31.
const MOST_GROUPS: u64 = 1024;

/// Workgroups that share so many scores.
pub(crate) fn groups(scores: u64) -> u64 {
    scores
        .div_ceil(u64::from(WORKGROUP) * EACH)
        .clamp(1, MOST_GROUPS)
}

/// The shape of what statistics need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    pub sum: bool,
    /// Bins of the histogram, or 0.
    pub bins: u32,
    /// Places in the order of scores: two a quantile.
    pub targets: u32,
    /// Bits as `wanted` of `Parameters` has them.
    wanted: u32,
}

impl Needs {
    pub(crate) fn new(statistics: &Statistics) -> Self {
        Needs {
            sum: statistics.adds_up(),
            bins: statistics.edges.len().saturating_sub(1) as u32,
            // More than any device has room for, where there are more.
            targets: u32::try_from(2 * statistics.levels.len()).unwrap_or(u32::MAX - 1),
            wanted: u32::from(statistics.min)
                | u32::from(statistics.max) << 1
                | u32::from(statistics.mean) << 2
                | u32::from(statistics.sum) << 3,
        }
    }

    /// Words of a histogram, with those below and above.
    fn counts(&self) -> usize {
        match self.bins {
            0 => 0,
            bins => bins as usize + 2,
        }
    }

    /// Bytes of a state.
    pub(crate) fn state(&self) -> u64 {
        4 * (HISTOGRAM + self.counts()) as u64
    }

    /// Bytes of targets, and of the counts of their digits; of one target at least, since no buffer is empty.
    pub(crate) fn targets(&self) -> [u64; 2] {
        let targets = u64::from(self.targets.max(1));
        [targets * 4 * TARGET as u64, targets * 4 * DIGITS]
    }

    /// Where the quantiles and the histogram begin in a result, in words, and how many words there are.
    pub(crate) fn result(&self) -> [usize; 3] {
        let quantiles = 8;
        let histogram = quantiles + self.targets as usize / 2;
        [quantiles, histogram, histogram + self.counts()]
    }
}

/// One dispatch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters {
    pub needs: Needs,
    pub scores: u64,
    pub epoch: u32,
    /// Of [`ROUNDS`]; behind the last for what comes after them.
    pub round: usize,
}

impl Parameters {
    /// The words of the uniform buffer, in the order of shaders/statistics/common.wgsl.
    pub(crate) fn words(&self, grid_width: u32) -> [u32; 12] {
        let (shift, width) = ROUNDS.get(self.round).copied().unwrap_or((0, 0));
        [
            self.scores as u32,
            groups(self.scores) as u32,
            grid_width,
            self.epoch,
            self.needs.bins,
            shift,
            width,
            self.round as u32,
            self.needs.targets,
            self.needs.wanted,
            0,
            0,
        ]
    }

    /// Workgroups of a kernel.
    pub(crate) fn workgroups(&self, key: StatisticsKey) -> u64 {
        let targets = u64::from(self.needs.targets);
        let each = |words: usize| (words as u64).div_ceil(u64::from(WORKGROUP)).max(1);
        match key {
            StatisticsKey::Moments { .. } | StatisticsKey::Histogram => groups(self.scores),
            StatisticsKey::Digits => groups(self.scores) * targets,
            StatisticsKey::Pick => targets,
            StatisticsKey::Ranks => each(targets as usize / 2),
            StatisticsKey::Finish => {
                each((self.needs.targets as usize / 2).max(self.needs.counts()))
            }
        }
    }

    /// What a state says of these scores; `None` if it is not of all of them, whole, and of this epoch.
    pub(crate) fn read(&self, statistics: &Statistics, state: &[u32]) -> Option<Part> {
        let &[
            finite,
            infinities,
            bad,
            unfinished,
            least,
            greatest,
            done,
            epoch,
            ..,
        ] = state
        else {
            return None;
        };
        let [finite, infinities, bad] = [finite, infinities, bad].map(u64::from);
        let whole = epoch == self.epoch
            && u64::from(done) == groups(self.scores)
            && unfinished == 0
            && finite + infinities + bad == self.scores;
        if !whole {
            return None;
        }
        let mut part = Part::new(statistics);
        part.finite = finite;
        part.infinities = infinities;
        part.bad = bad;
        part.extremes = [!least, greatest];
        for (limb, &word) in state.get(SUM..SUM + LIMBS)?.iter().enumerate() {
            part.sum.add(16 * limb, word.into());
        }
        let counts = state.get(HISTOGRAM..HISTOGRAM + self.needs.counts())?;
        let counts = counts.iter().map(|&count| u64::from(count));
        if self.needs.bins > 0 && counts.clone().sum::<u64>() != finite {
            return None;
        }
        part.count_bins(counts);
        Some(part)
    }
}

/// Edges as integers of the same order, as kernels compare them: subnormals are no zeros there on any device.
pub(crate) fn ordered_edges(statistics: &Statistics) -> Vec<u32> {
    let ordered = |edge: &f32| match edge.to_bits() {
        0x8000_0000 => 0x8000_0000,
        bits if bits >> 31 == 1 => !bits,
        bits => bits | 0x8000_0000,
    };
    statistics.edges.iter().map(ordered).collect()
}

/// Levels as fractions of 64 bits, the upper half first; all ones stand for 1.
pub(crate) fn fixed_levels(statistics: &Statistics) -> Vec<u32> {
    let fixed = |level: &f64| {
        // What is 1 saturates, and nothing below does: the largest such f64 is a multiple of 2^-53.
        let fixed = (level * 2.0_f64.powi(64)) as u64;
        [(fixed >> 32) as u32, fixed as u32]
    };
    statistics.levels.iter().flat_map(fixed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ArgumentError;

    #[test]
    fn workgroups_never_add_more_than_their_words_hold() {
        assert_eq!(groups(0), 1);
        assert_eq!(groups(4096), 1);
        assert_eq!(groups(4097), 2);
        // The largest binding there is.
        for scores in [1_u64, 2049, 1 << 21, (1 << 29) + 1, 1 << 31] {
            let each = scores.div_ceil(groups(scores) * u64::from(WORKGROUP));
            let of_a_copy = each * u64::from(WORKGROUP) / 32;
            assert!(of_a_copy * 0xffff <= u64::from(u32::MAX), "{scores}");
            assert!(groups(scores) * 0xffff <= u64::from(u32::MAX));
        }
    }

    #[test]
    fn rounds_find_every_bit_once() {
        let mut below = 31;
        for (shift, width) in ROUNDS {
            assert_eq!(shift + width, below);
            assert!(1 << width <= DIGITS);
            below = shift;
        }
        assert_eq!(below, 0);
    }

    #[test]
    fn edges_are_integers_of_their_order() -> Result<(), ArgumentError> {
        let least = f32::from_bits(1);
        let statistics = Statistics::new().histogram(&[-2.0, -1.0, -least, -0.0, least, 3.0])?;
        let ordered = ordered_edges(&statistics);
        assert!(ordered.is_sorted_by(|a, b| a < b));
        assert_eq!(ordered[3], 0x8000_0000);
        Ok(())
    }

    #[test]
    fn levels_are_fractions() -> Result<(), ArgumentError> {
        let statistics = Statistics::new().quantiles(&[0.0, 0.5, 0.75, 1.0])?;
        let words = fixed_levels(&statistics);
        let half = 1 << 31;
        assert_eq!(
            words,
            [0, 0, half, 0, half | half >> 1, 0, u32::MAX, u32::MAX]
        );
        let below_one = Statistics::new().quantiles(&[1.0 - f64::EPSILON / 2.0])?;
        assert_ne!(fixed_levels(&below_one), [u32::MAX; 2]);
        Ok(())
    }

    #[test]
    fn a_state_that_is_not_whole_is_none() {
        let statistics = Statistics::new().mean();
        let parameters = Parameters {
            needs: Needs::new(&statistics),
            scores: 6,
            epoch: 7,
            round: 0,
        };
        let mut state = vec![0; HISTOGRAM];
        state[..8].copy_from_slice(&[3, 2, 1, 0, !5, 9, 1, 7]);
        state[SUM] = 20;
        let part = parameters.read(&statistics, &state);
        assert!(part.is_some_and(|part| part.extremes == [5, 9] && part.bad == 1));
        for (word, wrong) in [(0, 2), (2, 0), (3, 1), (6, 0), (7, 6)] {
            let mut state = state.clone();
            state[word] = wrong;
            assert!(
                parameters.read(&statistics, &state).is_none(),
                "word {word}"
            );
        }
        assert!(parameters.read(&statistics, &state[..20]).is_none());
    }
}
