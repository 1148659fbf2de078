//! The long way in one loop, for measures and rows that are wanted often: pairs are made and added up without
//! a detour through the cache.
//!
//! The bits are those of the loops in [`super::pairs`], which everything else takes.

use std::marker::PhantomData;

use super::dispatch::Simd;
use super::domain::Domain;
use super::fold::{Fold, Truth, Words, reduce};
use super::pairs::violations;
use super::prefetch::{Ahead, BLOCKS};
use super::row::Found;
use crate::math::{Add, Bits, Number, Two};
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
    fused_fold_ahead::<N, K, S, D>(simd, domain, parameters, masses, [p, q], BLOCKS)
}

/// [`fused_fold`], which asks for memory so far ahead.
pub(crate) fn fused_fold_ahead<const N: usize, K: Kernel, S: Simd, D: Domain>(
    simd: S,
    domain: &D,
    parameters: &Parameters,
    masses: &Masses,
    [p, q]: [&[f32]; 2],
    ahead: Ahead,
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
    ahead: Ahead,
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
    fn ahead(&self) -> Ahead {
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
        [p0, p1, p2, p3]: [Words<S::Vector>; 4],
        [q0, q1, q2, q3]: [Words<S::Vector>; 4],
    ) {
        for (p, q) in [(Two(p0, p1), Two(q0, q1)), (Two(p2, p3), Two(q2, q3))] {
            let (pair, zeros) = self.domain.pair::<S::Arith, _>(p, q);
            let terms = K::terms::<S::Arith, _>(&self.parameters, &self.masses, &pair);
            for w in 0..N - 1 {
                sums[w] = (sums[w] + terms[w].0) + terms[w].1;
            }
            sums[N - 1] = (sums[N - 1] + pair.d.0) + pair.d.1;
            let flags = violations(p, zeros);
            *seen = seen.or(flags.0.or(flags.1));
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
        for i in [0, 2] {
            let (p, q) = (Two(p[i], p[i + 1]), Two(q[i], q[i + 1]));
            let (pair, zeros) = self.domain.pair::<S::Arith, _>(p, q);
            let terms = K::terms::<S::Arith, _>(&self.parameters, &self.masses, &pair);
            for w in 0..N - 1 {
                sums[i][w] = sums[i][w] + terms[w].0;
                sums[i + 1][w] = sums[i + 1][w] + terms[w].1;
            }
            sums[i][N - 1] = sums[i][N - 1] + pair.d.0;
            sums[i + 1][N - 1] = sums[i + 1][N - 1] + pair.d.1;
            let flags = violations(p, zeros);
            *seen = seen.or(flags.0.or(flags.1));
        }
    }

    #[inline(always)]
    fn gather([a]: [u32; 1], [b]: [u32; 1]) -> [u32; 1] {
        [a | b]
    }
}
