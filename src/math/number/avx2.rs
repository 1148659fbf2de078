//! Eight numbers in a vector of AVX2.

#[cfg(target_arch = "x86")]
use std::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

use pulp::x86::V3;

use super::super::{ABS, Arith};
use super::places::{Places, Quads, Scattered, Starts};
use super::{Bits, INDEX, LANES, Mask, Number, Vector};

/// Eight numbers.
#[derive(Clone, Copy)]
pub(crate) struct F32x8 {
    simd: V3,
    numbers: __m256,
}

/// Their words.
#[derive(Clone, Copy)]
pub(crate) struct U32x8 {
    simd: V3,
    words: __m256i,
}

/// A truth value for each.
#[derive(Clone, Copy)]
pub(crate) struct Mask8 {
    simd: V3,
    lanes: __m256,
}

impl F32x8 {
    #[inline(always)]
    fn with(self, numbers: __m256) -> Self {
        F32x8 { numbers, ..self }
    }
}

impl U32x8 {
    #[inline(always)]
    fn with(self, words: __m256i) -> Self {
        U32x8 { words, ..self }
    }
}

impl Add for F32x8 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let sum = self.simd.avx._mm256_add_ps(self.numbers, other.numbers);
        self.with(sum)
    }
}

impl Sub for F32x8 {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let difference = self.simd.avx._mm256_sub_ps(self.numbers, other.numbers);
        self.with(difference)
    }
}

impl Mul for F32x8 {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let product = self.simd.avx._mm256_mul_ps(self.numbers, other.numbers);
        self.with(product)
    }
}

impl Div for F32x8 {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let quotient = self.simd.avx._mm256_div_ps(self.numbers, other.numbers);
        self.with(quotient)
    }
}

impl Neg for F32x8 {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.splat(-0.0) - self
    }
}

impl Mul<f32> for F32x8 {
    type Output = Self;

    #[inline(always)]
    fn mul(self, constant: f32) -> Self {
        self * self.splat(constant)
    }
}

impl Add<f32> for F32x8 {
    type Output = Self;

    #[inline(always)]
    fn add(self, constant: f32) -> Self {
        self + self.splat(constant)
    }
}

impl Number for F32x8 {
    type Mask = Mask8;
    type Bits = U32x8;

    #[inline(always)]
    fn splat(self, value: f32) -> Self {
        self.with(self.simd.avx._mm256_set1_ps(value))
    }

    #[inline(always)]
    fn mul_add<A: Arith>(self, b: Self, c: Self) -> Self {
        if A::FUSED {
            let simd = self.simd.fma;
            self.with(simd._mm256_fmadd_ps(self.numbers, b.numbers, c.numbers))
        } else {
            self * b + c
        }
    }

    #[inline(always)]
    fn abs(self) -> Self {
        let bits = self.bits();
        bits.and(bits.splat(ABS)).stored()
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.with(self.simd.avx._mm256_sqrt_ps(self.numbers))
    }

    #[inline(always)]
    fn floor(self) -> Self {
        self.with(self.simd.avx._mm256_floor_ps(self.numbers))
    }

    #[inline(always)]
    fn less(self, other: Self) -> Mask8 {
        Mask8 {
            simd: self.simd,
            lanes: (self.simd.avx)._mm256_cmp_ps::<_CMP_LT_OQ>(self.numbers, other.numbers),
        }
    }

    #[inline(always)]
    fn equals(self, other: Self) -> Mask8 {
        Mask8 {
            simd: self.simd,
            lanes: (self.simd.avx)._mm256_cmp_ps::<_CMP_EQ_OQ>(self.numbers, other.numbers),
        }
    }

    #[inline(always)]
    fn select(mask: Mask8, a: Self, b: Self) -> Self {
        let simd = a.simd.avx;
        a.with(simd._mm256_blendv_ps(b.numbers, a.numbers, mask.lanes))
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        self.with(self.simd.avx._mm256_max_ps(self.numbers, other.numbers))
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        self.with(self.simd.avx._mm256_min_ps(self.numbers, other.numbers))
    }

    #[inline(always)]
    fn bits(self) -> U32x8 {
        let simd = self.simd;
        let words = simd.avx._mm256_castps_si256(self.numbers);
        U32x8 { simd, words }
    }
}

impl Mask for Mask8 {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        let lanes = self.simd.avx._mm256_and_ps(self.lanes, other.lanes);
        Mask8 { lanes, ..self }
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        let lanes = self.simd.avx._mm256_or_ps(self.lanes, other.lanes);
        Mask8 { lanes, ..self }
    }

    #[inline(always)]
    fn and_not(self, other: Self) -> Self {
        let lanes = self.simd.avx._mm256_andnot_ps(other.lanes, self.lanes);
        Mask8 { lanes, ..self }
    }
}

impl Bits for U32x8 {
    type Number = F32x8;

    #[inline(always)]
    fn splat(self, word: u32) -> Self {
        self.with(self.simd.avx._mm256_set1_epi32(word as i32))
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.with(self.simd.avx2._mm256_add_epi32(self.words, other.words))
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.with(self.simd.avx2._mm256_sub_epi32(self.words, other.words))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.with(self.simd.avx2._mm256_and_si256(self.words, other.words))
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.with(self.simd.avx2._mm256_or_si256(self.words, other.words))
    }

    #[inline(always)]
    fn shifted_by_23(self) -> Self {
        self.with(self.simd.avx2._mm256_slli_epi32::<23>(self.words))
    }

    #[inline(always)]
    fn signs(self) -> Self {
        self.with(self.simd.avx2._mm256_srai_epi32::<31>(self.words))
    }

    #[inline(always)]
    fn max_signed(self, other: Self) -> Self {
        self.with(self.simd.avx2._mm256_max_epi32(self.words, other.words))
    }

    #[inline(always)]
    fn min_signed(self, other: Self) -> Self {
        self.with(self.simd.avx2._mm256_min_epi32(self.words, other.words))
    }

    #[inline(always)]
    fn max_unsigned(self, other: Self) -> Self {
        self.with(self.simd.avx2._mm256_max_epu32(self.words, other.words))
    }

    #[inline(always)]
    fn equals(self, other: Self) -> Mask8 {
        let simd = self.simd;
        let same = simd.avx2._mm256_cmpeq_epi32(self.words, other.words);
        let lanes = simd.avx._mm256_castsi256_ps(same);
        Mask8 { simd, lanes }
    }

    #[inline(always)]
    fn less_signed(self, other: Self) -> Mask8 {
        let simd = self.simd;
        let less = simd.avx2._mm256_cmpgt_epi32(other.words, self.words);
        let lanes = simd.avx._mm256_castsi256_ps(less);
        Mask8 { simd, lanes }
    }

    #[inline(always)]
    fn select(mask: Mask8, a: Self, b: Self) -> Self {
        F32x8::select(mask, a.stored(), b.stored()).bits()
    }

    #[inline(always)]
    fn stored(self) -> F32x8 {
        let simd = self.simd;
        let numbers = simd.avx._mm256_castsi256_ps(self.words);
        F32x8 { simd, numbers }
    }

    #[inline(always)]
    fn rounded(self) -> F32x8 {
        let simd = self.simd;
        let numbers = simd.avx._mm256_cvtepi32_ps(self.words);
        F32x8 { simd, numbers }
    }
}

impl Vector for F32x8 {
    const WIDTH: usize = 8;
    type Token = V3;

    #[inline(always)]
    fn load(simd: V3, lanes: &[f32; LANES], at: usize) -> Self {
        let numbers = pulp::cast::<[f32; 8], _>(lanes.as_chunks().0[at / 8]);
        F32x8 { simd, numbers }
    }

    #[inline(always)]
    fn store(self, lanes: &mut [f32; LANES], at: usize) {
        lanes.as_chunks_mut().0[at / 8] = pulp::cast::<_, [f32; 8]>(self.numbers);
    }

    #[inline(always)]
    fn load_bits(simd: V3, lanes: &[u32; LANES], at: usize) -> U32x8 {
        let words = pulp::cast::<[u32; 8], _>(lanes.as_chunks().0[at / 8]);
        U32x8 { simd, words }
    }

    #[inline(always)]
    fn store_bits(bits: U32x8, lanes: &mut [u32; LANES], at: usize) {
        lanes.as_chunks_mut().0[at / 8] = pulp::cast::<_, [u32; 8]>(bits.words);
    }

    #[inline(always)]
    fn below(token: V3, at: usize, count: usize) -> Mask8 {
        let index = Self::load_bits(token, &INDEX, at);
        index.less_signed(index.splat(count as u32))
    }

    #[inline(always)]
    fn load_quads(simd: V3, values: &[f32], stride: usize) -> [Self; 4] {
        side_by_side(simd, Places::new(values, stride, Self::WIDTH))
    }

    #[inline(always)]
    fn load_quads_behind(simd: V3, values: &[f32], starts: &Starts, behind: usize) -> [Self; 4] {
        side_by_side(simd, Scattered::new(values, starts, behind))
    }

    #[inline(always)]
    fn halve<const STEP: usize>(
        token: V3,
        a: &[f32; LANES],
        b: &[f32; LANES],
        at: usize,
    ) -> (Self, Self) {
        const { assert!(matches!(STEP, 1 | 2 | 4 | 8)) };
        let simd = token.avx;
        if STEP == 8 {
            let from = if at < 8 { a } else { b };
            return (Self::load(token, from, at), Self::load(token, from, at ^ 8));
        }
        let (a, b) = (Self::load(token, a, at), Self::load(token, b, at));
        let (lower, upper) = (a.numbers, b.numbers);
        let (stay, cross) = match STEP {
            1 => {
                let other = simd._mm256_blend_ps::<0b1010_1010>(upper, lower);
                (
                    simd._mm256_blend_ps::<0b1010_1010>(lower, upper),
                    simd._mm256_permute_ps::<0b10_11_00_01>(other),
                )
            }
            2 => (
                simd._mm256_blend_ps::<0b1100_1100>(lower, upper),
                simd._mm256_shuffle_ps::<0b01_00_11_10>(lower, upper),
            ),
            _ => (
                simd._mm256_blend_ps::<0b1111_0000>(lower, upper),
                simd._mm256_permute2f128_ps::<0b0010_0001>(lower, upper),
            ),
        };
        (a.with(stay), a.with(cross))
    }
}

/// Four numbers from each of two places, four apart.
#[inline(always)]
fn two_places(simd: V3, places: impl Quads, from: usize) -> __m256 {
    let all = simd
        .avx
        ._mm256_castps128_ps256(pulp::cast(places.quad(from)));
    let upper = pulp::cast(places.quad(from + 4));
    simd.avx._mm256_insertf128_ps::<1>(all, upper)
}

/// The first numbers of all places in the first vector, and so on.
#[inline(always)]
fn side_by_side(simd: V3, places: impl Quads) -> [F32x8; 4] {
    let a = two_places(simd, places, 0);
    let b = two_places(simd, places, 1);
    let c = two_places(simd, places, 2);
    let d = two_places(simd, places, 3);
    let avx = simd.avx;
    let low_ab = avx._mm256_castps_pd(avx._mm256_unpacklo_ps(a, b));
    let low_cd = avx._mm256_castps_pd(avx._mm256_unpacklo_ps(c, d));
    let high_ab = avx._mm256_castps_pd(avx._mm256_unpackhi_ps(a, b));
    let high_cd = avx._mm256_castps_pd(avx._mm256_unpackhi_ps(c, d));
    let first = avx._mm256_castpd_ps(avx._mm256_unpacklo_pd(low_ab, low_cd));
    let second = avx._mm256_castpd_ps(avx._mm256_unpackhi_pd(low_ab, low_cd));
    let third = avx._mm256_castpd_ps(avx._mm256_unpacklo_pd(high_ab, high_cd));
    let fourth = avx._mm256_castpd_ps(avx._mm256_unpackhi_pd(high_ab, high_cd));
    let first = F32x8 {
        simd,
        numbers: first,
    };
    [
        first,
        first.with(second),
        first.with(third),
        first.with(fourth),
    ]
}
