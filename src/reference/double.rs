//! Numbers in two words of f64: about 106 bits, for the few steps where 53 do not do.

use std::ops::{Add, Div, Mul, Sub};

/// The unevaluated sum `high + low`, where `low` is at most half a unit in the last place of `high`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Double {
    pub(super) high: f64,
    pub(super) low: f64,
}

impl Double {
    pub(super) const LN_2: Double = Double {
        high: std::f64::consts::LN_2,
        low: 2.319_046_813_846_299_6e-17,
    };

    /// `a + b`, exactly, or in one word at the ends of f64.
    pub(super) fn sum(a: f64, b: f64) -> Double {
        let high = a + b;
        let virtual_b = high - a;
        let low = (a - (high - virtual_b)) + (b - virtual_b);
        let low = if low.is_finite() { low } else { 0.0 };
        Double { high, low }
    }

    /// `a + b`, exactly, where a is not the smaller one in magnitude.
    fn quick_sum(a: f64, b: f64) -> Double {
        let high = a + b;
        Double {
            high,
            low: b - (high - a),
        }
    }

    /// `a * b`, exactly, or in one word where a number is too large to be split.
    ///
    /// Split by hand: a fused multiply-add is a slow library call where the instruction is not
    /// known to exist.
    pub(super) fn product(a: f64, b: f64) -> Double {
        let high = a * b;
        let (a_high, a_low) = split(a);
        let (b_high, b_low) = split(b);
        let low = ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low;
        let low = if low.is_finite() { low } else { 0.0 };
        Double { high, low }
    }

    /// Both words rounded into one.
    pub(super) fn value(self) -> f64 {
        self.high + self.low
    }
}

/// The upper 26 bits of a number and the rest.
fn split(a: f64) -> (f64, f64) {
    let c = a * 134_217_729.0;
    let high = c - (c - a);
    (high, a - high)
}

impl From<f64> for Double {
    fn from(high: f64) -> Self {
        Double { high, low: 0.0 }
    }
}

impl Add for Double {
    type Output = Double;

    fn add(self, other: Double) -> Double {
        let high = Double::sum(self.high, other.high);
        let low = Double::sum(self.low, other.low);
        let first = Double::quick_sum(high.high, high.low + low.high);
        Double::quick_sum(first.high, first.low + low.low)
    }
}

impl Sub for Double {
    type Output = Double;

    fn sub(self, other: Double) -> Double {
        self + Double {
            high: -other.high,
            low: -other.low,
        }
    }
}

impl Mul for Double {
    type Output = Double;

    fn mul(self, other: Double) -> Double {
        let product = Double::product(self.high, other.high);
        let cross = self.high * other.low + self.low * other.high;
        Double::quick_sum(product.high, product.low + cross)
    }
}

impl Div for Double {
    type Output = Double;

    fn div(self, other: Double) -> Double {
        // Long division, a word at a time.
        let first = self.high / other.high;
        let rest = self - other * Double::from(first);
        let second = rest.high / other.high;
        let rest = rest - other * Double::from(second);
        let third = rest.high / other.high;
        Double::quick_sum(first, second) + Double::from(third)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_words_are_kept() {
        let third = Double::from(1.0) / Double::from(3.0);
        let one = third * Double::from(3.0) - Double::from(1.0);
        assert!(one.value().abs() < 1e-31, "{one:?}");
        let tiny = Double::sum(1e30, 1e-20) - Double::from(1e30);
        assert_eq!(tiny.value(), 1e-20);
    }
}
