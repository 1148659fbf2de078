//! From products to scores, and which of them suffice.

use std::ops::Range;

use super::mixtures;
use super::side::{Side, Summary};
use crate::options::Options;
use crate::product::{Form, Of, UNIT};

/// What the product may miss of a score, relative: below what is promised, so that the rounding to f32 has room.
const ENOUGH: f64 = 9e-7;

/// Scores beyond this are near the end of f32, where rounding decides whether one is infinite.
const LARGEST: f64 = 1e38;

/// Sums of powers below this may have lost terms below f64.
const SMALLEST_SUM: f64 = 1e-100;

/// Some rows of Q against one row of P.
pub(super) struct Tile<'a> {
    pub(super) p: &'a Side,
    pub(super) line: usize,
    pub(super) q: &'a Side,
    pub(super) columns: Range<usize>,
}

/// What makes scores of products.
pub(super) struct Finishing {
    form: Form,
    nats: f64,
    /// The relative error of adding the terms of a product.
    adding: f64,
}

impl Finishing {
    pub(super) fn new(form: &Form, options: &Options, k: usize) -> Self {
        Finishing {
            form: *form,
            nats: options.nats(),
            adding: (k as f64 + 4.0) * UNIT,
        }
    }

    /// Writes those scores that are known well enough, and tells `left` of the other columns.
    pub(super) fn score(
        &self,
        tile: Tile<'_>,
        products: &[f64],
        out: &mut [f32],
        mut left: impl FnMut(usize),
    ) {
        let Tile {
            p,
            line,
            q,
            columns,
        } = tile;
        let of_p = p.summaries()[line];
        let marks_of_p = p.marks(line);
        let rows_of_q = &q.summaries()[columns.clone()];
        for (i, (&product, of_q)) in products.iter().zip(rows_of_q).enumerate() {
            let column = columns.start + i;
            if let (Some(of_p), Some(of_q)) = (marks_of_p, q.marks(column))
                && of_p.iter().zip(of_q).any(|(p, q)| p & q != 0)
            {
                out[i] = f32::INFINITY;
                continue;
            }
            let (score, error) = self.finish(product, &of_p, of_q);
            // Where either is no number, no comparison holds.
            if error <= ENOUGH * score && score < LARGEST {
                out[i] = score as f32;
            } else {
                left(column);
            }
        }
    }

    /// The score in its unit, and what it may miss.
    #[inline(always)]
    pub(super) fn finish(&self, product: f64, p: &Summary, q: &Summary) -> (f64, f64) {
        let relative = self.adding + p.relative + q.relative;
        match self.form {
            Form::KullbackLeibler | Form::ReverseKullbackLeibler | Form::CrossEntropy => {
                let constant = p.constant + q.constant;
                let score = constant - product;
                let rounding = UNIT * (constant.abs() + product.abs());
                let error = relative * p.norm * q.norm + p.error + q.error + rounding;
                (score / self.nats, 1.1 * error / self.nats)
            }
            Form::JensenShannon { root, .. } => {
                let constant = p.constant + q.constant;
                let divergence = constant - product;
                // But for rounding no mixture is above 1, so that all terms of the sum have one sign.
                let adding = self.adding * product.abs();
                let rounding = UNIT * (constant.abs() + product.abs());
                let error = 1.1 * (adding + mixtures::ERROR + p.error + q.error + rounding);
                if root {
                    // The unit is that of the root.
                    let unit = self.nats * self.nats;
                    let (score, error) = (divergence / unit, error / unit);
                    // The difference of roots is that of their squares over their sum, and no more than its root.
                    let [found, least] = [score, score - error].map(|x| x.max(0.0).sqrt());
                    return (found, (error / (found + least)).min(error.sqrt()));
                }
                (divergence / self.nats, error / self.nats)
            }
            // A sum of nothing, as of disjoint rows, or of what f64 does not hold: others find that out.
            Form::Power { .. } if product.is_nan() || product <= SMALLEST_SUM => {
                (f64::NAN, f64::INFINITY)
            }
            Form::Power { order, of } => {
                let error = 1.1 * (relative + p.error + q.error);
                match of {
                    Of::Renyi => {
                        let scale = 1.0 / ((order - 1.0) * self.nats);
                        let score = product.ln() * scale;
                        (
                            score,
                            (error + 2.0 * UNIT) * scale.abs() + UNIT * score.abs(),
                        )
                    }
                    Of::Bhattacharyya => {
                        let score = -product.ln() / self.nats;
                        (score, (error + 2.0 * UNIT) / self.nats + UNIT * score.abs())
                    }
                    Of::Difference(scale) => {
                        let score = scale * (product - 1.0);
                        let rounding = 2.0 * UNIT * (product + 1.0) + UNIT;
                        (score, (error * product + rounding) * scale.abs())
                    }
                    Of::Hellinger => {
                        // A root halves relative errors.
                        let square = 1.0 - product;
                        let score = square.sqrt();
                        (score, (error * product + UNIT) / square * score)
                    }
                }
            }
        }
    }
}
