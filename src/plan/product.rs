//! Products of two matrices on a GPU, or mixtures of their rows: which kernel, and what it is told.

use std::fmt;

use crate::product::{Finish, PANEL, Ready};

/// What a kernel of products makes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Finishing {
    /// Nothing: for measurements.
    Bare,
    Sum,
    RootOfSum,
    Difference,
    Root,
    Logarithm,
}

/// What tells kernels of products apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ProductKey {
    pub finishing: Finishing,
    /// Bins are not multiplied, but mixed.
    pub mixes: bool,
    /// Bins may make scores infinite.
    pub marked: bool,
}

impl ProductKey {
    pub(crate) fn new(finish: Finish, marked: bool) -> Self {
        let finishing = match finish {
            Finish::Sum { .. } => Finishing::Sum,
            Finish::Difference { .. } => Finishing::Difference,
            Finish::Root => Finishing::Root,
            Finish::Logarithm { .. } => Finishing::Logarithm,
            Finish::Entropy { root: false, .. } => Finishing::Sum,
            Finish::Entropy { root: true, .. } => Finishing::RootOfSum,
        };
        ProductKey {
            finishing,
            mixes: matches!(finish, Finish::Entropy { .. }),
            marked,
        }
    }
}

impl fmt::Display for ProductKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mixed = if self.mixes { "/mixed" } else { "" };
        let marked = if self.marked { "/marked" } else { "" };
        write!(f, "product/{:?}{mixed}{marked}", self.finishing)
    }
}

/// Bins that a workgroup takes at a time.
const STEP: usize = 8;

/// Where rows that are ready lie in a buffer, in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub panels: u32,
    pub constants: u64,
    pub marks: u64,
    /// All of them.
    pub words: u64,
}

impl Places {
    pub(crate) fn new(ready: &Ready) -> Self {
        let constants = ready.factors().len() as u64;
        let marks = constants + ready.constants().len() as u64;
        Places {
            panels: (ready.constants().len() / PANEL) as u32,
            constants,
            marks,
            words: marks + ready.marks().len() as u64,
        }
    }
}

/// Scores of so many rows of P and of Q, as a kernel writes them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub lines: usize,
    pub columns: usize,
}

impl Table {
    /// Words of a line: whole vectors.
    pub(crate) fn line(&self) -> usize {
        self.columns.next_multiple_of(4)
    }

    /// Bytes of all scores.
    pub(crate) fn bytes(&self) -> u64 {
        self.lines as u64 * self.line() as u64 * 4
    }

    /// Workgroups, each of which leaves a word when it is done.
    pub(crate) fn groups(&self) -> u64 {
        let panels = |rows: usize| rows.div_ceil(PANEL) as u64;
        panels(self.lines) * panels(self.columns)
    }
}

/// The words of the uniform buffer, in the order of `Product` in shaders/product/tiles.wgsl.
pub(crate) fn parameters(
    [p, q]: [&Places; 2],
    ready: &Ready,
    table: Table,
    grid_width: u32,
    epoch: u32,
    scale: f32,
) -> [u32; 16] {
    let vectors = |words: u64| (words / 4) as u32;
    [
        (ready.k() / STEP) as u32,
        p.panels,
        q.panels,
        vectors(p.constants),
        vectors(q.constants),
        vectors(p.marks),
        vectors(q.marks),
        ready.words() as u32,
        table.lines as u32,
        (table.line() / 4) as u32,
        grid_width,
        epoch,
        scale.to_bits(),
        0,
        0,
        0,
    ]
}
