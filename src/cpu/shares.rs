//! The long way in one loop, for measures and rows that are wanted often: pairs are made and added up without
//! a detour through the cache.
//!
//! The bits are those of the loops in [`super::pairs`], which everything else takes.

use std::marker::PhantomData;

use super::dispatch::Simd;
use super::domain::{Domain, LinearDomain};
use super::fold::{Fold, Truth, Words, reduce};
use super::pairs::violations;
use super::prefetch::{Ahead, BLOCKS};
use super::row::Found;
use crate::math::{Add, Bits, LANES, Number, Two, Vector};
use crate::measure::{Kernel, Masses, Parameters, Parts};

/// Folds two rows.
pub(crate) type FusedFold<S, D> = fn(S, &D, &Parameters, &Masses, &[f32], &[f32]) -> Found;

/// [`FusedFold`] of a measure whose sums are added. `N` is one more than its sums.
pub(crate) fn fused_fold<const N: usize, K: Kernel, S: Simd, D: Domain>(
    simd: S,
    domain: &D,
    parameters: &Parameters,
    masses: &Masses,
    p: &[f32],
    q: &[f32],
) -> Found {
    fused_fold_ahead::<N, K, S, D>(simd, domain, parameters, masses, [p, q], [BLOCKS; 2])
}

/// [`fused_fold`] of rows of which powers and smoothing want nothing: that of their shares.
pub(crate) fn fused_fold_of_shares<const N: usize, K: Kernel, S: Simd>(
    simd: S,
    domain: &LinearDomain,
    parameters: &Parameters,
    masses: &Masses,
    p: &[f32],
    q: &[f32],
) -> Found {
    fused_fold::<N, K, S, _>(simd, &domain.shares(), parameters, masses, p, q)
}

/// [`fused_fold`], which asks for memory so far ahead of P and of Q.
pub(crate) fn fused_fold_ahead<const N: usize, K: Kernel, S: Simd, D: Domain>(
    simd: S,
    domain: &D,
    parameters: &Parameters,
    masses: &Masses,
    [p, q]: [&[f32]; 2],
    ahead: [Ahead; 2],
) -> Found {
    const { assert!(!matches!(K::STEM.parts, Parts::Powers)) };
    let fold = SharesFold::<N, K, S, D> {
        simd,
        domain: *domain,
        parameters: *parameters,
        masses: *masses,
        ahead,
        measure: PhantomData,
    };
    let (all, [violations]) = reduce(fold, p, q);
    Found::behind_sums(all, violations)
}

struct SharesFold<const N: usize, K, S, D> {
    simd: S,
    domain: D,
    parameters: Parameters,
    masses: Masses,
    ahead: [Ahead; 2],
    measure: PhantomData<K>,
}

impl<const N: usize, K, S: Copy, D: Copy> Clone for SharesFold<N, K, S, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const N: usize, K, S: Copy, D: Copy> Copy for SharesFold<N, K, S, D> {}

/// Sums: those of the measure, and the difference of the masses. Word: flags of support violations.
impl<const N: usize, K: Kernel, S: Simd, D: Domain> Fold<N, 1> for SharesFold<N, K, S, D> {
    type Simd = S;
    type Merge = Add;

    const UNSEEN: [u32; 1] = [0];
    const PADDING: f32 = D::PADDING;
    const IN_STEP: bool = true;

    #[inline(always)]
    fn simd(&self) -> S {
        self.simd
    }

    #[inline(always)]
    fn ahead(&self) -> [Ahead; 2] {
        self.ahead
    }

    #[inline(always)]
    fn fold(
        &self,
        sums: &mut [S::Vector; N],
        [seen]: &mut [Words<S::Vector>; 1],
        p: Words<S::Vector>,
        q: Words<S::Vector>,
        present: Truth<S::Vector>,
    ) {
        let (pair, zeros) = self.domain.pair::<S::Arith, _>(p, q);
        let terms = K::terms::<S::Arith, _>(&self.parameters, &self.masses, &pair);
        let zero = pair.d.splat(0.0);
        let added = |term| {
            if D::SKIPS_PADDING {
                term
            } else {
                Number::select(present, term, zero)
            }
        };
        for w in 0..N - 1 {
            sums[w] = sums[w] + added(terms[w]);
        }
        sums[N - 1] = sums[N - 1] + added(pair.d);
        *seen = seen.or(violations(p, zeros));
    }

    #[inline(always)]
    fn fold_four<const ALL_NEAR: bool>(
        &self,
        sums: &mut [S::Vector; N],
        [seen]: &mut [Words<S::Vector>; 1],
        p: [Words<S::Vector>; 4],
        q: [Words<S::Vector>; 4],
    ) {
        for terms in self.four(p, q, seen) {
            for w in 0..N {
                sums[w] = sums[w] + terms[w];
            }
        }
    }

    #[inline(always)]
    fn fold_each<const ALL_NEAR: bool>(
        &self,
        sums: &mut [[S::Vector; N]; 4],
        [seen]: &mut [Words<S::Vector>; 1],
        p: [Words<S::Vector>; 4],
        q: [Words<S::Vector>; 4],
    ) {
        let terms = self.four(p, q, seen);
        for i in 0..4 {
            for w in 0..N {
                sums[i][w] = sums[i][w] + terms[i][w];
            }
        }
    }

    #[inline(always)]
    fn gather([a]: [u32; 1], [b]: [u32; 1]) -> [u32; 1] {
        [a | b]
    }
}

impl<const N: usize, K: Kernel, S: Simd, D: Domain> SharesFold<N, K, S, D> {
    /// What four vectors of pairs add to the sums, and to what is seen of them.
    #[inline(always)]
    fn four(
        &self,
        p: [Words<S::Vector>; 4],
        q: [Words<S::Vector>; 4],
        seen: &mut Words<S::Vector>,
    ) -> [[S::Vector; N]; 4] {
        let [p0, p1, p2, p3] = p;
        let [q0, q1, q2, q3] = q;
        // As many in step as there are registers for.
        if S::Vector::WIDTH == LANES {
            let p = Two(Two(p0, p1), Two(p2, p3));
            let (terms, flags) = self.in_step(p, Two(Two(q0, q1), Two(q2, q3)));
            *seen = seen.or(flags.0.0.or(flags.0.1)).or(flags.1.0.or(flags.1.1));
            return [
                terms.map(|term| term.0.0),
                terms.map(|term| term.0.1),
                terms.map(|term| term.1.0),
                terms.map(|term| term.1.1),
            ];
        }
        let (first, flags) = self.in_step(Two(p0, p1), Two(q0, q1));
        *seen = seen.or(flags.0.or(flags.1));
        let (second, flags) = self.in_step(Two(p2, p3), Two(q2, q3));
        *seen = seen.or(flags.0.or(flags.1));
        [
            first.map(|term| term.0),
            first.map(|term| term.1),
            second.map(|term| term.0),
            second.map(|term| term.1),
        ]
    }

    /// The terms of pairs, with the difference behind those of the measure, and flags of support violations.
    #[inline(always)]
    fn in_step<B: Bits>(&self, p: B, q: B) -> ([B::Number; N], B) {
        let (pair, zeros) = self.domain.pair::<S::Arith, _>(p, q);
        let of_measure = K::terms::<S::Arith, _>(&self.parameters, &self.masses, &pair);
        let mut terms = [pair.d; N];
        terms[..N - 1].copy_from_slice(&of_measure[..N - 1]);
        (terms, violations(p, zeros))
    }
}
