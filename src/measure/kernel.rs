//! What a measure must provide: how a pair of bins adds, and how the sums finish.

use super::Pair;
use super::power::PowerParameters;
use super::stem::Stem;
use crate::expr::Generator;
use crate::math::{Arith, Merge, Number};

/// Numbers that a measure may use, the same for all rows of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Parameters {
    /// The weight on P.
    pub weight: f32,
    /// One minus the weight.
    pub weight_q: f32,
    /// What powers need.
    pub power: PowerParameters,
    /// The generator, of divergences that are given by one.
    pub generator: Option<Own>,
}

/// A generator of a user; equal ones are kept once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own(pub &'static Generator);

impl PartialEq for Own {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

/// What is known of a pair of rows when their bins are folded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Masses {
    /// The sum of `p` over the row (and of `q`, up to the drift).
    pub mass: f32,
    /// `(sum q - sum p) / sum p`: the rounding that is left of the masses. Folds see 0 in the first
    /// pass of measures that do not need it; `finish` always sees it.
    pub drift: f32,
    /// The largest `q`.
    pub q_max: f32,
    /// The sum of the other `q`.
    pub q_rest: f32,
}

/// How far apart the words of two bins may be for them to be near: one is at most 3.5 times the other.
pub(crate) const NEAR: u32 = 0x00e0_0000;

/// A pair of zero bins that makes a score infinite.
pub(crate) const P_ABOVE_ZERO_Q: u32 = 1;
/// A pair of zero bins that makes a score infinite.
pub(crate) const Q_ABOVE_ZERO_P: u32 = 2;

/// The arithmetic of one measure: two sums over the bins of a row, the twin of its shader.
pub(crate) trait Kernel: Send + Sync + 'static {
    /// What it is called and needs.
    const STEM: &'static Stem;
    /// How the sums merge, as the stem says.
    type Merge: Merge<2>;

    /// Which support violations make the score infinite.
    #[inline(always)]
    fn infinite_on(_: &Parameters) -> u32 {
        0
    }

    /// What one pair of bins adds to the sums.
    fn terms<A: Arith, T: Number>(
        parameters: &Parameters,
        masses: &Masses,
        pair: &Pair<T>,
    ) -> [T; 2];

    /// [`Kernel::terms`] of pairs each of which has a drift of its own, for measures that need to know it and have loops
    /// over rows side by side.
    #[inline(always)]
    fn drifted_terms<A: Arith, T: Number>(
        parameters: &Parameters,
        _drift: T,
        pair: &Pair<T>,
    ) -> [T; 2] {
        const { assert!(!Self::STEM.needs_drift, "it has to say what the drift does") };
        let masses = Masses {
            mass: 1.0,
            drift: 0.0,
            q_max: 1.0,
            q_rest: 0.0,
        };
        Self::terms::<A, T>(parameters, &masses, pair)
    }

    /// True if [`Kernel::near_terms`] spares work.
    const FASTER_NEAR: bool = false;

    /// [`Kernel::terms`] of bins whose words are less than [`NEAR`] apart: the same bits.
    #[inline(always)]
    fn near_terms<A: Arith, T: Number>(
        parameters: &Parameters,
        masses: &Masses,
        pair: &Pair<T>,
    ) -> [T; 2] {
        Self::terms::<A, T>(parameters, masses, pair)
    }

    /// Whether the sums settle the score. Where they do not, [`Stem::instead`] folds the row once more.
    #[inline(always)]
    fn settles(_: &Parameters, _: &Masses, _sums: [f32; 2]) -> bool {
        true
    }

    /// The score in nats from the sums.
    fn finish<A: Arith>(parameters: &Parameters, masses: &Masses, sums: [f32; 2]) -> f32;

    /// Whether the score keeps the promise although the masses were not brought together: `sums` were
    /// folded with a drift of 0, and with a largest `q` of 1.
    ///
    /// This one suits measures whose first sum is that of their excess, and whose finish is exact for any
    /// drift.
    #[inline(always)]
    fn accepts(masses: &Masses, sums: [f32; 2], _score: f32) -> bool {
        accepts_second_order(masses.drift, sums[0], 1e-3)
    }

    /// The same where it takes more than the sums to tell.
    #[inline(always)]
    fn accepts_with(_: &Parameters, masses: &Masses, sums: [f32; 2], score: f32) -> bool {
        Self::accepts(masses, sums, score)
    }
}

/// True if the drift takes away no more than a quarter of the excess, about as much as rounding grows by,
/// and stays below a limit. The masses are 1 to a percent, or so.
#[inline(always)]
pub(super) fn accepts_second_order(drift: f32, excess: f32, limit: f32) -> bool {
    drift.abs() <= limit && 2.0 * drift * drift <= excess
}
