//! Rows of logarithms at one temperature from stored words to scores, by measures that are wanted often.
//!
//! An exponential is most of the work on a bin. Here each is taken once and kept, from the masses to the fold, and
//! rows of plain numbers, which most are, go without the guards for others. The bits are those of the long way
//! ([`super::row`]), which takes what is left.

mod exponentials;
mod narrow;
mod pairs;

use std::marker::PhantomData;

use super::dispatch::{Batch, Simd};
use super::domain::LogShares;
use super::row::{Found, Scratch, Task};
use super::survey::{Log, Peak, is_no_distribution, peak_of};
use crate::math::{Add, Vector};
use crate::measure::{Kernel, Masses, Parts};
use exponentials::exponentials;
use narrow::NarrowRows;
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
    let wide_enough = out.len() >= S::Vector::WIDTH;
    // A drift is a number of each row, and masses are not.
    if !K::STEM.needs_drift && wide_enough && p.is_narrow() && q.is_narrow() {
        simd.run(NarrowRows::<N, K, S> {
            simd,
            batch: *batch,
            out,
            left: &mut scratch.left,
            measure: PhantomData,
        });
        return;
    }
    for (i, out) in out.iter_mut().enumerate() {
        match score_row::<N, K, S>(simd, task, [p.row(i), q.row(i)], scratch) {
            Some(score) => *out = score,
            None => scratch.left.push(i),
        }
    }
}

/// The score of one pair of rows, if both stand for a distribution.
fn score_row<const N: usize, K: Kernel<Merge = Add>, S: Simd>(
    simd: S,
    task: &Task,
    [p, q]: [&[f32]; 2],
    scratch: &mut Scratch,
) -> Option<f32> {
    let inverse_temperature = task.p.inverse_temperature;
    let taken = |row: &[f32], of: &super::survey::Operand, kept: &mut Vec<f32>| {
        let Peak { max, is_plain } = peak_of(simd, row).ok()?;
        kept.resize(row.len(), 0.0);
        let rest = exponentials(simd, row, max, inverse_temperature, kept);
        let is_distribution = !is_no_distribution::<S>(of, &Log { max, rest });
        is_distribution.then_some((max, rest, is_plain))
    };
    let of_p = taken(p, &task.p, &mut scratch.p)?;
    let (of_q, exp_q) = if task.uses_q {
        (taken(q, &task.q, &mut scratch.q)?, &scratch.q)
    } else {
        (of_p, &scratch.p)
    };
    let shares =
        LogShares::new::<S::Arith>([of_p.0, of_q.0], [of_p.1, of_q.1], inverse_temperature);
    let rows = [p, q, &scratch.p, exp_q];
    let is_plain = of_p.2 & of_q.2;
    let fold = |masses: &Masses| {
        let parameters = &task.parameters;
        if is_plain {
            fold_pairs::<false, N, K, S>(simd, &shares, parameters, masses, rows)
        } else {
            fold_pairs::<true, N, K, S>(simd, &shares, parameters, masses, rows)
        }
    };
    let mut masses = shares.masses();
    let mut found = fold(&masses);
    if K::STEM.needs_drift {
        masses.drift = found.difference;
        found = fold(&masses);
    }
    Some(score::<K, S>(task, masses, &found))
}

/// What sums amount to.
#[inline(always)]
fn score<K: Kernel, S: Simd>(task: &Task, masses: Masses, found: &Found) -> f32 {
    let parameters = &task.parameters;
    let masses = Masses {
        drift: found.difference / masses.mass,
        ..masses
    };
    let score = task.score(K::finish::<S::Arith>(parameters, &masses, found.sums));
    if found.violations & K::infinite_on(parameters) == 0 {
        score
    } else {
        f32::INFINITY
    }
}
