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

/// Elements of a block.
pub(crate) const BLOCK: usize = 1024;
/// Slots, of four elements each.
const SLOTS: usize = 64;
/// Elements that are folded side by side: one to four vectors, whatever the machine.
pub(crate) const LANES: usize = 16;
/// Vectors of one fold.
const VECTORS: usize = 4 * SLOTS / LANES;

/// A reduction over the pairs of bins of two rows: `N` sums in the order of the tree, and `W` words
/// for which no order matters.
pub(crate) trait Fold<const N: usize, const W: usize>: Copy {
    /// The exact identity of `merge`.
    const ZERO: [f32; N];
    /// The exact identity of `gather`.
    const UNSEEN: [u32; W];
    /// The word that pads P and Q behind the row; it must leave everything as it is if `present` is
    /// false.
    const PADDING: f32;

    /// True if [`Fold::fold_four`] is faster than four folds.
    const IN_STEP: bool = false;

    /// Adds one pair of stored words. `present` is false for the padding behind a row.
    fn fold(&self, sums: &mut [f32; N], seen: &mut [u32; W], p: u32, q: u32, present: bool);

    /// Adds four pairs as [`Fold::fold`] would one after the other, but computes them in step.
    ///
    /// Without a faster way it is not called, see [`Fold::IN_STEP`].
    #[inline(always)]
    fn fold_four(&self, sums: &mut [f32; N], seen: &mut [u32; W], p: [u32; 4], q: [u32; 4]) {
        for (p, q) in p.into_iter().zip(q) {
            self.fold(sums, seen, p, q, true);
        }
    }

    /// Merges two accumulators; must not depend on which is the first.
    fn merge(a: [f32; N], b: [f32; N]) -> [f32; N];

    /// Merges what was seen; must not depend on any order.
    fn gather(a: [u32; W], b: [u32; W]) -> [u32; W];
}

/// The sums of a row, and what was seen in it.
pub(crate) type Reduced<const N: usize, const W: usize> = ([f32; N], [u32; W]);

/// Accumulators side by side.
type Vector<const N: usize> = [[f32; LANES]; N];
/// An accumulator for each of 256 elements.
type Lanes<const N: usize> = [Vector<N>; VECTORS];
/// An accumulator for each of 64 slots. Lane `4i + j` of vector `g` holds slot `16g + 4j + i`, which
/// is how merging quads leaves them.
type Slots<const N: usize> = [Vector<N>; SLOTS / LANES];
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
        let sums = merge_slots::<N, W, F>(slots);
        return (sums, gather_lanes::<N, W, F>(&seen));
    }
    // A binary counter: each entry holds the tree over a power of two of blocks.
    let mut counter: Vec<Slots<N>> = Vec::with_capacity(16);
    for (b, (p, q)) in p.chunks(BLOCK).zip(q.chunks(BLOCK)).enumerate() {
        let mut slots = block(fold, &mut seen, p, q);
        for _ in 0..b.trailing_ones() {
            if let Some(left) = counter.pop() {
                slots = merge_blocks::<N, W, F>(&left, &slots);
            }
        }
        counter.push(slots);
    }
    let mut slots = [F::ZERO.map(|zero| [zero; LANES]); SLOTS / LANES];
    while let Some(left) = counter.pop() {
        slots = merge_blocks::<N, W, F>(&left, &slots);
    }
    let sums = merge_slots::<N, W, F>(slots);
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
    merge_quads::<N, W, F>(&lanes)
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
    merge_last_slots::<N, W, F>(&merge_four_quads::<N, W, F>(&lanes))
}

/// Folds less than a block.
#[inline(always)]
fn fold_part<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    lanes: &mut [Vector<N>],
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
            fold_four_lanes(fold, sums, seen, p, q);
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
    merge_quads::<N, W, F>(&lanes)
}

#[inline(always)]
fn zero_lanes<const N: usize, const W: usize, F: Fold<N, W>>() -> Lanes<N> {
    [F::ZERO.map(|zero| [zero; LANES]); VECTORS]
}

/// Folds one vector of pairs.
#[inline(always)]
fn fold_lanes<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    sums: &mut [[f32; LANES]; N],
    seen: &mut Seen<W>,
    p: &[f32; LANES],
    q: &[f32; LANES],
    present: usize,
) {
    for l in 0..LANES {
        let (mut sum, mut word) = ([0.0; N], [0; W]);
        for w in 0..N {
            sum[w] = sums[w][l];
        }
        for w in 0..W {
            word[w] = seen[w][l];
        }
        fold.fold(
            &mut sum,
            &mut word,
            p[l].to_bits(),
            q[l].to_bits(),
            l < present,
        );
        for w in 0..N {
            sums[w][l] = sum[w];
        }
        for w in 0..W {
            seen[w][l] = word[w];
        }
    }
}

/// Folds four vectors of pairs into the same sums.
#[inline(always)]
fn fold_four_lanes<const N: usize, const W: usize, F: Fold<N, W>>(
    fold: F,
    sums: &mut Vector<N>,
    seen: &mut Seen<W>,
    p: [&[f32; LANES]; 4],
    q: [&[f32; LANES]; 4],
) {
    for l in 0..LANES {
        let (mut sum, mut word) = ([0.0; N], [0; W]);
        for w in 0..N {
            sum[w] = sums[w][l];
        }
        for w in 0..W {
            word[w] = seen[w][l];
        }
        let words = |x: [&[f32; LANES]; 4]| x.map(|vector| vector[l].to_bits());
        fold.fold_four(&mut sum, &mut word, words(p), words(q));
        for w in 0..N {
            sums[w][l] = sum[w];
        }
        for w in 0..W {
            seen[w][l] = word[w];
        }
    }
}

#[inline(always)]
fn gather_lanes<const N: usize, const W: usize, F: Fold<N, W>>(seen: &Seen<W>) -> [u32; W] {
    (0..LANES).fold(F::UNSEEN, |all, l| F::gather(all, seen.map(|word| word[l])))
}

/// Merges the four components of each slot. Slots come out in an order of their own, see [`Slots`].
#[inline(always)]
fn merge_quads<const N: usize, const W: usize, F: Fold<N, W>>(lanes: &Lanes<N>) -> Slots<N> {
    let mut slots = [F::ZERO.map(|zero| [zero; LANES]); SLOTS / LANES];
    for (slots, lanes) in slots.iter_mut().zip(lanes.as_chunks().0) {
        *slots = merge_four_quads::<N, W, F>(lanes);
    }
    slots
}

#[inline(always)]
fn merge_four_quads<const N: usize, const W: usize, F: Fold<N, W>>(
    [a, b, c, d]: &[Vector<N>; 4],
) -> Vector<N> {
    let ab = halve::<N, W, F>(a, b, 2);
    let cd = halve::<N, W, F>(c, d, 2);
    halve::<N, W, F>(&ab, &cd, 1)
}

/// Merges components `i` and `i + step` of each quad, for `step` 2 or 1: those of `a` to the lower
/// half of the quad, those of `b` to the upper.
#[inline(always)]
fn halve<const N: usize, const W: usize, F: Fold<N, W>>(
    a: &Vector<N>,
    b: &Vector<N>,
    step: usize,
) -> Vector<N> {
    let stride = 3 - step;
    let (mut left, mut right) = ([[0.0; LANES]; N], [[0.0; LANES]; N]);
    for w in 0..N {
        for l in 0..LANES {
            let from = if l % 4 < 2 { a } else { b };
            let at = l / 4 * 4 + l % 2 * stride;
            left[w][l] = from[w][at];
            right[w][l] = from[w][at + step];
        }
    }
    merge_vectors::<N, W, F>(&left, &right)
}

#[inline(always)]
fn merge_blocks<const N: usize, const W: usize, F: Fold<N, W>>(
    left: &Slots<N>,
    right: &Slots<N>,
) -> Slots<N> {
    let mut slots = *left;
    for (left, right) in slots.iter_mut().zip(right) {
        *left = merge_vectors::<N, W, F>(left, right);
    }
    slots
}

/// Merges slots until one is left.
#[inline(always)]
fn merge_slots<const N: usize, const W: usize, F: Fold<N, W>>(slots: Slots<N>) -> [f32; N] {
    let [a, b, c, d] = &slots;
    // Slots 32 apart, then 16.
    let ac = merge_vectors::<N, W, F>(a, c);
    let bd = merge_vectors::<N, W, F>(b, d);
    merge_last_slots::<N, W, F>(&merge_vectors::<N, W, F>(&ac, &bd))
}

/// Merges slots 8, 4, 2 and 1 apart, once lane `i` holds slot `i`.
#[inline(always)]
fn merge_last_slots<const N: usize, const W: usize, F: Fold<N, W>>(slots: &Vector<N>) -> [f32; N] {
    let mut in_order = *slots;
    for w in 0..N {
        for l in 0..LANES {
            in_order[w][l] = slots[w][l % 4 * 4 + l / 4];
        }
    }
    let by_8 = merge_halves::<N, W, F, 8>(&in_order);
    let by_4 = merge_halves::<N, W, F, 4>(&by_8);
    let by_2 = merge_halves::<N, W, F, 2>(&by_4);
    merge_halves::<N, W, F, 1>(&by_2).map(|lanes| lanes[0])
}

/// Merges the first `HALF` lanes with as many that follow.
#[inline(always)]
fn merge_halves<const N: usize, const W: usize, F: Fold<N, W>, const HALF: usize>(
    vector: &Vector<N>,
) -> Vector<N> {
    let mut merged = [[0.0; LANES]; N];
    for l in 0..HALF {
        let (mut left, mut right) = ([0.0; N], [0.0; N]);
        for w in 0..N {
            left[w] = vector[w][l];
            right[w] = vector[w][l + HALF];
        }
        let both = F::merge(left, right);
        for w in 0..N {
            merged[w][l] = both[w];
        }
    }
    merged
}

#[inline(always)]
fn merge_vectors<const N: usize, const W: usize, F: Fold<N, W>>(
    a: &Vector<N>,
    b: &Vector<N>,
) -> Vector<N> {
    let mut merged = [[0.0; LANES]; N];
    for l in 0..LANES {
        let (mut left, mut right) = ([0.0; N], [0.0; N]);
        for w in 0..N {
            left[w] = a[w][l];
            right[w] = b[w][l];
        }
        let both = F::merge(left, right);
        for w in 0..N {
            merged[w][l] = both[w];
        }
    }
    merged
}
