//! Reductions of short rows side by side: a row in each lane.
//!
//! A row of 16 bins is one vector, and merging its lanes takes longer than folding it. With a row a lane
//! nothing crosses lanes, and what finishes a row finishes as many as there are lanes.

use super::dispatch::Simd;
use super::fold::{Fold, Of, Words, fold_each};
use super::matrix::{Ends, Side};
use super::tree::{FOLD, merge_components, merge_lane_slots};
use crate::math::{Bits, LANES, Merge, Number, Vector};

/// The most bins of a row that is folded side by side with others.
pub(crate) const NARROW: usize = FOLD;

/// The most bins of a row that is, where much is done for a row besides its bins, as for logarithms and weights: longer
/// rows are as fast one by one, and those 4 KiB apart compete for the same places of the cache (`docs/performance.md`).
pub(crate) const WIDE: usize = 640;

/// Sums and words of as many rows as a vector has lanes.
pub(crate) type ReducedSides<const N: usize, const W: usize, S> = ([Of<S>; N], [Words<Of<S>>; W]);

/// Room for the accumulators of the slots of rows, one row in each lane.
pub(crate) type LaneSlots<const N: usize, S> = [[Of<S>; N]; FOLD / 4];

/// Slots to be overwritten.
#[inline(always)]
pub(crate) fn lane_slots<const N: usize, S: Simd>(simd: S) -> LaneSlots<N, S> {
    [[Of::<S>::load(simd.token(), &[0.0; LANES], 0); N]; FOLD / 4]
}

/// Reduces as many pairs of rows as a vector has lanes, of up to [`NARROW`] bins each, and asks for those that follow.
#[inline(always)]
pub(crate) fn reduce_sides<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    p: Side<'_>,
    q: Side<'_>,
    ends: &Ends,
    slots: &mut LaneSlots<N, F::Simd>,
) -> ReducedSides<N, W, F::Simd> {
    let (simd, k) = (fold.simd(), ends.longest);
    let token = simd.token();
    let any = Of::<F::Simd>::load(token, &[0.0; LANES], 0);
    let zero = F::Merge::ZERO.map(|zero| any.splat(zero));
    let nothing = F::Merge::NOTHING.map(|zero| any.splat(zero));
    let mut seen = F::UNSEEN.map(|word| any.bits().splat(word));
    let every = Of::<F::Simd>::below(token, 0, LANES);
    let (used, rest) = slots[..k.div_ceil(4).next_power_of_two()].split_at_mut(k.div_ceil(4));
    rest.fill(zero);
    for (slot, at) in used.iter_mut().zip((0..k).step_by(4)) {
        p.behind().ask::<F::Simd>(at);
        q.behind().ask::<F::Simd>(at);
        let (p, q) = (p.quads(simd, at), q.quads(simd, at));
        let mut sums = [nothing; 4];
        if at + 4 <= ends.shortest {
            let p = [p[0].bits(), p[1].bits(), p[2].bits(), p[3].bits()];
            let q = [q[0].bits(), q[1].bits(), q[2].bits(), q[3].bits()];
            fold_each(fold, &mut sums, &mut seen, p, q);
        } else {
            // A loop, so that its body stands in the code once.
            for c in 0..4.min(k - at) {
                let (mut pair, mut present) = ([p[c], q[c]], every);
                if at + c >= ends.shortest {
                    // Behind the end of a row there may be anything.
                    present = ends.present::<F::Simd>(token, at + c);
                    pair = pair.map(|it| Number::select(present, it, it.splat(F::PADDING)));
                }
                let [p, q] = pair.map(Number::bits);
                fold.fold(&mut sums[c], &mut seen, p, q, present);
            }
        }
        *slot = merge_components::<N, F::Merge, Arithmetic<F::Simd>, _>(sums);
    }
    let slots = &mut slots[..k.div_ceil(4).next_power_of_two()];
    merge_lane_slots::<N, F::Merge, Arithmetic<F::Simd>, _>(slots);
    (slots[0], seen)
}

type Arithmetic<S> = <S as Simd>::Arith;
