//! One pair of rows from stored words to a score: survey, bring together, fold, finish.

use std::marker::PhantomData;

use super::dispatch::Simd;
use super::domain::{Domain, LinearDomain, LogDomain, Smoothed, to_logarithms};
use super::survey::{Fault, Operand, Survey, survey};
use super::tree::{Fold, reduce};
use crate::math::{Arith, Number};
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
            let a = to_logarithms::<S::Arith>(&task.p, &of_p, p, &mut scratch.p);
            let b = to_logarithms::<S::Arith>(&task.q, &of_q, q, &mut scratch.q);
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
        let fold = RowFold::<0, 1, NoSums, S::Arith, D>::new(task, domain, masses);
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
    let fold = RowFold::<M, N, K, S::Arith, D>::new(task, domain, masses);
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

struct RowFold<const M: usize, const N: usize, K, A, D> {
    parameters: Parameters,
    domain: D,
    masses: Masses,
    kinds: PhantomData<(K, A)>,
}

impl<const M: usize, const N: usize, K, A, D: Copy> Clone for RowFold<M, N, K, A, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const M: usize, const N: usize, K, A, D: Copy> Copy for RowFold<M, N, K, A, D> {}

impl<const M: usize, const N: usize, K, A, D> RowFold<M, N, K, A, D> {
    #[inline(always)]
    fn new(task: &Task, domain: D, masses: Masses) -> Self {
        RowFold {
            parameters: task.parameters,
            domain,
            masses,
            kinds: PhantomData,
        }
    }
}

/// Sums: those of the measure, and the drift. Word: flags of support violations.
impl<const M: usize, const N: usize, K: Kernel<M>, A: Arith, D: Domain> Fold<N, 1>
    for RowFold<M, N, K, A, D>
{
    type Vector = f32;

    const ZERO: [f32; N] = [0.0; N];
    const UNSEEN: [u32; 1] = [0];
    const PADDING: f32 = D::PADDING;

    #[inline(always)]
    fn token(&self) {}

    #[inline(always)]
    fn fold(&self, sums: &mut [f32; N], seen: &mut [u32; 1], p: u32, q: u32, present: bool) {
        let pair = self.domain.pair::<A>(p, q);
        let terms = K::terms::<A, f32>(&self.parameters, &self.masses, &pair);
        let counts = present | D::SKIPS_PADDING;
        for w in 0..M {
            sums[w] += if counts { terms[w] } else { 0.0 };
        }
        sums[M] += if counts { pair.d } else { 0.0 };
        seen[0] |= violations(pair.p_zero, pair.q_zero);
    }

    #[inline(always)]
    fn merge(a: [f32; N], b: [f32; N]) -> [f32; N] {
        add(a, b)
    }

    #[inline(always)]
    fn gather(a: [u32; 1], b: [u32; 1]) -> [u32; 1] {
        [a[0] | b[0]]
    }
}

/// Flags of a zero bin that meets one above zero, as [`Kernel::INFINITE_ON`] has them.
#[inline(always)]
pub(crate) fn violations(p_zero: bool, q_zero: bool) -> u32 {
    let p_above = !p_zero & q_zero;
    let q_above = p_zero & !q_zero;
    (u32::from(p_above) * P_ABOVE_ZERO_Q) | (u32::from(q_above) * Q_ABOVE_ZERO_P)
}

/// Sums merge by being added.
#[inline(always)]
pub(crate) fn add<const N: usize>(a: [f32; N], b: [f32; N]) -> [f32; N] {
    let mut sum = [0.0; N];
    for w in 0..N {
        sum[w] = a[w] + b[w];
    }
    sum
}
