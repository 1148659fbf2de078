//! How fast the CPU scores, for the choice of a backend.

use super::Isa;
use crate::encoding::Encoding;

/// Nanoseconds that one thread takes for a pair of bins of float32, by KL: what `kullback bench` measured with
/// AVX-512 (`docs/performance.md`, "Where Auto scores").
const PROBABILITIES: f64 = 0.4;
const LINEAR: f64 = 1.4;
const LOGARITHMIC: f64 = 2.2;
const MIXED: f64 = 4.0;
/// The same of linear rows without loops of their own.
const LINEAR_THE_LONG_WAY: f64 = 1.8;

/// Nanoseconds that one thread takes for a pair of bins of rows of these encodings.
///
/// Of the kind of rows alone: a choice that hung on the measure, on how many rows there are, or on how busy a
/// machine is, would give the same rows other bits from one request to the next.
pub(crate) fn nanoseconds_a_pair(p: Encoding, q: Encoding) -> f64 {
    let isa = Isa::detect();
    let with_avx512 = match (p.is_logarithmic(), q.is_logarithmic()) {
        (false, false) if [p, q] == [Encoding::Probabilities; 2] => PROBABILITIES,
        (false, false) if isa.has_own_loops() => LINEAR,
        (false, false) => LINEAR_THE_LONG_WAY,
        (true, true) if p.temperature() == q.temperature() && isa.has_own_loops() => LOGARITHMIC,
        _ => MIXED,
    };
    with_avx512 * isa.slower_than_avx512()
}
