//! Reductions whose arithmetic is fused with the loop over a row: surveys, and measures that are wanted
//! often.

use std::ops::Range;

use super::dispatch::Simd;
use super::prefetch::{Ahead, BLOCKS, prefetch_lines};
use super::tree::{
    BLOCK, Lanes, SHORT, Sums, Tree, VECTORS, lanes_of, load, push_block, root_of_block,
    root_of_short_row, root_of_tree, store,
};
use crate::math::{Bits, LANES, Merge, Number, Vector};
use crate::measure::NEAR;

/// A reduction over the pairs of bins of two rows: `N` sums in the order of the tree, and `W` words
/// for which no order matters.
pub(crate) trait Fold<const N: usize, const W: usize>: Copy {
    /// The instruction set.
    type Simd: Simd;
    /// How sums merge.
    type Merge: Merge<N>;

    /// The exact identity of `gather`.
    const UNSEEN: [u32; W];
    /// The word that pads P and Q behind the row; it must leave everything as it is where `present` is
    /// false.
    const PADDING: f32;
    /// True if [`Fold::fold_four`] and [`Fold::fold_each`] are faster than four folds.
    const IN_STEP: bool = false;
    /// True if it is faster still where numbers are near.
    const FASTER_NEAR: bool = false;

    /// The proof that the machine has the instruction set.
    fn simd(&self) -> Self::Simd;

    /// Adds one pair of stored words. `present` is false for the padding behind a row.
    fn fold(
        &self,
        sums: &mut [Of<Self::Simd>; N],
        seen: &mut [Words<Of<Self::Simd>>; W],
        p: Words<Of<Self::Simd>>,
        q: Words<Of<Self::Simd>>,
        present: Truth<Of<Self::Simd>>,
    );

    /// Adds four pairs as [`Fold::fold`] would one after the other; may compute them in step, and may
    /// rely on all being less than [`NEAR`] apart if so told. Only called if [`Fold::IN_STEP`].
    #[inline(always)]
    fn fold_four<const ALL_NEAR: bool>(
        &self,
        sums: &mut [Of<Self::Simd>; N],
        seen: &mut [Words<Of<Self::Simd>>; W],
        p: [Words<Of<Self::Simd>>; 4],
        q: [Words<Of<Self::Simd>>; 4],
    ) {
        let present = <Of<Self::Simd>>::below(self.simd().token(), 0, LANES);
        for (p, q) in p.into_iter().zip(q) {
            self.fold(sums, seen, p, q, present);
        }
    }

    /// Adds four pairs as [`Fold::fold`] would, each to sums of its own; may compute them in step, and may rely on
    /// all being less than [`NEAR`] apart if so told.
    #[inline(always)]
    fn fold_each<const ALL_NEAR: bool>(
        &self,
        sums: &mut [[Of<Self::Simd>; N]; 4],
        seen: &mut [Words<Of<Self::Simd>>; W],
        p: [Words<Of<Self::Simd>>; 4],
        q: [Words<Of<Self::Simd>>; 4],
    ) {
        let present = <Of<Self::Simd>>::below(self.simd().token(), 0, LANES);
        for i in 0..4 {
            self.fold(&mut sums[i], seen, p[i], q[i], present);
        }
    }

    /// How far ahead of P and of Q to ask for memory.
    #[inline(always)]
    fn ahead(&self) -> [Ahead; 2] {
        [BLOCKS; 2]
    }

    /// Merges what was seen; must not depend on any order.
    fn gather(a: [u32; W], b: [u32; W]) -> [u32; W];
}

/// The vectors of an instruction set.
pub(crate) type Of<S> = <S as Simd>::Vector;
/// The words of a vector.
pub(crate) type Words<V> = <V as Number>::Bits;
/// A truth value for each number of a vector.
pub(crate) type Truth<V> = <V as Number>::Mask;

/// The sums of a row, and what was seen in it.
pub(crate) type Reduced<const N: usize, const W: usize> = ([f32; N], [u32; W]);

type Seen<const W: usize> = [[u32; LANES]; W];

/// Reduces two rows of equal length.
pub(crate) fn reduce<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    p: &[f32],
    q: &[f32],
) -> Reduced<N, W> {
    fold.simd().run(Reduce::<N, W, F> { fold, p, q })
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
    let mut rows = RowBlocks {
        fold,
        p,
        q,
        seen: F::UNSEEN.map(|word| [word; LANES]),
    };
    let sums = root_over_blocks(&mut rows, p.len());
    (sums, gather_lanes::<N, W, F>(&rows.seen))
}

/// What folds rows a block at a time.
pub(crate) trait Blocks<const N: usize> {
    /// The instruction set.
    type Simd: Simd;
    /// How sums merge.
    type Merge: Merge<N>;

    /// The proof that the machine has the instruction set.
    fn simd(&self) -> Self::Simd;

    /// Adds these elements, those of one block, to accumulators that reach as far as they do.
    fn fold(&mut self, elements: Range<usize>, lanes: &mut [Sums<N>]);
}

/// The sums of rows of so many elements.
#[inline(always)]
pub(crate) fn root_over_blocks<const N: usize, B: Blocks<N>>(blocks: &mut B, k: usize) -> [f32; N] {
    let simd = blocks.simd();
    if k <= SHORT {
        let mut lanes = lanes_of(B::Merge::ZERO);
        fold_of_block(blocks, 0..k, &mut lanes);
        return root_of_short_row::<N, B::Merge, B::Simd>(simd, lanes.each_ref());
    }
    let mut tree = Tree::new();
    let mut from = 0;
    loop {
        let mut lanes: Lanes<N> = lanes_of(B::Merge::ZERO);
        fold_of_block(blocks, from..k.min(from + BLOCK), &mut lanes);
        if k <= BLOCK {
            return root_of_block::<N, B::Merge, B::Simd>(simd, &lanes);
        }
        push_block::<N, B::Merge, B::Simd>(simd, &mut tree, &lanes);
        from += BLOCK;
        if from >= k {
            return root_of_tree::<N, B::Merge, B::Simd>(simd, &mut tree);
        }
    }
}

/// [`Blocks::fold`] as a function of its own, for it is called twice.
#[inline(always)]
fn fold_of_block<const N: usize, B: Blocks<N>>(
    blocks: &mut B,
    elements: Range<usize>,
    lanes: &mut [Sums<N>],
) {
    blocks.simd().run(FoldOfBlock {
        blocks,
        elements,
        lanes,
    });
}

struct FoldOfBlock<'a, const N: usize, B> {
    blocks: &'a mut B,
    elements: Range<usize>,
    lanes: &'a mut [Sums<N>],
}

impl<const N: usize, B: Blocks<N>> pulp::NullaryFnOnce for FoldOfBlock<'_, N, B> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.blocks.fold(self.elements, self.lanes);
    }
}

/// Two rows, being folded.
struct RowBlocks<'a, const W: usize, F> {
    fold: F,
    p: &'a [f32],
    q: &'a [f32],
    seen: Seen<W>,
}

impl<const N: usize, const W: usize, F: Fold<N, W>> Blocks<N> for RowBlocks<'_, W, F> {
    type Simd = F::Simd;
    type Merge = F::Merge;

    #[inline(always)]
    fn simd(&self) -> F::Simd {
        self.fold.simd()
    }

    #[inline(always)]
    fn fold(&mut self, elements: Range<usize>, lanes: &mut [Sums<N>]) {
        let (p, q) = (&self.p[elements.clone()], &self.q[elements]);
        let whole = (p.as_chunks().0.try_into(), q.as_chunks().0.try_into());
        // Local, so that it is known to change by nothing else.
        let mut seen = self.seen;
        match (whole, <&mut Lanes<N>>::try_from(&mut *lanes)) {
            ((Ok(p), Ok(q)), Ok(lanes)) => fold_block(self.fold, lanes, &mut seen, p, q),
            _ => fold_part(self.fold, lanes, &mut seen, p, q),
        }
        self.seen = seen;
    }
}

/// Folds less than a block. Lanes that the row does not reach stay at zero.
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
    let mut at = 0;
    let ahead = fold.ahead();
    if F::IN_STEP {
        let (p_fours, q_fours) = (p_whole.as_chunks().0, q_whole.as_chunks().0);
        for (p, q) in p_fours.iter().zip(q_fours) {
            fold_each_lanes(fold, &mut lanes[at % VECTORS..][..4], seen, p, q);
            prefetch_lines(p, 0, ahead[0]);
            prefetch_lines(q, 0, ahead[1]);
            at += 4;
        }
    }
    let (mut last_p, mut last_q) = ([F::PADDING; LANES], [F::PADDING; LANES]);
    last_p[..p_rest.len()].copy_from_slice(p_rest);
    last_q[..q_rest.len()].copy_from_slice(q_rest);
    let whole = p_whole.len();
    // One loop, so that its body stands in the code once.
    for at in at..whole + usize::from(!p_rest.is_empty()) {
        let (p, q, present) = if at < whole {
            (&p_whole[at], &q_whole[at], LANES)
        } else {
            (&last_p, &last_q, p_rest.len())
        };
        fold_lanes(fold, &mut lanes[at % VECTORS], seen, p, q, present);
    }
}

/// Folds 1024 elements, those of a lane behind one another: their sums stay in registers. Memory thus
/// comes out of order, so that what follows has to be asked for ahead.
#[inline(always)]
fn fold_block<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    lanes: &mut Lanes<N>,
    seen: &mut Seen<W>,
    p: &[[f32; LANES]; BLOCK / LANES],
    q: &[[f32; LANES]; BLOCK / LANES],
) {
    let ahead = fold.ahead();
    for (v, sums) in lanes.iter_mut().enumerate() {
        let folds = [0, 1, 2, 3].map(|fold| fold * VECTORS + v);
        if F::IN_STEP {
            let (p, q) = (folds.map(|at| &p[at]), folds.map(|at| &q[at]));
            fold_four_lanes(fold, sums, seen, p, q);
        } else {
            let mut running = *sums;
            for at in folds {
                fold_lanes(fold, &mut running, seen, &p[at], &q[at], LANES);
            }
            *sums = running;
        }
        prefetch_lines(p, folds.len() * v, ahead[0]);
        prefetch_lines(q, folds.len() * v, ahead[1]);
    }
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
    let token = fold.simd().token();
    for part in 0..LANES / <Of<F::Simd>>::WIDTH {
        let at = part * <Of<F::Simd>>::WIDTH;
        let (p, q) = (
            <Of<F::Simd>>::load(token, p, at).bits(),
            <Of<F::Simd>>::load(token, q, at).bits(),
        );
        let present = <Of<F::Simd>>::below(token, at, present);
        let mut sum = load::<N, F::Simd>(fold.simd(), sums, at);
        let mut word = load_bits::<W, F::Simd>(fold.simd(), seen, at);
        fold.fold(&mut sum, &mut word, p, q, present);
        store(sum, sums, at);
        store_bits::<W, Of<F::Simd>>(word, seen, at);
    }
}

/// Folds four vectors of pairs into the same sums.
#[inline(always)]
fn fold_four_lanes<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    sums: &mut Sums<N>,
    seen: &mut Seen<W>,
    p: [&[f32; LANES]; 4],
    q: [&[f32; LANES]; 4],
) {
    let token = fold.simd().token();
    for part in 0..LANES / <Of<F::Simd>>::WIDTH {
        let at = part * <Of<F::Simd>>::WIDTH;
        let words =
            |x: [&[f32; LANES]; 4]| x.map(|lanes| <Of<F::Simd>>::load(token, lanes, at).bits());
        let (p, q) = (words(p), words(q));
        let mut sum = load::<N, F::Simd>(fold.simd(), sums, at);
        let mut word = load_bits::<W, F::Simd>(fold.simd(), seen, at);
        if F::FASTER_NEAR && all_near::<F::Simd>(p, q) {
            fold.fold_four::<true>(&mut sum, &mut word, p, q);
        } else {
            fold.fold_four::<false>(&mut sum, &mut word, p, q);
        }
        store(sum, sums, at);
        store_bits::<W, Of<F::Simd>>(word, seen, at);
    }
}

/// Folds four vectors of pairs, each into sums of its own.
#[inline(always)]
fn fold_each_lanes<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    sums: &mut [Sums<N>],
    seen: &mut Seen<W>,
    p: &[[f32; LANES]; 4],
    q: &[[f32; LANES]; 4],
) {
    let (simd, token) = (fold.simd(), fold.simd().token());
    for part in 0..LANES / <Of<F::Simd>>::WIDTH {
        let at = part * <Of<F::Simd>>::WIDTH;
        let words = |x: &[[f32; LANES]; 4]| {
            let word = |i: usize| <Of<F::Simd>>::load(token, &x[i], at).bits();
            [word(0), word(1), word(2), word(3)]
        };
        let mut each = [
            load::<N, F::Simd>(simd, &sums[0], at),
            load::<N, F::Simd>(simd, &sums[1], at),
            load::<N, F::Simd>(simd, &sums[2], at),
            load::<N, F::Simd>(simd, &sums[3], at),
        ];
        let mut word = load_bits::<W, F::Simd>(simd, seen, at);
        fold_each(fold, &mut each, &mut word, words(p), words(q));
        for i in 0..4 {
            store(each[i], &mut sums[i], at);
        }
        store_bits::<W, Of<F::Simd>>(word, seen, at);
    }
}

/// [`Fold::fold_each`], in the way that suits how far apart the numbers are.
#[inline(always)]
pub(crate) fn fold_each<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    sums: &mut [[Of<F::Simd>; N]; 4],
    seen: &mut [Words<Of<F::Simd>>; W],
    p: [Words<Of<F::Simd>>; 4],
    q: [Words<Of<F::Simd>>; 4],
) {
    if F::FASTER_NEAR && all_near::<F::Simd>(p, q) {
        fold.fold_each::<true>(sums, seen, p, q);
    } else {
        fold.fold_each::<false>(sums, seen, p, q);
    }
}

#[inline(always)]
fn load_bits<const W: usize, S: Simd>(simd: S, seen: &Seen<W>, at: usize) -> [Words<S::Vector>; W] {
    let mut words = [S::Vector::load_bits(simd.token(), &[0; LANES], at); W];
    for w in 0..W {
        words[w] = S::Vector::load_bits(simd.token(), &seen[w], at);
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
fn all_near<S: Simd>(p: [Words<S::Vector>; 4], q: [Words<S::Vector>; 4]) -> bool {
    let apart = |i: usize| q[i].minus(p[i]).plus(p[i].splat(NEAR));
    let farthest = apart(0).max_unsigned(apart(1));
    let farthest = farthest.max_unsigned(apart(2)).max_unsigned(apart(3));
    let mut lanes = [0; LANES];
    S::Vector::store_bits(farthest, &mut lanes, 0);
    lanes.iter().fold(0, |most, &far| far.max(most)) < 2 * NEAR
}

#[inline(always)]
fn gather_lanes<const N: usize, const W: usize, F: Fold<N, W>>(seen: &Seen<W>) -> [u32; W] {
    (0..LANES).fold(F::UNSEEN, |all, l| F::gather(all, seen.map(|word| word[l])))
}
