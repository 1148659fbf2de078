//! Reading rows side by side.

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

    /// The four values from place `i` on, or from the last one.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub(super) fn quad(self, i: usize) -> [f32; 4] {
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
