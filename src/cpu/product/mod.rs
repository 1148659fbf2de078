//! All pairs by a matrix product in f64, or by entropies of mixtures, where that is known to keep the promise.
//!
//! KL is `sum p ln p - sum p ln q`, of which the second sum over all pairs is the product of two matrices; so are the
//! cross-entropy and, with powers for factors, what Renyi's divergences and their relatives are made of. A product takes an
//! operation a bin, where a pair that is scored for itself takes a logarithm. Jensen-Shannon's needs one too, but a short one, of
//! the mixture: what else it is made of are sums of each row. Terms
//! cancel where rows are close, so each score comes with a bound of its error (`docs/numerics.md`), and pairs whose
//! bound is not below what is promised are scored for themselves, in the bits of paired rows.

mod fast;
mod finish;
mod mixtures;
mod mixtures_f32;
mod multiply;
mod pairs;
mod side;

use std::sync::atomic::{AtomicBool, Ordering};

use super::dispatch::Isa;
use crate::element::ElementType;
use crate::options::Options;
use crate::product::{Factors, Form};
use crate::rows::Rows;
use crate::status::{Issues, Numbers};

pub(crate) use fast::multiply as multiply_fast;
use finish::{Finishing, Tile};
pub(crate) use pairs::{bad, issues, score_left};
use side::Side;

/// The most rows of P of a piece of work, and rows of Q of a tile of it: scores in f64 that stay in the second-level
/// cache.
const LINES: usize = 128;
const COLUMNS: usize = 1024;

/// Rows of P that a thread should have at least, since rows of Q are put in order for each piece of work anew.
const FEWEST_LINES: usize = 8;

/// Pairs of a step, after which one looks up, and of the first, which tells whether products suffice.
const STEP: usize = 4 << 20;
const FIRST_STEP: usize = 1 << 18;

/// Fewer rows of either, or bins of each, are not worth a product.
const FEW: usize = 16;

/// Factors of Q take no more than this.
const MOST_BYTES: u64 = 256 << 20;

/// Rows of Q made ready for products with any rows of P.
#[derive(Debug)]
pub(crate) struct Product {
    form: Form,
    q: Side,
    bad: Vec<bool>,
    begun: AtomicBool,
    given_up: AtomicBool,
}

impl Product {
    /// Makes all rows of Q ready, on the current rayon pool; `None` where pairs are to be scored for themselves: the
    /// measure has no [`Form`], rows are few, short or f64, or those of Q too many for [`MOST_BYTES`] or what memory
    /// there may be.
    pub(crate) fn new(
        options: &Options,
        p: &Rows<'_>,
        q: &Rows<'_>,
        most_bytes: u64,
    ) -> Option<Self> {
        let form = Form::of(options)?;
        let enough = [p.rows(), q.rows(), p.k() as u64];
        let in_f64 = [p, q].map(Rows::element_type).contains(&ElementType::F64);
        let bytes = Side::bytes(&form, q);
        if in_f64 || enough.iter().any(|&n| n < FEW as u64) || bytes > most_bytes.min(MOST_BYTES) {
            return None;
        }
        let mut side = Side::with_room(q)?;
        let rows = q.rows() as usize;
        side.extend(&form, Factors::OfQ, q, 0..rows)?;
        if form.is_of_mixtures() {
            side.lay_out_for_mixtures()?;
        }
        Some(Product {
            form,
            q: side,
            bad: bad(options, q),
            begun: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
        })
    }

    /// How many rows of P are worth a step, on so many threads; `None` once products have not sufficed for most pairs.
    pub(crate) fn lines_of_step(&self, threads: usize) -> Option<usize> {
        let columns = self.bad.len().max(1);
        if self.given_up.load(Ordering::Relaxed) {
            return None;
        }
        let first = !self.begun.swap(true, Ordering::Relaxed);
        let pairs = if first { FIRST_STEP } else { STEP };
        Some((pairs / columns).max(FEWEST_LINES * threads))
    }

    /// Scores some rows of P against all of Q, on the current rayon pool.
    ///
    /// `p` and `q` are the rows themselves, `q` those that were made ready.
    pub(crate) fn score(
        &self,
        options: &Options,
        [p, q]: [&Rows<'_>; 2],
        numbers: Numbers,
        out: &mut [f32],
    ) -> Issues {
        let columns = self.bad.len();
        let bad_of_p = bad(options, p);
        let lines = bad_of_p.len();
        let piece = lines.div_ceil(threads()).clamp(FEWEST_LINES, LINES);
        let pieces = (0..lines)
            .step_by(piece)
            .zip(out.chunks_mut(piece * columns));
        let pieces: Vec<(usize, &mut [f32])> = pieces.collect();
        let work = |(from, out): (usize, &mut [f32])| {
            let to = from + out.len() / columns;
            let bad_of_p = &bad_of_p[from..to];
            self.score_piece(options, [&p.slice(from, to), q], bad_of_p, out)
        };
        #[cfg(feature = "parallel")]
        let left: usize = {
            use rayon::prelude::*;
            pieces.into_par_iter().map(work).sum()
        };
        #[cfg(not(feature = "parallel"))]
        let left: usize = pieces.into_iter().map(work).sum();
        if left > lines * columns / 2 {
            self.given_up.store(true, Ordering::Relaxed);
        }
        issues(options, [p, q], [&bad_of_p, &self.bad], numbers, out)
    }

    /// Scores rows of P, few enough to be ready at once, and tells for how many pairs the product did not suffice.
    fn score_piece(
        &self,
        options: &Options,
        [p, q]: [&Rows<'_>; 2],
        bad_of_p: &[bool],
        out: &mut [f32],
    ) -> usize {
        let (k, columns, lines) = (p.k(), self.bad.len(), bad_of_p.len());
        let mut side = Side::with_room(p).unwrap_or_else(|| Side::empty(k));
        side.extend_here(&self.form, Factors::OfP, p, 0..lines);
        let mut products = vec![0.0; lines * COLUMNS.min(columns)];
        let finishing = Finishing::new(&self.form, options, k);
        let (mut left, mut all_left) = (Vec::new(), 0);
        for from in (0..columns).step_by(COLUMNS) {
            let tile = from..columns.min(from + COLUMNS);
            let products = &mut products[..lines * tile.len()];
            if self.form.is_of_mixtures() {
                let (p, q) = (side.factors(), self.q.panels(tile.clone()));
                mixtures::rows_by_panels(Isa::detect(), [p, q], k, tile.len(), products);
            } else {
                multiply::rows_by_rows(side.factors(), self.q.part(tile.clone()), k, products);
            }
            left.clear();
            for (line, products) in products.chunks_exact(tile.len()).enumerate() {
                if bad_of_p[line] {
                    continue;
                }
                let of_line = Tile {
                    p: &side,
                    line,
                    q: &self.q,
                    columns: tile.clone(),
                };
                let before = left.len();
                let out = &mut out[line * columns..][tile.clone()];
                finishing.score(of_line, products, out, |column| {
                    if !self.bad[column] {
                        left.push((line as u64, column as u64));
                    }
                });
                let found = left.len() - before;
                all_left += found;
                let rows = q.slice(tile.start, tile.end);
                // Where most are left, all are scored as they lie, side by side.
                if found > tile.len() / 2
                    && let Ok(one) = p.slice(line, line + 1).repeated(rows.rows())
                {
                    left.truncate(before);
                    pairs::score(options, &one, &rows, out);
                }
            }
            score_left(options, [p, q], &left, out);
        }
        all_left
    }
}

fn threads() -> usize {
    #[cfg(feature = "parallel")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "parallel"))]
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Measure;

    /// Counts, of which two rows in a hundred are equal.
    fn rows(seed: usize, rows: usize, k: usize) -> Vec<f32> {
        let count = |i: usize| 1.0 + (i.wrapping_mul(7919 * seed + 2) % 1009) as f32;
        let mut values: Vec<f32> = (0..rows * k).map(count).collect();
        values[..k].fill(3.0);
        values
    }

    fn weights(values: &[f32], k: usize) -> Rows<'_> {
        match Rows::weights(values, k) {
            Ok(rows) => rows,
            Err(error) => panic!("{error}"),
        }
    }

    fn options(name: &str) -> Options {
        match name.parse::<Measure>() {
            Ok(measure) => Options::new(measure),
            Err(error) => panic!("{name}: {error}"),
        }
    }

    #[test]
    fn a_product_suffices_for_all_but_near_rows() {
        let (k, lines, columns) = (300, 70, 90);
        let (p, q) = (rows(1, lines, k), rows(5, columns, k));
        let (p, q) = (weights(&p, k), weights(&q, k));
        for name in [
            "kl",
            "reverse-kl",
            "cross-entropy",
            "hellinger",
            "renyi:3",
            "js",
            "js-distance:0.2",
        ] {
            let options = options(name);
            let Some(product) = Product::new(&options, &p, &q, u64::MAX) else {
                panic!("{name} is a product");
            };
            let numbers = Numbers {
                first: 0,
                columns: Some(columns as u64),
            };
            let mut out = vec![f32::NAN; lines * columns];
            let issues = product.score(&options, [&p, &q], numbers, &mut out);
            assert!(issues.is_empty());
            // The cross-entropy of equal rows is no difference.
            let near = if name == "cross-entropy" { 0 } else { 1 };
            let bad = vec![false; lines];
            let left = product.score_piece(&options, [&p, &q], &bad, &mut out);
            assert_eq!(left, near, "{name}");
            assert_eq!(out[0] == 0.0, near == 1, "{name}: {}", out[0]);
        }
    }

    #[test]
    fn few_rows_and_other_measures_are_scored_for_themselves() {
        let values = rows(1, 40, 20);
        let of = |rows: usize, k| weights(&values[..rows * k], k);
        let kl = Options::new(Measure::KullbackLeibler);
        let is_product =
            |options: &Options, p, q| Product::new(options, &p, &q, u64::MAX).is_some();
        assert!(is_product(&kl, of(16, 20), of(40, 20)));
        assert!(!is_product(&kl, of(15, 20), of(40, 20)));
        assert!(!is_product(&kl, of(40, 20), of(15, 20)));
        assert!(!is_product(&kl, of(40, 15), of(40, 15)));
        assert!(!is_product(
            &Options::new(Measure::TotalVariation),
            of(40, 20),
            of(40, 20)
        ));
        let smoothed = Options {
            support: crate::Support::Smoothed(1e-3),
            ..kl
        };
        assert!(!is_product(&smoothed, of(40, 20), of(40, 20)));
        assert!(Product::new(&kl, &of(40, 20), &of(40, 20), 100).is_none());
    }

    #[test]
    fn errors_of_products_are_bounded() {
        // Against the reference, without the rounding to f32: products of rows that come ever nearer.
        let (k, count) = (200, 64);
        let p = rows(1, count, k);
        let mut q = p.clone();
        for (j, row) in q.chunks_exact_mut(k).enumerate() {
            for (i, value) in row.iter_mut().enumerate() {
                *value *= 1.0 + 0.5_f32.powi(j as i32 / 3) * ((i * 37 % 11) as f32 / 11.0);
            }
        }
        let (p, q) = (weights(&p, k), weights(&q, k));
        for name in [
            "kl",
            "reverse-kl",
            "js",
            "js:0.01",
            "js-distance:0.7",
            "bhattacharyya",
            "hellinger-squared",
            "renyi:2",
            "tsallis:0.5",
            "alpha:-1.5",
            "chi2",
            "neyman",
        ] {
            let options = options(name);
            let Some(form) = Form::of(&options) else {
                panic!("{name} is a product");
            };
            let side = |which, rows: &Rows<'_>| {
                let mut side = Side::with_room(rows)?;
                side.extend(&form, which, rows, 0..count)?;
                Some(side)
            };
            let (Some(of_p), Some(mut of_q)) = (side(Factors::OfP, &p), side(Factors::OfQ, &q))
            else {
                panic!("no memory");
            };
            let mut products = vec![0.0; count * count];
            if form.is_of_mixtures() {
                assert!(of_q.lay_out_for_mixtures().is_some());
                let (p, q) = (of_p.factors(), of_q.panels(0..count));
                mixtures::rows_by_panels(Isa::detect(), [p, q], k, count, &mut products);
            } else {
                multiply::rows_by_rows(of_p.factors(), of_q.factors(), k, &mut products);
            }
            let finishing = Finishing::new(&form, &options, k);
            for i in 0..count {
                let [of_p, of_q] = [&of_p, &of_q].map(|side| side.summaries()[i]);
                let (score, error) = finishing.finish(products[i * count + i], &of_p, &of_q);
                let reference =
                    crate::reference::score(&options, &p.row(i as u64), &q.row(i as u64));
                let Ok(reference) = reference else {
                    panic!("row {i} is bad");
                };
                // What the reference may be off itself.
                let off = (score - reference).abs() - 1e-12 * reference;
                assert!(
                    off <= error,
                    "{name} of row {i}: {score:e}, {reference:e}, {error:e}"
                );
            }
        }
    }
}
