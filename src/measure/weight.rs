//! The weight on P of the Jensen-Shannon measures.

use crate::error::ArgumentError;

/// The weight on P of the Jensen-Shannon divergence and distance, in `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight(f64);

impl Weight {
    /// The usual weight of one half.
    pub const HALF: Weight = Weight(0.5);

    /// Checks a weight.
    ///
    /// # Errors
    /// [`ArgumentError::Weight`] outside `[0, 1]`.
    pub fn new(value: f64) -> Result<Self, ArgumentError> {
        if (0.0..=1.0).contains(&value) {
            // The sum turns -0 into 0, so that it prints like any zero.
            Ok(Weight(value + 0.0))
        } else {
            Err(ArgumentError::Weight { given: value })
        }
    }

    /// The weight as a number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}
