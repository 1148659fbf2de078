//! Batches of mixed pairs, scored and compared row by row.

use std::fmt::Write;

use kullback::{Encoding, Options, Rows, Scorer};

use super::backends::Target;
use super::check::{self, Verdict, equal_bits};
use super::pairs::{self, Pair, RECIPES, Recipe};
use super::random::Random;

/// What a batch holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// What the rows of P and of Q stand for.
    pub encodings: [Encoding; 2],
    /// Bins.
    pub k: usize,
    /// Pairs of rows.
    pub rows: usize,
    /// Pairs that differ: where there are more rows, these repeat in no order. At least 1.
    pub distinct: usize,
}

/// Rows of all kinds, with what is asked about them.
#[derive(Clone, Debug)]
pub struct Batch {
    options: Options,
    encodings: [Encoding; 2],
    k: usize,
    /// Padding between the rows of P and of Q, NaN that must not be read.
    padding: [usize; 2],
    pairs: Vec<Pair>,
    /// For each row the number of its pair.
    order: Vec<usize>,
}

impl Batch {
    /// Draws a batch.
    pub fn draw(options: Options, shape: Shape, random: &mut Random) -> Self {
        Self::of_recipes(options, shape, &RECIPES, random)
    }

    /// Draws a batch of some kinds of pairs.
    pub fn of_recipes(
        options: Options,
        shape: Shape,
        recipes: &[Recipe],
        random: &mut Random,
    ) -> Self {
        let distinct = shape.distinct.max(1).min(shape.rows);
        let first = random.below(recipes.len());
        let pairs: Vec<Pair> = (0..distinct)
            .map(|i| {
                let recipe = recipes[(first + i) % recipes.len()];
                pairs::draw(recipe, shape.encodings, shape.k, random)
            })
            .collect();
        let order = (0..shape.rows)
            .map(|row| {
                if row < distinct {
                    row
                } else {
                    random.below(distinct)
                }
            })
            .collect();
        Batch {
            options,
            encodings: shape.encodings,
            k: shape.k,
            padding: [random.pick(&[0, 0, 0, 1, 5]), random.pick(&[0, 0, 0, 2, 3])],
            pairs,
            order,
        }
    }

    /// What is asked about the rows.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.order.len()
    }

    /// Scores the batch and compares every row. Gives the number of rows compared.
    ///
    /// Each distinct pair is compared with the reference, and each row with the first of its pair, whose
    /// bits it must have.
    pub fn compare(&self, target: &Target, scorer: &Scorer) -> Result<usize, String> {
        let values = self.values();
        let scores = scorer
            .request(&self.options.measure)
            .unit(self.options.unit)
            .support(self.options.support)
            .score(self.matrix(&values, 0), self.matrix(&values, 1))
            .map_err(|error| format!("not scored: {error}"))?;
        target.check(&scores.report().scored_on, scores.report().rows)?;
        let verdicts: Vec<Verdict> = self.pairs.iter().map(|pair| self.verdict(pair)).collect();
        let of_rows = self.order.iter().map(|&pair| &verdicts[pair]);
        let compared = check::check(&scores, &self.options, of_rows)
            .map_err(|wrong| format!("{wrong}\n{}", self.describe(&wrong)))?;
        for (row, &pair) in self.order.iter().enumerate() {
            let [bits, first] = [row, pair].map(|row| scores.values()[row].to_bits());
            if bits != first && !scores.values()[row].is_nan() {
                return Err(format!(
                    "row {row} scores {bits:08x}, row {pair} of the same values {first:08x}"
                ));
            }
        }
        Ok(compared)
    }

    /// The bits of all scores, NaN made one.
    pub fn bits(&self, scorer: &Scorer) -> Result<Vec<u32>, String> {
        let values = self.values();
        let request = scorer.request(&self.options.measure);
        let request = request.unit(self.options.unit);
        let scores = request
            .support(self.options.support)
            .score(self.matrix(&values, 0), self.matrix(&values, 1))
            .map_err(|error| format!("not scored: {error}"))?;
        Ok(bits(scores.values()))
    }

    /// Some of the rows, in this order, as a batch of their own.
    pub fn select(&self, rows: impl IntoIterator<Item = usize>) -> Batch {
        Batch {
            order: rows.into_iter().map(|row| self.order[row]).collect(),
            ..self.clone()
        }
    }

    /// Both matrices.
    fn values(&self) -> [Vec<f32>; 2] {
        [0, 1].map(|operand| {
            let padding = vec![f32::NAN; self.padding[operand]];
            let row = |&pair: &usize| [self.row(pair, operand), &padding].concat();
            self.order.iter().flat_map(row).collect()
        })
    }

    fn row(&self, pair: usize, operand: usize) -> &[f32] {
        let pair = &self.pairs[pair];
        [&pair.p, &pair.q][operand]
    }

    fn matrix<'a>(&self, values: &'a [Vec<f32>; 2], operand: usize) -> Rows<'a> {
        let stride = self.k + self.padding[operand];
        match Rows::strided(self.encodings[operand], &values[operand], self.k, stride) {
            Ok(rows) => rows,
            Err(error) => panic!("no rows: {error}"),
        }
    }

    fn verdict(&self, pair: &Pair) -> Verdict {
        let [p, q] = self.encodings;
        let equal = equal_bits((p, &pair.p), (q, &pair.q));
        match (Rows::new(p, &pair.p, self.k), Rows::new(q, &pair.q, self.k)) {
            (Ok(p), Ok(q)) => Verdict::of(&self.options, &p.row(0), &q.row(0), equal),
            other => panic!("no rows: {other:?}"),
        }
    }

    /// The row that a message starts with, as exact bits where they are few.
    fn describe(&self, message: &str) -> String {
        let number = row_of(message);
        let Some(pair) = number.and_then(|row| self.order.get(row)) else {
            return String::new();
        };
        let mut text = format!("  a pair of the kind {:?}", self.pairs[*pair].recipe);
        for (operand, encoding) in self.encodings.iter().enumerate() {
            let row = self.row(*pair, operand);
            let _ = write!(text, "\n  {encoding} {}", hex(row));
        }
        text
    }
}

/// The row that a message starts with.
pub fn row_of(message: &str) -> Option<usize> {
    let digits = message.strip_prefix("row ")?.split(':').next()?;
    digits.parse().ok()
}

/// The bits of the values of a row, or of its start if it is long.
pub fn hex(row: &[f32]) -> String {
    let shown = &row[..row.len().min(40)];
    let mut text = String::new();
    for value in shown {
        let _ = write!(text, "{:08x}", value.to_bits());
    }
    if shown.len() < row.len() {
        text += "...";
    }
    text
}

/// The bits of scores, NaN made one.
pub fn bits(scores: &[f32]) -> Vec<u32> {
    let bits = |score: &f32| {
        if score.is_nan() {
            u32::MAX
        } else {
            score.to_bits()
        }
    };
    scores.iter().map(bits).collect()
}
