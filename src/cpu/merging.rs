//! The tree over the folds of [`super::row`], compiled once for each way in which accumulators merge.

use std::marker::PhantomData;

use super::dispatch::Simd;
use super::tree::{BLOCK, Lanes, SHORT, Tree, root_of_block, root_of_short_row};
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
            push: push::<M, S>,
            root: root::<M, S>,
        }
    }
}

fn push<M: Merge<2>, S: Simd>(simd: S, tree: &mut Tree<2>, lanes: &Lanes<2>) {
    let merge = PhantomData::<M>;
    simd.run(Push {
        simd,
        tree,
        lanes,
        merge,
    });
}

/// Adding a block as a value, so that all of it is compiled for one instruction set.
struct Push<'a, M, S> {
    simd: S,
    tree: &'a mut Tree<2>,
    lanes: &'a Lanes<2>,
    merge: PhantomData<M>,
}

impl<M: Merge<2>, S: Simd> pulp::NullaryFnOnce for Push<'_, M, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.tree.push::<M, S>(self.simd, self.lanes);
    }
}

fn root<M: Merge<2>, S: Simd>(simd: S, k: usize, lanes: &Lanes<2>, tree: &mut Tree<2>) -> [f32; 2] {
    let merge = PhantomData::<M>;
    simd.run(Root {
        simd,
        k,
        lanes,
        tree,
        merge,
    })
}

/// The last merges as a value, likewise.
struct Root<'a, M, S> {
    simd: S,
    k: usize,
    lanes: &'a Lanes<2>,
    tree: &'a mut Tree<2>,
    merge: PhantomData<M>,
}

impl<M: Merge<2>, S: Simd> pulp::NullaryFnOnce for Root<'_, M, S> {
    type Output = [f32; 2];

    #[inline(always)]
    fn call(self) -> [f32; 2] {
        if self.k <= SHORT {
            let [a, b, c, d, ..] = *self.lanes;
            root_of_short_row::<2, M, S>(self.simd, &[a, b, c, d])
        } else if self.k <= BLOCK {
            root_of_block::<2, M, S>(self.simd, self.lanes)
        } else {
            self.tree.finish::<M, S>(self.simd)
        }
    }
}
