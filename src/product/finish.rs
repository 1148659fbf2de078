//! From products in f32 to scores. Twin: shaders/product/finish_*.wgsl.

use super::bound::ErrorBound;
use super::form::{Form, Of};
use super::ready::Most;
use crate::options::Options;

/// In place of a score that a product in f32 does not tell.
const LEFT: f32 = f32::NAN;

/// The rounding of an operation of f32, relative.
const UNIT_F32: f64 = f32::EPSILON as f64 / 2.0;

/// Sums of powers below this may have lost terms below f32.
const SMALLEST_SUM: f32 = 1e-25;

/// Exponents up to which 2 to their power is in range, with room for what it is multiplied by.
const LARGEST_EXPONENT: f32 = 100.0;

/// Scores beyond this are near the end of f32, where rounding decides whether one is infinite.
const LARGEST_SCORE: f32 = 1e38;

/// What makes a score of a product `S` and what the two rows bring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Finish {
    /// `(a + b - S) scale`.
    Sum { scale: f32 },
    /// `(2^(a + b) S - 1) scale`.
    Difference { scale: f32 },
    /// `sqrt(1 - 2^(a + b) S)`.
    Root,
    /// `(ln S + (a + b) ln 2) scale`.
    Logarithm { scale: f32 },
    /// `(a + b - S) scale`, S no product but of mixtures whose probabilities sum to `unit`; or the root of it.
    Entropy { scale: f32, root: bool, unit: f64 },
}

impl Finish {
    pub(crate) fn new(form: &Form, options: &Options, k: usize) -> Self {
        let nats = options.nats();
        match form {
            Form::KullbackLeibler | Form::ReverseKullbackLeibler | Form::CrossEntropy => {
                let scale = (1.0 / nats) as f32;
                Finish::Sum { scale }
            }
            Form::JensenShannon { root, .. } => {
                let unit = form.scale(k);
                // That of a root is the root of a unit.
                let nats = if *root { nats * nats } else { nats };
                let scale = (std::f64::consts::LN_2 / nats / unit) as f32;
                Finish::Entropy {
                    scale,
                    root: *root,
                    unit,
                }
            }
            Form::Power { order, of } => match of {
                Of::Renyi => Finish::Logarithm {
                    scale: (1.0 / ((order - 1.0) * nats)) as f32,
                },
                Of::Bhattacharyya => Finish::Logarithm {
                    scale: (-1.0 / nats) as f32,
                },
                Of::Difference(scale) => Finish::Difference {
                    scale: *scale as f32,
                },
                Of::Hellinger => Finish::Root,
            },
        }
    }

    /// What products are multiplied by, or their logarithms.
    pub(crate) fn scale(self) -> f32 {
        match self {
            Finish::Sum { scale }
            | Finish::Difference { scale }
            | Finish::Logarithm { scale }
            | Finish::Entropy { scale, .. } => scale,
            Finish::Root => 1.0,
        }
    }

    /// The score of rows without a bin in common, by orders between 0 and 1, where their sum of powers is 0.
    pub(crate) fn of_nothing(self) -> f32 {
        match self {
            Finish::Sum { .. } | Finish::Entropy { .. } => LEFT,
            Finish::Difference { scale } => -scale,
            Finish::Root => 1.0,
            Finish::Logarithm { .. } => f32::INFINITY,
        }
    }

    /// Makes scores of the products of a row of P in place, with what each row of Q brings.
    pub(crate) fn finish(self, of_p: f32, of_q: &[f32], products: &mut [f32]) {
        let all = products.iter_mut().zip(of_q);
        match self {
            Finish::Sum { scale } => {
                for (product, of_q) in all {
                    *product = ((of_p + of_q) - *product).max(0.0) * scale;
                }
            }
            Finish::Entropy { scale, root, .. } => {
                for (sum, of_q) in all {
                    let score = ((of_p + of_q) - *sum).max(0.0) * scale;
                    *sum = if root { score.sqrt() } else { score };
                }
            }
            Finish::Difference { scale } => {
                for (product, of_q) in all {
                    *product = match sum(*product, of_p + of_q) {
                        Some(sum) => known(((sum - 1.0) * scale).max(0.0)),
                        None => LEFT,
                    };
                }
            }
            Finish::Root => {
                for (product, of_q) in all {
                    *product = match sum(*product, of_p + of_q) {
                        Some(sum) => (1.0 - sum).max(0.0).sqrt(),
                        None => LEFT,
                    };
                }
            }
            Finish::Logarithm { scale } => {
                for (product, of_q) in all {
                    *product = if *product > SMALLEST_SUM {
                        let exponent = f64::from(of_p + of_q) * std::f64::consts::LN_2;
                        let logarithm = f64::from(*product).ln() + exponent;
                        known((logarithm as f32 * scale).max(0.0))
                    } else {
                        LEFT
                    };
                }
            }
        }
    }

    /// What scores may miss of rows of which these are the most of P and of Q, of so many bins, where a term goes through
    /// no more than `sums` additions.
    pub(crate) fn bound(self, p: &Most, q: &Most, k: usize, sums: usize) -> ErrorBound {
        // Each factor is rounded, each product, and each sum of products, in whatever order.
        let adding = (sums as f64 + 6.0) * UNIT_F32;
        let scale = f64::from(self.scale()).abs();
        if let Finish::Sum { .. } = self {
            let product = p.norm * q.norm;
            let constants = p.constant + q.constant;
            let rounding = 6.0 * UNIT_F32 * (constants + product);
            let error = adding * product
                + p.error
                + q.error
                + p.relative * q.peak
                + q.relative * p.peak
                + rounding
                + SMALLEST;
            return ErrorBound::new(error * scale, 0.0);
        }
        if let Finish::Entropy { root, unit, .. } = self {
            // What `|m log2 m|` adds up to: above 1 no more than in both rows, below 1 no more than 0.531 a bin.
            let size = p.norm + q.norm + 0.531 * k as f64;
            // Both parts of a mixture are rounded, and their sum; its logarithm is off by itself, and by a few units of its last
            // place. A share that is off moves a term by that part of its logarithm and of 1 / ln 2.
            let of_mixture = 2.0 * UNIT_F32 * (size + 1.45 * unit);
            let of_logarithm = ERROR_OF_LOG2 * unit + 6.0 * UNIT_F32 * size;
            let of_shares = (p.relative + q.relative) * (size + 1.45 * unit);
            let rounding = 6.0 * UNIT_F32 * (p.constant + q.constant + size);
            let error = adding * size + of_mixture + of_logarithm + of_shares + rounding;
            let error = error + p.error + q.error + SMALLEST * unit;
            let bound = ErrorBound::new(error * scale, 0.0);
            return if root { bound.of_root() } else { bound };
        }
        let sum = adding + p.relative + q.relative + 1e-11;
        match self {
            Finish::Logarithm { .. } => {
                let exponents = p.constant + q.constant;
                // A kernel takes the logarithm in f32.
                let error = sum + 1e-6 + 4.0 * UNIT_F32 * (64.0 + exponents);
                ErrorBound::new(error * scale, 6.0 * UNIT_F32)
            }
            Finish::Root => ErrorBound::new(sum + 6.0 * UNIT_F32, 0.0).of_root(),
            _ => ErrorBound::new((sum + 6.0 * UNIT_F32) * scale, sum + 6.0 * UNIT_F32),
        }
    }
}

/// The error of a logarithm of a mixture in f32 near 1: three times what is found, for whatever a compiler regroups.
pub(crate) const ERROR_OF_LOG2: f64 = 1.0 / (1 << 21) as f64;

/// Terms that are added one after the other on the CPU, before their sum is.
pub(crate) const TERMS_IN_A_ROW: usize = 64;

/// What terms below f32 may add up to.
const SMALLEST: f64 = 1e-20;

/// A sum of powers, if it is known.
fn sum(product: f32, exponent: f32) -> Option<f32> {
    if !(product > SMALLEST_SUM && exponent.abs() <= LARGEST_EXPONENT) {
        return None;
    }
    // The exponent is whole.
    let power = f32::from_bits(((exponent as i32 + 127) as u32) << 23);
    Some(product * power)
}

/// A score, unless it is out of range.
fn known(score: f32) -> f32 {
    if score <= LARGEST_SCORE { score } else { LEFT }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a large bin and many small ones whose products, added one after another, are all lost.
    #[test]
    fn sums_in_the_worst_order_stay_within_the_bound() {
        let k = 1000;
        let small = (0.98 * UNIT_F32).sqrt() as f32;
        let factors: Vec<f32> = (0..k).map(|i| if i == 0 { 1.0 } else { small }).collect();
        let in_order = factors.iter().fold(0.0_f32, |sum, x| x * x + sum);
        let exact: f64 = factors.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        assert_eq!(in_order, 1.0);
        let off = exact - f64::from(in_order);
        let most = Most {
            norm: exact.sqrt(),
            ..Most::default()
        };
        let sum = Finish::Sum { scale: 1.0 }.bound(&most, &most, k, k);
        let difference = Finish::Difference { scale: 1.0 }.bound(&most, &most, k, k);
        for bound in [sum, difference] {
            assert!(off <= bound.absolute(), "{off:e}, {bound}");
            // Nor is it much larger.
            assert!(off >= 0.85 * bound.absolute(), "{off:e}, {bound}");
        }
        let twice = Finish::Sum { scale: 2.0 }.bound(&most, &most, k, k);
        assert_eq!(twice.absolute(), 2.0 * sum.absolute());
    }

    /// A flat row with a steep one, one term after another, with every logarithm off the same way by as much as is allowed.
    #[test]
    fn mixtures_in_the_worst_order_stay_within_the_bound() {
        let (k, weight) = (1449, 0.5);
        let unit = Form::JensenShannon {
            weight,
            root: false,
        }
        .scale(k);
        let steep: Vec<f64> = (0..k).map(|i| 0.99_f64.powi(i as i32)).collect();
        let sum: f64 = steep.iter().sum();
        let rows = [
            vec![1.0 / k as f64; k],
            steep.iter().map(|x| x / sum).collect(),
        ];
        let most = rows.each_ref().map(|row| {
            let above = |x: f64| (x * (unit * x).log2()).max(0.0);
            Most {
                norm: weight * unit * row.iter().map(|&x| above(x)).sum::<f64>(),
                ..Most::default()
            }
        });
        let (mut found, mut exact) = (0.0_f32, 0.0);
        for (p, q) in rows[0].iter().zip(&rows[1]) {
            let [p, q] = [p, q].map(|x| weight * unit * x);
            exact += (p + q) * (p + q).log2();
            let m = p as f32 + q as f32;
            let log2 = f64::from(m).log2();
            let error = match (0.5..=2.0).contains(&m) {
                true => ERROR_OF_LOG2,
                false => 6.0 * UNIT_F32 * log2.abs(),
            };
            found += m * (log2 + error) as f32;
        }
        let entropy = Finish::Entropy {
            scale: 1.0,
            root: false,
            unit,
        };
        let bound = entropy.bound(&most[0], &most[1], k, k);
        let off = (f64::from(found) - exact).abs();
        assert!(off <= bound.absolute(), "{off:e}, {bound}");
        // Nor is it of another order.
        assert!(off >= 1e-3 * bound.absolute(), "{off:e}, {bound}");
    }
}
