//! Rows of weights, or of probabilities, from stored words to scores, by measures that are wanted often.
//!
//! Rows with nothing odd in them, which most are, go without the guards for others. The bits are those of the long way
//! ([`super::row`]), which takes what is left.

use std::marker::PhantomData;

use super::dispatch::{Batch, Simd};
use super::domain::{Domain, LinearShares, Shares};
use super::narrow::{Weights, score, score_side_by_side};
use super::prefetch::Ahead;
use super::row::{Scratch, Task};
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
    let last = out.len().saturating_sub(1);
    let mut known = [None; 2];
    let asking = |i: usize| [p.asking(p.row(i).len()), q.asking(q.row(i).len())];
    let mut look = |i: usize| {
        for (known, rows) in known.iter_mut().zip([p, q]) {
            // A row that all are has been surveyed.
            *known = known.filter(|_| rows.are_one());
        }
        simd.run(Look::<S> {
            simd,
            task,
            rows: [p.row(i), q.row(i)],
            ahead: asking(i).map(|asking| asking.look),
            known: &mut known,
        })
    };
    let mut next = if out.is_empty() { None } else { look(0) };
    for (i, out) in out.iter_mut().enumerate() {
        // The merges that end a look take long, but are little work: the fold of the pair before does not wait for them.
        let looked = std::mem::replace(&mut next, if i < last { look(i + 1) } else { None });
        let Some(looked) = looked else {
            left.push(i);
            continue;
        };
        let pair = FoldPair::<N, K, S> {
            simd,
            task,
            rows: [p.row(i), q.row(i)],
            looked,
            ahead: asking(i).map(|asking| asking.fold),
            measure: PhantomData,
        };
        *out = simd.run(pair);
    }
}

/// What is known of two rows that stand for distributions.
struct Looked {
    shares: LinearShares<f32>,
    need_guards: bool,
}

/// The first look at two rows as a value, so that all of it is compiled for one instruction set.
struct Look<'a, S> {
    simd: S,
    task: &'a Task,
    rows: [&'a [f32]; 2],
    ahead: [Ahead; 2],
    /// What is known of both, none of a row that stands for no distribution.
    known: &'a mut [Option<Option<Linear>>; 2],
}

impl<S: Simd> pulp::NullaryFnOnce for Look<'_, S> {
    type Output = Option<Looked>;

    #[inline(always)]
    fn call(self) -> Option<Looked> {
        let (task, [p, q], [known_p, known_q]) = (self.task, self.rows, self.known);
        let [ahead_of_p, ahead_of_q] = self.ahead;
        let survey = |operand, row, ahead| survey_linear(self.simd, operand, row, ahead).ok();
        let of_p = (*known_p.get_or_insert_with(|| survey(&task.p, p, ahead_of_p)))?;
        let of_q = if task.uses_q {
            (*known_q.get_or_insert_with(|| survey(&task.q, q, ahead_of_q)))?
        } else {
            of_p
        };
        let shares = LinearShares::new::<S::Arith>(&of_p, &of_q);
        let need_guards = shares.need_guards([&of_p, &of_q]);
        Some(Looked {
            shares,
            need_guards,
        })
    }
}

/// The fold over two rows as a value, likewise.
struct FoldPair<'a, const N: usize, K, S> {
    simd: S,
    task: &'a Task,
    rows: [&'a [f32]; 2],
    looked: Looked,
    ahead: [Ahead; 2],
    measure: PhantomData<K>,
}

impl<const N: usize, K: Kernel<Merge = Add>, S: Simd> pulp::NullaryFnOnce
    for FoldPair<'_, N, K, S>
{
    /// The score.
    type Output = f32;

    #[inline(always)]
    fn call(self) -> f32 {
        let shares = self.looked.shares;
        if self.looked.need_guards {
            self.score(&Shares::<true>(shares))
        } else {
            self.score(&Shares::<false>(shares))
        }
    }
}

impl<const N: usize, K: Kernel<Merge = Add>, S: Simd> FoldPair<'_, N, K, S> {
    #[inline(always)]
    fn score<D: Domain>(&self, shares: &D) -> f32 {
        let (task, rows) = (self.task, self.rows);
        let fold = |masses: &Masses, ahead| {
            let parameters = &task.parameters;
            fused_fold_ahead::<N, K, S, D>(self.simd, shares, parameters, masses, rows, ahead)
        };
        let mut masses = shares.masses();
        let mut found = fold(&masses, self.ahead);
        if K::STEM.needs_drift {
            masses.drift = found.difference / masses.mass;
            found = fold(&masses, [0; 2]);
        }
        score::<K, S>(task, masses, &found)
    }
}
