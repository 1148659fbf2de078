//! The first try at two rows of probabilities: one read, with the masses as they come.
//!
//! Rows that claim to sum to 1 mostly do, up to a rounding that the finish of a measure takes into
//! account. Whether it does so within the promise is known once the sums are. Rows for which it does
//! not, and rows with anything odd in them, go the long way.

use std::marker::PhantomData;

use super::domain::{DIRECT_MASSES, direct_pair};
use super::row::{Task, add, violations};
use super::tree::{Fold, reduce_inline};
use crate::math::{ABS, Arith, MIN_NORMAL, Two};
use crate::measure::{Kernel, Masses};

/// How far inside the tolerance a sum must be for its rounding not to matter.
const MARGIN: f32 = 1e-6;
/// How far from 1 it may be at most, whatever the tolerance.
const FARTHEST: f32 = 0.01;

/// The score of two rows if one read suffices.
///
/// `N` is `M + 2`: the sums of the measure, the drift, and the mass of P.
#[inline(always)]
pub(crate) fn score_direct<const M: usize, const N: usize, K: Kernel<M>, A: Arith>(
    task: &Task,
    p: &[f32],
    q: &[f32],
) -> Option<f32> {
    const { assert!(N == M + 2) };
    let fold = DirectFold::<M, N, K, A> {
        task,
        kinds: PhantomData,
    };
    let (all, [least]) = reduce_inline(fold, p, q);
    let mut sums = [0.0; M];
    sums.copy_from_slice(&all[..M]);
    let (drift, mass) = (all[M], all[M + 1]);
    let near_one = |sum: f32, tolerance: f32| {
        (sum - 1.0).abs()
            < if tolerance < FARTHEST {
                tolerance
            } else {
                FARTHEST
            } - MARGIN
    };
    if !(near_one(mass, task.p.tolerance) & near_one(mass + drift, task.q.tolerance)) {
        return None;
    }
    if (least as i32) < MIN_NORMAL as i32 && is_odd::<M, K>(p, q) {
        return None;
    }
    let masses = Masses {
        mass,
        drift: drift / mass,
        q_max: 1.0,
        q_rest: (mass + drift) - 1.0,
    };
    let score = K::finish::<A>(&task.parameters, &masses, sums);
    K::accepts(&masses, &sums, score).then(|| {
        let score = score * task.unit;
        if score > 0.0 { score } else { 0.0 }
    })
}

/// True if a word is negative, or a zero makes the score infinite.
#[inline(always)]
fn is_odd<const M: usize, K: Kernel<M>>(p: &[f32], q: &[f32]) -> bool {
    let mut odd = 0;
    for (p, q) in p.iter().zip(q) {
        let (p, q) = (p.to_bits(), q.to_bits());
        let (p_zero, q_zero) = (p & ABS < MIN_NORMAL, q & ABS < MIN_NORMAL);
        let negative = (!p_zero & (p > ABS)) | (!q_zero & (q > ABS));
        odd |= u32::from(negative) << 2 | violations(p_zero, q_zero) & K::INFINITE_ON;
    }
    odd != 0
}

struct DirectFold<'a, const M: usize, const N: usize, K, A> {
    task: &'a Task,
    kinds: PhantomData<(K, A)>,
}

impl<const M: usize, const N: usize, K, A> Clone for DirectFold<'_, M, N, K, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const M: usize, const N: usize, K, A> Copy for DirectFold<'_, M, N, K, A> {}

/// Sums: those of the measure, the drift, the mass of P. Word: the least of both rows, negative ones
/// below zero.
impl<const M: usize, const N: usize, K: Kernel<M>, A: Arith> Fold<N, 1>
    for DirectFold<'_, M, N, K, A>
{
    const ZERO: [f32; N] = [0.0; N];
    const UNSEEN: [u32; 1] = [i32::MAX as u32];
    const PADDING: f32 = 0.0;
    const IN_STEP: bool = true;

    #[inline(always)]
    fn fold(&self, sums: &mut [f32; N], seen: &mut [u32; 1], p: u32, q: u32, present: bool) {
        let pair = direct_pair::<A, u32>(p, q);
        let terms = K::terms::<A, f32>(&self.task.parameters, &DIRECT_MASSES, &pair);
        if present {
            add_terms(sums, terms, pair.d, p);
            *seen = Self::gather(*seen, Self::gather([p], [q]));
        }
    }

    #[inline(always)]
    fn fold_four(&self, sums: &mut [f32; N], seen: &mut [u32; 1], p: [u32; 4], q: [u32; 4]) {
        let in_step = |x: [u32; 4]| Two(Two(x[0], x[1]), Two(x[2], x[3]));
        let pair = direct_pair::<A, Two<Two<u32>>>(in_step(p), in_step(q));
        let terms = K::terms::<A, Two<Two<f32>>>(&self.task.parameters, &DIRECT_MASSES, &pair);
        let one_by_one = |x: Two<Two<f32>>| [x.0.0, x.0.1, x.1.0, x.1.1];
        let (terms, d) = (terms.map(one_by_one), one_by_one(pair.d));
        for i in 0..4 {
            add_terms(sums, terms.map(|term| term[i]), d[i], p[i]);
            *seen = Self::gather(*seen, Self::gather([p[i]], [q[i]]));
        }
    }

    #[inline(always)]
    fn merge(a: [f32; N], b: [f32; N]) -> [f32; N] {
        add(a, b)
    }

    #[inline(always)]
    fn gather(a: [u32; 1], b: [u32; 1]) -> [u32; 1] {
        [if (a[0] as i32) < b[0] as i32 {
            a[0]
        } else {
            b[0]
        }]
    }
}

#[inline(always)]
fn add_terms<const M: usize, const N: usize>(
    sums: &mut [f32; N],
    terms: [f32; M],
    d: f32,
    p_bits: u32,
) {
    for w in 0..M {
        sums[w] += terms[w];
    }
    sums[M] += d;
    sums[M + 1] += f32::from_bits(p_bits);
}
