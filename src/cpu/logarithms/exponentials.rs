//! The exponentials of a row below its maximum, kept, and their sum.

use std::ops::Range;

use crate::cpu::dispatch::Simd;
use crate::cpu::fold::{Blocks, Of, root_over_blocks};
use crate::cpu::prefetch::{Ahead, prefetch_lines};
use crate::cpu::survey::{alone, exp_below};
use crate::cpu::tree::{Sums, VECTORS, load, store};
use crate::math::{LANES, MaxAndRest, Merge, Number, Two, Vector};

/// Writes `exp((z - max) / T)` of each element, and returns the sum of all but the largest, which is 1; asks for memory so
/// far ahead.
pub(super) fn exponentials<S: Simd>(
    simd: S,
    row: &[f32],
    max: f32,
    inverse_temperature: [f32; 2],
    out: &mut [f32],
    ahead: Ahead,
) -> f32 {
    if inverse_temperature == [1.0, 0.0] {
        simd.run(Exponentials::<true, S> {
            simd,
            row,
            max,
            inverse_temperature,
            out,
            ahead,
        })
    } else {
        simd.run(Exponentials::<false, S> {
            simd,
            row,
            max,
            inverse_temperature,
            out,
            ahead,
        })
    }
}

/// The row as a value, so that all of it is compiled for one instruction set.
struct Exponentials<'a, const AT_ONE: bool, S> {
    simd: S,
    row: &'a [f32],
    max: f32,
    inverse_temperature: [f32; 2],
    out: &'a mut [f32],
    ahead: Ahead,
}

impl<const AT_ONE: bool, S: Simd> pulp::NullaryFnOnce for Exponentials<'_, AT_ONE, S> {
    type Output = f32;

    #[inline(always)]
    fn call(mut self) -> f32 {
        let k = self.row.len();
        let [_, rest] = root_over_blocks(&mut self, k);
        rest
    }
}

impl<const AT_ONE: bool, S: Simd> Blocks<2> for Exponentials<'_, AT_ONE, S> {
    type Simd = S;
    type Merge = MaxAndRest;

    #[inline(always)]
    fn simd(&self) -> S {
        self.simd
    }

    #[inline(always)]
    fn fold(&mut self, elements: Range<usize>, lanes: &mut [Sums<2>]) {
        let (row, out) = (&self.row[elements.clone()], &mut self.out[elements]);
        let (row, row_rest) = row.as_chunks::<LANES>();
        let (out, out_rest) = out.as_chunks_mut::<LANES>();
        let (fours, ones) = row.as_chunks::<4>();
        let (out_fours, out_ones) = out.as_chunks_mut::<4>();
        // Local, so that they are known to change by nothing.
        let (simd, ahead) = (self.simd, self.ahead);
        let (max, inverse_temperature) = (self.max, self.inverse_temperature);
        let mut at = 0;
        for (z, out) in fours.iter().zip(out_fours) {
            four::<AT_ONE, S>(
                simd,
                z,
                max,
                inverse_temperature,
                out,
                &mut lanes[at % VECTORS..][..4],
            );
            prefetch_lines(z, 0, ahead);
            at += 4;
        }
        let (mut last, mut last_out) = ([[f32::NEG_INFINITY; LANES]; 4], [[0.0; LANES]; 4]);
        let count = ones.len() + usize::from(!row_rest.is_empty());
        if count == 0 {
            return;
        }
        last[..ones.len()].copy_from_slice(ones);
        last[ones.len()][..row_rest.len()].copy_from_slice(row_rest);
        four::<AT_ONE, S>(
            simd,
            &last,
            max,
            inverse_temperature,
            &mut last_out,
            &mut lanes[at % VECTORS..][..4],
        );
        out_ones.copy_from_slice(&last_out[..ones.len()]);
        out_rest.copy_from_slice(&last_out[ones.len()][..row_rest.len()]);
    }
}

/// Four vectors in step.
#[inline(always)]
fn four<const AT_ONE: bool, S: Simd>(
    simd: S,
    z: &[[f32; LANES]; 4],
    max: f32,
    inverse_temperature: [f32; 2],
    out: &mut [[f32; LANES]; 4],
    lanes: &mut [Sums<2>],
) {
    let token = simd.token();
    for part in 0..LANES / <Of<S>>::WIDTH {
        let at = part * <Of<S>>::WIDTH;
        let number = |i: usize| <Of<S>>::load(token, &z[i], at);
        let z = Two(Two(number(0), number(1)), Two(number(2), number(3)));
        let max = z.splat(max);
        let Two(Two(a, b), Two(c, d)) =
            exp_below::<AT_ONE, S::Arith, _>(z, max, inverse_temperature);
        let values = [a, b, c, d];
        for i in 0..4 {
            values[i].store(&mut out[i], at);
            let so_far = load::<2, S>(simd, &lanes[i], at);
            let sums = MaxAndRest::merge::<S::Arith, _>(so_far, alone(values[i]));
            store(sums, &mut lanes[i], at);
        }
    }
}
