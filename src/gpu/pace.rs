//! How fast rows of host memory get to a GPU, for the choice of a backend.

use crate::element::ElementType;

/// GB of rows a second, to a card and the scores back: what an H200 on a bus of 64 GB/s took from host memory
/// (`benches/records/2026-11-26-h200.md`). What its kernels take besides is nothing beside it.
const RATE: f64 = 9.0;

/// Nanoseconds that a pair of bins of these types takes there.
pub(crate) fn nanoseconds_a_pair(p: ElementType, q: ElementType) -> f64 {
    (p.size() + q.size()) as f64 / RATE
}
