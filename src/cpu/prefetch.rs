//! Asking for memory ahead of its use.
//!
//! Neither a block of a row nor rows side by side are read in the order in which they lie in memory, so the
//! processor does not see by itself what comes next.
//!
//! Who asks matters as much as how far ahead: a core waits for some tens of lines at a time, so that what only looks at
//! a row asks for more than comes while it looks, and waits, and what then computes lets the memory lie idle. So the
//! loop that computes most asks for what the first look at the next rows will read.

use super::dispatch::Simd;
use crate::math::{LANES, Vector};

/// Bytes of a cache line.
const LINE: usize = 64;
/// How far ahead rows side by side are asked for at least.
const NEXT_ROWS: usize = 4096;
/// Bytes of the longest row whose successor is asked for: two pairs of them fit the second cache.
const LONGEST: usize = 128 << 10;

/// How many bytes ahead a loop over a row asks for memory; 0 if it does not.
pub(crate) type Ahead = usize;

/// Two blocks of a row, for what comes from memory while it is read.
pub(crate) const BLOCKS: Ahead = 8192;

/// What the loops over a row ask for that is read more than once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    /// The first look at it.
    pub look: Ahead,
    /// What computes most, when it reads the row first.
    pub fold: Ahead,
}

impl Asking {
    /// Of a row of so many elements where nobody knows what comes next.
    #[inline(always)]
    pub(crate) fn within_row(k: usize) -> Asking {
        let stays = bytes_of(k) <= LONGEST;
        Asking {
            look: BLOCKS,
            fold: if stays { 0 } else { BLOCKS },
        }
    }

    /// Of a row of so many elements where the next one begins that many elements behind it.
    #[inline(always)]
    pub(crate) fn for_next_row(k: usize, next: usize) -> Asking {
        if bytes_of(k) > LONGEST {
            return Asking::within_row(k);
        }
        Asking {
            look: 0,
            fold: bytes_of(next).max(BLOCKS),
        }
    }
}

/// The bytes of so many elements, or as many as can be told: one row alone may have any stride.
#[inline(always)]
fn bytes_of(elements: usize) -> usize {
    elements.saturating_mul(size_of::<f32>())
}

/// Asks for four lines from `line` on of what lies so far ahead of some values in memory, if anything does.
#[inline(always)]
pub(crate) fn prefetch_lines<const L: usize>(values: &[[f32; L]], line: usize, ahead: Ahead) {
    if ahead == 0 {
        return;
    }
    let at = values.as_ptr().cast::<u8>().wrapping_add(ahead);
    for line in line..line + 4 {
        to_level_2(at.wrapping_add(line * LINE));
    }
}

/// What lies behind rows side by side, to be asked for while these are read. It may be behind all memory, and is null
/// where nothing is to come.
#[derive(Clone, Copy)]
pub(crate) struct Behind(*const f32);

impl Behind {
    pub(crate) const NOTHING: Behind = Behind(std::ptr::null());

    /// What lies behind these rows, which may be as much as the first cache holds.
    #[inline(always)]
    pub(crate) fn rows(rows: &[f32]) -> Behind {
        let next = size_of_val(rows).max(NEXT_ROWS) / size_of::<f32>();
        Behind(rows.as_ptr().wrapping_add(next))
    }

    /// What begins with this element of some values.
    #[inline(always)]
    pub(crate) fn element(values: &[f32], element: usize) -> Behind {
        Behind(values.as_ptr().wrapping_add(element))
    }

    /// Asks for a part of it, as large as elements `at` to `at + 3` are of as many rows as a vector has lanes.
    #[inline(always)]
    pub(crate) fn ask<S: Simd>(self, at: usize) {
        if self.0.is_null() {
            return;
        }
        let from = self.0.wrapping_add(at * S::Vector::WIDTH);
        for line in 0..4 * S::Vector::WIDTH / LANES {
            to_level_2(from.wrapping_add(line * LANES).cast());
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code)]
fn to_level_2(at: *const u8) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
    // SAFETY: a prefetch neither reads nor writes as far as the program can tell, wherever it points,
    // and SSE is part of every x86-64 processor.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(at.cast()) }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn to_level_2(_: *const u8) {}
