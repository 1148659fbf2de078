//! Reading rows side by side.

use super::LANES;

/// Four values from each of some places.
pub(super) trait Quads: Copy {
    /// The four values from place `i` on, or from the last one.
    fn quad(self, i: usize) -> [f32; 4];
}

/// Values in which there are four from each of some places on, a stride apart.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    values: &'a [f32],
    stride: usize,
    count: usize,
}

impl<'a> Places<'a> {
    /// Checks once that all of them are there: a check for each takes as long as what reads it does.
    ///
    /// # Panics
    /// If they are not.
    #[inline(always)]
    pub(super) fn new(values: &'a [f32], stride: usize, count: usize) -> Self {
        let end = stride.checked_mul(count - 1);
        let end = end.and_then(|last| last.checked_add(4));
        assert!(end.is_some_and(|end| end <= values.len()), "too few values");
        Places {
            values,
            stride,
            count,
        }
    }
}

impl Quads for Places<'_> {
    #[inline(always)]
    #[allow(unsafe_code)]
    fn quad(self, i: usize) -> [f32; 4] {
        debug_assert!(i < self.count);
        let i = i.min(self.count - 1);
        // SAFETY: `new` has seen that four values follow each of `count` places, `i` is one of them, and its
        // distance does not overflow, since that of the last does not.
        unsafe {
            let first = self.values.as_ptr().add(i * self.stride);
            first.cast::<[f32; 4]>().read()
        }
    }
}

/// Where as many rows begin as are read side by side, wherever that is.
#[derive(Clone, Copy)]
pub(crate) struct Starts {
    at: [usize; LANES],
    /// None of them is larger.
    last: usize,
}

impl Starts {
    /// All of them where memory begins.
    pub(crate) const ZERO: Starts = Starts {
        at: [0; LANES],
        last: 0,
    };

    pub(crate) fn new(at: [usize; LANES]) -> Self {
        let last = at.iter().fold(0, |last, &at| last.max(at));
        Starts { at, last }
    }

    /// The largest.
    pub(crate) fn last(&self) -> usize {
        self.last
    }
}

/// Values in which there are four from each of some places on, so far behind where rows begin.
#[derive(Clone, Copy)]
pub(super) struct Scattered<'a> {
    values: &'a [f32],
    starts: &'a Starts,
    behind: usize,
}

impl<'a> Scattered<'a> {
    /// Checks once that all of them are there.
    ///
    /// # Panics
    /// If they are not.
    #[inline(always)]
    pub(super) fn new(values: &'a [f32], starts: &'a Starts, behind: usize) -> Self {
        let end = behind.checked_add(starts.last);
        let end = end.and_then(|last| last.checked_add(4));
        assert!(end.is_some_and(|end| end <= values.len()), "too few values");
        Scattered {
            values,
            starts,
            behind,
        }
    }
}

impl Quads for Scattered<'_> {
    #[inline(always)]
    #[allow(unsafe_code)]
    fn quad(self, i: usize) -> [f32; 4] {
        // SAFETY: `new` has seen that four values follow the last of the places, `behind` included, of which none is
        // larger, and that its distance does not overflow.
        unsafe {
            let first = self.values.as_ptr().add(self.starts.at[i] + self.behind);
            first.cast::<[f32; 4]>().read()
        }
    }
}
