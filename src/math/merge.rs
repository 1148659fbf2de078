//! How accumulators merge.

use super::{Arith, Number, SPAN, exp2_of_whole};

/// The merging of two accumulators of `N` numbers each.
pub(crate) trait Merge<const N: usize> {
    /// The exact identity of `merge`.
    const ZERO: [f32; N];
    /// What sums may start from in its place: the same but for the sign of zero, which no score shows. Of [`Add`] no
    /// operation is left of adding to it.
    const NOTHING: [f32; N] = Self::ZERO;

    /// Merges two accumulators; must not depend on which is the first.
    fn merge<A: Arith, T: Number>(a: [T; N], b: [T; N]) -> [T; N];
}

/// Sums.
pub(crate) struct Add;

impl<const N: usize> Merge<N> for Add {
    const ZERO: [f32; N] = [0.0; N];
    const NOTHING: [f32; N] = [-0.0; N];

    #[inline(always)]
    fn merge<A: Arith, T: Number>(a: [T; N], b: [T; N]) -> [T; N] {
        let mut sum = a;
        for w in 0..N {
            sum[w] = a[w] + b[w];
        }
        sum
    }
}

/// The largest numbers.
pub(crate) struct Max;

impl<const N: usize> Merge<N> for Max {
    const ZERO: [f32; N] = [-f32::MAX; N];

    #[inline(always)]
    fn merge<A: Arith, T: Number>(a: [T; N], b: [T; N]) -> [T; N] {
        let mut largest = a;
        for w in 0..N {
            largest[w] = a[w].larger(b[w]);
        }
        largest
    }
}

/// Sums of numbers of any size: the largest exponent, over [`SPAN`], and the sum relative to it.
pub(crate) struct ScaledSum;

/// In place of the exponent of a sum over nothing.
pub(crate) const NO_EXPONENT: f32 = -3.4e38;

impl Merge<2> for ScaledSum {
    const ZERO: [f32; 2] = [NO_EXPONENT, 0.0];

    #[inline(always)]
    fn merge<A: Arith, T: Number>(a: [T; 2], b: [T; 2]) -> [T; 2] {
        let most = a[0].larger(b[0]);
        let of_a = a[1] * scale((a[0] - most) * SPAN);
        let of_b = b[1] * scale((b[0] - most) * SPAN);
        [most, of_a + of_b]
    }
}

/// `2^n` of a whole number that is not above 0; 0 where that is not a normal number.
#[inline(always)]
pub(crate) fn scale<T: Number>(n: T) -> T {
    let least = n.splat(-126.0);
    let power = exp2_of_whole(n.larger(least));
    T::select(n.less(least), n.splat(0.0), power)
}

/// The largest of some numbers that are not below zero, and the sum of all others.
pub(crate) struct MaxAndRest;

impl Merge<2> for MaxAndRest {
    const ZERO: [f32; 2] = [0.0; 2];

    #[inline(always)]
    fn merge<A: Arith, T: Number>(a: [T; 2], b: [T; 2]) -> [T; 2] {
        let (larger, smaller) = (a[0].larger(b[0]), b[0].smaller(a[0]));
        [larger, (a[1] + b[1]) + smaller]
    }
}
