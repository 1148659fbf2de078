//! What to do when a GPU fails.

/// What happens to the rows of a batch whose GPU fails while scoring them.
///
/// It applies only after a device was opened: [`Backend::Gpu`](crate::Backend::Gpu) without a usable
/// adapter is a [`BuildError`](crate::BuildError) in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fallback {
    /// The CPU scores them, and the report says how many.
    #[default]
    Cpu,
    /// The request ends with an error that carries the finished scores.
    None,
}
