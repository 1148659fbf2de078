//! Rows of weights, or of probabilities, from stored words to scores, by measures that are wanted often.
//!
//! Rows with nothing odd in them, which most are, go without the guards for others. The bits are those of the long way
//! ([`super::row`]), which takes what is left.

use std::marker::PhantomData;

use super::dispatch::{Batch, Simd};
use super::domain::{Domain, LinearShares, Shares};
use super::narrow::{Weights, score, score_side_by_side};
use super::row::{Scratch, Task};
use super::prefetch::Asking;
use super::shares::fused_fold_ahead;
use super::survey::{Linear, survey_linear};
use crate::math::Add;
use crate::measure::{Kernel, Masses, Parts};

/// Scores rows of weights or probabilities, and adds the numbers of those that stand for no distribution to those that
/// are left.
///
/// For measures whose sums are added. `N` is one more than their number.
pub(crate) fn rows_of_weights<const N: usize, K: Kernel<Merge = Add>, S: Simd>(
    simd: S,
    batch: &Batch<'_>,
    out: &mut [f32],
    scratch: &mut Scratch,
) {
    const { assert!(K::STEM.instead.is_none() && !matches!(K::STEM.parts, Parts::Powers)) };
    let left = &mut scratch.left;
    if score_side_by_side::<N, K, Weights, S>(simd, batch, out, left) {
        return;
    }
    let Batch { task, p, q } = batch;
    let mut known = [None; 2];
    for (i, out) in out.iter_mut().enumerate() {
        for (known, rows) in known.iter_mut().zip([p, q]) {
            // A row that all are has been surveyed.
            *known = known.filter(|_| rows.are_one());
        }
        let pair = OnePair::<N, K, S> {
            simd,
            task,
            rows: [p.row(i), q.row(i)],
            measure: PhantomData,
        };
        match pair.score(&mut known) {
            Some(score) => *out = score,
            None => left.push(i),
        }
    }
}

struct OnePair<'a, const N: usize, K, S> {
    simd: S,
    task: &'a Task,
    rows: [&'a [f32]; 2],
    measure: PhantomData<K>,
}

impl<const N: usize, K: Kernel<Merge = Add>, S: Simd> OnePair<'_, N, K, S> {
    /// The score, if both rows stand for a distribution; with what is known of them, none of a row that does not.
    fn score(&self, [known_p, known_q]: &mut [Option<Option<Linear>>; 2]) -> Option<f32> {
        let (task, [p, q]) = (self.task, self.rows);
        let asking = Asking::of_rows(p.len());
        let survey = |operand, row| survey_linear(self.simd, operand, row, asking.look).ok();
        let of_p = (*known_p.get_or_insert_with(|| survey(&task.p, p)))?;
        let of_q = if task.uses_q {
            (*known_q.get_or_insert_with(|| survey(&task.q, q)))?
        } else {
            of_p
        };
        let shares = LinearShares::new::<S::Arith>(&of_p, &of_q);
        Some(if shares.need_guards([&of_p, &of_q]) {
            self.score_shares(&Shares::<true>(shares))
        } else {
            self.score_shares(&Shares::<false>(shares))
        })
    }

    fn score_shares<D: Domain>(&self, shares: &D) -> f32 {
        let (task, [p, q]) = (self.task, self.rows);
        let ahead = Asking::of_rows(p.len()).fold;
        let fold = |masses: &Masses| {
            let parameters = &task.parameters;
            fused_fold_ahead::<N, K, S, D>(self.simd, shares, parameters, masses, [p, q], ahead)
        };
        let mut masses = shares.masses();
        let mut found = fold(&masses);
        if K::STEM.needs_drift {
            masses.drift = found.difference / masses.mass;
            found = fold(&masses);
        }
        score::<K, S>(task, masses, &found)
    }
}
