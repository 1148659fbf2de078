//! Rows judged and normalised: from numbers to the distribution that they stand for.

use crate::encoding::Encoding;
use crate::rows::Row;
use crate::status::IssueKind;

use super::double::Double;
use super::logarithm;
use super::sums;

/// Beyond this the difference of two logarithms has no use for a low word.
const FAR: f64 = 1e300;

/// The distribution that a row stands for.
pub(super) struct Distribution {
    values: Vec<f64>,
    encoding: Encoding,
    /// The probability of each bin. May underflow to 0 where the bin is not zero.
    pub(super) mass: Vec<f64>,
    /// The first of the bins of the largest probability.
    pub(super) peak: usize,
    /// The mass of all other bins over that of the peak.
    pub(super) rest: f64,
    /// The values over a power of two, where these are linear: neither sums nor products overflow.
    scaled: Vec<f64>,
    /// The exponent of that power.
    exponent: i32,
    /// The sum of the scaled values.
    pub(super) total: Double,
}

impl Distribution {
    /// Judges and normalises a row, of which these are all bins that count.
    ///
    /// # Errors
    /// The first kind of issue that applies.
    pub(super) fn new(
        row: &Row<'_>,
        bins: &[usize],
        tolerance: Option<f64>,
    ) -> Result<Self, IssueKind> {
        let values: Vec<f64> = bins.iter().map(|&i| row.value(i)).collect();
        let encoding = row.encoding();
        judge_values(&values, encoding)?;
        let distribution = if encoding.is_logarithmic() {
            Self::logarithmic(values, encoding)
        } else {
            Self::linear(values, encoding)
        };
        let sum = distribution.claimed_mass();
        let tolerance = tolerance.unwrap_or_else(|| row.default_tolerance());
        if encoding.must_be_normalised() && (sum - 1.0).abs() > tolerance {
            return Err(IssueKind::NotNormalised { sum });
        }
        Ok(distribution)
    }

    fn linear(values: Vec<f64>, encoding: Encoding) -> Self {
        let peak = peak(&values);
        let exponent = logarithm::exponent(values[peak]);
        let scaled: Vec<f64> = values.iter().map(|&v| scaled(v, -exponent)).collect();
        let others = sums::double_sum(without(peak, &scaled));
        let total = others + Double::from(scaled[peak]);
        Distribution {
            mass: scaled.iter().map(|v| v / total.value()).collect(),
            peak,
            rest: others.value() / scaled[peak],
            scaled,
            exponent,
            total,
            values,
            encoding,
        }
    }

    fn logarithmic(values: Vec<f64>, encoding: Encoding) -> Self {
        let peak = peak(&values);
        let mut distribution = Distribution {
            mass: Vec::new(),
            peak,
            rest: 0.0,
            scaled: Vec::new(),
            exponent: 0,
            total: Double::default(),
            values,
            encoding,
        };
        let mut mass: Vec<f64> = distribution
            .log_ratios()
            .iter()
            .map(|l| {
                let e = l.high.exp();
                e + e * l.low
            })
            .collect();
        for (i, mass) in mass.iter_mut().enumerate() {
            if distribution.is_zero(i) {
                *mass = 0.0;
            }
        }
        let rest = sums::sum(without(peak, &mass));
        for mass in &mut mass {
            *mass /= 1.0 + rest;
        }
        distribution.mass = mass;
        distribution.rest = rest;
        distribution
    }

    /// The number of bins.
    pub(super) fn k(&self) -> usize {
        self.values.len()
    }

    /// True if the values are logarithms.
    pub(super) fn is_logarithmic(&self) -> bool {
        self.encoding.is_logarithmic()
    }

    /// What is stored for a bin.
    pub(super) fn value(&self, i: usize) -> f64 {
        self.values[i]
    }

    /// What is stored for a bin of a linear row, over the power of two that is common to the row.
    pub(super) fn scaled(&self, i: usize) -> f64 {
        self.scaled[i]
    }

    /// True if a bin is zero: decided on what is stored, never on what became of it.
    pub(super) fn is_zero(&self, i: usize) -> bool {
        let zero = if self.is_logarithmic() {
            f64::NEG_INFINITY
        } else {
            0.0
        };
        self.values[i] == zero
    }

    /// For each bin the logarithm of its probability over that of the peak. Zero bins have no
    /// meaning here.
    ///
    /// Against the peak of its own row: a constant that is added to all logits vanishes exactly.
    pub(super) fn log_ratios(&self) -> Vec<Double> {
        let peak = self.values[self.peak];
        if self.is_logarithmic() {
            let temperature = self.encoding.temperature().get();
            self.each_filled(|value| {
                let difference = difference(value, peak);
                if temperature == 1.0 {
                    difference
                } else if difference.high < -FAR {
                    // No low word could count, and the quotient may be beyond f64.
                    Double::from((difference.high / temperature).max(-f64::MAX))
                } else {
                    difference / Double::from(temperature)
                }
            })
        } else {
            let peak = logarithm::ln(peak);
            self.each_filled(|value| logarithm::ln(value) - peak)
        }
    }

    /// The logarithm of the probability of the peak over that of a bin that is not zero: never
    /// negative, and in one word.
    pub(super) fn below_peak(&self, i: usize) -> f64 {
        let (peak, value) = (self.values[self.peak], self.values[i]);
        if self.is_logarithmic() {
            let difference = -difference(value, peak).value();
            (difference / self.encoding.temperature().get()).min(f64::MAX)
        } else if peak / value < 1e300 {
            (peak / value).ln()
        } else {
            peak.ln() - value.ln()
        }
    }

    /// The logarithm of the probability of a bin of a linear row that is not zero.
    pub(super) fn ln_mass(&self, i: usize) -> Double {
        let peak = logarithm::ln(self.values[self.peak]);
        logarithm::ln(self.values[i]) - peak - Double::from(self.rest.ln_1p())
    }

    /// A function of each value, and 0 where the bin is zero.
    fn each_filled(&self, f: impl Fn(f64) -> Double) -> Vec<Double> {
        let bins = self.values.iter().enumerate();
        bins.map(|(i, &value)| {
            if self.is_zero(i) {
                Double::default()
            } else {
                f(value)
            }
        })
        .collect()
    }

    /// What the row sums to if it holds probabilities or their logarithms.
    fn claimed_mass(&self) -> f64 {
        if self.is_logarithmic() {
            self.values[self.peak].exp() * (1.0 + self.rest)
        } else {
            scaled(self.total.value(), self.exponent)
        }
    }
}

/// `value - peak`, exactly, or the most negative number where that leaves the range of f64.
fn difference(value: f64, peak: f64) -> Double {
    let difference = Double::sum(value, -peak);
    if difference.high.is_finite() {
        difference
    } else {
        Double::from(-f64::MAX)
    }
}

/// `value 2^exponent`: zero or infinite where it leaves the range of f64.
fn scaled(value: f64, exponent: i32) -> f64 {
    // In two steps, since the power itself may be beyond the range.
    let half = exponent / 2;
    value * 2_f64.powi(half) * 2_f64.powi(exponent - half)
}

/// The issues that show in the values one by one.
fn judge_values(values: &[f64], encoding: Encoding) -> Result<(), IssueKind> {
    let logarithmic = encoding.is_logarithmic();
    let masked = |v: f64| logarithmic && v == f64::NEG_INFINITY;
    if values.iter().any(|&v| !v.is_finite() && !masked(v)) {
        return Err(IssueKind::NotFinite);
    }
    if !logarithmic && values.iter().any(|&v| v < 0.0) {
        return Err(IssueKind::Negative);
    }
    if values
        .iter()
        .all(|&v| masked(v) || (!logarithmic && v == 0.0))
    {
        return Err(IssueKind::ZeroMass);
    }
    Ok(())
}

/// The first of the largest values.
fn peak(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |peak, i| if values[i] > values[peak] { i } else { peak })
}

/// All values but one.
fn without(peak: usize, values: &[f64]) -> impl Iterator<Item = f64> {
    let (before, after) = values.split_at(peak);
    before.iter().chain(after.iter().skip(1)).copied()
}
