//! The bins of two rows of probabilities or weights.

use std::f64::consts::LN_2;

use super::bin::{Bin, LEAST, Ratio};
use super::functions::{ln_quotient, two_sum};
use super::row::Row;

/// What brings P to the mass of Q.
pub(super) struct Linear {
    /// `mass of Q / mass of P`, the first two pieces of 26 bits each.
    centre: [f64; 3],
    /// Its logarithm, with that of the scales of the rows.
    ln_centre: f64,
}

impl Linear {
    pub(super) fn new(p: &Row, q: &Row) -> Self {
        let [high, low] = quotient(q.mass, p.mass);
        let first = upper_half(high);
        let [rest, last] = two_sum(high - first, low);
        let second = upper_half(rest);
        let exponents = f64::from(q.exponent - p.exponent);
        Linear {
            centre: [first, second, (rest - second) + last],
            ln_centre: (high.ln() + low / high) + exponents * LN_2,
        }
    }

    /// A bin that both rows fill.
    #[inline]
    pub(super) fn bin(&self, p: &Row, q: &Row, i: usize) -> Bin {
        let (of_p, of_q) = (p.probability(i), q.probability(i));
        if of_p < LEAST || of_q < LEAST {
            let t = ln_quotient(p.values[i], q.values[i]) - self.ln_centre;
            return Bin::of_logarithm(of_p, of_q, t);
        }
        Bin {
            p: of_p,
            q: of_q,
            d: self.difference(p.shares[i], q.shares[i]) / q.mass[0],
            ratio: Ratio::OfBins,
        }
    }

    /// `q - c p`, of pieces whose products are exact: dividing both by their masses first would leave the
    /// rounding of two divisions in the difference.
    #[inline]
    fn difference(&self, p: f64, q: f64) -> f64 {
        let [first, second, third] = self.centre;
        let high = upper_half(p);
        let low = p - high;
        // What is largest comes first: subtractions are exact as long as something cancels.
        let rest = (q - high * first) - low * first;
        (rest - high * second) - (low * second + p * third)
    }
}

/// `a / b` in two words.
fn quotient(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let high = a[0] / b[0];
    let (high_upper, b_upper) = (upper_half(high), upper_half(b[0]));
    let (high_lower, b_lower) = (high - high_upper, b[0] - b_upper);
    // a - high b, exact to the last digit that counts.
    let rest = (a[0] - high_upper * b_upper) - high_lower * b_upper;
    let rest = (rest - high_upper * b_lower) - high_lower * b_lower;
    let rest = rest + (a[1] - high * b[1]);
    two_sum(high, rest / b[0])
}

/// A number of 26 bits, from which `x` differs by one of 27.
fn upper_half(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & !((1 << 27) - 1))
}
