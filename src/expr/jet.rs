//! Power series, cut off: what an expression is near a point, to every order at once.

use super::real::Real;

/// Terms of a series.
pub(crate) const TERMS: usize = 32;

/// `sum c_n x^n`, on one side of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Jet {
    pub(crate) terms: [f64; TERMS],
    /// True on the side where `x < 0`, which decides the sign of what vanishes at 0.
    left: bool,
}

impl Jet {
    /// A constant.
    pub(crate) fn constant_of(value: f64, left: bool) -> Self {
        let mut terms = [0.0; TERMS];
        terms[0] = value;
        Jet { terms, left }
    }

    /// `at + slope x`.
    pub(crate) fn line(at: f64, slope: f64, left: bool) -> Self {
        let mut line = Self::constant_of(at, left);
        line.terms[1] = slope;
        line
    }

    /// `t = (1 + s)/(1 - s) = 1 + 2 s + 2 s^2 + ...` as a series of `s`.
    pub(crate) fn moebius(left: bool) -> Self {
        let mut terms = [2.0; TERMS];
        terms[0] = 1.0;
        Jet { terms, left }
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.terms.iter().all(|c| c.is_finite())
    }

    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Jet {
            terms: self.terms.map(f),
            left: self.left,
        }
    }

    fn with(self, f: impl Fn(usize) -> f64) -> Self {
        Jet {
            terms: std::array::from_fn(f),
            left: self.left,
        }
    }

    /// A series whose terms come one from the other, from the first on.
    fn by_recurrence(self, first: f64, next: impl Fn(&[f64], usize) -> f64) -> Self {
        let mut terms = [0.0; TERMS];
        terms[0] = first;
        for n in 1..TERMS {
            terms[n] = next(&terms, n);
        }
        Jet { terms, ..self }
    }

    /// True if it is below zero just beside 0.
    fn is_negative(&self) -> bool {
        let first = self.terms.iter().position(|&c| c != 0.0);
        first.is_some_and(|n| (self.terms[n] < 0.0) != (self.left && n % 2 == 1))
    }
}

impl Real for Jet {
    fn constant(self, value: f64) -> Self {
        Self::constant_of(value, self.left)
    }

    fn neg(self) -> Self {
        self.map(|c| -c)
    }

    /// From `a l' = a'`.
    fn ln(self) -> Self {
        let a = &self.terms;
        self.by_recurrence(a[0].ln(), |l, n| {
            let known: f64 = (1..n).map(|k| k as f64 * l[k] * a[n - k]).sum();
            (a[n] - known / n as f64) / a[0]
        })
    }

    /// From `e' = a' e`.
    fn exp(self) -> Self {
        let a = &self.terms;
        self.by_recurrence(a[0].exp(), |e, n| {
            let sum: f64 = (1..=n).map(|k| k as f64 * a[k] * e[n - k]).sum();
            sum / n as f64
        })
    }

    fn sqrt(self) -> Self {
        self.root_power(0.5)
    }

    fn add(self, other: Self) -> Self {
        self.with(|n| self.terms[n] + other.terms[n])
    }

    fn sub(self, other: Self) -> Self {
        self.with(|n| self.terms[n] - other.terms[n])
    }

    fn mul(self, other: Self) -> Self {
        self.with(|n| (0..=n).map(|k| self.terms[k] * other.terms[n - k]).sum())
    }

    fn div(self, other: Self) -> Self {
        let (a, b) = (&self.terms, &other.terms);
        self.by_recurrence(a[0] / b[0], |q, n| {
            let known: f64 = (0..n).map(|k| q[k] * b[n - k]).sum();
            (a[n] - known) / b[0]
        })
    }

    fn where_less(self, other: Self, x: Self, y: Self) -> Self {
        let apart = self.sub(other);
        if !apart.is_finite() {
            return self.constant(f64::NAN);
        }
        if apart.is_negative() { x } else { y }
    }

    /// From `a p' = c a' p`.
    fn root_power(self, exponent: f64) -> Self {
        let a = &self.terms;
        self.by_recurrence(a[0].powf(exponent), |p, n| {
            let sum: f64 = (1..=n)
                .map(|k| ((exponent + 1.0) * k as f64 - n as f64) * a[k] * p[n - k])
                .sum();
            sum / (n as f64 * a[0])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(jet: &Jet, x: f64) -> f64 {
        jet.terms.iter().rev().fold(0.0, |sum, c| sum * x + c)
    }

    #[test]
    fn series_are_what_they_stand_for() {
        let x = 0.1;
        let t = Jet::line(2.0, 1.0, false);
        for (jet, value) in [
            (t.ln(), 2.1f64.ln()),
            (t.exp(), 2.1f64.exp()),
            (t.sqrt(), 2.1f64.sqrt()),
            (t.root_power(-1.7), 2.1f64.powf(-1.7)),
            (t.whole_power(-3), 2.1f64.powi(-3)),
            (t.mul(t).div(t.ln()), 2.1 * 2.1 / 2.1f64.ln()),
            (t.sub(t.constant(2.0)).abs(), 0.1),
        ] {
            assert!((at(&jet, x) / value - 1.0).abs() < 1e-14, "{value}");
        }
    }

    #[test]
    fn the_side_decides_where_two_meet() {
        for (left, sign) in [(false, 1.0), (true, -1.0)] {
            let t = Jet::moebius(left);
            let apart = t.sub(t.constant(1.0));
            assert_eq!(apart.abs().terms[1], 2.0 * sign);
            assert_eq!(
                apart.max(t.constant(0.0)).terms[1],
                if left { 0.0 } else { 2.0 }
            );
        }
    }
}
