//! The first try at two rows of probabilities: one read, with the masses as they come.
//!
//! Rows that claim to sum to 1 mostly do, up to a rounding that the finish of a measure takes into
//! account. Whether it does so within the promise is known once the sums are. Rows for which it does
//! not, and rows with anything odd in them, go the long way.

use std::marker::PhantomData;

use super::dispatch::Simd;
use super::domain::{DIRECT_MASSES, direct_pair};
use super::row::{Task, add, violations};
use super::tree::{Fold, Truth, Words, reduce_inline};
use crate::math::{ABS, Bits, MIN_NORMAL, Number, Two, Vector};
use crate::measure::{Kernel, Masses};

/// How far inside the tolerance a sum must be for its rounding not to matter.
const MARGIN: f32 = 1e-6;
/// How far from 1 it may be at most, whatever the tolerance.
const FARTHEST: f32 = 0.01;

/// The score of two rows if one read suffices.
///
/// `N` is `M + 2`: the sums of the measure, the drift, and the mass of P.
#[inline(always)]
pub(crate) fn score_direct<const M: usize, const N: usize, K: Kernel<M>, S: Simd>(
    simd: S,
    task: &Task,
    p: &[f32],
    q: &[f32],
) -> Option<f32> {
    const { assert!(N == M + 2) };
    let fold = DirectFold::<M, N, K, S> {
        simd,
        task,
        kind: PhantomData,
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
    let score = K::finish::<S::Arith>(&task.parameters, &masses, sums);
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
        odd |= u32::from(negative) << 2 | violations(p, p_zero, q_zero) & K::INFINITE_ON;
    }
    odd != 0
}

struct DirectFold<'a, const M: usize, const N: usize, K, S> {
    simd: S,
    task: &'a Task,
    kind: PhantomData<K>,
}

impl<const M: usize, const N: usize, K, S: Simd> Clone for DirectFold<'_, M, N, K, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const M: usize, const N: usize, K, S: Simd> Copy for DirectFold<'_, M, N, K, S> {}

/// Sums: those of the measure, the drift, the mass of P. Word: the least of both rows, negative ones
/// below zero.
impl<const M: usize, const N: usize, K: Kernel<M>, S: Simd> Fold<N, 1>
    for DirectFold<'_, M, N, K, S>
{
    type Vector = S::Vector;

    const ZERO: [f32; N] = [0.0; N];
    const UNSEEN: [u32; 1] = [i32::MAX as u32];
    const PADDING: f32 = 0.0;
    const IN_STEP: bool = true;
    const FASTER_NEAR: bool = K::FASTER_NEAR;

    #[inline(always)]
    fn token(&self) -> <S::Vector as Vector>::Token {
        self.simd.token()
    }

    #[inline(always)]
    fn fold(
        &self,
        sums: &mut [S::Vector; N],
        [least]: &mut [Words<S::Vector>; 1],
        p: Words<S::Vector>,
        q: Words<S::Vector>,
        present: Truth<S::Vector>,
    ) {
        let pair = direct_pair::<S::Arith, _>(p, q);
        let terms = K::terms::<S::Arith, _>(&self.task.parameters, &DIRECT_MASSES, &pair);
        let zero = pair.d.splat(0.0);
        let terms = terms.map(|term| S::Vector::select(present, term, zero));
        add_terms(
            sums,
            terms,
            S::Vector::select(present, pair.d, zero),
            p.stored(),
        );
        let smaller = p.min_signed(q);
        *least = least.min_signed(Bits::select(present, smaller, *least));
    }

    #[inline(always)]
    fn fold_four<const ALL_NEAR: bool>(
        &self,
        sums: &mut [S::Vector; N],
        [least]: &mut [Words<S::Vector>; 1],
        p: [Words<S::Vector>; 4],
        q: [Words<S::Vector>; 4],
    ) {
        let pair = direct_pair::<S::Arith, _>(in_step(p), in_step(q));
        let parameters = &self.task.parameters;
        let terms = if ALL_NEAR {
            K::near_terms::<S::Arith, _>(parameters, &DIRECT_MASSES, &pair)
        } else {
            K::terms::<S::Arith, _>(parameters, &DIRECT_MASSES, &pair)
        };
        let (terms, d) = (terms.map(one_by_one), one_by_one(pair.d));
        for i in 0..4 {
            add_terms(sums, terms.map(|term| term[i]), d[i], p[i].stored());
            *least = least.min_signed(p[i].min_signed(q[i]));
        }
    }

    #[inline(always)]
    fn merge(a: [S::Vector; N], b: [S::Vector; N]) -> [S::Vector; N] {
        add(a, b)
    }

    #[inline(always)]
    fn gather([a]: [u32; 1], [b]: [u32; 1]) -> [u32; 1] {
        [a.min_signed(b)]
    }
}

#[inline(always)]
fn in_step<T>([a, b, c, d]: [T; 4]) -> Two<Two<T>> {
    Two(Two(a, b), Two(c, d))
}

#[inline(always)]
fn one_by_one<T>(Two(Two(a, b), Two(c, d)): Two<Two<T>>) -> [T; 4] {
    [a, b, c, d]
}

#[inline(always)]
fn add_terms<const M: usize, const N: usize, V: Vector>(
    sums: &mut [V; N],
    terms: [V; M],
    d: V,
    p: V,
) {
    for w in 0..M {
        sums[w] = sums[w] + terms[w];
    }
    sums[M] = sums[M] + d;
    sums[M + 1] = sums[M + 1] + p;
}
