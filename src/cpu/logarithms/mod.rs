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
use super::prefetch::Ahead;
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
    let operands = [(&task.p, p), (&task.q, q)];
    let last = out.len().saturating_sub(1);
    let mut known = [None; 2];
    // Of rows whose exponentials are not known; where Q is not read, P stands in its place.
    let peaks = |i: usize, known: &[Option<Option<Taken>>; 2]| {
        let mut peaks = [None; 2];
        for (which, (_, rows)) in operands.iter().enumerate() {
            if known[which].is_none() && (which == 0 || task.uses_q) {
                let row = rows.row(i);
                peaks[which] = peak_of(simd, row, rows.asking(row.len()).look).ok();
            }
        }
        peaks
    };
    let mut next = if out.is_empty() {
        [None; 2]
    } else {
        peaks(0, &known)
    };
    for (i, out) in out.iter_mut().enumerate() {
        for (which, kept) in [&mut scratch.p, &mut scratch.q].into_iter().enumerate() {
            let (operand, rows) = operands[which];
            if known[which].is_none() {
                known[which] = Some(next[which].and_then(|peak| {
                    simd.run(Take {
                        simd,
                        operand,
                        row: rows.row(i),
                        peak,
                        kept,
                        ahead: rows.asking(rows.row(i).len()).fold,
                    })
                }));
            }
        }
        let [of_p, of_q] = known.map(Option::flatten);
        let (of_q, exp_q) = match task.uses_q {
            true => (of_q, &scratch.q),
            false => (of_p, &scratch.p),
        };
        for (known, (_, rows)) in known.iter_mut().zip(operands) {
            // The exponentials of a row that all are are taken once.
            *known = known.filter(|_| rows.are_one());
        }
        // The merges that end a look take long, but are little work: the fold of the pair before does not wait for them.
        if i < last {
            next = peaks(i + 1, &known);
        }
        let (Some(of_p), Some(of_q)) = (of_p, of_q) else {
            scratch.left.push(i);
            continue;
        };
        *out = simd.run(FoldPair::<N, K, S> {
            simd,
            task,
            rows: [p.row(i), q.row(i), &scratch.p, exp_q],
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

/// The exponentials of a row as a value, so that all of it is compiled for one instruction set.
struct Take<'a, S> {
    simd: S,
    operand: &'a Operand,
    row: &'a [f32],
    peak: Peak,
    /// Room for them.
    kept: &'a mut Vec<f32>,
    ahead: Ahead,
}

impl<S: Simd> pulp::NullaryFnOnce for Take<'_, S> {
    /// What the row amounts to, if it stands for a distribution.
    type Output = Option<Taken>;

    #[inline(always)]
    fn call(self) -> Option<Taken> {
        let Take {
            simd,
            operand,
            row,
            kept,
            ..
        } = self;
        let Peak { max, is_plain } = self.peak;
        kept.resize(row.len(), 0.0);
        let rest = exponentials(
            simd,
            row,
            max,
            operand.inverse_temperature,
            kept,
            self.ahead,
        );
        let log = Log { max, rest };
        let is_distribution = !is_no_distribution::<S>(operand, &log);
        is_distribution.then_some(Taken { log, is_plain })
    }
}

/// The fold over two rows and their exponentials as a value, likewise.
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
