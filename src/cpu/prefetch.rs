//! Asking for memory ahead of its use.
//!
//! A block of a row is not folded in the order in which it lies in memory, so the processor does not see
//! by itself what comes next.

/// Bytes of a cache line.
const LINE: usize = 64;

/// Asks for line `line` of what lies behind the block behind `block` in memory, if anything does.
#[inline(always)]
pub(crate) fn prefetch_beyond<const L: usize, const B: usize>(block: &[[f32; L]; B], line: usize) {
    let behind = block.as_ptr_range().end.cast::<u8>();
    prefetch_line(behind.wrapping_add(size_of_val(block) + line * LINE));
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code)]
fn prefetch_line(at: *const u8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch neither reads nor writes as far as the program can tell, wherever it points,
    // and SSE is part of every x86-64 processor.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn prefetch_line(_: *const u8) {}
