//! Entropies of the mixtures of all pairs of rows, in f64.
//!
//! Jensen-Shannon's divergence is what the entropy of a mixture is more than those of its rows are. No product gives it,
//! but a bin of a pair takes only a sum and a logarithm, which may be as coarse as [`ERROR`].

use pulp::NullaryFnOnce;

use crate::cpu::dispatch::Isa;
use crate::math::{Arith, Fused, Unfused};

/// Rows of Q that lie bin by bin.
pub(super) const PANEL: usize = 16;

/// What stands for 0 in rows of P: it adds nothing that counts, and a sum with it has a logarithm.
pub(super) const ZERO: f64 = 1e-60;

/// What a sum may miss of mixtures that sum to 1, besides rounding: the error of a logarithm.
pub(super) const ERROR: f64 = 3.5e-10;

/// Bins of a panel that stay in the first-level cache.
const BINS: usize = 256;

/// Of rows of `p` and of `q`, all of `k` bins and those of `q` in [`PANEL`]s, the sums of `m ln m` over what their bins add
/// up to: those of the first row of `p` first.
pub(super) fn rows_by_panels(
    isa: Isa,
    [p, q]: [&[f64]; 2],
    k: usize,
    columns: usize,
    out: &mut [f64],
) {
    assert_eq!(p.len() / k * columns, out.len());
    assert_eq!(q.len(), columns.next_multiple_of(PANEL) * k);
    let tables = Tables { p, q, k, columns };
    match isa {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Isa::Avx512(simd) => {
            let bins = table::Bins::new(simd);
            simd.vectorize(Entropies { tables, bins, out });
        }
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Isa::Avx2(simd) => {
            let bins = Quotients::<Fused>::NEW;
            simd.vectorize(Entropies { tables, bins, out });
        }
        #[cfg(target_arch = "aarch64")]
        Isa::Neon(simd) => {
            let bins = Quotients::<Fused>::NEW;
            simd.vectorize(Entropies { tables, bins, out });
        }
        Isa::Portable => {
            let bins = Quotients::<Unfused>::NEW;
            Entropies { tables, bins, out }.call();
        }
    }
}

/// Puts rows in order bin by bin, those of each [`PANEL`] together, with zeros for rows that there are not.
pub(super) fn lay_out(rows: &mut Vec<f64>, k: usize) -> Option<()> {
    let panel = PANEL * k;
    let padded = rows.len().next_multiple_of(panel.max(1));
    rows.try_reserve_exact(padded - rows.len()).ok()?;
    rows.resize(padded, 0.0);
    let turn = |rows: &mut [f64]| {
        let mut as_they_were = Vec::new();
        as_they_were.try_reserve_exact(panel).ok()?;
        as_they_were.extend_from_slice(rows);
        for (bin, places) in rows.chunks_exact_mut(PANEL).enumerate() {
            for (row, place) in places.iter_mut().enumerate() {
                *place = as_they_were[row * k + bin];
            }
        }
        Some(())
    };
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        rows.par_chunks_exact_mut(panel).try_for_each(turn)
    }
    #[cfg(not(feature = "parallel"))]
    rows.chunks_exact_mut(panel).try_for_each(turn)
}

/// Rows of P, and panels of Q.
#[derive(Clone, Copy)]
struct Tables<'a> {
    p: &'a [f64],
    q: &'a [f64],
    k: usize,
    columns: usize,
}

/// How some bins of a row and of a panel are taken.
trait Bins {
    /// Adds `m log2 m` of each bin to the sum of its row of the panel.
    fn add(&self, p: &[f64], panel: &[[f64; PANEL]], sums: &mut [f64; PANEL]);
}

/// All sums as a value, so that they are compiled for one instruction set.
struct Entropies<'a, B> {
    tables: Tables<'a>,
    bins: B,
    out: &'a mut [f64],
}

impl<B: Bins> NullaryFnOnce for Entropies<'_, B> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Entropies { tables, bins, out } = self;
        let Tables { p, q, k, columns } = tables;
        let panels = q.as_chunks::<PANEL>().0;
        for from in (0..k).step_by(BINS) {
            let to = k.min(from + BINS);
            for (number, panel) in panels.chunks_exact(k).enumerate() {
                let first = number * PANEL;
                let there = PANEL.min(columns - first);
                for (p, out) in p.chunks_exact(k).zip(out.chunks_exact_mut(columns)) {
                    let out = &mut out[first..first + there];
                    let mut sums = [0.0; PANEL];
                    bins.add(&p[from..to], &panel[from..to], &mut sums);
                    for (out, sum) in out.iter_mut().zip(sums) {
                        let before = if from == 0 { 0.0 } else { *out };
                        *out = before + sum * std::f64::consts::LN_2;
                    }
                }
            }
        }
    }
}

/// Logarithms by the quotient of `m - 1` and `m + 1`.
struct Quotients<A>(std::marker::PhantomData<A>);

impl<A> Quotients<A> {
    const NEW: Self = Quotients(std::marker::PhantomData);
}

impl<A: Arith> Quotients<A> {
    #[inline(always)]
    fn mul_add(a: f64, b: f64, c: f64) -> f64 {
        if A::FUSED { a.mul_add(b, c) } else { a * b + c }
    }

    /// To 1.8e-10; some finite number for 0.
    #[inline(always)]
    fn log2(m: f64) -> f64 {
        const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
        const EXPONENT: u64 = 0xfff0_0000_0000_0000;
        const BIAS: u64 = 1023;
        // Its last bit is 1, so that what is stored there is counted from it.
        const WHOLE: f64 = 4_503_599_627_370_496.0;
        let bits = m.to_bits();
        let beyond = bits.wrapping_sub(ROOT_HALF);
        let near_1 = f64::from_bits(bits.wrapping_sub(beyond & EXPONENT));
        let whole = (beyond.wrapping_add(BIAS << 52) >> 52) | WHOLE.to_bits();
        let whole = f64::from_bits(whole) - (WHOLE + BIAS as f64);
        let s = (near_1 - 1.0) / (near_1 + 1.0);
        let z = s * s;
        // 2 atanh(s) / (s ln 2).
        let high = Self::mul_add(z, 0.434_255_953_195_367_7, 0.576_584_540_713_537_2);
        let low = Self::mul_add(z, 0.961_800_759_223_048_6, 2.885_390_072_752_098_7);
        Self::mul_add(s, Self::mul_add(z * z, high, low), whole)
    }
}

impl<A: Arith> Bins for Quotients<A> {
    #[inline(always)]
    fn add(&self, p: &[f64], panel: &[[f64; PANEL]], sums: &mut [f64; PANEL]) {
        for (&p, of_q) in p.iter().zip(panel) {
            for (sum, &q) in sums.iter_mut().zip(of_q) {
                let m = p + q;
                *sum = Self::mul_add(m, Self::log2(m), *sum);
            }
        }
    }
}

/// Logarithms by a table of 16 intervals, which AVX-512 looks up in registers.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod table {
    #[cfg(target_arch = "x86")]
    use std::arch::x86::*;
    #[cfg(target_arch = "x86_64")]
    use std::arch::x86_64::*;

    use pulp::x86::V4;

    use super::PANEL;

    const INTERVALS: usize = 16;

    /// `log2(1 + x) / x` where `|x|` is at most 1 in 33, of which `x` times this is off by 4.8e-10.
    const COEFFICIENTS: [f64; 4] = [
        1.442_694_963_252_565_6,
        -0.721_347_507_505_756,
        0.481_233_079_781_672_96,
        -0.360_841_115_053_284_14,
    ];

    pub(super) struct Bins {
        simd: V4,
        /// Of the middle of each interval of `[1, 2)`.
        inverses: [__m512d; 2],
        logarithms: [__m512d; 2],
        coefficients: [__m512d; 4],
        minus_1: __m512d,
    }

    impl Bins {
        pub(super) fn new(simd: V4) -> Self {
            let (mut inverses, mut logarithms) = ([0.0; INTERVALS], [0.0; INTERVALS]);
            for (i, (inverse, logarithm)) in inverses.iter_mut().zip(&mut logarithms).enumerate() {
                *inverse = 1.0 / (1.0 + (i as f64 + 0.5) / INTERVALS as f64);
                *logarithm = -inverse.log2();
            }
            let splat = |number| simd.avx512f._mm512_set1_pd(number);
            Bins {
                simd,
                inverses: pulp::cast(inverses),
                logarithms: pulp::cast(logarithms),
                coefficients: COEFFICIENTS.map(splat),
                minus_1: splat(-1.0),
            }
        }

        /// `sums + m log2 m`.
        #[inline(always)]
        fn add_terms(&self, m: __m512d, sums: __m512d) -> __m512d {
            let avx = self.simd.avx512f;
            let [c_0, c_1, c_2, c_3] = self.coefficients;
            let exponent = avx._mm512_getexp_pd(m);
            let mantissa = avx._mm512_getmant_pd::<_MM_MANT_NORM_1_2, _MM_MANT_SIGN_ZERO>(m);
            // What is looked up by ends in the four first bits of the fraction.
            let interval = avx._mm512_srli_epi64::<48>(avx._mm512_castpd_si512(mantissa));
            let look_up =
                |[low, high]: [__m512d; 2]| avx._mm512_permutex2var_pd(low, interval, high);
            let x = avx._mm512_fmadd_pd(mantissa, look_up(self.inverses), self.minus_1);
            let of_interval = avx._mm512_add_pd(exponent, look_up(self.logarithms));
            let h = avx._mm512_fmadd_pd(x, c_3, c_2);
            let h = avx._mm512_fmadd_pd(x, h, c_1);
            let h = avx._mm512_fmadd_pd(x, h, c_0);
            let log2 = avx._mm512_fmadd_pd(x, h, of_interval);
            avx._mm512_fmadd_pd(m, log2, sums)
        }
    }

    impl super::Bins for Bins {
        #[inline(always)]
        fn add(&self, p: &[f64], panel: &[[f64; PANEL]], sums: &mut [f64; PANEL]) {
            let avx = self.simd.avx512f;
            let mut running: [__m512d; 2] = pulp::cast(*sums);
            for (&p, of_q) in p.iter().zip(panel) {
                let of_q: [__m512d; 2] = pulp::cast(*of_q);
                let p = avx._mm512_set1_pd(p);
                for (sums, q) in running.iter_mut().zip(of_q) {
                    *sums = self.add_terms(avx._mm512_add_pd(p, q), *sums);
                }
            }
            *sums = pulp::cast(running);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_as_near_as_is_said() {
        // Of a bin for each row of Q: all of the ranges that the ways have, their ends, and powers of two.
        let mut numbers = Vec::new();
        for i in 0..=(1 << 14) {
            let number = 1.0 + f64::from(i) / f64::from(1 << 14);
            let below = f64::from_bits(number.to_bits() - 1);
            for scale in [1.0, 0.5, 2.0_f64.powi(-30), 2.0_f64.powi(-170)] {
                numbers.extend([number * scale, below * scale]);
            }
        }
        numbers.extend([std::f64::consts::FRAC_1_SQRT_2, 1e-320, 0.0]);
        let exact = |m: f64| if m == 0.0 { 0.0 } else { m * m.ln() };
        for isa in Isa::available() {
            let columns = numbers.len();
            let mut q = numbers.clone();
            assert!(lay_out(&mut q, 1).is_some());
            let mut out = vec![f64::NAN; columns];
            rows_by_panels(isa, [&[ZERO], &q], 1, columns, &mut out);
            for (&m, found) in numbers.iter().zip(out) {
                let off = (found - exact(m)).abs();
                let allowed = m * (ERROR + 1e-14) + 1e-55;
                assert!(off <= allowed, "{} of {m:e}: {off:e}", isa.name());
            }
        }
    }

    #[test]
    fn every_row_with_every_row() {
        for (rows, columns, k) in [(1, 1, 1), (3, 5, 7), (9, 33, 600), (2, 0, 3)] {
            let number = |i: usize| (1 + (i * 7919) % 31) as f64 / (31.0 * k as f64);
            let p: Vec<f64> = (0..rows * k).map(number).collect();
            let q: Vec<f64> = (0..columns * k).map(|i| number(i + 5)).collect();
            let mut panels = q.clone();
            assert!(lay_out(&mut panels, k).is_some());
            for isa in Isa::available() {
                let mut out = vec![f64::NAN; rows * columns];
                rows_by_panels(isa, [&p, &panels], k, columns, &mut out);
                for i in 0..rows {
                    for j in 0..columns {
                        let terms = (0..k).map(|l| p[i * k + l] + q[j * k + l]);
                        let exact: f64 = terms.map(|m| m * m.ln()).sum();
                        let off = (out[i * columns + j] - exact).abs();
                        assert!(off <= 2.0 * ERROR, "{} {i} {j}: {off:e}", isa.name());
                    }
                }
            }
        }
    }
}
