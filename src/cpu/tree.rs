//! The canonical summation tree: a function of K alone, the same on every backend.
//!
//! A row is cut into blocks of 1024 elements, a block into four folds of 64 slots of one quad each:
//! element `e` belongs to block `e / 1024`, fold `e % 1024 / 256`, slot `e % 256 / 4` and component
//! `e % 4`. Each component adds its four folds in order; the components of a slot merge as
//! `(0 + 2) + (1 + 3)`; each slot merges its blocks pairwise in a zero-padded binary tree; last, slot
//! `i` merges with slot `i + 32`, then `i + 16`, down to `i + 1`. Zero is an exact identity, so a
//! short row may skip whatever it does not reach.

use super::dispatch::Simd;
use super::prefetch::prefetch_beyond;
use crate::math::{LANES, Number, Vector};
use crate::measure::NEAR;

/// Elements of a block.
pub(crate) const BLOCK: usize = 1024;
/// Slots, of four elements each.
const SLOTS: usize = 64;
/// Vectors of one fold.
const VECTORS: usize = 4 * SLOTS / LANES;

/// A reduction over the pairs of bins of two rows: `N` sums in the order of the tree, and `W` words
/// for which no order matters.
pub(crate) trait Fold<const N: usize, const W: usize>: Copy {
    /// What it works on. Plain numbers are left to the compiler to put side by side.
    type Vector: Vector;

    /// The exact identity of `merge`.
    const ZERO: [f32; N];
    /// The exact identity of `gather`.
    const UNSEEN: [u32; W];
    /// The word that pads P and Q behind the row; it must leave everything as it is where `present` is
    /// false.
    const PADDING: f32;
    /// True if [`Fold::fold_four`] is faster than four folds.
    const IN_STEP: bool = false;
    /// True if it is faster still where numbers are near.
    const FASTER_NEAR: bool = false;

    /// The proof that the machine has such vectors.
    fn token(&self) -> Token<Self::Vector>;

    /// Adds one pair of stored words. `present` is false for the padding behind a row.
    fn fold(
        &self,
        sums: &mut [Self::Vector; N],
        seen: &mut [Words<Self::Vector>; W],
        p: Words<Self::Vector>,
        q: Words<Self::Vector>,
        present: Truth<Self::Vector>,
    );

    /// Adds four pairs as [`Fold::fold`] would one after the other; may compute them in step, and may
    /// rely on all being less than [`NEAR`] apart if so told. Only called if [`Fold::IN_STEP`].
    #[inline(always)]
    fn fold_four<const ALL_NEAR: bool>(
        &self,
        sums: &mut [Self::Vector; N],
        seen: &mut [Words<Self::Vector>; W],
        p: [Words<Self::Vector>; 4],
        q: [Words<Self::Vector>; 4],
    ) {
        let present = Self::Vector::below(self.token(), 0, LANES);
        for (p, q) in p.into_iter().zip(q) {
            self.fold(sums, seen, p, q, present);
        }
    }

    /// Merges two accumulators; must not depend on which is the first.
    fn merge(a: [Self::Vector; N], b: [Self::Vector; N]) -> [Self::Vector; N];

    /// Merges what was seen; must not depend on any order.
    fn gather(a: [u32; W], b: [u32; W]) -> [u32; W];
}

/// The proof that the machine has such vectors.
pub(crate) type Token<V> = <V as Vector>::Token;
/// The words of a vector.
pub(crate) type Words<V> = <V as Number>::Bits;
/// A truth value for each number of a vector.
pub(crate) type Truth<V> = <V as Number>::Mask;

/// The sums of a row, and what was seen in it.
pub(crate) type Reduced<const N: usize, const W: usize> = ([f32; N], [u32; W]);

/// Accumulators side by side.
type Sums<const N: usize> = [[f32; LANES]; N];
/// An accumulator for each of 256 elements.
type Lanes<const N: usize> = [Sums<N>; VECTORS];
/// An accumulator for each of 64 slots, as merging quads leaves them: lanes `4i` to `4i + 3` of vector
/// `g` hold slots `16g + i`, 8, 4 and 12 further on.
type Slots<const N: usize> = [Sums<N>; SLOTS / LANES];
type Seen<const W: usize> = [[u32; LANES]; W];

/// Reduces two rows of equal length.
pub(crate) fn reduce<const N: usize, const W: usize, S: Simd, F: Fold<N, W>>(
    simd: S,
    fold: F,
    p: &[f32],
    q: &[f32],
) -> Reduced<N, W> {
    simd.run(Reduce::<N, W, F> { fold, p, q })
}

/// A reduction as a value, so that all of it is compiled for one instruction set.
struct Reduce<'a, const N: usize, const W: usize, F> {
    fold: F,
    p: &'a [f32],
    q: &'a [f32],
}

impl<const N: usize, const W: usize, F: Fold<N, W>> pulp::NullaryFnOnce for Reduce<'_, N, W, F> {
    type Output = Reduced<N, W>;

    #[inline(always)]
    fn call(self) -> Reduced<N, W> {
        reduce_inline(self.fold, self.p, self.q)
    }
}

/// [`reduce`] for code that already is compiled for an instruction set.
#[inline(always)]
pub(crate) fn reduce_inline<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    p: &[f32],
    q: &[f32],
) -> Reduced<N, W> {
    let k = p.len();
    let mut seen = F::UNSEEN.map(|word| [word; LANES]);
    if k <= 4 * LANES {
        let sums = short_row(fold, &mut seen, p, q);
        return (sums, gather_lanes::<N, W, F>(&seen));
    }
    if k <= BLOCK {
        let slots = block(fold, &mut seen, p, q);
        let sums = merge_slots(fold, slots);
        return (sums, gather_lanes::<N, W, F>(&seen));
    }
    // A binary counter: each entry holds the tree over a power of two of blocks.
    let mut counter: Vec<Slots<N>> = Vec::with_capacity(16);
    for (b, (p, q)) in p.chunks(BLOCK).zip(q.chunks(BLOCK)).enumerate() {
        let mut slots = block(fold, &mut seen, p, q);
        for _ in 0..b.trailing_ones() {
            if let Some(left) = counter.pop() {
                slots = merge_blocks(fold, &left, &slots);
            }
        }
        counter.push(slots);
    }
    let mut slots = [F::ZERO.map(|zero| [zero; LANES]); SLOTS / LANES];
    while let Some(left) = counter.pop() {
        slots = merge_blocks(fold, &left, &slots);
    }
    let sums = merge_slots(fold, slots);
    (sums, gather_lanes::<N, W, F>(&seen))
}

/// Folds up to 1024 elements. Lanes that the row does not reach stay at zero.
#[inline(always)]
fn block<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    seen: &mut Seen<W>,
    p: &[f32],
    q: &[f32],
) -> Slots<N> {
    let (p_whole, q_whole) = (p.as_chunks().0, q.as_chunks().0);
    if let (Ok(p), Ok(q)) = (p_whole.try_into(), q_whole.try_into()) {
        return whole_block(fold, seen, p, q);
    }
    let mut lanes = zero_lanes::<N, W, F>();
    fold_part(fold, &mut lanes, seen, p, q);
    merge_quads(fold, &lanes)
}

/// Folds up to 64 elements, which reach but 16 slots: what remains of the tree adds zeros.
#[inline(always)]
fn short_row<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    seen: &mut Seen<W>,
    p: &[f32],
    q: &[f32],
) -> [f32; N] {
    let mut lanes = [F::ZERO.map(|zero| [zero; LANES]); 4];
    fold_part(fold, &mut lanes, seen, p, q);
    merge_last_slots(fold, &merge_four_quads(fold, &lanes))
}

/// Folds less than a block.
#[inline(always)]
fn fold_part<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    lanes: &mut [Sums<N>],
    seen: &mut Seen<W>,
    p: &[f32],
    q: &[f32],
) {
    let (p_whole, p_rest) = p.as_chunks::<LANES>();
    let (q_whole, q_rest) = q.as_chunks::<LANES>();
    for (at, (p, q)) in p_whole.iter().zip(q_whole).enumerate() {
        fold_lanes(fold, &mut lanes[at % VECTORS], seen, p, q, LANES);
    }
    if !p_rest.is_empty() {
        let (mut last_p, mut last_q) = ([F::PADDING; LANES], [F::PADDING; LANES]);
        last_p[..p_rest.len()].copy_from_slice(p_rest);
        last_q[..q_rest.len()].copy_from_slice(q_rest);
        let sums = &mut lanes[p_whole.len() % VECTORS];
        fold_lanes(fold, sums, seen, &last_p, &last_q, p_rest.len());
    }
}

/// Folds 1024 elements, those of a lane behind one another: their sums stay in registers. Memory thus
/// comes out of order, so that what follows has to be asked for ahead.
#[inline(always)]
fn whole_block<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    seen: &mut Seen<W>,
    p: &[[f32; LANES]; BLOCK / LANES],
    q: &[[f32; LANES]; BLOCK / LANES],
) -> Slots<N> {
    let mut lanes = zero_lanes::<N, W, F>();
    for (v, sums) in lanes.iter_mut().enumerate() {
        let folds = [0, 1, 2, 3].map(|fold| fold * VECTORS + v);
        if F::IN_STEP {
            let (p, q) = (folds.map(|at| &p[at]), folds.map(|at| &q[at]));
            if F::FASTER_NEAR && all_near(p, q) {
                fold_four_lanes::<true, N, W, F>(fold, sums, seen, p, q);
            } else {
                fold_four_lanes::<false, N, W, F>(fold, sums, seen, p, q);
            }
        } else {
            let mut running = *sums;
            for at in folds {
                fold_lanes(fold, &mut running, seen, &p[at], &q[at], LANES);
            }
            *sums = running;
        }
        for ahead in folds.len() * v..folds.len() * (v + 1) {
            prefetch_beyond(p, ahead);
            prefetch_beyond(q, ahead);
        }
    }
    merge_quads(fold, &lanes)
}

#[inline(always)]
fn zero_lanes<const N: usize, const W: usize, F: Fold<N, W>>() -> Lanes<N> {
    [F::ZERO.map(|zero| [zero; LANES]); VECTORS]
}

/// Folds one vector of pairs.
#[inline(always)]
fn fold_lanes<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    sums: &mut Sums<N>,
    seen: &mut Seen<W>,
    p: &[f32; LANES],
    q: &[f32; LANES],
    present: usize,
) {
    let token = fold.token();
    for part in 0..LANES / F::Vector::WIDTH {
        let at = part * F::Vector::WIDTH;
        let (p, q) = (
            F::Vector::load(token, p, at).bits(),
            F::Vector::load(token, q, at).bits(),
        );
        let present = F::Vector::below(token, at, present);
        let mut sum = load::<N, F::Vector>(token, sums, at);
        let mut word = load_bits::<W, F::Vector>(token, seen, at);
        fold.fold(&mut sum, &mut word, p, q, present);
        store(sum, sums, at);
        store_bits::<W, F::Vector>(word, seen, at);
    }
}

/// Folds four vectors of pairs into the same sums.
#[inline(always)]
fn fold_four_lanes<const ALL_NEAR: bool, const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    sums: &mut Sums<N>,
    seen: &mut Seen<W>,
    p: [&[f32; LANES]; 4],
    q: [&[f32; LANES]; 4],
) {
    let token = fold.token();
    for part in 0..LANES / F::Vector::WIDTH {
        let at = part * F::Vector::WIDTH;
        let words = |x: [&[f32; LANES]; 4]| x.map(|lanes| F::Vector::load(token, lanes, at).bits());
        let mut sum = load::<N, F::Vector>(token, sums, at);
        let mut word = load_bits::<W, F::Vector>(token, seen, at);
        fold.fold_four::<ALL_NEAR>(&mut sum, &mut word, words(p), words(q));
        store(sum, sums, at);
        store_bits::<W, F::Vector>(word, seen, at);
    }
}

#[inline(always)]
fn load<const N: usize, V: Vector>(token: V::Token, sums: &Sums<N>, at: usize) -> [V; N] {
    let mut values = [V::load(token, &[0.0; LANES], at); N];
    for w in 0..N {
        values[w] = V::load(token, &sums[w], at);
    }
    values
}

#[inline(always)]
fn store<const N: usize, V: Vector>(values: [V; N], sums: &mut Sums<N>, at: usize) {
    for w in 0..N {
        values[w].store(&mut sums[w], at);
    }
}

#[inline(always)]
fn load_bits<const W: usize, V: Vector>(
    token: V::Token,
    seen: &Seen<W>,
    at: usize,
) -> [V::Bits; W] {
    let mut words = [V::load_bits(token, &[0; LANES], at); W];
    for w in 0..W {
        words[w] = V::load_bits(token, &seen[w], at);
    }
    words
}

#[inline(always)]
fn store_bits<const W: usize, V: Vector>(words: [V::Bits; W], seen: &mut Seen<W>, at: usize) {
    for w in 0..W {
        V::store_bits(words[w], &mut seen[w], at);
    }
}

/// Whether all words are less than [`NEAR`] apart.
#[inline(always)]
fn all_near(p: [&[f32; LANES]; 4], q: [&[f32; LANES]; 4]) -> bool {
    let mut farthest = [0; LANES];
    for (p, q) in p.into_iter().zip(q) {
        for l in 0..LANES {
            let apart = q[l].to_bits().wrapping_sub(p[l].to_bits());
            farthest[l] = apart.wrapping_add(NEAR).max(farthest[l]);
        }
    }
    farthest.into_iter().all(|apart| apart < 2 * NEAR)
}

#[inline(always)]
fn gather_lanes<const N: usize, const W: usize, F: Fold<N, W>>(seen: &Seen<W>) -> [u32; W] {
    (0..LANES).fold(F::UNSEEN, |all, l| F::gather(all, seen.map(|word| word[l])))
}

/// Merges the four components of each slot. Slots come out in an order of their own, see [`Slots`].
#[inline(always)]
fn merge_quads<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    lanes: &Lanes<N>,
) -> Slots<N> {
    let mut slots = [F::ZERO.map(|zero| [zero; LANES]); SLOTS / LANES];
    for (slots, lanes) in slots.iter_mut().zip(lanes.as_chunks().0) {
        *slots = merge_four_quads(fold, lanes);
    }
    slots
}

#[inline(always)]
fn merge_four_quads<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    [a, b, c, d]: &[Sums<N>; 4],
) -> Sums<N> {
    let ab = halve::<2, N, W, F>(fold, a, b);
    let cd = halve::<2, N, W, F>(fold, c, d);
    halve::<1, N, W, F>(fold, &ab, &cd)
}

#[inline(always)]
fn merge_blocks<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    left: &Slots<N>,
    right: &Slots<N>,
) -> Slots<N> {
    let mut slots = *left;
    for (left, right) in slots.iter_mut().zip(right) {
        *left = merge(fold, left, right);
    }
    slots
}

/// Merges slots until one is left.
#[inline(always)]
fn merge_slots<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    slots: Slots<N>,
) -> [f32; N] {
    let [a, b, c, d] = &slots;
    // Slots 32 apart, then 16.
    let (ac, bd) = (merge(fold, a, c), merge(fold, b, d));
    merge_last_slots(fold, &merge(fold, &ac, &bd))
}

/// Merges slots 8, 4, 2 and 1 apart, which are in lanes 1, 2, 8 and 4 apart.
#[inline(always)]
fn merge_last_slots<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    slots: &Sums<N>,
) -> [f32; N] {
    let by_8 = halve::<1, N, W, F>(fold, slots, slots);
    let by_4 = halve::<2, N, W, F>(fold, &by_8, &by_8);
    let by_2 = halve::<8, N, W, F>(fold, &by_4, &by_4);
    halve::<4, N, W, F>(fold, &by_2, &by_2).map(|lanes| lanes[0])
}

/// Merges the lanes of `a` that are `STEP` apart, and those of `b`, see [`Vector::halve`].
#[inline(always)]
fn halve<const STEP: usize, const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    a: &Sums<N>,
    b: &Sums<N>,
) -> Sums<N> {
    let token = fold.token();
    let (mut stay, mut cross) = ([[0.0; LANES]; N], [[0.0; LANES]; N]);
    for w in 0..N {
        for part in 0..LANES / F::Vector::WIDTH {
            let at = part * F::Vector::WIDTH;
            let (left, right) = F::Vector::halve::<STEP>(token, &a[w], &b[w], at);
            left.store(&mut stay[w], at);
            right.store(&mut cross[w], at);
        }
    }
    merge(fold, &stay, &cross)
}

#[inline(always)]
fn merge<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    a: &Sums<N>,
    b: &Sums<N>,
) -> Sums<N> {
    let token = fold.token();
    let mut merged = [[0.0; LANES]; N];
    for part in 0..LANES / F::Vector::WIDTH {
        let at = part * F::Vector::WIDTH;
        let both = F::merge(load(token, a, at), load(token, b, at));
        store(both, &mut merged, at);
    }
    merged
}
