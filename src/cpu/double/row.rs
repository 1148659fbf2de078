//! One row, judged and brought to a scale on which nothing overflows.

use crate::encoding::Encoding;
use crate::rows::Rows;
use crate::status::IssueKind;

use super::functions::{Sum, ln_quotient, split, two_sum};

/// A row that stands for a distribution.
pub(super) struct Row {
    /// What is stored, with zeros as they count.
    pub(super) values: Vec<f64>,
    encoding: Encoding,
    /// The largest value.
    pub(super) peak: f64,
    /// The exponent by which linear values are scaled down.
    pub(super) exponent: i32,
    /// The scaled values, the largest in [1, 2), or all `exp((z - peak) / T)`; they may be too small for a
    /// number.
    pub(super) shares: Vec<f64>,
    /// The sum of all shares, in two words.
    pub(super) mass: [f64; 2],
    /// One over it.
    inverse_mass: f64,
    /// The largest share.
    pub(super) top: f64,
    /// Where it stands first.
    pub(super) top_at: usize,
    /// The sum of all shares but the largest, over that.
    pub(super) rest: f64,
}

impl Row {
    /// Judges row `i`.
    ///
    /// # Errors
    /// The first kind of issue that applies.
    pub(super) fn new(rows: &Rows<'_>, i: usize, tolerance: Option<f64>) -> Result<Row, IssueKind> {
        let encoding = rows.encoding();
        let values = rows.row_values(i).wide();
        let (peak, at) = judge(&values, encoding)?;
        let exponent = if encoding.is_logarithmic() {
            0
        } else {
            split(peak).1
        };
        let shares: Vec<f64> = if encoding.is_logarithmic() {
            let temperature = encoding.temperature().get();
            let below_peak = values.iter().map(|&z| below(z, peak, temperature));
            below_peak.map(f64::exp).collect()
        } else {
            let [half, rest] = powers_of_two(-exponent);
            values.iter().map(|&value| value * half * rest).collect()
        };
        let mut total = Sum::default();
        total.extend(&shares[..at]);
        total.extend(&shares[at + 1..]);
        let top = shares[at];
        let rest = total.value() / top;
        total.extend(&shares[at..=at]);
        let mass = total.words();
        let row = Row {
            values,
            encoding,
            peak,
            exponent,
            mass,
            inverse_mass: 1.0 / mass[0],
            shares,
            top,
            top_at: at,
            rest,
        };
        let tolerance = tolerance.unwrap_or(rows.element_type().default_tolerance());
        let claimed = row.claimed_mass();
        if encoding.must_be_normalised() && (claimed - 1.0).abs() > tolerance {
            return Err(IssueKind::NotNormalised { sum: claimed });
        }
        Ok(row)
    }

    /// The number of bins.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn is_logarithmic(&self) -> bool {
        self.encoding.is_logarithmic()
    }

    pub(super) fn temperature(&self) -> f64 {
        self.encoding.temperature().get()
    }

    /// True if a bin is zero: decided on what is stored.
    #[inline]
    pub(super) fn is_zero(&self, bin: usize) -> bool {
        self.values[bin] == self.encoding.zero()
    }

    /// The probability of a bin; it may be too small for a number where the bin is not zero.
    #[inline]
    pub(super) fn probability(&self, bin: usize) -> f64 {
        self.shares[bin] * self.inverse_mass
    }

    /// The probability of the peak, to the bit.
    pub(super) fn top_probability(&self) -> f64 {
        self.top * self.inverse_mass
    }

    /// The logarithm of a bin that is not zero over that of the peak, at most 0.
    #[inline]
    pub(super) fn below_peak(&self, bin: usize) -> f64 {
        if self.is_logarithmic() {
            below(self.values[bin], self.peak, self.temperature())
        } else {
            ln_quotient(self.peak, self.values[bin])
        }
    }

    /// The logarithm of the probability of a bin that is not zero, in two words.
    pub(super) fn ln_probability(&self, bin: usize) -> [f64; 2] {
        let below = self.below_peak(bin);
        let mut lost = 0.0;
        if self.is_logarithmic() {
            let temperature = self.temperature();
            let [high, low] = two_sum(self.values[bin], -self.peak);
            lost = ((-below).mul_add(temperature, high) + low) / temperature;
        }
        let [high, low] = two_sum(below, -self.ln_mass_over_peak());
        // Beyond the range of f64 there is nothing to be exact about.
        [high, if lost.is_finite() { low + lost } else { low }]
    }

    /// The logarithm of the mass over that of the peak, at least 0.
    pub(super) fn ln_mass_over_peak(&self) -> f64 {
        self.rest.ln_1p()
    }

    /// What the row sums to if it holds probabilities or their logarithms.
    fn claimed_mass(&self) -> f64 {
        if self.is_logarithmic() {
            self.peak.exp() * self.mass[0]
        } else {
            let [half, rest] = powers_of_two(self.exponent);
            self.mass[0] * half * rest
        }
    }
}

/// `(z - peak) / T`, or the most negative number where that is beyond f64.
fn below(z: f64, peak: f64, temperature: f64) -> f64 {
    ((z - peak) / temperature).max(-f64::MAX)
}

/// The largest value and where it stands first, or the first kind of issue that shows in the values one by one.
fn judge(values: &[f64], encoding: Encoding) -> Result<(f64, usize), IssueKind> {
    let logarithmic = encoding.is_logarithmic();
    let zero = if logarithmic { f64::NEG_INFINITY } else { 0.0 };
    let bad = |v: &f64| !(v.is_finite() || logarithmic && *v == zero);
    if values.iter().any(bad) {
        return Err(IssueKind::NotFinite);
    }
    if !logarithmic && values.iter().any(|&v| v < 0.0) {
        return Err(IssueKind::Negative);
    }
    let mut peak = (zero, 0);
    for (at, &value) in values.iter().enumerate() {
        if value > peak.0 {
            peak = (value, at);
        }
    }
    if peak.0 == zero {
        return Err(IssueKind::ZeroMass);
    }
    Ok(peak)
}

/// `2^exponent` as a product: it may be no number itself.
fn powers_of_two(exponent: i32) -> [f64; 2] {
    let half = exponent / 2;
    [half, exponent - half].map(|exponent| 2_f64.powi(exponent))
}
