//! Plain sums over the same bytes: what reading alone takes.

use std::hint::black_box;

use bytemuck::cast_slice;
use kullback::ElementType;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::args::Pairs;

/// Values that a thread sums at a time.
const PART: usize = 1 << 16;

/// Sums that a processor keeps in flight.
const CHAINS: usize = 8;

/// A way to read both operands once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlainSum {
    /// f32 additions, one operand behind the other.
    FloatsInTurn,
    /// f32 additions, both operands at once, as measures read them.
    FloatsTogether,
    /// Integer additions, one operand behind the other.
    WordsInTurn,
    /// Integer additions, both operands at once.
    WordsTogether,
}

impl PlainSum {
    /// All that serve elements of this type, two halves being no f32, nor half of an f64; and operands of these sizes.
    pub(super) fn of(element: ElementType, pairs: Pairs) -> Vec<PlainSum> {
        let mut all = vec![PlainSum::WordsInTurn, PlainSum::WordsTogether];
        if element == ElementType::F32 {
            all.extend([PlainSum::FloatsInTurn, PlainSum::FloatsTogether]);
        }
        if pairs == Pairs::OneToMany {
            all.retain(|sum| matches!(sum, PlainSum::WordsInTurn | PlainSum::FloatsInTurn));
        }
        all
    }

    /// What is summed, and in which order.
    pub(super) fn name(self) -> &'static str {
        match self {
            PlainSum::FloatsInTurn => "sum of f32, one operand behind the other",
            PlainSum::FloatsTogether => "sum of f32, both operands at once",
            PlainSum::WordsInTurn => "sum of u32, one operand behind the other",
            PlainSum::WordsTogether => "sum of u32, both operands at once",
        }
    }

    /// Reads all values of both operands, on all threads of the current pool.
    pub(super) fn run(self, p: &[u32], q: &[u32]) {
        match self {
            PlainSum::FloatsInTurn => in_turn(p, q, |part| {
                black_box(Arch::new().dispatch(Floats(cast_slice(part))));
            }),
            PlainSum::WordsInTurn => in_turn(p, q, |part| {
                black_box(Arch::new().dispatch(Words(part)));
            }),
            PlainSum::FloatsTogether => together(p, q, |p, q| {
                black_box(Arch::new().dispatch(BothFloats(cast_slice(p), cast_slice(q))));
            }),
            PlainSum::WordsTogether => together(p, q, |p, q| {
                black_box(Arch::new().dispatch(BothWords(p, q)));
            }),
        }
    }
}

fn in_turn(p: &[u32], q: &[u32], sum: impl Fn(&[u32]) + Sync) {
    p.par_chunks(PART).for_each(&sum);
    q.par_chunks(PART).for_each(&sum);
}

fn together(p: &[u32], q: &[u32], sum: impl Fn(&[u32], &[u32]) + Sync) {
    p.par_chunks(PART)
        .zip(q.par_chunks(PART))
        .for_each(|(p, q)| sum(p, q));
}

struct Floats<'a>(&'a [f32]);
struct Words<'a>(&'a [u32]);
struct BothFloats<'a>(&'a [f32], &'a [f32]);
struct BothWords<'a>(&'a [u32], &'a [u32]);

impl WithSimd for Floats<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (vectors, rest) = S::as_simd_f32s(self.0);
        let (blocks, tail) = vectors.as_chunks::<CHAINS>();
        let mut sums = [simd.splat_f32s(0.0); CHAINS];
        for block in blocks {
            for (sum, &vector) in sums.iter_mut().zip(block) {
                *sum = simd.add_f32s(*sum, vector);
            }
        }
        let all = sums.iter().chain(tail).copied();
        let sum = all.reduce(|a, b| simd.add_f32s(a, b));
        sum.map_or(0.0, |sum| simd.reduce_sum_f32s(sum)) + rest.iter().sum::<f32>()
    }
}

impl WithSimd for Words<'_> {
    type Output = u32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> u32 {
        let (vectors, rest) = S::as_simd_u32s(self.0);
        let (blocks, tail) = vectors.as_chunks::<CHAINS>();
        let mut sums = [simd.splat_u32s(0); CHAINS];
        for block in blocks {
            for (sum, &vector) in sums.iter_mut().zip(block) {
                *sum = simd.add_u32s(*sum, vector);
            }
        }
        add_words(simd, &sums, tail, rest)
    }
}

impl WithSimd for BothFloats<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (p, p_rest) = S::as_simd_f32s(self.0);
        let (q, q_rest) = S::as_simd_f32s(self.1);
        let (p, p_tail) = p.as_chunks::<CHAINS>();
        let (q, q_tail) = q.as_chunks::<CHAINS>();
        let mut sums = [simd.splat_f32s(0.0); CHAINS];
        for (p, q) in p.iter().zip(q) {
            for ((sum, &p), &q) in sums.iter_mut().zip(p).zip(q) {
                *sum = simd.add_f32s(*sum, simd.add_f32s(p, q));
            }
        }
        let all = sums.iter().chain(p_tail).chain(q_tail).copied();
        let sum = all.reduce(|a, b| simd.add_f32s(a, b));
        let rest: f32 = p_rest.iter().chain(q_rest).sum();
        sum.map_or(0.0, |sum| simd.reduce_sum_f32s(sum)) + rest
    }
}

impl WithSimd for BothWords<'_> {
    type Output = u32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> u32 {
        let (p, p_rest) = S::as_simd_u32s(self.0);
        let (q, q_rest) = S::as_simd_u32s(self.1);
        let (p, p_tail) = p.as_chunks::<CHAINS>();
        let (q, q_tail) = q.as_chunks::<CHAINS>();
        let mut sums = [simd.splat_u32s(0); CHAINS];
        for (p, q) in p.iter().zip(q) {
            for ((sum, &p), &q) in sums.iter_mut().zip(p).zip(q) {
                *sum = simd.add_u32s(*sum, simd.add_u32s(p, q));
            }
        }
        add_words(simd, &sums, p_tail, p_rest).wrapping_add(add_words(simd, &[], q_tail, q_rest))
    }
}

/// The sum of everything left over, modulo 2^32.
#[inline(always)]
fn add_words<S: Simd>(simd: S, sums: &[S::u32s], tail: &[S::u32s], rest: &[u32]) -> u32 {
    let all = sums.iter().chain(tail).copied();
    let sum = all.reduce(|a, b| simd.add_u32s(a, b));
    let lanes = sum.map_or(0, |sum| {
        let words: &[u32] = cast_slice(std::slice::from_ref(&sum));
        words.iter().fold(0_u32, |a, &b| a.wrapping_add(b))
    });
    rest.iter().fold(lanes, |a, &b| a.wrapping_add(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read() {
        for n in [0, 1, 15, 16, 17, 127, 128, 129, 1000] {
            let p: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let q: Vec<f32> = (0..n).map(|i| 2.0 * i as f32).collect();
            let floats: f32 = p.iter().sum();
            let sum_of = |words: &[u32]| words.iter().fold(0_u32, |a, &b| a.wrapping_add(b));
            let (p_words, q_words): (&[u32], &[u32]) = (cast_slice(&p), cast_slice(&q));
            let arch = Arch::new();
            // Whole numbers below 2^24: exact in any order.
            assert_eq!(arch.dispatch(Floats(&p)), floats, "{n}");
            assert_eq!(arch.dispatch(BothFloats(&p, &q)), 3.0 * floats, "{n}");
            assert_eq!(arch.dispatch(Words(p_words)), sum_of(p_words), "{n}");
            let both = sum_of(p_words).wrapping_add(sum_of(q_words));
            assert_eq!(arch.dispatch(BothWords(p_words, q_words)), both, "{n}");
        }
    }
}
