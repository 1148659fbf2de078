//! Sums that do not lose digits, and functions that vanish to second order without cancellation.

use std::f64::consts::LN_2;

/// A sum whose error does not grow with the number of terms.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    #[inline]
    fn add(&mut self, term: f64) {
        let [high, lost] = two_sum(self.high, term);
        self.high = high;
        self.low += lost;
    }

    pub(super) fn extend(&mut self, terms: &[f64]) {
        terms.iter().for_each(|&term| self.add(term));
    }

    /// The sum in two words, the second below the last digit of the first.
    pub(super) fn words(self) -> [f64; 2] {
        two_sum(self.high, self.low)
    }

    pub(super) fn value(self) -> f64 {
        // What infinity lost is no number.
        if self.high.is_finite() {
            self.high + self.low
        } else {
            self.high
        }
    }
}

/// The sum of all terms.
#[inline]
pub(super) fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    terms.for_each(|term| sum.add(term));
    sum.value()
}

/// `a + b` and what it lost by rounding.
#[inline]
pub(super) fn two_sum(a: f64, b: f64) -> [f64; 2] {
    let high = a + b;
    let of_b = high - a;
    [high, (a - (high - of_b)) + (b - of_b)]
}

/// Up to here series are used; beyond, nothing cancels that counts.
const NEAR: f64 = 0.25;

/// `(b - a) / (a + b)` of the difference, if `a` and `b` are near each other.
#[inline]
pub(super) fn nearness(a: f64, b: f64, difference: f64) -> Option<f64> {
    // Halves, since the sum of two weights may be no number.
    let s = (0.5 * difference) / (0.5 * a + 0.5 * b);
    (s.abs() < NEAR).then_some(s)
}

/// `atanh(s) / s - 1`, for `s` of near numbers: half the logarithm of their ratio is `atanh(s)`.
#[inline]
pub(super) fn atanh_excess(s: f64) -> f64 {
    // 1/3, 1/5, ...: the first that is left out is below 3e-18 of the sum.
    const SERIES: [f64; 14] = {
        let mut series = [0.0; 14];
        let mut n = 0;
        while n < series.len() {
            series[n] = 1.0 / (2 * n + 3) as f64;
            n += 1;
        }
        series
    };
    let z = s * s;
    z * polynomial(&SERIES, z)
}

/// `e^t - 1 - t`, at least 0, to full relative accuracy.
#[inline]
pub(super) fn exp_excess(t: f64) -> f64 {
    // 1/2!, 1/3!, ...: the first that is left out is below 3e-18 of the sum.
    const SERIES: [f64; 14] = {
        let mut series = [0.0; 14];
        let (mut n, mut factorial) = (0, 2.0);
        while n < series.len() {
            series[n] = 1.0 / factorial;
            factorial *= (n + 3) as f64;
            n += 1;
        }
        series
    };
    if t.abs() > 0.5 {
        return t.exp_m1() - t;
    }
    t * t * polynomial(&SERIES, t)
}

/// The even terms beside the odd ones: half as long to wait for.
#[inline]
fn polynomial(coefficients: &[f64; 14], x: f64) -> f64 {
    let square = x * x;
    let (pairs, _) = coefficients.as_chunks::<2>();
    let last_first = pairs.iter().rev();
    let [even, odd] = last_first.fold([0.0; 2], |[even, odd], [a, b]| {
        [even * square + a, odd * square + b]
    });
    even + x * odd
}

/// `d - a ln(b/a)`, at least 0, of numbers that are `d` apart and of this nearness.
#[inline]
pub(super) fn near_excess(a: f64, d: f64, s: f64) -> f64 {
    // ln(b/a) = 2 atanh(s), and d = s (a + b).
    // Twice the largest weights is no number.
    s * (d - 2.0 * (a * atanh_excess(s)))
}

/// `ln (b/a)` of positive normal numbers, whose quotient may be beyond f64.
pub(super) fn ln_quotient(a: f64, b: f64) -> f64 {
    let ((a, a_exponent), (b, b_exponent)) = (split(a), split(b));
    let exponent = b_exponent - a_exponent;
    match exponent {
        -1..=1 => {
            let b = b * 2_f64.powi(exponent);
            ((b - a) / a).ln_1p()
        }
        _ => (b / a).ln() + f64::from(exponent) * LN_2,
    }
}

/// A positive normal number as one in [1, 2) and a power of two.
pub(super) fn split(x: f64) -> (f64, i32) {
    const FRACTION: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let exponent = (bits >> 52) as i32 - 1023;
    (
        f64::from_bits(bits & FRACTION | 1.0_f64.to_bits()),
        exponent,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excesses_are_those_of_arbitrary_precision() {
        // mpmath at 40 digits.
        for (t, exact) in [
            (1e-9, 5.000_000_001_666_667e-19),
            (-1e-3, 4.998_333_749_916_681e-7),
            (0.125, 0.008_148_453_066_826_317),
            (-0.375, 0.062_289_278_790_972_2),
            (0.4, 0.091_824_697_641_270_33),
            (-0.5, 0.106_530_659_712_633_42),
            (3.0, 16.085_536_923_187_668),
        ] {
            let error = (exp_excess(t) / exact - 1.0).abs();
            assert!(error < 1e-15, "{t}: {error:e}");
        }
        for (d, exact) in EXCESSES {
            for scale in [1.0, 1e308] {
                let (a, b, d) = (scale, scale * (1.0 + d), scale * d);
                let found = nearness(a, b, d).map(|s| near_excess(a, d, s) / scale);
                let near = found.is_some_and(|found| (found / exact - 1.0).abs() < 1e-15);
                assert!(near, "{d}: {found:?}");
            }
        }
        assert_eq!(nearness(1.0, 2.0, 1.0), None);
    }

    #[test]
    fn sums_keep_what_is_small() {
        assert_eq!(sum([1e100, 1.0, -1e100, 1.0].into_iter()), 2.0);
        assert_eq!(sum([1.0, f64::INFINITY].into_iter()), f64::INFINITY);
        let mut sum = Sum::default();
        sum.extend(&[1.0, 1e-20, 1e-20]);
        assert_eq!(sum.words(), [1.0, 2e-20]);
    }

    /// `d` and `d - ln(1 + d)`.
    const EXCESSES: [(f64, f64); 7] = [
        (1e-12, 4.999999999996667e-25),
        (-1e-9, 5.000000003333334e-19),
        (1e-6, 4.999996666669166e-13),
        (-0.001, 5.003335835335002e-07),
        (0.0625, 0.0018753781835651575),
        (-0.375, 0.09500362924573555),
        (0.625, 0.1394921842182992),
    ];
}
