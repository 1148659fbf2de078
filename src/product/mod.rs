//! What all pairs of rows have in common where a score comes from a product of two matrices, or from entropies of mixtures:
//! which measures do, what is multiplied or mixed, and what that comes to in f32 and may miss. Backends multiply.

mod bound;
mod finish;
mod form;
mod ready;
mod row;

pub use bound::ErrorBound;
#[cfg(test)]
pub(crate) use finish::ERROR_OF_LOG2;
pub(crate) use finish::{Finish, TERMS_IN_A_ROW};
pub(crate) use form::{Form, InfiniteOn, Of};
pub(crate) use ready::{Centre, Layout, Most, PANEL, Ready};
pub(crate) use row::{Decoded, UNIT};

/// Which of the two rows of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Factors {
    OfP,
    OfQ,
}
