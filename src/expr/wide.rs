//! Numbers of any size: a mantissa and an exponent of two, so that nothing over- or underflows where the
//! result would not.

use std::f64::consts::{LN_2, LOG2_E};

use super::real::Real;

/// `mantissa * 2^exponent`, with a mantissa in `[1, 2)`, or 0, or NaN where there is no value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wide {
    mantissa: f64,
    exponent: f64,
}

/// Exponents stop here: the only numbers beyond are exponentials of exponentials.
const MOST: f64 = 1e15;

impl Wide {
    const NONE: Wide = Wide {
        mantissa: f64::NAN,
        exponent: 0.0,
    };
    pub(crate) const ZERO: Wide = Wide {
        mantissa: 0.0,
        exponent: 0.0,
    };

    /// `2^exponent`.
    pub(crate) fn power_of_two(exponent: f64) -> Self {
        Wide {
            mantissa: 1.0,
            exponent,
        }
    }

    /// `mantissa * 2^exponent` of a mantissa of any size.
    fn new(mantissa: f64, exponent: f64) -> Self {
        if mantissa == 0.0 {
            return Wide::ZERO;
        }
        if !mantissa.is_finite() {
            return Wide::NONE;
        }
        // Subnormal mantissas come in from outside alone.
        let (mantissa, exponent) = if mantissa.abs() < f64::MIN_POSITIVE {
            (mantissa * 2f64.powi(100), exponent - 100.0)
        } else {
            (mantissa, exponent)
        };
        let bits = mantissa.to_bits();
        let own = ((bits >> 52) & 0x7ff) as f64 - 1023.0;
        let one = (bits & !(0x7ff << 52)) | (1023 << 52);
        let exponent = exponent + own;
        if exponent < -MOST {
            return Wide::ZERO;
        }
        Wide {
            mantissa: f64::from_bits(one),
            exponent: exponent.min(MOST),
        }
    }

    pub(crate) fn is_none(self) -> bool {
        self.mantissa.is_nan()
    }

    /// True if it is so large, or has no value, that nothing can be taken from it.
    pub(crate) fn is_beyond(self) -> bool {
        self.is_none() || self.exponent >= MOST
    }

    /// As a number: infinite where it is too large for one, 0 where it is too small.
    pub(crate) fn value(self) -> f64 {
        let exponent = self.exponent.clamp(-2100.0, 2100.0);
        let half = (exponent / 2.0).floor();
        self.mantissa * 2f64.powi(half as i32) * 2f64.powi((exponent - half) as i32)
    }

    fn scaled(self, by: f64) -> f64 {
        // What is nothing beside the other number; but what has no value has none beside any.
        if by < -1000.0 && !self.is_none() {
            0.0
        } else {
            self.mantissa * 2f64.powi(by as i32)
        }
    }

    fn log2(self) -> f64 {
        self.exponent + self.mantissa.log2()
    }

    /// `2^x` for a number that may be large.
    fn exp2_of(x: f64) -> Self {
        let whole = x.floor();
        Wide::new((x - whole).exp2(), whole)
    }
}

impl From<f64> for Wide {
    fn from(value: f64) -> Self {
        Wide::new(value, 0.0)
    }
}

impl Real for Wide {
    fn constant(self, value: f64) -> Self {
        Wide::from(value)
    }

    fn neg(self) -> Self {
        Wide {
            mantissa: -self.mantissa,
            ..self
        }
    }

    fn ln(self) -> Self {
        if self.mantissa.is_nan() || self.mantissa <= 0.0 {
            return Wide::NONE;
        }
        if self.exponent.abs() < 1000.0 {
            // Near 1 the exponent would cancel.
            return Wide::from(self.value().ln());
        }
        Wide::from(self.exponent * LN_2 + self.mantissa.ln())
    }

    fn exp(self) -> Self {
        let x = self.value();
        if x.abs() < 700.0 {
            return Wide::from(x.exp());
        }
        if x.is_nan() {
            return Wide::NONE;
        }
        Wide::exp2_of((x * LOG2_E).clamp(-2.0 * MOST, 2.0 * MOST))
    }

    fn sqrt(self) -> Self {
        if self.mantissa < 0.0 {
            return Wide::NONE;
        }
        let half = (self.exponent / 2.0).floor();
        let mantissa = self.mantissa * 2f64.powi((self.exponent - 2.0 * half) as i32);
        Wide::new(mantissa.sqrt(), half)
    }

    fn add(self, other: Self) -> Self {
        if self.mantissa == 0.0 {
            return other;
        }
        if other.mantissa == 0.0 {
            return self;
        }
        // How far beyond either is, is not known.
        if self.exponent >= MOST && other.exponent >= MOST && self.mantissa * other.mantissa < 0.0 {
            return Wide::NONE;
        }
        let exponent = self.exponent.max(other.exponent);
        let sum = self.scaled(self.exponent - exponent) + other.scaled(other.exponent - exponent);
        Wide::new(sum, exponent)
    }

    fn sub(self, other: Self) -> Self {
        self.add(other.neg())
    }

    fn mul(self, other: Self) -> Self {
        Wide::new(
            self.mantissa * other.mantissa,
            self.exponent + other.exponent,
        )
    }

    fn div(self, other: Self) -> Self {
        Wide::new(
            self.mantissa / other.mantissa,
            self.exponent - other.exponent,
        )
    }

    fn where_less(self, other: Self, x: Self, y: Self) -> Self {
        let apart = self.sub(other).mantissa;
        if apart.is_nan() {
            Wide::NONE
        } else if apart < 0.0 {
            x
        } else {
            y
        }
    }

    fn root_power(self, exponent: f64) -> Self {
        if self.mantissa == 0.0 && exponent > 0.0 {
            return Wide::ZERO;
        }
        if self.mantissa.is_nan() || self.mantissa <= 0.0 {
            return Wide::NONE;
        }
        let direct = self.value().powf(exponent);
        if self.exponent.abs() < 1000.0 && direct.is_normal() {
            return Wide::from(direct);
        }
        let log2 = self.log2() * exponent;
        Wide::exp2_of(log2.clamp(-2.0 * MOST, 2.0 * MOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size() {
        let huge = Wide::power_of_two(5000.0);
        let tiny = Wide::from(1.0).div(huge);
        assert_eq!(huge.mul(tiny), Wide::from(1.0));
        assert_eq!(huge.add(tiny), huge);
        assert_eq!(huge.sqrt(), Wide::power_of_two(2500.0));
        assert_eq!(huge.root_power(0.1), Wide::power_of_two(500.0));
        assert!((huge.ln().value() / (5000.0 * LN_2) - 1.0).abs() < 1e-15);
        assert!((huge.ln().exp().div(huge).value() - 1.0).abs() < 1e-11);
        assert_eq!(huge.value(), f64::INFINITY);
        assert_eq!(tiny.value(), 0.0);
        assert_eq!(Wide::from(5e-324).value(), 5e-324);
        assert_eq!(Wide::from(-3.5).value(), -3.5);
    }

    #[test]
    fn what_has_no_value() {
        let zero = Wide::ZERO;
        assert!(zero.ln().is_none());
        assert!(Wide::from(1.0).div(zero).is_none());
        assert!(Wide::from(-1.0).sqrt().is_none());
        assert!(Wide::from(-1.0).root_power(0.3).is_none());
        assert!(Wide::power_of_two(5000.0).add(zero.ln()).is_none());
        assert!(zero.where_less(zero.ln(), zero, zero).is_none());
        assert_eq!(Wide::power_of_two(60.0).exp().exp().value(), f64::INFINITY);
    }
}
