//! Rows of logarithms at one temperature from stored words to scores, by measures that are wanted often.
//!
//! An exponential is most of the work on a bin. Here each is taken once and kept, from the masses to the fold, and
//! rows of plain numbers, which most are, go without the guards for others. The bits are those of the long way
//! ([`super::row`]), which takes what is left.

mod exponentials;
mod pairs;

use std::marker::PhantomData;

use super::dispatch::{Batch, Simd};
use super::domain::LogShares;
use super::narrow::{Logarithms, score, score_side_by_side};
use super::prefetch::Asking;
use super::row::{Scratch, Task};
use super::survey::{Log, Operand, Peak, is_no_distribution, peak_of};
use crate::math::Add;
use crate::measure::{Kernel, Parts};
use exponentials::exponentials;
use pairs::fold_pairs;

/// Scores rows of logarithms at one temperature, and adds the numbers of those that stand for no distribution to those
/// that are left.
///
/// For measures whose sums are added. `N` is one more than their number.
pub(crate) fn rows_of_logarithms<const N: usize, K: Kernel<Merge = Add>, S: Simd>(
    simd: S,
    batch: &Batch<'_>,
    out: &mut [f32],
    scratch: &mut Scratch,
) {
    const { assert!(K::STEM.instead.is_none() && !matches!(K::STEM.parts, Parts::Powers)) };
    let Batch { task, p, q } = batch;
    if score_side_by_side::<N, K, Logarithms, S>(simd, batch, out, &mut scratch.left) {
        return;
    }
    let last = out.len().saturating_sub(1);
    let mut known = [None; 2];
    // The exponentials of a row that all are are taken once.
    let are_one = [p.are_one(), q.are_one()];
    let peaks = |i: usize, known: &[Option<Option<Taken>>; 2]| {
        let peak = |row: &[f32]| peak_of(simd, row, Asking::of_rows(row.len()).look).ok();
        let of_p = if known[0].is_none() {
            peak(p.row(i))
        } else {
            None
        };
        let of_q = if known[1].is_none() && task.uses_q {
            peak(q.row(i))
        } else {
            None
        };
        [of_p, of_q]
    };
    let mut next = if out.is_empty() {
        [None; 2]
    } else {
        peaks(0, &known)
    };
    for (i, out) in out.iter_mut().enumerate() {
        let rows = [p.row(i), q.row(i)];
        let operands = [&task.p, &task.q];
        let kept = [&mut scratch.p, &mut scratch.q];
        for (at, kept) in kept.into_iter().enumerate() {
            if known[at].is_none() && (at == 0 || task.uses_q) {
                let taken =
                    next[at].and_then(|peak| taken(simd, operands[at], rows[at], peak, kept));
                known[at] = Some(taken);
            }
        }
        let [of_p, of_q] = known.map(Option::flatten);
        let of_q = if task.uses_q { of_q } else { of_p };
        for (known, is_one) in known.iter_mut().zip(are_one) {
            *known = known.filter(|_| is_one);
        }
        // What is merged last of one row takes long, but little work, so that the next pair is begun before.
        if i < last {
            next = peaks(i + 1, &known);
        }
        let (Some(of_p), Some(of_q)) = (of_p, of_q) else {
            scratch.left.push(i);
            continue;
        };
        let exp_q = if task.uses_q { &scratch.q } else { &scratch.p };
        *out = simd.run(FoldPair::<N, K, S> {
            simd,
            task,
            rows: [rows[0], rows[1], &scratch.p, exp_q],
            taken: [of_p, of_q],
            measure: PhantomData,
        });
    }
}

/// What a row amounts to whose exponentials have been taken.
#[derive(Clone, Copy)]
struct Taken {
    log: Log,
    is_plain: bool,
}

/// Takes the exponentials of a row, if it stands for a distribution.
fn taken<S: Simd>(
    simd: S,
    operand: &Operand,
    row: &[f32],
    Peak { max, is_plain }: Peak,
    kept: &mut Vec<f32>,
) -> Option<Taken> {
    kept.resize(row.len(), 0.0);
    let ahead = Asking::of_rows(row.len()).fold;
    let rest = exponentials(simd, row, max, operand.inverse_temperature, kept, ahead);
    let log = Log { max, rest };
    let is_distribution = !is_no_distribution::<S>(operand, &log);
    is_distribution.then_some(Taken { log, is_plain })
}

/// The fold over two rows and their exponentials as a value, so that all of it is compiled for one instruction set.
struct FoldPair<'a, const N: usize, K, S> {
    simd: S,
    task: &'a Task,
    rows: [&'a [f32]; 4],
    taken: [Taken; 2],
    measure: PhantomData<K>,
}

impl<const N: usize, K: Kernel<Merge = Add>, S: Simd> pulp::NullaryFnOnce
    for FoldPair<'_, N, K, S>
{
    /// The score.
    type Output = f32;

    #[inline(always)]
    fn call(self) -> f32 {
        let FoldPair { simd, task, .. } = self;
        let [of_p, of_q] = self.taken;
        let shares = LogShares::new::<S::Arith>(
            [of_p.log.max, of_q.log.max],
            [of_p.log.rest, of_q.log.rest],
            task.p.inverse_temperature,
        );
        let is_plain = of_p.is_plain & of_q.is_plain;
        let mut masses = shares.masses();
        let mut found = fold_pairs::<N, K, S>(simd, is_plain, &shares, task, &masses, self.rows);
        if K::STEM.needs_drift {
            masses.drift = found.difference;
            found = fold_pairs::<N, K, S>(simd, is_plain, &shares, task, &masses, self.rows);
        }
        score::<K, S>(task, masses, &found)
    }
}
