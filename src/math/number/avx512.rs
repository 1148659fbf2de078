//! Sixteen numbers in a vector of AVX-512.

#[cfg(target_arch = "x86")]
use std::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

use pulp::x86::V4;

use super::super::Arith;
use super::places::{Places, Quads, Scattered, Starts};
use super::{Bits, INDEX, LANES, Mask, Number, Vector};

/// Sixteen numbers.
#[derive(Clone, Copy)]
pub(crate) struct F32x16 {
    simd: V4,
    numbers: __m512,
}

/// Their words.
#[derive(Clone, Copy)]
pub(crate) struct U32x16 {
    simd: V4,
    words: __m512i,
}

/// A truth value for each.
#[derive(Clone, Copy)]
pub(crate) struct Mask16(__mmask16);

impl F32x16 {
    #[inline(always)]
    fn with(self, numbers: __m512) -> Self {
        F32x16 { numbers, ..self }
    }
}

impl U32x16 {
    #[inline(always)]
    fn with(self, words: __m512i) -> Self {
        U32x16 { words, ..self }
    }
}

impl Add for F32x16 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let sum = self.simd.avx512f._mm512_add_ps(self.numbers, other.numbers);
        self.with(sum)
    }
}

impl Sub for F32x16 {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let difference = self.simd.avx512f._mm512_sub_ps(self.numbers, other.numbers);
        self.with(difference)
    }
}

impl Mul for F32x16 {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let product = self.simd.avx512f._mm512_mul_ps(self.numbers, other.numbers);
        self.with(product)
    }
}

impl Div for F32x16 {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let quotient = self.simd.avx512f._mm512_div_ps(self.numbers, other.numbers);
        self.with(quotient)
    }
}

impl Neg for F32x16 {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.splat(-0.0) - self
    }
}

impl Mul<f32> for F32x16 {
    type Output = Self;

    #[inline(always)]
    fn mul(self, constant: f32) -> Self {
        self * self.splat(constant)
    }
}

impl Add<f32> for F32x16 {
    type Output = Self;

    #[inline(always)]
    fn add(self, constant: f32) -> Self {
        self + self.splat(constant)
    }
}

impl Number for F32x16 {
    type Mask = Mask16;
    type Bits = U32x16;

    #[inline(always)]
    fn splat(self, value: f32) -> Self {
        self.with(self.simd.avx512f._mm512_set1_ps(value))
    }

    #[inline(always)]
    fn mul_add<A: Arith>(self, b: Self, c: Self) -> Self {
        if A::FUSED {
            let simd = self.simd.avx512f;
            self.with(simd._mm512_fmadd_ps(self.numbers, b.numbers, c.numbers))
        } else {
            self * b + c
        }
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.with(self.simd.avx512f._mm512_abs_ps(self.numbers))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.with(self.simd.avx512f._mm512_sqrt_ps(self.numbers))
    }

    #[inline(always)]
    fn floor(self) -> Self {
        const DOWN: i32 = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
        self.with(self.simd.avx512f._mm512_roundscale_ps::<DOWN>(self.numbers))
    }

    #[inline(always)]
    fn less(self, other: Self) -> Mask16 {
        let simd = self.simd.avx512f;
        Mask16(simd._mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.numbers, other.numbers))
    }

    #[inline(always)]
    fn equals(self, other: Self) -> Mask16 {
        let simd = self.simd.avx512f;
        Mask16(simd._mm512_cmp_ps_mask::<_CMP_EQ_OQ>(self.numbers, other.numbers))
    }

    #[inline(always)]
    fn select(mask: Mask16, a: Self, b: Self) -> Self {
        let simd = a.simd.avx512f;
        a.with(simd._mm512_mask_blend_ps(mask.0, b.numbers, a.numbers))
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        self.with(self.simd.avx512f._mm512_max_ps(self.numbers, other.numbers))
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        self.with(self.simd.avx512f._mm512_min_ps(self.numbers, other.numbers))
    }

    #[inline(always)]
    fn one_more_times_exp2<A: Arith>(self, n: Self) -> Self {
        let sum = self + 1.0;
        let simd = self.simd.avx512f;
        self.with(simd._mm512_scalef_ps(sum.numbers, n.numbers))
    }

    #[inline(always)]
    fn bits(self) -> U32x16 {
        let simd = self.simd;
        let words = simd.avx512f._mm512_castps_si512(self.numbers);
        U32x16 { simd, words }
    }
}

impl Mask for Mask16 {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Mask16(self.0 & other.0)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Mask16(self.0 | other.0)
    }

    #[inline(always)]
    fn and_not(self, other: Self) -> Self {
        Mask16(self.0 & !other.0)
    }
}

impl Bits for U32x16 {
    type Number = F32x16;

    #[inline(always)]
    fn splat(self, word: u32) -> Self {
        self.with(self.simd.avx512f._mm512_set1_epi32(word as i32))
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.with(self.simd.avx512f._mm512_add_epi32(self.words, other.words))
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.with(self.simd.avx512f._mm512_sub_epi32(self.words, other.words))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.with(self.simd.avx512f._mm512_and_si512(self.words, other.words))
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.with(self.simd.avx512f._mm512_or_si512(self.words, other.words))
    }

    #[inline(always)]
    fn shifted_by_23(self) -> Self {
        self.with(self.simd.avx512f._mm512_slli_epi32::<23>(self.words))
    }

    #[inline(always)]
    fn signs(self) -> Self {
        self.with(self.simd.avx512f._mm512_srai_epi32::<31>(self.words))
    }

    #[inline(always)]
    fn max_signed(self, other: Self) -> Self {
        self.with(self.simd.avx512f._mm512_max_epi32(self.words, other.words))
    }

    #[inline(always)]
    fn min_signed(self, other: Self) -> Self {
        self.with(self.simd.avx512f._mm512_min_epi32(self.words, other.words))
    }

    #[inline(always)]
    fn max_unsigned(self, other: Self) -> Self {
        self.with(self.simd.avx512f._mm512_max_epu32(self.words, other.words))
    }

    #[inline(always)]
    fn equals(self, other: Self) -> Mask16 {
        Mask16(
            self.simd
                .avx512f
                ._mm512_cmpeq_epi32_mask(self.words, other.words),
        )
    }

    #[inline(always)]
    fn less_signed(self, other: Self) -> Mask16 {
        Mask16(
            self.simd
                .avx512f
                ._mm512_cmplt_epi32_mask(self.words, other.words),
        )
    }

    #[inline(always)]
    fn select(mask: Mask16, a: Self, b: Self) -> Self {
        let simd = a.simd.avx512f;
        a.with(simd._mm512_mask_blend_epi32(mask.0, b.words, a.words))
    }

    #[inline(always)]
    fn stored(self) -> F32x16 {
        let simd = self.simd;
        let numbers = simd.avx512f._mm512_castsi512_ps(self.words);
        F32x16 { simd, numbers }
    }

    #[inline(always)]
    fn rounded(self) -> F32x16 {
        let simd = self.simd;
        let numbers = simd.avx512f._mm512_cvtepi32_ps(self.words);
        F32x16 { simd, numbers }
    }
}

impl Vector for F32x16 {
    const WIDTH: usize = 16;
    type Token = V4;

    #[inline(always)]
    fn load(simd: V4, lanes: &[f32; LANES], _: usize) -> Self {
        let numbers = pulp::cast(*lanes);
        F32x16 { simd, numbers }
    }

    #[inline(always)]
    fn store(self, lanes: &mut [f32; LANES], _: usize) {
        *lanes = pulp::cast(self.numbers);
    }

    #[inline(always)]
    fn load_bits(simd: V4, lanes: &[u32; LANES], _: usize) -> U32x16 {
        let words = pulp::cast(*lanes);
        U32x16 { simd, words }
    }

    #[inline(always)]
    fn store_bits(bits: U32x16, lanes: &mut [u32; LANES], _: usize) {
        *lanes = pulp::cast(bits.words);
    }

    #[inline(always)]
    fn below(token: V4, at: usize, count: usize) -> Mask16 {
        let index = Self::load_bits(token, &INDEX, at);
        index.less_signed(index.splat(count as u32))
    }

    #[inline(always)]
    fn load_quads(simd: V4, values: &[f32], stride: usize) -> [Self; 4] {
        side_by_side(simd, Places::new(values, stride, Self::WIDTH))
    }

    #[inline(always)]
    fn load_quads_behind(simd: V4, values: &[f32], starts: &Starts, behind: usize) -> [Self; 4] {
        side_by_side(simd, Scattered::new(values, starts, behind))
    }

    #[inline(always)]
    fn halve<const STEP: usize>(
        token: V4,
        a: &[f32; LANES],
        b: &[f32; LANES],
        _: usize,
    ) -> (Self, Self) {
        const { assert!(matches!(STEP, 1 | 2 | 4 | 8)) };
        let (a, b) = (Self::load(token, a, 0), Self::load(token, b, 0));
        let (lower, upper) = (a.numbers, b.numbers);
        let simd = token.avx512f;
        let second_halves = match STEP {
            1 => 0xaaaa,
            2 => 0xcccc,
            4 => 0xf0f0,
            _ => 0xff00,
        };
        let stay = simd._mm512_mask_blend_ps(second_halves, lower, upper);
        let cross = match STEP {
            1 => {
                let other = simd._mm512_mask_blend_ps(second_halves, upper, lower);
                simd._mm512_permute_ps::<0b10_11_00_01>(other)
            }
            2 => simd._mm512_shuffle_ps::<0b01_00_11_10>(lower, upper),
            4 => {
                let other = simd._mm512_mask_blend_ps(second_halves, upper, lower);
                simd._mm512_shuffle_f32x4::<0b10_11_00_01>(other, other)
            }
            _ => simd._mm512_shuffle_f32x4::<0b01_00_11_10>(lower, upper),
        };
        (a.with(stay), a.with(cross))
    }
}

/// Four numbers from each of four places, from one on in steps of four.
#[inline(always)]
fn four_places(simd: V4, places: impl Quads, from: usize) -> __m512 {
    let avx = simd.avx512f;
    let all = avx._mm512_castps128_ps512(pulp::cast(places.quad(from)));
    let all = avx._mm512_insertf32x4::<1>(all, pulp::cast(places.quad(from + 4)));
    let all = avx._mm512_insertf32x4::<2>(all, pulp::cast(places.quad(from + 8)));
    avx._mm512_insertf32x4::<3>(all, pulp::cast(places.quad(from + 12)))
}

/// The first numbers of all places in the first vector, and so on.
#[inline(always)]
fn side_by_side(simd: V4, places: impl Quads) -> [F32x16; 4] {
    let a = four_places(simd, places, 0);
    let b = four_places(simd, places, 1);
    let c = four_places(simd, places, 2);
    let d = four_places(simd, places, 3);
    let avx = simd.avx512f;
    let low_ab = avx._mm512_castps_pd(avx._mm512_unpacklo_ps(a, b));
    let low_cd = avx._mm512_castps_pd(avx._mm512_unpacklo_ps(c, d));
    let high_ab = avx._mm512_castps_pd(avx._mm512_unpackhi_ps(a, b));
    let high_cd = avx._mm512_castps_pd(avx._mm512_unpackhi_ps(c, d));
    let first = avx._mm512_castpd_ps(avx._mm512_unpacklo_pd(low_ab, low_cd));
    let second = avx._mm512_castpd_ps(avx._mm512_unpackhi_pd(low_ab, low_cd));
    let third = avx._mm512_castpd_ps(avx._mm512_unpacklo_pd(high_ab, high_cd));
    let fourth = avx._mm512_castpd_ps(avx._mm512_unpackhi_pd(high_ab, high_cd));
    let first = F32x16 {
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
