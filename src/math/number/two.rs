//! Two in step.
//!
//! A processor hides the latency of a long chain of operations only as far as its schedulers look
//! ahead. Written on several numbers, each operation is followed by the same one of other bins, which do
//! not wait for it.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::super::Arith;
use super::{Bits, Mask, Number};

/// Two in step.
#[derive(Clone, Copy)]
pub(crate) struct Two<T>(pub T, pub T);

impl<T> Two<T> {
    #[inline(always)]
    fn each<U>(self, f: impl Fn(T) -> U) -> Two<U> {
        Two(f(self.0), f(self.1))
    }

    #[inline(always)]
    fn with<U, V>(self, other: Two<U>, f: impl Fn(T, U) -> V) -> Two<V> {
        Two(f(self.0, other.0), f(self.1, other.1))
    }
}

impl<T: Number> Add for Two<T> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
}

impl<T: Number> Sub for Two<T> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }
}

impl<T: Number> Mul for Two<T> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }
}

impl<T: Number> Div for Two<T> {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.with(other, |a, b| a / b)
    }
}

impl<T: Number> Neg for Two<T> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.each(|a| -a)
    }
}

impl<T: Number> Mul<f32> for Two<T> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, constant: f32) -> Self {
        self.each(|a| a * constant)
    }
}

impl<T: Number> Add<f32> for Two<T> {
    type Output = Self;

    #[inline(always)]
    fn add(self, constant: f32) -> Self {
        self.each(|a| a + constant)
    }
}

impl<T: Number> Number for Two<T> {
    type Mask = Two<T::Mask>;
    type Bits = Two<T::Bits>;

    #[inline(always)]
    fn splat(self, value: f32) -> Self {
        self.each(|a| a.splat(value))
    }

    #[inline(always)]
    fn mul_add<A: Arith>(self, b: Self, c: Self) -> Self {
        Two(self.0.mul_add::<A>(b.0, c.0), self.1.mul_add::<A>(b.1, c.1))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.each(T::abs)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.each(T::sqrt)
    }

    #[inline(always)]
    fn floor(self) -> Self {
        self.each(T::floor)
    }

    #[inline(always)]
    fn less(self, other: Self) -> Self::Mask {
        self.with(other, T::less)
    }

    #[inline(always)]
    fn equals(self, other: Self) -> Self::Mask {
        self.with(other, T::equals)
    }

    #[inline(always)]
    fn select(mask: Self::Mask, a: Self, b: Self) -> Self {
        Two(T::select(mask.0, a.0, b.0), T::select(mask.1, a.1, b.1))
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Two(self.0.larger(other.0), self.1.larger(other.1))
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        Two(self.0.smaller(other.0), self.1.smaller(other.1))
    }

    #[inline(always)]
    fn one_more_times_exp2<A: Arith>(self, n: Self) -> Self {
        // By `with`, it is not inlined for AVX2.
        Two(
            self.0.one_more_times_exp2::<A>(n.0),
            self.1.one_more_times_exp2::<A>(n.1),
        )
    }

    #[inline(always)]
    fn bits(self) -> Self::Bits {
        self.each(T::bits)
    }
}

impl<M: Mask> Mask for Two<M> {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.with(other, M::and)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.with(other, M::or)
    }

    #[inline(always)]
    fn and_not(self, other: Self) -> Self {
        self.with(other, M::and_not)
    }
}

impl<B: Bits> Bits for Two<B> {
    type Number = Two<B::Number>;

    #[inline(always)]
    fn splat(self, word: u32) -> Self {
        self.each(|a| a.splat(word))
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.with(other, B::plus)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.with(other, B::minus)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.with(other, B::and)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.with(other, B::or)
    }

    #[inline(always)]
    fn shifted_by_23(self) -> Self {
        self.each(B::shifted_by_23)
    }

    #[inline(always)]
    fn signs(self) -> Self {
        self.each(B::signs)
    }

    #[inline(always)]
    fn max_signed(self, other: Self) -> Self {
        self.with(other, B::max_signed)
    }

    #[inline(always)]
    fn min_signed(self, other: Self) -> Self {
        self.with(other, B::min_signed)
    }

    #[inline(always)]
    fn max_unsigned(self, other: Self) -> Self {
        self.with(other, B::max_unsigned)
    }

    #[inline(always)]
    fn equals(self, other: Self) -> <Self::Number as Number>::Mask {
        self.with(other, B::equals)
    }

    #[inline(always)]
    fn less_signed(self, other: Self) -> <Self::Number as Number>::Mask {
        self.with(other, B::less_signed)
    }

    #[inline(always)]
    fn select(mask: <Self::Number as Number>::Mask, a: Self, b: Self) -> Self {
        Two(B::select(mask.0, a.0, b.0), B::select(mask.1, a.1, b.1))
    }

    #[inline(always)]
    fn stored(self) -> Self::Number {
        self.each(B::stored)
    }

    #[inline(always)]
    fn rounded(self) -> Self::Number {
        self.each(B::rounded)
    }
}
