//! Agreement of the largest bin: 1 where the first of the largest values of both rows stand in the same place.
//! Twin: `shaders/measure/top1_agreement.wgsl`.
//!
//! The survey knows the largest value, so that all there is to do is to look for it: nothing is folded.

use super::dispatch::{Batch, Simd};
use super::row::Scratch;
use super::survey::Fault;
use crate::math::MIN_NORMAL;

/// Scores rows one after the other, telling `bad` of each bad row.
pub(crate) fn score_batch<S: Simd>(
    simd: S,
    batch: Batch<'_>,
    scratch: &mut Scratch,
    out: &mut [f32],
    mut bad: impl FnMut(usize, [Option<Fault>; 2]),
) {
    let Batch { task, p, q } = batch;
    for (i, out) in out.iter_mut().enumerate() {
        let (p, q) = (p.row(i), q.row(i));
        let peaks = (
            scratch.of_p.peak(simd, &task.p, i, p),
            scratch.of_q.peak(simd, &task.q, i, q),
        );
        *out = match peaks {
            (Ok(of_p), Ok(of_q)) => {
                let agree = first(simd, p, of_p) == first(simd, q, of_q);
                f32::from(u8::from(agree))
            }
            (of_p, of_q) => {
                bad(i, [of_p.err(), of_q.err()]);
                f32::NAN
            }
        };
    }
}

/// Where the largest value of a row first stands.
fn first<S: Simd>(simd: S, row: &[f32], peak: f32) -> Option<usize> {
    simd.run(First { row, peak })
}

/// The search as a value, so that all of it is compiled for one instruction set.
struct First<'a> {
    row: &'a [f32],
    peak: f32,
}

/// Values that are looked at before the first of them is asked for.
const STRIDE: usize = 128;

impl pulp::NullaryFnOnce for First<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn call(self) -> Option<usize> {
        // Logarithms too small for a normal number count as 0, and a survey gives them as such.
        let is_peak = |value: f32| {
            let tiny = value.abs() < f32::from_bits(MIN_NORMAL);
            value == self.peak || (tiny && self.peak == 0.0)
        };
        let mut parts = self.row.chunks(STRIDE);
        let part = parts.position(|part| part.iter().fold(false, |any, &v| any | is_peak(v)))?;
        let from = part * STRIDE;
        let within = self.row[from..].iter().position(|&v| is_peak(v))?;
        Some(from + within)
    }
}
