//! What all pairs of rows have in common where a score comes from a product of two matrices: which measures do, what
//! is multiplied, and what a product in f32 comes to and may miss. Backends multiply.

mod bound;
mod finish;
mod form;
mod ready;
mod row;

pub use bound::ErrorBound;
pub(crate) use finish::Finish;
pub(crate) use form::{Form, InfiniteOn, Of};
#[cfg(feature = "gpu")]
pub(crate) use ready::PANEL;
pub(crate) use ready::{Centre, Layout, Most, Ready};
pub(crate) use row::{Decoded, UNIT};

/// Which of the two rows of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Factors {
    OfP,
    OfQ,
}
