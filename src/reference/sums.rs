//! Sums whose error does not grow with the number of terms.

use super::double::Double;

/// The sum in two words; infinite where it leaves the range of f64.
pub(super) fn double_sum(terms: impl Iterator<Item = f64>) -> Double {
    let (mut high, mut low) = (0.0, 0.0);
    for term in terms {
        let next = Double::sum(high, term);
        if !next.high.is_finite() {
            // What rounding took from infinity is no number.
            return Double::from(next.high);
        }
        high = next.high;
        low += next.low;
    }
    Double::sum(high, low)
}

/// The compensated sum.
pub(super) fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    double_sum(terms).value()
}
