//! One number.

use super::super::Arith;
use super::{Bits, Mask, Number};

impl Number for f32 {
    type Mask = bool;
    type Bits = u32;

    #[inline(always)]
    fn splat(self, value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn mul_add<A: Arith>(self, b: Self, c: Self) -> Self {
        A::mul_add(self, b, c)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        f32::abs(self)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    #[inline(always)]
    fn floor(self) -> Self {
        f32::floor(self)
    }

    #[inline(always)]
    fn less(self, other: Self) -> bool {
        self < other
    }

    #[inline(always)]
    fn equals(self, other: Self) -> bool {
        self == other
    }

    #[inline(always)]
    fn select(mask: bool, a: Self, b: Self) -> Self {
        if mask { a } else { b }
    }

    #[inline(always)]
    fn bits(self) -> u32 {
        self.to_bits()
    }
}

impl Mask for bool {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self | other
    }

    #[inline(always)]
    fn and_not(self, other: Self) -> Self {
        self & !other
    }
}

impl Bits for u32 {
    type Number = f32;

    #[inline(always)]
    fn splat(self, word: u32) -> Self {
        word
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self | other
    }

    #[inline(always)]
    fn shifted_by_23(self) -> Self {
        self << 23
    }

    #[inline(always)]
    fn signs(self) -> Self {
        ((self as i32) >> 31) as u32
    }

    #[inline(always)]
    fn max_signed(self, other: Self) -> Self {
        if (self as i32) > other as i32 {
            self
        } else {
            other
        }
    }

    #[inline(always)]
    fn min_signed(self, other: Self) -> Self {
        if (self as i32) < other as i32 {
            self
        } else {
            other
        }
    }

    #[inline(always)]
    fn max_unsigned(self, other: Self) -> Self {
        if self > other { self } else { other }
    }

    #[inline(always)]
    fn equals(self, other: Self) -> bool {
        self == other
    }

    #[inline(always)]
    fn less_signed(self, other: Self) -> bool {
        (self as i32) < other as i32
    }

    #[inline(always)]
    fn select(mask: bool, a: Self, b: Self) -> Self {
        if mask { a } else { b }
    }

    #[inline(always)]
    fn stored(self) -> f32 {
        f32::from_bits(self)
    }

    #[inline(always)]
    fn rounded(self) -> f32 {
        self as i32 as f32
    }
}
