//! Where the scores of a stream go.

use super::source::BoxError;

/// Takes the scores of a stream, in order of their rows.
///
/// Vectors and closures are sinks:
///
/// ```
/// use kullback::{BoxError, Sink};
///
/// # fn main() -> Result<(), BoxError> {
/// let mut collected: Vec<f32> = Vec::new();
/// collected.accept(&[0.25, 0.5])?;
/// assert_eq!(collected, [0.25, 0.5]);
///
/// let mut largest = f32::NEG_INFINITY;
/// let mut watch = |scores: &[f32]| -> Result<(), BoxError> {
///     largest = scores.iter().copied().fold(largest, f32::max);
///     Ok(())
/// };
/// watch.accept(&[0.25, 0.5])?;
/// assert_eq!(largest, 0.5);
/// # Ok(())
/// # }
/// ```
pub trait Sink {
    /// Takes the scores of the next rows: NaN for bad rows, `+inf` where the definition says so.
    ///
    /// # Errors
    /// Any error ends the stream; none of the rows of this call then counts as finished.
    fn accept(&mut self, scores: &[f32]) -> Result<(), BoxError>;
}

impl Sink for Vec<f32> {
    fn accept(&mut self, scores: &[f32]) -> Result<(), BoxError> {
        self.try_reserve(scores.len())?;
        self.extend_from_slice(scores);
        Ok(())
    }
}

impl<F> Sink for F
where
    F: FnMut(&[f32]) -> Result<(), BoxError>,
{
    fn accept(&mut self, scores: &[f32]) -> Result<(), BoxError> {
        self(scores)
    }
}
