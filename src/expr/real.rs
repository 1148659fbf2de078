//! The operations of an expression, on whatever stands for its values: numbers, numbers of any size, numbers
//! with bounds of their errors, series.

/// What an expression can be evaluated on. What has no value is NaN, in each type's way.
pub(crate) trait Real: Copy {
    /// A constant, of the kind that this value is.
    fn constant(self, value: f64) -> Self;
    fn neg(self) -> Self;
    fn ln(self) -> Self;
    fn exp(self) -> Self;
    fn sqrt(self) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    /// `x` where `self < other`, else `y`.
    fn where_less(self, other: Self, x: Self, y: Self) -> Self;
    /// A power whose exponent is not whole, of what is not below zero.
    fn root_power(self, exponent: f64) -> Self;

    fn abs(self) -> Self {
        self.where_less(self.constant(0.0), self.neg(), self)
    }

    fn min(self, other: Self) -> Self {
        self.where_less(other, self, other)
    }

    fn max(self, other: Self) -> Self {
        other.where_less(self, self, other)
    }

    /// The power with a constant exponent.
    fn power(self, exponent: f64) -> Self {
        match whole(exponent) {
            Some(n) => self.whole_power(n),
            None if exponent == 0.5 => self.sqrt(),
            None => self.root_power(exponent),
        }
    }

    /// By repeated squaring.
    fn whole_power(self, n: i32) -> Self {
        let mut result = self.constant(1.0);
        let mut square = self;
        let mut left = n.unsigned_abs();
        while left > 0 {
            if left & 1 == 1 {
                result = result.mul(square);
            }
            left >>= 1;
            if left > 0 {
                square = square.mul(square);
            }
        }
        if n < 0 {
            self.constant(1.0).div(result)
        } else {
            result
        }
    }
}

/// The largest whole exponent that is taken by multiplication.
const MOST_WHOLE: f64 = 64.0;

/// An exponent that is whole and small enough to multiply.
pub(crate) fn whole(exponent: f64) -> Option<i32> {
    let is_whole = exponent.fract() == 0.0 && exponent.abs() <= MOST_WHOLE;
    is_whole.then_some(exponent as i32)
}

impl Real for f64 {
    fn constant(self, value: f64) -> f64 {
        value
    }

    fn neg(self) -> f64 {
        -self
    }

    fn ln(self) -> f64 {
        self.ln()
    }

    fn exp(self) -> f64 {
        self.exp()
    }

    fn sqrt(self) -> f64 {
        self.sqrt()
    }

    fn add(self, other: f64) -> f64 {
        self + other
    }

    fn sub(self, other: f64) -> f64 {
        self - other
    }

    fn mul(self, other: f64) -> f64 {
        self * other
    }

    fn div(self, other: f64) -> f64 {
        self / other
    }

    fn where_less(self, other: f64, x: f64, y: f64) -> f64 {
        if self < other { x } else { y }
    }

    fn root_power(self, exponent: f64) -> f64 {
        self.powf(exponent)
    }
}
