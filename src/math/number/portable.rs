//! Four numbers in a vector that every 64-bit processor has: SSE2, NEON, simd128.

use std::ops::{Add, Div, Mul, Neg, Sub};

use wide::{f32x4, i32x4, u32x4};

use super::super::Arith;
use super::places::{Places, Quads, Scattered, Starts};
use super::{Bits, LANES, Mask, Number, Vector};

/// Four numbers.
#[derive(Clone, Copy)]
pub(crate) struct F32x4(f32x4);

/// Their words.
#[derive(Clone, Copy)]
pub(crate) struct U32x4(i32x4);

/// A truth value for each: all bits, or none.
#[derive(Clone, Copy)]
pub(crate) struct Mask4(i32x4);

impl Add for F32x4 {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        F32x4(self.0 + other.0)
    }
}

impl Sub for F32x4 {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        F32x4(self.0 - other.0)
    }
}

impl Mul for F32x4 {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        F32x4(self.0 * other.0)
    }
}

impl Div for F32x4 {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        F32x4(self.0 / other.0)
    }
}

impl Neg for F32x4 {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        F32x4(f32x4::splat(-0.0) - self.0)
    }
}

impl Mul<f32> for F32x4 {
    type Output = Self;

    #[inline(always)]
    fn mul(self, constant: f32) -> Self {
        F32x4(self.0 * f32x4::splat(constant))
    }
}

impl Add<f32> for F32x4 {
    type Output = Self;

    #[inline(always)]
    fn add(self, constant: f32) -> Self {
        F32x4(self.0 + f32x4::splat(constant))
    }
}

impl Number for F32x4 {
    type Mask = Mask4;
    type Bits = U32x4;

    #[inline(always)]
    fn splat(self, value: f32) -> Self {
        F32x4(f32x4::splat(value))
    }

    #[inline(always)]
    fn mul_add<A: Arith>(self, b: Self, c: Self) -> Self {
        if A::FUSED {
            F32x4(self.0.mul_add(b.0, c.0))
        } else {
            self * b + c
        }
    }

    #[inline(always)]
    fn abs(self) -> Self {
        F32x4(self.0.abs())
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        F32x4(self.0.sqrt())
    }

    /// For magnitudes below 2^22: SSE2 has no instruction for it.
    #[inline(always)]
    fn floor(self) -> Self {
        let nearest = (self + 12_582_912.0) + -12_582_912.0;
        Number::select(self.less(nearest), nearest + -1.0, nearest)
    }

    #[inline(always)]
    fn less(self, other: Self) -> Mask4 {
        Mask4(pulp::cast(self.0.simd_lt(other.0)))
    }

    #[inline(always)]
    fn equals(self, other: Self) -> Mask4 {
        Mask4(pulp::cast(self.0.simd_eq(other.0)))
    }

    #[inline(always)]
    fn select(mask: Mask4, a: Self, b: Self) -> Self {
        Bits::select(mask, a.bits(), b.bits()).stored()
    }

    #[inline(always)]
    fn bits(self) -> U32x4 {
        U32x4(pulp::cast(self.0))
    }
}

impl Mask for Mask4 {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Mask4(self.0 & other.0)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Mask4(self.0 | other.0)
    }

    #[inline(always)]
    fn and_not(self, other: Self) -> Self {
        Mask4(self.0 & !other.0)
    }
}

impl Bits for U32x4 {
    type Number = F32x4;

    #[inline(always)]
    fn splat(self, word: u32) -> Self {
        U32x4(i32x4::splat(word as i32))
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        U32x4(self.0 + other.0)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        U32x4(self.0 - other.0)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        U32x4(self.0 & other.0)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        U32x4(self.0 | other.0)
    }

    #[inline(always)]
    fn shifted_by_23(self) -> Self {
        U32x4(self.0 << 23)
    }

    #[inline(always)]
    fn signs(self) -> Self {
        U32x4(self.0 >> 31)
    }

    #[inline(always)]
    fn max_signed(self, other: Self) -> Self {
        Bits::select(Mask4(self.0.simd_gt(other.0)), self, other)
    }

    #[inline(always)]
    fn min_signed(self, other: Self) -> Self {
        Bits::select(Mask4(self.0.simd_lt(other.0)), self, other)
    }

    #[inline(always)]
    fn max_unsigned(self, other: Self) -> Self {
        let (a, b): (u32x4, u32x4) = (pulp::cast(self.0), pulp::cast(other.0));
        U32x4(pulp::cast(a.max(b)))
    }

    #[inline(always)]
    fn equals(self, other: Self) -> Mask4 {
        Mask4(self.0.simd_eq(other.0))
    }

    #[inline(always)]
    fn less_signed(self, other: Self) -> Mask4 {
        Mask4(self.0.simd_lt(other.0))
    }

    #[inline(always)]
    fn select(mask: Mask4, a: Self, b: Self) -> Self {
        U32x4((mask.0 & a.0) | (!mask.0 & b.0))
    }

    #[inline(always)]
    fn stored(self) -> F32x4 {
        F32x4(pulp::cast(self.0))
    }

    #[inline(always)]
    fn rounded(self) -> F32x4 {
        F32x4(f32x4::from_i32x4(self.0))
    }
}

impl Vector for F32x4 {
    const WIDTH: usize = 4;
    type Token = ();

    #[inline(always)]
    fn load(_: (), lanes: &[f32; LANES], at: usize) -> Self {
        F32x4(f32x4::from(lanes.as_chunks().0[at / 4]))
    }

    #[inline(always)]
    fn store(self, lanes: &mut [f32; LANES], at: usize) {
        lanes.as_chunks_mut().0[at / 4] = self.0.to_array();
    }

    #[inline(always)]
    fn load_bits(_: (), lanes: &[u32; LANES], at: usize) -> U32x4 {
        U32x4(pulp::cast::<[u32; 4], _>(lanes.as_chunks().0[at / 4]))
    }

    #[inline(always)]
    fn store_bits(bits: U32x4, lanes: &mut [u32; LANES], at: usize) {
        lanes.as_chunks_mut().0[at / 4] = pulp::cast::<_, [u32; 4]>(bits.0);
    }

    #[inline(always)]
    fn below(token: (), at: usize, count: usize) -> Mask4 {
        let index = Self::load_bits(token, &super::INDEX, at);
        index.less_signed(index.splat(count as u32))
    }

    #[inline(always)]
    fn load_quads(_: (), values: &[f32], stride: usize) -> [Self; 4] {
        side_by_side(Places::new(values, stride, Self::WIDTH))
    }

    #[inline(always)]
    fn load_quads_behind(_: (), values: &[f32], starts: &Starts, behind: usize) -> [Self; 4] {
        side_by_side(Scattered::new(values, starts, behind))
    }

    #[inline(always)]
    fn halve<const STEP: usize>(
        token: (),
        a: &[f32; LANES],
        b: &[f32; LANES],
        at: usize,
    ) -> (Self, Self) {
        const { assert!(matches!(STEP, 1 | 2 | 4 | 8)) };
        let from = if at & STEP == 0 { a } else { b };
        if STEP >= 4 {
            return (
                Self::load(token, from, at),
                Self::load(token, from, at ^ STEP),
            );
        }
        let (mut stay, mut cross) = ([0.0; 4], [0.0; 4]);
        for l in 0..4 {
            let from = if l & STEP == 0 { a } else { b };
            stay[l] = from[at + l];
            cross[l] = from[at + (l ^ STEP)];
        }
        (F32x4(f32x4::from(stay)), F32x4(f32x4::from(cross)))
    }
}

/// The first numbers of all places in the first vector, and so on.
#[inline(always)]
fn side_by_side(places: impl Quads) -> [F32x4; 4] {
    let [a, b, c, d] = [
        places.quad(0),
        places.quad(1),
        places.quad(2),
        places.quad(3),
    ];
    [
        F32x4(f32x4::from([a[0], b[0], c[0], d[0]])),
        F32x4(f32x4::from([a[1], b[1], c[1], d[1]])),
        F32x4(f32x4::from([a[2], b[2], c[2], d[2]])),
        F32x4(f32x4::from([a[3], b[3], c[3], d[3]])),
    ]
}
