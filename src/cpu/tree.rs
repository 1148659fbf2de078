//! The canonical summation tree: a function of K alone, the same on every backend.
//!
//! A row is cut into blocks of 1024 elements, a block into four folds of 64 slots of one quad each:
//! element `e` belongs to block `e / 1024`, fold `e % 1024 / 256`, slot `e % 256 / 4` and component
//! `e % 4`. Each component adds its four folds in order; the components of a slot merge as
//! `(0 + 2) + (1 + 3)`; each slot merges its blocks pairwise in a zero-padded binary tree; last, slot
//! `i` merges with slot `i + 32`, then `i + 16`, down to `i + 1`. Zero is an exact identity, so a
//! short row may skip whatever it does not reach.

use super::dispatch::Simd;

/// Elements of a block.
pub(crate) const BLOCK: usize = 1024;
/// Elements of one fold over all slots.
const FOLD: usize = 256;
/// Slots, of four elements each.
const SLOTS: usize = 64;
/// Elements that are folded side by side: one to four vectors, whatever the machine.
pub(crate) const LANES: usize = 16;

/// A reduction over the pairs of bins of two rows, `N` words an accumulator.
pub(crate) trait Fold<const N: usize>: Copy {
    /// The exact identity of `merge`.
    const ZERO: [f32; N];
    /// The word that pads P and Q behind the row; it must leave sums as they are if `present` is
    /// false.
    const PADDING: f32;

    /// Adds one pair of stored words. `present` is false for the padding behind a row.
    fn fold(&self, acc: &mut [f32; N], p: u32, q: u32, present: bool);

    /// Merges two accumulators; must not depend on their order.
    fn merge(a: [f32; N], b: [f32; N]) -> [f32; N];
}

type Slots<const N: usize> = [[f32; SLOTS]; N];

/// Reduces two rows of equal length.
pub(crate) fn reduce<const N: usize, S: Simd, F: Fold<N>>(
    simd: S,
    fold: F,
    p: &[f32],
    q: &[f32],
) -> [f32; N] {
    simd.run(Reduce::<N, F> { fold, p, q })
}

/// A reduction as a value, so that all of it is compiled for one instruction set.
struct Reduce<'a, const N: usize, F> {
    fold: F,
    p: &'a [f32],
    q: &'a [f32],
}

impl<const N: usize, F: Fold<N>> pulp::NullaryFnOnce for Reduce<'_, N, F> {
    type Output = [f32; N];

    #[inline(always)]
    fn call(self) -> [f32; N] {
        let Reduce { fold, p, q } = self;
        let k = p.len();
        if k <= BLOCK {
            let slots = block(fold, p, q);
            return merge_slots::<N, F>(slots, k.div_ceil(4).next_power_of_two().min(SLOTS));
        }
        // A binary counter: each entry holds the tree over a power of two of blocks.
        let mut counter: Vec<Slots<N>> = Vec::with_capacity(16);
        for (b, (p, q)) in p.chunks(BLOCK).zip(q.chunks(BLOCK)).enumerate() {
            let mut slots = block(fold, p, q);
            for _ in 0..b.trailing_ones() {
                if let Some(left) = counter.pop() {
                    slots = merge_blocks::<N, F>(&left, &slots);
                }
            }
            counter.push(slots);
        }
        let mut slots: Slots<N> = F::ZERO.map(|zero| [zero; SLOTS]);
        while let Some(left) = counter.pop() {
            slots = merge_blocks::<N, F>(&left, &slots);
        }
        merge_slots::<N, F>(slots, SLOTS)
    }
}

/// Folds up to 1024 elements. Lanes that the row does not reach stay at zero.
#[inline(always)]
fn block<const N: usize, F: Fold<N>>(fold: F, p: &[f32], q: &[f32]) -> Slots<N> {
    let mut lanes = F::ZERO.map(|zero| [zero; FOLD]);
    let (p_whole, p_rest) = p.as_chunks::<LANES>();
    let (q_whole, q_rest) = q.as_chunks::<LANES>();
    // Straight through memory, or the prefetcher loses its way; the sums stay in L1.
    for (at, (p, q)) in p_whole.iter().zip(q_whole).enumerate() {
        fold_lanes(fold, &mut lanes, at % (FOLD / LANES), p, q, LANES);
    }
    if !p_rest.is_empty() {
        let (mut last_p, mut last_q) = ([F::PADDING; LANES], [F::PADDING; LANES]);
        last_p[..p_rest.len()].copy_from_slice(p_rest);
        last_q[..q_rest.len()].copy_from_slice(q_rest);
        let at = p_whole.len() % (FOLD / LANES);
        fold_lanes(fold, &mut lanes, at, &last_p, &last_q, p_rest.len());
    }
    merge_quads::<N, F>(&lanes)
}

#[inline(always)]
fn fold_lanes<const N: usize, F: Fold<N>>(
    fold: F,
    lanes: &mut [[f32; FOLD]; N],
    at: usize,
    p: &[f32; LANES],
    q: &[f32; LANES],
    present: usize,
) {
    let from = at * LANES;
    let mut acc = [[0.0; LANES]; N];
    for w in 0..N {
        acc[w].copy_from_slice(&lanes[w][from..from + LANES]);
    }
    for l in 0..LANES {
        let mut lane = [0.0; N];
        for w in 0..N {
            lane[w] = acc[w][l];
        }
        fold.fold(&mut lane, p[l].to_bits(), q[l].to_bits(), l < present);
        for w in 0..N {
            acc[w][l] = lane[w];
        }
    }
    for w in 0..N {
        lanes[w][from..from + LANES].copy_from_slice(&acc[w]);
    }
}

#[inline(always)]
fn merge_quads<const N: usize, F: Fold<N>>(lanes: &[[f32; FOLD]; N]) -> Slots<N> {
    let mut slots = [[0.0; SLOTS]; N];
    for i in 0..SLOTS {
        let mut quad = [[0.0; N]; 4];
        for (c, acc) in quad.iter_mut().enumerate() {
            for w in 0..N {
                acc[w] = lanes[w][4 * i + c];
            }
        }
        let merged = F::merge(F::merge(quad[0], quad[2]), F::merge(quad[1], quad[3]));
        for w in 0..N {
            slots[w][i] = merged[w];
        }
    }
    slots
}

#[inline(always)]
fn merge_blocks<const N: usize, F: Fold<N>>(left: &Slots<N>, right: &Slots<N>) -> Slots<N> {
    let mut slots = [[0.0; SLOTS]; N];
    for i in 0..SLOTS {
        merge_into::<N, F>(&mut slots, i, (left, i), (right, i));
    }
    slots
}

#[inline(always)]
fn merge_slots<const N: usize, F: Fold<N>>(mut slots: Slots<N>, used: usize) -> [f32; N] {
    let mut half = used / 2;
    while half > 0 {
        let before = slots;
        for i in 0..half {
            merge_into::<N, F>(&mut slots, i, (&before, i), (&before, i + half));
        }
        half /= 2;
    }
    let mut root = [0.0; N];
    for w in 0..N {
        root[w] = slots[w][0];
    }
    root
}

#[inline(always)]
fn merge_into<const N: usize, F: Fold<N>>(
    slots: &mut Slots<N>,
    at: usize,
    (left, l): (&Slots<N>, usize),
    (right, r): (&Slots<N>, usize),
) {
    let (mut a, mut b) = ([0.0; N], [0.0; N]);
    for w in 0..N {
        a[w] = left[w][l];
        b[w] = right[w][r];
    }
    let merged = F::merge(a, b);
    for w in 0..N {
        slots[w][at] = merged[w];
    }
}
