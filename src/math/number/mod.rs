//! Numbers on which the arithmetic of a bin is written once: an `f32`, a vector of them, or several in
//! step.
//!
//! A vector holds the proof that the machine has its instructions, so that a constant comes from a
//! number: [`Number::splat`].

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod avx2;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod avx512;
mod places;
mod portable;
mod scalar;
mod two;

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Arith;

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
pub(crate) use avx2::F32x8;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
pub(crate) use avx512::F32x16;
pub(crate) use places::Starts;
pub(crate) use portable::F32x4;
pub(crate) use two::Two;

/// Numbers that are folded side by side: one to four vectors of the machine.
pub(crate) const LANES: usize = 16;

const INDEX: [u32; LANES] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

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
    fn splat(self, value: f32) -> Self;
    /// `self * b + c`.
    fn mul_add<A: Arith>(self, b: Self, c: Self) -> Self;
    /// The magnitude.
    fn abs(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The largest whole number that is not above.
    fn floor(self) -> Self;
    /// Whether `self < other`.
    fn less(self, other: Self) -> Self::Mask;
    /// Whether `self == other`.
    fn equals(self, other: Self) -> Self::Mask;
    /// `a` where the mask is true, else `b`.
    fn select(mask: Self::Mask, a: Self, b: Self) -> Self;
    /// The stored words.
    fn bits(self) -> Self::Bits;

    /// `self` if it is larger, else `other`.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Self::select(other.less(self), self, other)
    }

    /// `self` if it is smaller, else `other`.
    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        Self::select(self.less(other), self, other)
    }

    /// `(1 + self) 2^n` of a whole `n` if that is a normal number; rounded once where products are fused.
    #[inline(always)]
    fn one_more_times_exp2<A: Arith>(self, n: Self) -> Self {
        // The bits of `n + 3 * 2^22` end in `n`: a saturating cast would not vectorise.
        let bits = (n + 12_582_912.0).bits();
        let exponent = bits.minus(bits.splat(0x4b40_0000 - 127));
        let scale = exponent.shifted_by_23().stored();
        self.mul_add::<A>(scale, scale)
    }

    /// `self * slope + offset`.
    #[inline(always)]
    fn linear<A: Arith>(self, slope: f32, offset: f32) -> Self {
        self.mul_add::<A>(self.splat(slope), self.splat(offset))
    }

    /// `self * b + offset`.
    #[inline(always)]
    fn times_plus<A: Arith>(self, b: Self, offset: f32) -> Self {
        self.mul_add::<A>(b, self.splat(offset))
    }
}

/// Truth values.
pub(crate) trait Mask: Copy {
    /// True where both are.
    fn and(self, other: Self) -> Self;
    /// True where either is.
    fn or(self, other: Self) -> Self;
    /// True where this is and the other is not.
    fn and_not(self, other: Self) -> Self;
}

/// The words of numbers, as integers that wrap.
pub(crate) trait Bits: Copy {
    /// The numbers that such words store.
    type Number: Number<Bits = Self>;

    /// A constant.
    fn splat(self, word: u32) -> Self;
    /// The sum.
    fn plus(self, other: Self) -> Self;
    /// The difference.
    fn minus(self, other: Self) -> Self;
    /// The bits that are set in both.
    fn and(self, other: Self) -> Self;
    /// The bits that are set in either.
    fn or(self, other: Self) -> Self;
    /// Moved up to where an exponent is.
    fn shifted_by_23(self) -> Self;
    /// All bits as the sign is.
    fn signs(self) -> Self;
    /// The larger one with a sign.
    fn max_signed(self, other: Self) -> Self;
    /// The smaller one with a sign.
    fn min_signed(self, other: Self) -> Self;
    /// The larger one without a sign.
    fn max_unsigned(self, other: Self) -> Self;
    /// Whether they are the same.
    fn equals(self, other: Self) -> <Self::Number as Number>::Mask;
    /// Whether `self < other` with a sign.
    fn less_signed(self, other: Self) -> <Self::Number as Number>::Mask;
    /// `a` where the mask is true, else `b`.
    fn select(mask: <Self::Number as Number>::Mask, a: Self, b: Self) -> Self;
    /// The number that the words store.
    fn stored(self) -> Self::Number;
    /// The value with a sign, rounded.
    fn rounded(self) -> Self::Number;
}

/// Numbers that are read from memory and written to it, one or several side by side.
pub(crate) trait Vector: Number {
    /// How many: a divisor of [`LANES`].
    const WIDTH: usize;
    /// The proof that the machine has them.
    type Token: Copy;

    /// Reads from lane `at` on.
    fn load(token: Self::Token, lanes: &[f32; LANES], at: usize) -> Self;
    /// Writes from lane `at` on.
    fn store(self, lanes: &mut [f32; LANES], at: usize);
    /// Reads words from lane `at` on.
    fn load_bits(token: Self::Token, lanes: &[u32; LANES], at: usize) -> Self::Bits;
    /// Writes words from lane `at` on.
    fn store_bits(bits: Self::Bits, lanes: &mut [u32; LANES], at: usize);

    /// From lane `at` on, whether a lane is one of the first `count`.
    fn below(token: Self::Token, at: usize, count: usize) -> Self::Mask;

    /// Reads four numbers from each of [`WIDTH`](Vector::WIDTH) places that are `stride` apart, the first numbers
    /// of all places into the first vector.
    fn load_quads(token: Self::Token, values: &[f32], stride: usize) -> [Self; 4];

    /// The same from so far behind each of some places.
    fn load_quads_behind(
        token: Self::Token,
        values: &[f32],
        starts: &Starts,
        behind: usize,
    ) -> [Self; 4];

    /// What merges the lanes of `a` that are `STEP` apart, and those of `b`: of every `2 STEP` lanes of
    /// the result, the first half comes from `a` and the second from `b`. Returns both sides, from lane
    /// `at` on.
    ///
    /// Lanes that need not move stay where they are, which is a blend; only the others cross.
    fn halve<const STEP: usize>(
        token: Self::Token,
        a: &[f32; LANES],
        b: &[f32; LANES],
        at: usize,
    ) -> (Self, Self);
}

/// What stands for one number beside numbers of type `T`: a constant, or one for each lane.
pub(crate) trait Spread<T: Number>: Number {
    /// As many as another is.
    fn spread(self, like: T) -> T;
    /// Likewise of words.
    fn spread_bits(bits: Self::Bits, like: T::Bits) -> T::Bits;
}

impl<T: Number> Spread<T> for f32 {
    #[inline(always)]
    fn spread(self, like: T) -> T {
        like.splat(self)
    }

    #[inline(always)]
    fn spread_bits(bits: u32, like: T::Bits) -> T::Bits {
        like.splat(bits)
    }
}

impl<V: Vector> Spread<Two<V>> for V {
    #[inline(always)]
    fn spread(self, _: Two<V>) -> Two<V> {
        Two(self, self)
    }

    #[inline(always)]
    fn spread_bits(bits: V::Bits, _: Two<V::Bits>) -> Two<V::Bits> {
        Two(bits, bits)
    }
}
