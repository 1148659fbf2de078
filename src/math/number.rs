//! Numbers on which the arithmetic of a bin is written once: an `f32`, or several of them in step.
//!
//! A processor hides the latency of a long chain of operations only as far as its schedulers look
//! ahead. Written on several numbers, each operation is followed by the same one of other bins, which do
//! not wait for it.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Arith;

/// A floating-point number, or several.
pub(crate) trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Mul<f32, Output = Self>
    + Add<f32, Output = Self>
{
    /// The result of a comparison.
    type Mask: Mask;
    /// The stored words.
    type Bits: Bits<Number = Self>;

    /// A constant.
    fn of(value: f32) -> Self;
    /// `self * b + c`.
    fn mul_add<A: Arith>(self, b: Self, c: Self) -> Self;
    /// The magnitude.
    fn abs(self) -> Self;
    /// Whether `self < other`.
    fn less(self, other: Self) -> Self::Mask;
    /// Whether `self == other`.
    fn equals(self, other: Self) -> Self::Mask;
    /// `a` where the mask is true, else `b`.
    fn select(mask: Self::Mask, a: Self, b: Self) -> Self;
    /// The stored words.
    fn bits(self) -> Self::Bits;

    /// `self * b + c` with a constant `c`.
    #[inline(always)]
    fn times_plus<A: Arith>(self, b: Self, c: f32) -> Self {
        self.mul_add::<A>(b, Self::of(c))
    }
}

/// Truth values.
pub(crate) trait Mask: Copy {
    /// True where both are.
    fn and(self, other: Self) -> Self;
}

/// The words of numbers, as integers that wrap.
pub(crate) trait Bits: Copy {
    /// The numbers that such words store.
    type Number: Number<Bits = Self>;

    /// A constant.
    fn of(word: u32) -> Self;
    /// The sum.
    fn plus(self, other: Self) -> Self;
    /// The difference.
    fn minus(self, other: Self) -> Self;
    /// The bits that are set in both.
    fn and(self, other: Self) -> Self;
    /// All bits as the sign is.
    fn signs(self) -> Self;
    /// The larger one with a sign.
    fn max_signed(self, other: Self) -> Self;
    /// The smaller one with a sign.
    fn min_signed(self, other: Self) -> Self;
    /// Whether `self < other` with a sign.
    fn less_signed(self, other: Self) -> <Self::Number as Number>::Mask;
    /// `a` where the mask is true, else `b`.
    fn select(mask: <Self::Number as Number>::Mask, a: Self, b: Self) -> Self;
    /// The number that the words store.
    fn stored(self) -> Self::Number;
    /// The value with a sign, rounded.
    fn rounded(self) -> Self::Number;
}

impl Number for f32 {
    type Mask = bool;
    type Bits = u32;

    #[inline(always)]
    fn of(value: f32) -> Self {
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
}

impl Bits for u32 {
    type Number = f32;

    #[inline(always)]
    fn of(word: u32) -> Self {
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
    fn of(value: f32) -> Self {
        Two(T::of(value), T::of(value))
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
    fn bits(self) -> Self::Bits {
        self.each(T::bits)
    }
}

impl<M: Mask> Mask for Two<M> {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.with(other, M::and)
    }
}

impl<B: Bits> Bits for Two<B> {
    type Number = Two<B::Number>;

    #[inline(always)]
    fn of(word: u32) -> Self {
        Two(B::of(word), B::of(word))
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
