//! How fast rows of host memory get to a GPU, for the choice of a backend.

use crate::element::ElementType;

/// GB of rows a second that a thread copies to where a card takes them from, and that a card takes at most, scores
/// read back: an H200 on a bus of 64 GB/s, from host memory (`benches/records/2026-11-27-h200.md`). What its kernels
/// take besides is nothing beside it.
const RATE_OF_THREAD: f64 = 8.3;
const RATE_OF_CARD: f64 = 24.0;

/// Nanoseconds that a pair of bins of these types takes there, with so many threads.
pub(crate) fn nanoseconds_a_pair(p: ElementType, q: ElementType, threads: usize) -> f64 {
    let rate = RATE_OF_THREAD * threads.max(1) as f64;
    (p.size() + q.size()) as f64 / rate.min(RATE_OF_CARD)
}
