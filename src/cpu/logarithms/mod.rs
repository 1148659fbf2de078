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
    let mut known = [None; 2];
    for (i, out) in out.iter_mut().enumerate() {
        for (known, rows) in known.iter_mut().zip([p, q]) {
            // The exponentials of a row that all are have been taken.
            *known = known.filter(|_| rows.are_one());
        }
        let found = simd.run(OnePair::<N, K, S> {
            simd,
            task,
            rows: [p.row(i), q.row(i)],
            kept: [&mut scratch.p, &mut scratch.q],
            known: &mut known,
            measure: PhantomData,
        });
        match found {
            Some(score) => *out = score,
            None => scratch.left.push(i),
        }
    }
}

/// One pair of rows as a value, so that all of it is compiled for one instruction set.
struct OnePair<'a, const N: usize, K, S> {
    simd: S,
    task: &'a Task,
    rows: [&'a [f32]; 2],
    /// Room for the exponentials of both.
    kept: [&'a mut Vec<f32>; 2],
    /// What is known of both, none of a row that is no distribution.
    known: &'a mut [Option<Option<Taken>>; 2],
    measure: PhantomData<K>,
}

/// What a row amounts to whose exponentials have been taken.
#[derive(Clone, Copy)]
struct Taken {
    log: Log,
    is_plain: bool,
}

/// Takes the exponentials of a row, if it stands for a distribution.
fn taken<S: Simd>(simd: S, operand: &Operand, row: &[f32], kept: &mut Vec<f32>) -> Option<Taken> {
    let asking = Asking::of_rows(row.len());
    let Peak { max, is_plain } = peak_of(simd, row, asking.look).ok()?;
    kept.resize(row.len(), 0.0);
    let rest = exponentials(simd, row, max, operand.inverse_temperature, kept, asking.fold);
    let log = Log { max, rest };
    let is_distribution = !is_no_distribution::<S>(operand, &log);
    is_distribution.then_some(Taken { log, is_plain })
}

impl<const N: usize, K: Kernel<Merge = Add>, S: Simd> pulp::NullaryFnOnce for OnePair<'_, N, K, S> {
    /// The score, if both rows stand for a distribution.
    type Output = Option<f32>;

    #[inline(always)]
    fn call(self) -> Option<f32> {
        let OnePair {
            simd,
            task,
            rows: [p, q],
            kept: [exp_p, exp_q],
            known: [known_p, known_q],
            ..
        } = self;
        let of_p = (*known_p.get_or_insert_with(|| taken(simd, &task.p, p, exp_p)))?;
        let (of_q, exp_q) = if task.uses_q {
            let of_q = *known_q.get_or_insert_with(|| taken(simd, &task.q, q, exp_q));
            (of_q?, &*exp_q)
        } else {
            (of_p, &*exp_p)
        };
        let shares = LogShares::new::<S::Arith>(
            [of_p.log.max, of_q.log.max],
            [of_p.log.rest, of_q.log.rest],
            task.p.inverse_temperature,
        );
        let is_plain = of_p.is_plain & of_q.is_plain;
        let pair = [p, q, exp_p, exp_q];
        let mut masses = shares.masses();
        let mut found = fold_pairs::<N, K, S>(simd, is_plain, &shares, task, &masses, pair);
        if K::STEM.needs_drift {
            masses.drift = found.difference;
            found = fold_pairs::<N, K, S>(simd, is_plain, &shares, task, &masses, pair);
        }
        Some(score::<K, S>(task, masses, &found))
    }
}
