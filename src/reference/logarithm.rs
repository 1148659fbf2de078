//! The natural logarithm in two words.

use super::double::Double;

/// `ln x` for a normal number `x > 0`, with an absolute error of about 1e-23.
///
/// One word does not do where a logarithm of an input meets another input that *is* a logarithm:
/// their difference may be 1e-6 where they are 40.
pub(super) fn ln(x: f64) -> Double {
    let (exponent, m) = split_exponent(x);
    // ln m = 2 atanh(s), s = (m - 1)/(m + 1), |s| < 0.172; m - 1 is exact.
    let s = Double::from(m - 1.0) / Double::sum(m, 1.0);
    let z = s * s;
    // The terms from s^9 on are below 3e-8: one word is enough for them.
    let tail = TAIL
        .iter()
        .rev()
        .fold(0.0, |sum, coefficient| sum * z.high + coefficient);
    let series = [
        SEVENTH,
        FIFTH,
        THIRD,
        Double {
            high: 1.0,
            low: 0.0,
        },
    ]
    .into_iter()
    .fold(Double::from(tail), |sum, coefficient| sum * z + coefficient);
    let ln_m = s * series;
    Double::LN_2 * Double::from(exponent) + (ln_m + ln_m)
}

/// The coefficients of s^9, s^11 and so on, over s^9.
const TAIL: [f64; 12] = [
    1.0 / 9.0,
    1.0 / 11.0,
    1.0 / 13.0,
    1.0 / 15.0,
    1.0 / 17.0,
    1.0 / 19.0,
    1.0 / 21.0,
    1.0 / 23.0,
    1.0 / 25.0,
    1.0 / 27.0,
    1.0 / 29.0,
    1.0 / 31.0,
];
const THIRD: Double = Double {
    high: 1.0 / 3.0,
    low: 1.850_371_707_708_594e-17,
};
const FIFTH: Double = Double {
    high: 1.0 / 5.0,
    low: -1.110_223_024_625_156_6e-17,
};
const SEVENTH: Double = Double {
    high: 1.0 / 7.0,
    low: 7.930_164_461_608_26e-18,
};

/// The whole exponent of a normal number `x > 0`.
pub(super) fn exponent(x: f64) -> i32 {
    (x.to_bits() >> 52) as i32 - 1023
}

/// `x = m * 2^exponent` with `m` between the roots of one half and of two.
fn split_exponent(x: f64) -> (f64, f64) {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let exponent = (bits >> 52) as i32 - 1023;
    let m = f64::from_bits((bits & MANTISSA) | 1.0_f64.to_bits());
    if m > std::f64::consts::SQRT_2 {
        (f64::from(exponent + 1), m / 2.0)
    } else {
        (f64::from(exponent), m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_arbitrary_precision() {
        // mpmath at 60 digits, as high and low words.
        for (x, high, low) in LOGARITHMS {
            let error = (ln(x) - Double { high, low }).value();
            assert!(error.abs() < 1e-22, "ln {x}: off by {error:e}");
        }
        assert_eq!(ln(1.0), Double::default());
    }

    const LOGARITHMS: [(f64, f64, f64); 7] = [
        (1.42, 0.35065687161316933, -1.7065275145611344e-17),
        (1.41, 0.34358970439007686, -2.001182163029091e-18),
        (0.71, -0.342490308946776, 1.5255407947183487e-17),
        (0.7, -0.35667494393873245, 4.82556379937662e-18),
        (3e+38, 88.59684582244185, -4.080286142954146e-15),
        (1.18e-38, -87.33271909529616, -6.7875851296361864e-15),
        (0.1, -2.3025850929940455, -1.7150243628057985e-16),
    ];
}
