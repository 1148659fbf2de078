//! Asking for memory ahead of its use.
//!
//! Neither a block of a row nor rows side by side are read in the order in which they lie in memory, so the
//! processor does not see by itself what comes next.

/// Bytes of a cache line.
const LINE: usize = 64;
/// How far ahead a row is asked for: two blocks.
const AHEAD: usize = 8192;
/// How far ahead rows side by side are asked for at least.
const NEXT_ROWS: usize = 4096;

/// Asks for line `line` of what lies two blocks of a row behind some values in memory, if anything does.
#[inline(always)]
pub(crate) fn prefetch_blocks<const L: usize>(values: &[[f32; L]], line: usize) {
    let at = values.as_ptr().cast::<u8>();
    to_level_1(at.wrapping_add(AHEAD + line * LINE));
}

/// Asks for line `line` of what lies behind rows side by side, which may be as much as the first cache holds.
#[inline(always)]
pub(crate) fn prefetch_rows(rows: &[f32], line: usize) {
    let at = rows.as_ptr().cast::<u8>();
    to_level_2(at.wrapping_add(size_of_val(rows).max(NEXT_ROWS) + line * LINE));
}

/// Asks for the line of an element of some values, which may lie behind their end.
#[inline(always)]
pub(crate) fn prefetch_element(values: &[f32], element: usize) {
    to_level_2(values.as_ptr().wrapping_add(element).cast());
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code)]
fn to_level_1(at: *const u8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch neither reads nor writes as far as the program can tell, wherever it points,
    // and SSE is part of every x86-64 processor.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code)]
fn to_level_2(at: *const u8) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
    // SAFETY: as above.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(at.cast()) }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn to_level_1(_: *const u8) {}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn to_level_2(_: *const u8) {}
