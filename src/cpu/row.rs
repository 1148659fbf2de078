//! One pair of rows from stored words to a score: survey, bring together, fold, finish.

use std::marker::PhantomData;

use super::dispatch::Simd;
use super::domain::{Domain, LinearDomain, LogDomain, Smoothed, to_logarithms};
use super::survey::{Fault, Operand, Survey, survey};
use super::tree::{Fold, Token, Truth, Words, reduce};
use crate::math::{Arith, Bits, Mask, Number, Two};
use crate::measure::{Kernel, Masses, P_ABOVE_ZERO_Q, Pair, Parameters, Q_ABOVE_ZERO_P};

/// What is the same for all rows of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub p: Operand,
    pub q: Operand,
    pub parameters: Parameters,
    /// The smoothing constant; 0 for exact support.
    pub eps: f32,
    /// What turns nats into the unit.
    pub unit: f32,
}

/// Memory that rows reuse.
#[derive(Default)]
pub(crate) struct Scratch {
    p: Vec<f32>,
    q: Vec<f32>,
}

/// The score of one pair of rows, or what is wrong with each.
///
/// `N` is `M + 1`: the sums of the measure, and the drift.
#[inline(never)]
pub(crate) fn score_row<const M: usize, const N: usize, K: Kernel<M>, S: Simd>(
    simd: S,
    task: &Task,
    scratch: &mut Scratch,
    p: &[f32],
    q: &[f32],
) -> Result<f32, [Option<Fault>; 2]> {
    const { assert!(N == M + 1) };
    let (of_p, of_q) = match (survey(simd, &task.p, p), survey(simd, &task.q, q)) {
        (Ok(of_p), Ok(of_q)) => (of_p, of_q),
        (of_p, of_q) => return Err([of_p.err(), of_q.err()]),
    };
    let one_temperature = task.p.inverse_temperature == task.q.inverse_temperature;
    Ok(match (&of_p, &of_q) {
        (Survey::Linear(a), Survey::Linear(b)) => {
            fold_rows::<M, N, K, S, _>(simd, task, LinearDomain::new::<S::Arith>(a, b), p, q)
        }
        (Survey::Log(a), Survey::Log(b)) if one_temperature => {
            let domain = LogDomain::new::<S::Arith>(a, b, task.p.inverse_temperature);
            fold_rows::<M, N, K, S, _>(simd, task, domain, p, q)
        }
        _ => {
            let a = to_logarithms(simd, &task.p, &of_p, p, &mut scratch.p);
            let b = to_logarithms(simd, &task.q, &of_q, q, &mut scratch.q);
            let domain = LogDomain::new::<S::Arith>(&a, &b, [1.0, 0.0]);
            fold_rows::<M, N, K, S, _>(simd, task, domain, &scratch.p, &scratch.q)
        }
    })
}

fn fold_rows<const M: usize, const N: usize, K: Kernel<M>, S: Simd, D: Domain>(
    simd: S,
    task: &Task,
    domain: D,
    p: &[f32],
    q: &[f32],
) -> f32 {
    let mut masses = domain.masses();
    if K::NEEDS_DRIFT || task.eps > 0.0 {
        let fold = RowFold::<0, 1, NoSums, S, D>::new(simd, task, domain, masses);
        let ([drift], _) = reduce(simd, fold, p, q);
        masses.drift = drift / masses.mass;
    }
    if task.eps > 0.0 {
        let smoothed = Smoothed::new(domain, masses.drift, task.eps, p.len());
        let masses = Masses {
            drift: masses.drift,
            ..smoothed.masses()
        };
        finish_row::<M, N, K, S, _>(simd, task, smoothed, masses, p, q)
    } else {
        finish_row::<M, N, K, S, _>(simd, task, domain, masses, p, q)
    }
}

fn finish_row<const M: usize, const N: usize, K: Kernel<M>, S: Simd, D: Domain>(
    simd: S,
    task: &Task,
    domain: D,
    mut masses: Masses,
    p: &[f32],
    q: &[f32],
) -> f32 {
    let fold = RowFold::<M, N, K, S, D>::new(simd, task, domain, masses);
    let (all, [violations]) = reduce(simd, fold, p, q);
    let mut sums = [0.0; M];
    sums.copy_from_slice(&all[..M]);
    masses.drift = all[M] / masses.mass;
    if violations & K::INFINITE_ON != 0 {
        return f32::INFINITY;
    }
    let score = K::finish::<S::Arith>(&task.parameters, &masses, sums) * task.unit;
    if score > 0.0 { score } else { 0.0 }
}

/// The drift alone.
struct NoSums;

impl Kernel<0> for NoSums {
    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, _: &Pair<T>) -> [T; 0] {
        []
    }

    #[inline(always)]
    fn finish<A: Arith>(_: &Parameters, _: &Masses, _: [f32; 0]) -> f32 {
        0.0
    }
}

struct RowFold<const M: usize, const N: usize, K, S, D> {
    simd: S,
    parameters: Parameters,
    domain: D,
    masses: Masses,
    kind: PhantomData<K>,
}

impl<const M: usize, const N: usize, K, S: Copy, D: Copy> Clone for RowFold<M, N, K, S, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const M: usize, const N: usize, K, S: Copy, D: Copy> Copy for RowFold<M, N, K, S, D> {}

impl<const M: usize, const N: usize, K, S, D> RowFold<M, N, K, S, D> {
    #[inline(always)]
    fn new(simd: S, task: &Task, domain: D, masses: Masses) -> Self {
        RowFold {
            simd,
            parameters: task.parameters,
            domain,
            masses,
            kind: PhantomData,
        }
    }
}

/// Sums: those of the measure, and the drift. Word: flags of support violations.
impl<const M: usize, const N: usize, K: Kernel<M>, S: Simd, D: Domain> Fold<N, 1>
    for RowFold<M, N, K, S, D>
{
    type Vector = S::Vector;

    const ZERO: [f32; N] = [0.0; N];
    const UNSEEN: [u32; 1] = [0];
    const PADDING: f32 = D::PADDING;
    const IN_STEP: bool = true;

    #[inline(always)]
    fn token(&self) -> Token<S::Vector> {
        self.simd.token()
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
        let pair = self.domain.pair::<S::Arith, _>(p, q);
        let terms = K::terms::<S::Arith, _>(&self.parameters, &self.masses, &pair);
        let zero = pair.d.splat(0.0);
        let counted = |term| {
            if D::SKIPS_PADDING {
                term
            } else {
                S::Vector::select(present, term, zero)
            }
        };
        for w in 0..M {
            sums[w] = sums[w] + counted(terms[w]);
        }
        sums[M] = sums[M] + counted(pair.d);
        *seen = seen.or(violations(p, pair.p_zero, pair.q_zero));
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
            let pair = self.domain.pair::<S::Arith, _>(p, q);
            let terms = K::terms::<S::Arith, _>(&self.parameters, &self.masses, &pair);
            for w in 0..M {
                sums[w] = (sums[w] + terms[w].0) + terms[w].1;
            }
            sums[M] = (sums[M] + pair.d.0) + pair.d.1;
            let flags = violations(p, pair.p_zero, pair.q_zero);
            *seen = seen.or(flags.0.or(flags.1));
        }
    }

    #[inline(always)]
    fn merge(a: [S::Vector; N], b: [S::Vector; N]) -> [S::Vector; N] {
        add(a, b)
    }

    #[inline(always)]
    fn gather(a: [u32; 1], b: [u32; 1]) -> [u32; 1] {
        [a[0] | b[0]]
    }
}

/// Flags of a zero bin that meets one above zero, as [`Kernel::INFINITE_ON`] has them.
#[inline(always)]
pub(crate) fn violations<B: Bits>(
    words: B,
    p_zero: <B::Number as Number>::Mask,
    q_zero: <B::Number as Number>::Mask,
) -> B {
    let flag = |mask, word| B::select(mask, words.splat(word), words.splat(0));
    let p_above = flag(q_zero.and_not(p_zero), P_ABOVE_ZERO_Q);
    p_above.or(flag(p_zero.and_not(q_zero), Q_ABOVE_ZERO_P))
}

/// Sums merge by being added.
#[inline(always)]
pub(crate) fn add<const N: usize, T: Number>(a: [T; N], b: [T; N]) -> [T; N] {
    let mut sum = a;
    for w in 0..N {
        sum[w] = a[w] + b[w];
    }
    sum
}
