//! The canonical summation tree: a function of the number of bins alone.
//!
//! Element `e` of a row belongs to block `e / 1024`, fold `e % 1024 / 256`, slot `e % 256 / 4` and component
//! `e % 4`. Each component adds its four folds in order; the components of a slot merge as
//! `(0 + 2) + (1 + 3)`; each slot merges its blocks pairwise in a zero-padded binary tree; last, slot
//! `i` merges with slot `i + 32`, then `i + 16`, down to `i + 1`. Zero is an exact identity, so a
//! short row may skip whatever it does not reach.

use std::marker::PhantomData;

use pulp::NullaryFnOnce;

use super::dispatch::Simd;
use crate::math::{Arith, LANES, Merge, Vector};

/// Elements of a block.
pub(crate) const BLOCK: usize = 1024;
/// Elements of a fold, a quarter of a block.
pub(crate) const FOLD: usize = BLOCK / 4;
/// Vectors of a fold.
pub(crate) const VECTORS: usize = FOLD / LANES;
/// Elements of a row that reaches no further than the first slots, 16 of 64.
pub(crate) const SHORT: usize = 4 * LANES;

/// Slots, of four elements each.
const SLOTS: usize = FOLD / 4;

/// Accumulators side by side: `N` sums in each of 16 lanes.
pub(crate) type Sums<const N: usize> = [[f32; LANES]; N];
/// An accumulator for each of 256 elements.
pub(crate) type Lanes<const N: usize> = [Sums<N>; VECTORS];
/// An accumulator for each of 64 slots, as merging quads leaves them: lanes `4i` to `4i + 3` of vector
/// `g` hold slots `16g + i`, 8, 4 and 12 further on.
type Slots<const N: usize> = [Sums<N>; SLOTS / LANES];

/// What every fold starts from.
#[inline(always)]
pub(crate) fn lanes_of<const N: usize, const V: usize>(zero: [f32; N]) -> [Sums<N>; V] {
    [zero.map(|zero| [zero; LANES]); V]
}

/// The tree over the blocks of a row, given one after the other.
pub(crate) struct Tree<const N: usize> {
    /// A binary counter: each entry holds the tree over a power of two of blocks.
    counter: Vec<Slots<N>>,
    blocks: usize,
}

impl<const N: usize> Tree<N> {
    /// A tree over no blocks.
    pub(crate) fn new() -> Self {
        Tree {
            counter: Vec::new(),
            blocks: 0,
        }
    }
}

// The next four have little to do, in much code, and the same for all that folds so many sums: as values that are run,
// they are functions of their own, one for each way to merge, and not a part of every loop.

/// Adds the accumulators of the next block.
#[inline(always)]
pub(crate) fn push_block<const N: usize, M: Merge<N>, S: Simd>(
    simd: S,
    tree: &mut Tree<N>,
    lanes: &Lanes<N>,
) {
    let merge = PhantomData::<M>;
    simd.run(PushBlock {
        simd,
        tree,
        lanes,
        merge,
    });
}

/// The accumulator of all blocks; there are none afterwards.
#[inline(always)]
pub(crate) fn root_of_tree<const N: usize, M: Merge<N>, S: Simd>(
    simd: S,
    tree: &mut Tree<N>,
) -> [f32; N] {
    let merge = PhantomData::<M>;
    simd.run(RootOfTree { simd, tree, merge })
}

/// The accumulator of a row of one block.
#[inline(always)]
pub(crate) fn root_of_block<const N: usize, M: Merge<N>, S: Simd>(
    simd: S,
    lanes: &Lanes<N>,
) -> [f32; N] {
    let merge = PhantomData::<M>;
    simd.run(RootOfBlock { simd, lanes, merge })
}

/// The accumulator of a row of up to [`SHORT`] elements: what remains of the tree adds zeros.
#[inline(always)]
pub(crate) fn root_of_short_row<const N: usize, M: Merge<N>, S: Simd>(
    simd: S,
    lanes: [&Sums<N>; 4],
) -> [f32; N] {
    let merge = PhantomData::<M>;
    simd.run(RootOfShortRow { simd, lanes, merge })
}

struct PushBlock<'a, const N: usize, M, S> {
    simd: S,
    tree: &'a mut Tree<N>,
    lanes: &'a Lanes<N>,
    merge: PhantomData<M>,
}

impl<const N: usize, M: Merge<N>, S: Simd> NullaryFnOnce for PushBlock<'_, N, M, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (simd, tree) = (self.simd, self.tree);
        let mut slots = merge_quads::<N, M, S>(simd, self.lanes);
        for _ in 0..tree.blocks.trailing_ones() {
            if let Some(left) = tree.counter.pop() {
                slots = merge_blocks::<N, M, S>(simd, &left, &slots);
            }
        }
        if tree.counter.capacity() == 0 {
            // Enough for 2^20 bins.
            tree.counter.reserve(11);
        }
        tree.counter.push(slots);
        tree.blocks += 1;
    }
}

struct RootOfTree<'a, const N: usize, M, S> {
    simd: S,
    tree: &'a mut Tree<N>,
    merge: PhantomData<M>,
}

impl<const N: usize, M: Merge<N>, S: Simd> NullaryFnOnce for RootOfTree<'_, N, M, S> {
    type Output = [f32; N];

    #[inline(always)]
    fn call(self) -> [f32; N] {
        let mut slots: Slots<N> = lanes_of(M::ZERO);
        while let Some(left) = self.tree.counter.pop() {
            slots = merge_blocks::<N, M, S>(self.simd, &left, &slots);
        }
        self.tree.blocks = 0;
        merge_slots::<N, M, S>(self.simd, slots)
    }
}

struct RootOfBlock<'a, const N: usize, M, S> {
    simd: S,
    lanes: &'a Lanes<N>,
    merge: PhantomData<M>,
}

impl<const N: usize, M: Merge<N>, S: Simd> NullaryFnOnce for RootOfBlock<'_, N, M, S> {
    type Output = [f32; N];

    #[inline(always)]
    fn call(self) -> [f32; N] {
        merge_slots::<N, M, S>(self.simd, merge_quads::<N, M, S>(self.simd, self.lanes))
    }
}

struct RootOfShortRow<'a, const N: usize, M, S> {
    simd: S,
    lanes: [&'a Sums<N>; 4],
    merge: PhantomData<M>,
}

impl<const N: usize, M: Merge<N>, S: Simd> NullaryFnOnce for RootOfShortRow<'_, N, M, S> {
    type Output = [f32; N];

    #[inline(always)]
    fn call(self) -> [f32; N] {
        let slots = merge_four_quads::<N, M, S>(self.simd, self.lanes);
        merge_last_slots::<N, M, S>(self.simd, &slots)
    }
}

/// Merges the four components of a slot.
#[inline(always)]
pub(crate) fn merge_components<const N: usize, M: Merge<N>, A: Arith, V: Vector>(
    [a, b, c, d]: [[V; N]; 4],
) -> [V; N] {
    M::merge::<A, V>(M::merge::<A, V>(a, c), M::merge::<A, V>(b, d))
}

/// Merges slots until one is left, one row in each lane; there are a power of two of them.
#[inline(always)]
pub(crate) fn merge_lane_slots<const N: usize, M: Merge<N>, A: Arith, V: Vector>(
    mut slots: &mut [[V; N]],
) {
    while slots.len() > 1 {
        let (left, right) = slots.split_at_mut(slots.len() / 2);
        for (left, right) in left.iter_mut().zip(&*right) {
            *left = M::merge::<A, V>(*left, *right);
        }
        slots = left;
    }
}

/// Merges the four components of each slot. Slots come out in an order of their own, see [`Slots`].
#[inline(always)]
fn merge_quads<const N: usize, M: Merge<N>, S: Simd>(simd: S, lanes: &Lanes<N>) -> Slots<N> {
    let mut slots: Slots<N> = lanes_of(M::ZERO);
    for (slots, lanes) in slots.iter_mut().zip(lanes.as_chunks().0) {
        let [a, b, c, d] = lanes;
        *slots = merge_four_quads::<N, M, S>(simd, [a, b, c, d]);
    }
    slots
}

#[inline(always)]
fn merge_four_quads<const N: usize, M: Merge<N>, S: Simd>(
    simd: S,
    [a, b, c, d]: [&Sums<N>; 4],
) -> Sums<N> {
    let ab = halve::<2, N, M, S>(simd, a, b);
    let cd = halve::<2, N, M, S>(simd, c, d);
    halve::<1, N, M, S>(simd, &ab, &cd)
}

#[inline(always)]
fn merge_blocks<const N: usize, M: Merge<N>, S: Simd>(
    simd: S,
    left: &Slots<N>,
    right: &Slots<N>,
) -> Slots<N> {
    let mut slots = *left;
    for (left, right) in slots.iter_mut().zip(right) {
        *left = merge::<N, M, S>(simd, left, right);
    }
    slots
}

/// Merges slots until one is left.
#[inline(always)]
fn merge_slots<const N: usize, M: Merge<N>, S: Simd>(simd: S, slots: Slots<N>) -> [f32; N] {
    let [a, b, c, d] = &slots;
    // Slots 32 apart, then 16.
    let (ac, bd) = (merge::<N, M, S>(simd, a, c), merge::<N, M, S>(simd, b, d));
    merge_last_slots::<N, M, S>(simd, &merge::<N, M, S>(simd, &ac, &bd))
}

/// Merges slots 8, 4, 2 and 1 apart, which are in lanes 1, 2, 8 and 4 apart.
#[inline(always)]
fn merge_last_slots<const N: usize, M: Merge<N>, S: Simd>(simd: S, slots: &Sums<N>) -> [f32; N] {
    let by_8 = halve::<1, N, M, S>(simd, slots, slots);
    let by_4 = halve::<2, N, M, S>(simd, &by_8, &by_8);
    let by_2 = halve::<8, N, M, S>(simd, &by_4, &by_4);
    halve::<4, N, M, S>(simd, &by_2, &by_2).map(|lanes| lanes[0])
}

/// Merges the lanes of `a` that are `STEP` apart, and those of `b`, see [`Vector::halve`].
#[inline(always)]
fn halve<const STEP: usize, const N: usize, M: Merge<N>, S: Simd>(
    simd: S,
    a: &Sums<N>,
    b: &Sums<N>,
) -> Sums<N> {
    let (mut stay, mut cross) = ([[0.0; LANES]; N], [[0.0; LANES]; N]);
    for w in 0..N {
        for part in 0..LANES / S::Vector::WIDTH {
            let at = part * S::Vector::WIDTH;
            let (left, right) = S::Vector::halve::<STEP>(simd.token(), &a[w], &b[w], at);
            left.store(&mut stay[w], at);
            right.store(&mut cross[w], at);
        }
    }
    merge::<N, M, S>(simd, &stay, &cross)
}

#[inline(always)]
fn merge<const N: usize, M: Merge<N>, S: Simd>(simd: S, a: &Sums<N>, b: &Sums<N>) -> Sums<N> {
    let mut merged = [[0.0; LANES]; N];
    for part in 0..LANES / S::Vector::WIDTH {
        let at = part * S::Vector::WIDTH;
        let both =
            M::merge::<S::Arith, S::Vector>(load::<N, S>(simd, a, at), load::<N, S>(simd, b, at));
        store(both, &mut merged, at);
    }
    merged
}

/// The accumulators from lane `at` on.
#[inline(always)]
pub(crate) fn load<const N: usize, S: Simd>(simd: S, sums: &Sums<N>, at: usize) -> [S::Vector; N] {
    let mut values = [S::Vector::load(simd.token(), &[0.0; LANES], at); N];
    for w in 0..N {
        values[w] = S::Vector::load(simd.token(), &sums[w], at);
    }
    values
}

/// Writes accumulators from lane `at` on.
#[inline(always)]
pub(crate) fn store<const N: usize, V: Vector>(values: [V; N], sums: &mut Sums<N>, at: usize) {
    for w in 0..N {
        values[w].store(&mut sums[w], at);
    }
}
