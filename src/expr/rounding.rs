//! Numbers with bounds of their errors: what rounding in some precision may have made of them.

use super::real::{Real, whole};

/// A value in f64, and how far from it the same operations in another precision may end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tracked {
    pub(crate) value: f64,
    pub(crate) error: f64,
    /// Half a unit in the last place, relative.
    unit: f64,
}

/// Half a unit in the last place of f32 and f64.
pub(crate) const UNIT_F32: f64 = 5.960_464_477_539_063e-8;
pub(crate) const UNIT_F64: f64 = 1.110_223_024_625_156_5e-16;

impl Tracked {
    /// A value that has this error already.
    pub(crate) fn new(value: f64, error: f64, unit: f64) -> Self {
        Tracked { value, error, unit }
    }

    /// What the error becomes under a function of this slope: an exact number has none, however steep it is.
    fn passed_on(self, slope: f64) -> f64 {
        if self.error == 0.0 {
            0.0
        } else {
            slope.abs() * self.error
        }
    }

    /// A result, rounded by so many units.
    fn rounded(self, value: f64, error: f64, units: f64) -> Self {
        Tracked {
            value,
            error: error + units * self.unit * value.abs(),
            unit: self.unit,
        }
    }
}

impl Real for Tracked {
    fn constant(self, value: f64) -> Self {
        let is_exact = self.unit < UNIT_F32 || f64::from(value as f32) == value;
        self.rounded(value, 0.0, if is_exact { 0.0 } else { 1.0 })
    }

    fn neg(self) -> Self {
        Tracked {
            value: -self.value,
            ..self
        }
    }

    fn ln(self) -> Self {
        self.rounded(self.value.ln(), self.error / self.value, 3.0)
    }

    fn exp(self) -> Self {
        let value = self.value.exp();
        self.rounded(value, self.error * value, 4.0)
    }

    fn sqrt(self) -> Self {
        let value = self.value.sqrt();
        let error = if value == 0.0 {
            self.error.sqrt()
        } else {
            0.5 * self.error / value
        };
        self.rounded(value, error, 9.0)
    }

    fn add(self, other: Self) -> Self {
        self.rounded(self.value + other.value, self.error + other.error, 1.0)
    }

    fn sub(self, other: Self) -> Self {
        self.add(other.neg())
    }

    fn mul(self, other: Self) -> Self {
        let error = self.error * other.value.abs() + other.error * self.value.abs();
        self.rounded(self.value * other.value, error, 1.0)
    }

    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let error = (self.error + value.abs() * other.error) / other.value.abs();
        self.rounded(value, error, 5.0)
    }

    fn where_less(self, other: Self, x: Self, y: Self) -> Self {
        let (chosen, left) = if self.value < other.value {
            (x, y)
        } else {
            (y, x)
        };
        // Near where the two meet rounding may choose the other.
        if (self.value - other.value).abs() <= self.error + other.error {
            let error = (left.value - chosen.value).abs() + left.error;
            Tracked {
                error: chosen.error.max(error),
                ..chosen
            }
        } else {
            chosen
        }
    }

    fn root_power(self, exponent: f64) -> Self {
        let value = self.value.powf(exponent);
        let slope = if self.value == 0.0 && exponent >= 1.0 {
            0.0
        } else {
            exponent * value / self.value
        };
        let error = self.passed_on(slope);
        self.rounded(value, error, 6.0)
    }

    fn power(self, exponent: f64) -> Self {
        match whole(exponent) {
            // As a product of products, but with the bound of the power as a whole.
            Some(n) => {
                let value = self.value.powi(n);
                let slope = f64::from(n) * self.value.powi(n - 1);
                let units = match n {
                    0 | 1 => 0.0,
                    // Squares double what they are squares of.
                    _ => f64::from(n.unsigned_abs()) + 4.0,
                };
                self.rounded(value, self.passed_on(slope), units)
            }
            None if exponent == 0.5 => self.sqrt(),
            None => self.root_power(exponent),
        }
    }
}
