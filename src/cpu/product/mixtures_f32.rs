//! Entropies of the mixtures of all pairs of rows, in f32.

use std::marker::PhantomData;

use pulp::NullaryFnOnce;

use crate::cpu::dispatch::Isa;
use crate::math::{Arith, Fused, Unfused};
use crate::product::{PANEL, TERMS_IN_A_ROW};

/// Of rows of P, one behind the other, and of some panels of Q, the sums of `m log2 m` over what their bins add up to.
pub(super) struct Tables<'a> {
    pub(super) p: &'a [f32],
    pub(super) panels: &'a [f32],
    /// Bins of a row, and of one as panels have them.
    pub(super) k: usize,
    pub(super) bins: usize,
    /// Rows of Q.
    pub(super) columns: usize,
}

impl Tables<'_> {
    /// Writes the sums of a row of P `line` apart from those of the next.
    pub(super) fn add_up(self, isa: Isa, out: &mut [f32], line: usize) {
        match isa {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx512(simd) => simd.vectorize(Entropies::<64, Fused>::new(self, out, line)),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx2(simd) => simd.vectorize(Entropies::<32, Fused>::new(self, out, line)),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(simd) => simd.vectorize(Entropies::<32, Fused>::new(self, out, line)),
            Isa::Portable => Entropies::<16, Unfused>::new(self, out, line).call(),
        }
    }
}

/// All sums as a value, so that they are compiled for one instruction set; those of `W` columns stay in registers.
struct Entropies<'a, const W: usize, A> {
    tables: Tables<'a>,
    out: &'a mut [f32],
    line: usize,
    arith: PhantomData<A>,
}

impl<'a, const W: usize, A> Entropies<'a, W, A> {
    fn new(tables: Tables<'a>, out: &'a mut [f32], line: usize) -> Self {
        let arith = PhantomData;
        Entropies {
            tables,
            out,
            line,
            arith,
        }
    }
}

impl<const W: usize, A: Arith> NullaryFnOnce for Entropies<'_, W, A> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Tables {
            p,
            panels,
            k,
            bins,
            columns,
        } = self.tables;
        for (number, panel) in panels.chunks_exact(PANEL * bins).enumerate() {
            let first = number * PANEL;
            let there = PANEL.min(columns - first);
            for from in (0..k).step_by(TERMS_IN_A_ROW) {
                let to = k.min(from + TERMS_IN_A_ROW);
                let of_q = &panel[from * PANEL..to * PANEL];
                for (p, out) in p.chunks_exact(k).zip(self.out.chunks_mut(self.line)) {
                    let out = &mut out[first..first + there];
                    for (some, out) in out.chunks_mut(W).enumerate() {
                        let sums = add_terms::<W, A>(&p[from..to], &of_q[some * W..]);
                        for (out, sum) in out.iter_mut().zip(sums) {
                            let before = if from == 0 { 0.0 } else { *out };
                            *out = before + sum;
                        }
                    }
                }
            }
        }
    }
}

/// The sums of some bins of a row of P with `W` rows of Q, the first of which these bins of Q begin with.
#[inline(always)]
fn add_terms<const W: usize, A: Arith>(p: &[f32], of_q: &[f32]) -> [f32; W] {
    let mut sums = [0.0; W];
    for (&p, of_q) in p.iter().zip(of_q.chunks(PANEL)) {
        for (sum, &q) in sums.iter_mut().zip(&of_q[..W]) {
            let m = p + q;
            *sum = A::mul_add(m, log2::<A>(m), *sum);
        }
    }
    sums
}

/// To 5e-8 and rounding; some finite number for 0.
#[inline(always)]
fn log2<A: Arith>(m: f32) -> f32 {
    const ROOT_HALF: u32 = 0x3f35_04f3;
    const EXPONENT: u32 = 0xff80_0000;
    let bits = m.to_bits();
    let exponent = bits.wrapping_sub(ROOT_HALF) & EXPONENT;
    let f = f32::from_bits(bits.wrapping_sub(exponent)) - 1.0;
    let f_2 = f * f;
    let h_0 = A::mul_add(f, -0.721_357_17, 1.442_694_8);
    let h_2 = A::mul_add(f, -0.360_087_22, 0.480_939_45);
    let h_4 = A::mul_add(f, -0.250_069_05, 0.286_707_46);
    let h_6 = A::mul_add(f, -0.145_744_52, 0.236_890_42);
    let h = A::mul_add(A::mul_add(h_6, f_2, h_4), f_2, h_2);
    let h = A::mul_add(h, f_2, h_0);
    // Exact: a whole number of 23 bits less.
    let whole = (exponent as i32) as f32 * (1.0 / (1 << 23) as f32);
    A::mul_add(f, h, whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product::ERROR_OF_LOG2;

    #[test]
    fn logarithms_are_as_near_as_is_said() {
        for i in 0..=(1 << 16) {
            for scale in [1.0, 0.5, 2.0, 2.0_f32.powi(-40), 2.0_f32.powi(20)] {
                let m = (1.0 + i as f32 / (1 << 16) as f32) * scale;
                let exact = f64::from(m).log2();
                let allowed = ERROR_OF_LOG2 + f64::from(f32::EPSILON) * exact.abs();
                for found in [log2::<Fused>(m), log2::<Unfused>(m)] {
                    let off = (f64::from(found) - exact).abs();
                    assert!(off <= allowed, "{m:e}: {off:e}");
                }
            }
        }
        assert!(log2::<Fused>(0.0).is_finite());
    }

    #[test]
    fn every_row_with_every_row() {
        for (rows, columns, k, bins) in [(1, 1_usize, 1, 8), (3, 5, 7, 8), (9, 133, 600, 600)] {
            let number = |i: usize| (1 + (i * 7919) % 31) as f32 / 31.0;
            let p: Vec<f32> = (0..rows * k).map(number).collect();
            let q = |row: usize, bin: usize| number(row * k + bin + 5);
            let mut panels = vec![0.0; columns.next_multiple_of(PANEL) * bins];
            for (i, place) in panels.iter_mut().enumerate() {
                let (panel, bin, row) = (i / PANEL / bins, i / PANEL % bins, i % PANEL);
                let row = panel * PANEL + row;
                if row < columns && bin < k {
                    *place = q(row, bin);
                }
            }
            for isa in Isa::available() {
                let line = columns + 3;
                let mut out = vec![7.0; rows * line];
                let (p, panels) = (&p[..], &panels[..]);
                let tables = Tables {
                    p,
                    panels,
                    k,
                    bins,
                    columns,
                };
                tables.add_up(isa, &mut out, line);
                for (i, out) in out.chunks(line).enumerate() {
                    let (sums, behind) = out.split_at(columns);
                    assert_eq!(behind, [7.0; 3]);
                    for (j, &found) in sums.iter().enumerate() {
                        let terms = (0..k).map(|l| f64::from(p[i * k + l] + q(j, l)));
                        let exact: f64 = terms.map(|m| m * m.log2()).sum();
                        let off = (f64::from(found) - exact).abs() / k as f64;
                        assert!(off <= 1e-6, "{} {i} {j}: {off:e}", isa.name());
                    }
                }
            }
        }
    }
}
