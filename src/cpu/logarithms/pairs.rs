//! The fold over a pair of rows whose exponentials are known.

use std::marker::PhantomData;
use std::ops::Range;

use crate::cpu::dispatch::Simd;
use crate::cpu::domain::LogShares;
use crate::cpu::fold::{Blocks, Of, root_over_blocks};
use crate::cpu::pairs::violations;
use crate::cpu::row::{Found, Task};
use crate::cpu::tree::{Sums, VECTORS, load, store};
use crate::math::{Add, Bits, LANES, Number, Two, Vector};
use crate::measure::{Kernel, Masses, Parameters};

/// Folds P, Q, and the exponentials of both; the guards stay away where both are plain.
pub(super) fn fold_pairs<const N: usize, K: Kernel, S: Simd>(
    simd: S,
    is_plain: bool,
    shares: &LogShares<f32>,
    task: &Task,
    masses: &Masses,
    rows: [&[f32]; 4],
) -> Found {
    if is_plain {
        simd.run(PairsOfRows::<false, N, K, S>::new(
            simd, shares, task, masses, rows,
        ))
    } else {
        simd.run(PairsOfRows::<true, N, K, S>::new(
            simd, shares, task, masses, rows,
        ))
    }
}

/// The rows as a value, so that all of it is compiled for one instruction set.
struct PairsOfRows<'a, const GUARDED: bool, const N: usize, K, S> {
    of_pairs: OfPairs<GUARDED, N, K, S>,
    rows: [&'a [f32]; 4],
    seen: [u32; LANES],
}

/// What terms take besides pairs.
struct OfPairs<const GUARDED: bool, const N: usize, K, S> {
    simd: S,
    shares: LogShares<f32>,
    parameters: Parameters,
    masses: Masses,
    measure: PhantomData<K>,
}

impl<const GUARDED: bool, const N: usize, K, S: Copy> Clone for OfPairs<GUARDED, N, K, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const GUARDED: bool, const N: usize, K, S: Copy> Copy for OfPairs<GUARDED, N, K, S> {}

impl<const GUARDED: bool, const N: usize, K: Kernel, S: Simd> pulp::NullaryFnOnce
    for PairsOfRows<'_, GUARDED, N, K, S>
{
    type Output = Found;

    #[inline(always)]
    fn call(mut self) -> Found {
        let k = self.rows[0].len();
        let all: [f32; N] = root_over_blocks(&mut self, k);
        let violations = self.seen.iter().fold(0, |all, flags| all | flags);
        Found::behind_sums(all, violations)
    }
}

impl<const GUARDED: bool, const N: usize, K: Kernel, S: Simd> Blocks<N>
    for PairsOfRows<'_, GUARDED, N, K, S>
{
    type Simd = S;
    type Merge = Add;

    #[inline(always)]
    fn simd(&self) -> S {
        self.of_pairs.simd
    }

    #[inline(always)]
    fn fold(&mut self, elements: Range<usize>, lanes: &mut [Sums<N>]) {
        let [p, q, exp_p, exp_q] = self.rows.map(|row| &row[elements.clone()]);
        let (p_twos, p_rest) = p.as_chunks::<{ 2 * LANES }>();
        let (q_twos, q_rest) = q.as_chunks::<{ 2 * LANES }>();
        let (exp_p_twos, exp_p_rest) = exp_p.as_chunks::<{ 2 * LANES }>();
        let (exp_q_twos, exp_q_rest) = exp_q.as_chunks::<{ 2 * LANES }>();
        let (words, exponentials) = (p_twos.iter().zip(q_twos), exp_p_twos.iter().zip(exp_q_twos));
        // Local, so that they are known to change by nothing else.
        let (of_pairs, mut seen) = (self.of_pairs, self.seen);
        let mut at = 0;
        for ((p, q), (exp_p, exp_q)) in words.zip(exponentials) {
            let lanes = &mut lanes[at % VECTORS..][..2];
            of_pairs.two([p, q, exp_p, exp_q], lanes, &mut seen);
            at += 2;
        }
        if p_rest.is_empty() {
            self.seen = seen;
            return;
        }
        // What has no exponential adds nothing, if it is no larger than a logarithm may be.
        let padded = |rest: &[f32], padding| {
            let mut last = [padding; 2 * LANES];
            last[..rest.len()].copy_from_slice(rest);
            last
        };
        let [max_p, max_q] = of_pairs.shares.largest();
        let last = [
            &padded(p_rest, max_p),
            &padded(q_rest, max_q),
            &padded(exp_p_rest, 0.0),
            &padded(exp_q_rest, 0.0),
        ];
        of_pairs.two(last, &mut lanes[at % VECTORS..][..2], &mut seen);
        self.seen = seen;
    }
}

impl<'a, const GUARDED: bool, const N: usize, K: Kernel, S: Simd>
    PairsOfRows<'a, GUARDED, N, K, S>
{
    fn new(
        simd: S,
        shares: &LogShares<f32>,
        task: &Task,
        masses: &Masses,
        rows: [&'a [f32]; 4],
    ) -> Self {
        PairsOfRows {
            of_pairs: OfPairs {
                simd,
                shares: *shares,
                parameters: task.parameters,
                masses: *masses,
                measure: PhantomData,
            },
            rows,
            seen: [0; LANES],
        }
    }
}

impl<const GUARDED: bool, const N: usize, K: Kernel, S: Simd> OfPairs<GUARDED, N, K, S> {
    /// Two vectors in step.
    #[inline(always)]
    fn two(&self, rows: [&[f32; 2 * LANES]; 4], lanes: &mut [Sums<N>], seen: &mut [u32; LANES]) {
        let token = self.simd.token();
        for part in 0..LANES / <Of<S>>::WIDTH {
            let at = part * <Of<S>>::WIDTH;
            let number = |row: &[f32; 2 * LANES], i: usize| {
                <Of<S>>::load(token, &row.as_chunks::<LANES>().0[i], at)
            };
            let both = |row| Two(number(row, 0), number(row, 1));
            let [p, q, exp_p, exp_q] = [both(rows[0]), both(rows[1]), both(rows[2]), both(rows[3])];
            let (p, q) = (p.bits(), q.bits());
            let (pair, zeros) = self
                .shares
                .pair_of::<GUARDED, S::Arith, _>(p, q, exp_p, exp_q);
            let terms = K::terms::<S::Arith, _>(&self.parameters, &self.masses, &pair);
            let (mut first, mut second) = (
                load::<N, S>(self.simd, &lanes[0], at),
                load::<N, S>(self.simd, &lanes[1], at),
            );
            for w in 0..N - 1 {
                first[w] = first[w] + terms[w].0;
                second[w] = second[w] + terms[w].1;
            }
            first[N - 1] = first[N - 1] + pair.d.0;
            second[N - 1] = second[N - 1] + pair.d.1;
            store(first, &mut lanes[0], at);
            store(second, &mut lanes[1], at);
            if GUARDED {
                let flags = violations(p, zeros);
                let so_far = <Of<S>>::load_bits(token, seen, at);
                <Of<S>>::store_bits(so_far.or(flags.0).or(flags.1), seen, at);
            }
        }
    }
}
