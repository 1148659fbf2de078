//! Element types: how a stored word becomes a number.

/// The type of the numbers that a matrix stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ElementType {
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary16: shaders only so far, to prove that the slot takes a second type.
    #[cfg(test)]
    F16,
}

impl ElementType {
    /// Bytes of one element.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            ElementType::F32 => 4,
            #[cfg(test)]
            ElementType::F16 => 2,
        }
    }

    /// How far the sum of a row of probabilities may be from 1, unless the request says otherwise.
    #[must_use]
    pub const fn default_tolerance(self) -> f64 {
        match self {
            ElementType::F32 => 1e-3,
            #[cfg(test)]
            ElementType::F16 => 2e-2,
        }
    }
}

/// A borrowed slice of one of the element types.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    F32(&'a [f32]),
}

impl Values<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Values::F32(v) => v.len(),
        }
    }

    pub(crate) fn element_type(&self) -> ElementType {
        match self {
            Values::F32(_) => ElementType::F32,
        }
    }
}

mod sealed {
    pub trait Sealed {
        fn values(slice: &[Self]) -> super::Values<'_>
        where
            Self: Sized;
    }
    impl Sealed for f32 {
        fn values(slice: &[f32]) -> super::Values<'_> {
            super::Values::F32(slice)
        }
    }
}

/// A type of number that rows may hold. Sealed: implemented for `f32`.
pub trait Element: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The run-time name of the type.
    const TYPE: ElementType;
}

impl Element for f32 {
    const TYPE: ElementType = ElementType::F32;
}
