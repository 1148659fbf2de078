//! The tree over the folds of [`super::row`], for each way in which accumulators merge.

use super::dispatch::Simd;
use super::tree::{
    BLOCK, Lanes, SHORT, Tree, push_block, root_of_block, root_of_short_row, root_of_tree,
};
use crate::math::Merge;

/// One way to merge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Merger<S> {
    /// What every fold starts from.
    pub zero: [f32; 2],
    /// Adds a block to a tree.
    pub push: fn(S, &mut Tree<2>, &Lanes<2>),
    /// The accumulator of a row of so many bins: of the lanes where it is one block at most, else of the
    /// tree.
    pub root: fn(S, usize, &Lanes<2>, &mut Tree<2>) -> [f32; 2],
}

impl<S: Simd> Merger<S> {
    pub(crate) fn of<M: Merge<2>>() -> Self {
        Merger {
            zero: M::ZERO,
            push: push_block::<2, M, S>,
            root: root::<M, S>,
        }
    }
}

fn root<M: Merge<2>, S: Simd>(simd: S, k: usize, lanes: &Lanes<2>, tree: &mut Tree<2>) -> [f32; 2] {
    if k <= SHORT {
        let [a, b, c, d, ..] = lanes;
        root_of_short_row::<2, M, S>(simd, [a, b, c, d])
    } else if k <= BLOCK {
        root_of_block::<2, M, S>(simd, lanes)
    } else {
        root_of_tree::<2, M, S>(simd, tree)
    }
}
