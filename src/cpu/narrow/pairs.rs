//! The fold over pairs of rows that have been read, a row in each lane.

use std::marker::PhantomData;

use super::{Kind, slots_of_rows};
use crate::cpu::dispatch::Simd;
use crate::cpu::fold::{Of, Words};
use crate::cpu::matrix::Ends;
use crate::cpu::prefetch::Behind;
use crate::cpu::side_by_side::LaneSlots;
use crate::cpu::tree::{FOLD, merge_components, merge_lane_slots};
use crate::math::{Add, Bits, Merge, Number, Two};
use crate::measure::{Kernel, Parameters};

/// Pairs to be folded. `N` is one more than the sums of the measure.
pub(super) struct NarrowPairs<'a, const N: usize, K, R: Kind<S>, S: Simd> {
    pub simd: S,
    pub parameters: Parameters,
    pub shares: R::Shares,
    /// That of each row.
    pub drift: Of<S>,
    /// Those of P and of Q.
    pub quads: [&'a [R::Quad]; 2],
    /// What to ask for meanwhile.
    pub behind: [Behind; 2],
    pub ends: Ends,
    pub measure: PhantomData<K>,
}

impl<const N: usize, K, R: Kind<S>, S: Simd> Clone for NarrowPairs<'_, N, K, R, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const N: usize, K, R: Kind<S>, S: Simd> Copy for NarrowPairs<'_, N, K, R, S> {}

/// The sums of each row, and flags of support violations.
type Folded<const N: usize, S> = ([Of<S>; N], Words<Of<S>>);

/// The fold as a value, so that it is compiled for one instruction set, and stands in the code once for each way.
struct FoldOfPairs<
    'a,
    const FOLDS: bool,
    const GUARDED: bool,
    const N: usize,
    K,
    R: Kind<S>,
    S: Simd,
> {
    pairs: &'a NarrowPairs<'a, N, K, R, S>,
    slots: &'a mut LaneSlots<N, S>,
}

impl<const N: usize, K: Kernel<Merge = Add>, R: Kind<S>, S: Simd> NarrowPairs<'_, N, K, R, S> {
    /// Folds them, `is_plain` being true of rows whose pairs need no guard. Without `FOLDS` they have one fold at most.
    #[inline(always)]
    pub(super) fn fold<const FOLDS: bool>(
        &self,
        is_plain: bool,
        slots: &mut LaneSlots<N, S>,
    ) -> Folded<N, S> {
        let (simd, pairs) = (self.simd, self);
        if is_plain {
            simd.run(FoldOfPairs::<FOLDS, false, N, K, R, S> { pairs, slots })
        } else {
            simd.run(FoldOfPairs::<FOLDS, true, N, K, R, S> { pairs, slots })
        }
    }

    /// The terms of four elements of each row, from `at` on.
    #[inline(always)]
    fn terms<const GUARDED: bool>(&self, at: usize, seen: &mut Words<Of<S>>) -> [[Of<S>; N]; 4] {
        let zero = self.drift.splat(0.0);
        let drift = Two(self.drift, self.drift);
        let [p, q] = self.quads;
        let quads = [&p[at / 4], &q[at / 4]];
        for behind in self.behind {
            behind.ask::<S>(at);
        }
        let mut sums = [[zero; N]; 4];
        for i in [0, 2] {
            let (pair, flags) = R::pair::<GUARDED>(&self.shares, quads, i);
            let terms = K::drifted_terms::<S::Arith, _>(&self.parameters, drift, &pair);
            for w in 0..N - 1 {
                sums[i][w] = terms[w].0;
                sums[i + 1][w] = terms[w].1;
            }
            sums[i][N - 1] = pair.d.0;
            sums[i + 1][N - 1] = pair.d.1;
            if GUARDED {
                *seen = seen.or(flags.0).or(flags.1);
            }
        }
        let token = self.simd.token();
        self.ends
            .leave::<S, _>(token, at, &mut sums, |present, sums| match present {
                Some(present) => sums.map(|sum| Number::select(present, sum, zero)),
                None => [zero; N],
            });
        sums
    }
}

impl<const FOLDS: bool, const GUARDED: bool, const N: usize, K, R, S> pulp::NullaryFnOnce
    for FoldOfPairs<'_, FOLDS, GUARDED, N, K, R, S>
where
    K: Kernel<Merge = Add>,
    R: Kind<S>,
    S: Simd,
{
    type Output = Folded<N, S>;

    #[inline(always)]
    fn call(self) -> Folded<N, S> {
        // Local, so that it is known to change by nothing.
        let pairs = *self.pairs;
        let k = pairs.ends.longest;
        let zero = pairs.drift.splat(0.0);
        let mut seen = zero.bits();
        let slots = slots_of_rows::<N, Add, S>(zero, k, self.slots);
        for (slot, first) in slots.iter_mut().zip((0..k).step_by(4)) {
            let sums = if FOLDS {
                // A loop, so that its body stands in the code once.
                let mut sums = [Add::NOTHING.map(|nothing| zero.splat(nothing)); 4];
                for at in (first..k).step_by(FOLD) {
                    let terms = pairs.terms::<GUARDED>(at, &mut seen);
                    for c in 0..4 {
                        sums[c] = Add::merge::<S::Arith, _>(sums[c], terms[c]);
                    }
                }
                sums
            } else {
                pairs.terms::<GUARDED>(first, &mut seen)
            };
            *slot = merge_components::<N, Add, S::Arith, _>(sums);
        }
        merge_lane_slots::<N, Add, S::Arith, _>(slots);
        (slots[0], seen)
    }
}
