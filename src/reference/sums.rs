//! Sums whose error does not grow with the number of terms.

use super::double::Double;

/// The sum in two words.
pub(super) fn double_sum(terms: impl Iterator<Item = f64>) -> Double {
    let (mut high, mut low) = (0.0, 0.0);
    for term in terms {
        let next = Double::sum(high, term);
        high = next.high;
        low += next.low;
    }
    Double::sum(high, low)
}

/// The compensated sum.
pub(super) fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    double_sum(terms).value()
}
