//! Rows made ready for a product: factors, and what bounds their errors.

use std::ops::Range;

use super::mixtures;
use crate::product::{Decoded, Factors, Form, InfiniteOn, UNIT};
use crate::rows::Rows;

/// Factors beyond this have their rows scored otherwise: what falls below f64 in the other factor might count.
const LARGEST: f64 = 1e150;

/// What is known of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Summary {
    /// What the row brings to a score for itself.
    pub(super) constant: f64,
    /// The root of the sum of squares of its factors.
    pub(super) norm: f64,
    /// The largest relative error of its factors.
    pub(super) relative: f64,
    /// What else it adds at most to the error of a product and a constant.
    pub(super) error: f64,
}

/// Rows ready for a product.
#[derive(Debug)]
pub(super) struct Side {
    k: usize,
    factors: Vec<f64>,
    summaries: Vec<Summary>,
    /// For each row a bit for each bin that makes a score infinite where the other row has one too.
    marks: Vec<u64>,
    any_mark: bool,
}

impl Side {
    /// Bytes that rows like these take, for a moment twice: once in parts.
    pub(super) fn bytes(form: &Form, rows: &Rows<'_>) -> u64 {
        let row = rows.k().saturating_mul(size_of::<f64>()) + size_of::<Summary>();
        let marks = words(rows.k()) * size_of::<u64>();
        let count = match form.is_of_mixtures() {
            true => rows.rows().div_ceil(mixtures::PANEL as u64) * mixtures::PANEL as u64,
            false => rows.rows(),
        };
        count.saturating_mul(row.saturating_add(marks) as u64)
    }

    /// With no row, and no room set aside.
    pub(super) fn empty(k: usize) -> Self {
        Side {
            k,
            factors: Vec::new(),
            summaries: Vec::new(),
            marks: Vec::new(),
            any_mark: false,
        }
    }

    /// With room for as many rows, and none yet; `None` if there is no memory.
    pub(super) fn with_room(rows: &Rows<'_>) -> Option<Self> {
        let (count, k) = (rows.rows() as usize, rows.k());
        let (mut factors, mut summaries, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        factors.try_reserve_exact(count.checked_mul(k)?).ok()?;
        summaries.try_reserve_exact(count).ok()?;
        marks.try_reserve_exact(count.checked_mul(words(k))?).ok()?;
        Some(Side {
            factors,
            summaries,
            marks,
            ..Side::empty(k)
        })
    }

    pub(super) fn factors(&self) -> &[f64] {
        &self.factors
    }

    /// The factors of some rows.
    pub(super) fn part(&self, rows: Range<usize>) -> &[f64] {
        &self.factors[rows.start * self.k..rows.end * self.k]
    }

    pub(super) fn summaries(&self) -> &[Summary] {
        &self.summaries
    }

    /// Has the factors lie in panels for mixtures; `None` if there is no memory.
    pub(super) fn lay_out_for_mixtures(&mut self) -> Option<()> {
        mixtures::lay_out(&mut self.factors, self.k)
    }

    /// The panels of some rows, the first of which is the first of a panel.
    pub(super) fn panels(&self, rows: Range<usize>) -> &[f64] {
        let end = rows.end.next_multiple_of(mixtures::PANEL);
        self.part(rows.start..end)
    }

    /// The marks of a row, if any row has one.
    pub(super) fn marks(&self, row: usize) -> Option<&[u64]> {
        let words = words(self.k);
        self.any_mark
            .then(|| &self.marks[row * words..(row + 1) * words])
    }

    /// Adds rows, made ready on the current rayon pool; `None` if there is no memory.
    pub(super) fn extend(
        &mut self,
        form: &Form,
        which: Factors,
        rows: &Rows<'_>,
        numbers: Range<usize>,
    ) -> Option<()> {
        let step = (1 << 16) / self.k.max(1) + 1;
        let starts: Vec<usize> = numbers.clone().step_by(step).collect();
        let work = |from: usize| {
            let some = from..numbers.end.min(from + step);
            let mut side = Side::with_room(&rows.slice(some.start, some.end))?;
            side.extend_here(form, which, rows, some);
            Some(side)
        };
        #[cfg(feature = "parallel")]
        let sides: Vec<Option<Side>> = {
            use rayon::prelude::*;
            starts.into_par_iter().map(work).collect()
        };
        #[cfg(not(feature = "parallel"))]
        let sides: Vec<Option<Side>> = starts.into_iter().map(work).collect();
        for side in sides {
            let side = side?;
            self.factors.extend(side.factors);
            self.summaries.extend(side.summaries);
            self.marks.extend(side.marks);
            self.any_mark |= side.any_mark;
        }
        Some(())
    }

    /// Adds rows, made ready on this thread.
    pub(super) fn extend_here(
        &mut self,
        form: &Form,
        which: Factors,
        rows: &Rows<'_>,
        numbers: Range<usize>,
    ) {
        let mut row = Decoded::new(self.k);
        for number in numbers {
            row.read(rows, number);
            self.push(form, which, &row);
        }
    }

    /// Adds one row. Of a bad one anything may come: its scores are not taken.
    fn push(&mut self, form: &Form, which: Factors, row: &Decoded) {
        let (k, errors) = (self.k, row.errors);
        let own = [
            form.infinite_on() == InfiniteOn::ZeroOfP,
            which == Factors::OfP,
        ];
        // The operand whose zeros count marks these, the other one what is no zero.
        let marks_zeros = own[0] == own[1];
        if form.infinite_on() != InfiniteOn::None {
            for zero in row.zero.chunks(64) {
                let bit =
                    |word, (i, &zero): (usize, &bool)| word | u64::from(zero == marks_zeros) << i;
                let word = zero.iter().enumerate().fold(0, bit);
                self.any_mark |= word != 0;
                self.marks.push(word);
            }
        } else {
            self.marks.extend(std::iter::repeat_n(0, words(k)));
        }
        let from = self.factors.len();
        let sum_error = (k as f64 + 4.0) * UNIT;
        let plain = Summary {
            constant: 0.0,
            norm: 0.0,
            relative: errors.shares,
            error: 0.0,
        };
        let of_logarithms = Summary {
            relative: 2.0 * UNIT,
            // The shares of the other row sum to 1, but for rounding.
            error: 1.1 * errors.logarithms,
            ..plain
        };
        let mut summary = match (form, which) {
            (Form::KullbackLeibler, Factors::OfP)
            | (Form::ReverseKullbackLeibler, Factors::OfQ) => {
                self.factors.extend(&row.shares);
                let terms = row.shares.iter().zip(&row.logarithms);
                let terms = terms.map(|(share, logarithm)| share * logarithm);
                let (sum, size) = terms.fold((0.0, 0.0), |(sum, size), term: f64| {
                    (sum + term, size + term.abs())
                });
                Summary {
                    constant: sum,
                    error: (sum_error + errors.shares) * 1.1 * size + 1.1 * errors.logarithms,
                    ..plain
                }
            }
            (Form::CrossEntropy, Factors::OfP) => {
                self.factors.extend(&row.shares);
                plain
            }
            (Form::KullbackLeibler | Form::CrossEntropy, Factors::OfQ)
            | (Form::ReverseKullbackLeibler, Factors::OfP) => {
                self.factors.extend(&row.logarithms);
                of_logarithms
            }
            (Form::JensenShannon { weight, .. }, _) => {
                let weight = match which {
                    Factors::OfP => *weight,
                    Factors::OfQ => 1.0 - weight,
                };
                let (mut sum, mut size) = (0.0, 0.0);
                let bins = row.shares.iter().zip(&row.logarithms).zip(&row.zero);
                for ((&share, &logarithm), &zero) in bins {
                    let term = share * logarithm;
                    sum += term;
                    size += term.abs();
                    let nothing = if which == Factors::OfP {
                        mixtures::ZERO
                    } else {
                        0.0
                    };
                    let factor = if zero { nothing } else { weight * share };
                    self.factors.push(factor.max(nothing));
                }
                // A mixture is no smaller than its part, so that its logarithm is no larger than these; and it is off by
                // as much as the shares are.
                let of_mixture = size - weight.ln() + 1.0;
                let of_shares = (errors.shares + 4.0 * UNIT) * of_mixture;
                let of_sum = (sum_error + errors.shares) * size + errors.logarithms;
                Summary {
                    constant: weight * sum,
                    error: 1.1 * weight * (of_sum + of_shares),
                    ..plain
                }
            }
            (Form::Power { order, .. }, _) => {
                let order = match which {
                    Factors::OfP => *order,
                    Factors::OfQ => 1.0 - order,
                };
                let mut largest = 0.0_f64;
                for (&logarithm, &zero) in row.logarithms.iter().zip(&row.zero) {
                    largest = largest.max((order * logarithm).abs());
                    self.factors
                        .push(if zero { 0.0 } else { (order * logarithm).exp() });
                }
                Summary {
                    relative: order.abs() * errors.logarithms + (4.0 + 2.0 * largest) * UNIT,
                    ..plain
                }
            }
        };
        let factors = &self.factors[from..];
        summary.norm = factors.iter().map(|x| x * x).sum::<f64>().sqrt();
        let in_range = |factor: &f64| factor.abs() <= LARGEST;
        if !factors.iter().all(in_range) {
            // Nothing is known of its products.
            summary.error = f64::INFINITY;
            summary.relative = f64::INFINITY;
        }
        self.summaries.push(summary);
    }
}

fn words(k: usize) -> usize {
    k.div_ceil(64)
}
