//! The orders of the power measures.

use crate::error::ArgumentError;

/// The order of a Renyi divergence, in `[0, inf]`, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RenyiOrder(f64);

impl RenyiOrder {
    /// Checks an order.
    ///
    /// # Errors
    /// [`ArgumentError::Order`] outside `[0, inf]`.
    pub fn new(value: f64) -> Result<Self, ArgumentError> {
        checked(value, value >= 0.0, "renyi", "in [0, inf]").map(RenyiOrder)
    }

    /// The order as a number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

/// The order of a Tsallis divergence, in `[0, inf)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TsallisOrder(f64);

impl TsallisOrder {
    /// Checks an order.
    ///
    /// # Errors
    /// [`ArgumentError::Order`] outside `[0, inf)`.
    pub fn new(value: f64) -> Result<Self, ArgumentError> {
        let fits = value >= 0.0 && value.is_finite();
        checked(value, fits, "tsallis", "finite and at least 0").map(TsallisOrder)
    }

    /// The order as a number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

/// The order of an alpha divergence: any finite number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlphaOrder(f64);

impl AlphaOrder {
    /// Checks an order.
    ///
    /// # Errors
    /// [`ArgumentError::Order`] if it is not finite.
    pub fn new(value: f64) -> Result<Self, ArgumentError> {
        checked(value, value.is_finite(), "alpha", "finite").map(AlphaOrder)
    }

    /// The order as a number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

/// The order if it fits. The sum turns -0 into 0, so that it prints like any zero.
fn checked(
    given: f64,
    fits: bool,
    measure: &'static str,
    range: &'static str,
) -> Result<f64, ArgumentError> {
    if fits {
        Ok(given + 0.0)
    } else {
        Err(ArgumentError::Order {
            measure,
            given,
            range,
        })
    }
}
