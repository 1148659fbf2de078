//! Batches of mixed pairs, scored and compared row by row.

use std::fmt::Write;

use kullback::{ElementType, Encoding, Measure, Options, Rows, Scorer, Verify};

use super::backends::Target;
use super::check::{self, Verdict, Worst};
use super::narrow::narrow;
use super::pairs::{self, RECIPES, Recipe};
use super::random::Random;
use super::stored::Stored;

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
    elements: [ElementType; 2],
    /// For each row the number of its pair.
    order: Vec<usize>,
}

/// Two rows as they are stored, and their kind.
#[derive(Clone, Debug)]
struct Pair {
    recipe: Recipe,
    rows: [Stored; 2],
}

impl Batch {
    /// Draws a batch of rows of f32.
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
                let drawn = pairs::draw(recipe, shape.encodings, shape.k, random);
                Pair {
                    recipe,
                    rows: [Stored::F32(drawn.p), Stored::F32(drawn.q)],
                }
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
            elements: [ElementType::F32; 2],
            order,
        }
    }

    /// The batch, of rows of f32 so far, rounded to other element types.
    pub fn rounded(mut self, elements: [ElementType; 2]) -> Self {
        for pair in &mut self.pairs {
            let operands = self.encodings.iter().zip(elements);
            for (row, (&encoding, element)) in pair.rows.iter_mut().zip(operands) {
                if let Stored::F32(values) = row {
                    *row = narrow(values, encoding, element);
                }
            }
        }
        self.elements = elements;
        self
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
    pub fn compare(&self, target: &Target, scorer: &Scorer) -> Result<usize, String> {
        self.measure(target, scorer).map(|(compared, _)| compared)
    }

    /// The same with the largest errors.
    ///
    /// Each distinct pair is compared with the reference, and each row with the first of its pair, whose
    /// bits it must have.
    pub fn measure(&self, target: &Target, scorer: &Scorer) -> Result<(usize, Worst), String> {
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
        let compared = check::check(&scores, &self.options, of_rows.clone())
            .map_err(|wrong| format!("{wrong}\n{}", self.describe(&wrong)))?;
        for (row, &pair) in self.order.iter().enumerate() {
            let [bits, first] = [row, pair].map(|row| scores.values()[row].to_bits());
            if bits != first && !scores.values()[row].is_nan() {
                return Err(format!(
                    "row {row} scores {bits:08x}, row {pair} of the same values {first:08x}"
                ));
            }
        }
        Ok((compared, Worst::among(&scores, of_rows)))
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

    /// The bits of each row of P against each of Q, scored as all pairs or as a list of them.
    pub fn bits_of_all_pairs(&self, scorer: &Scorer, as_list: bool) -> Result<Vec<u32>, String> {
        let values = self.values();
        let (p, q) = (self.matrix(&values, 0), self.matrix(&values, 1));
        let request = scorer.request(&self.options.measure);
        let request = request.support(self.options.support);
        let scores = if as_list {
            let of_row = |i| (0..q.rows()).map(move |j| (i, j));
            let list: Vec<(u64, u64)> = (0..p.rows()).flat_map(of_row).collect();
            request.score_pairs(p, q, &list)
        } else {
            request.matrix(p, q)
        };
        let scores = scores.map_err(|error| format!("not scored: {error}"))?;
        Ok(bits(scores.values()))
    }

    /// Scores the batch by several measures at once and by one after the other: the same in bits, issues and all
    /// else. Gives the number of scores compared.
    pub fn compare_many(&self, scorer: &Scorer, measures: &[Measure]) -> Result<usize, String> {
        let values = self.values();
        let (p, q) = (self.matrix(&values, 0), self.matrix(&values, 1));
        let (unit, support) = (self.options.unit, self.options.support);
        let request = scorer.request_many(measures).unit(unit).support(support);
        let together = request
            .verify(Verify::Sample(3))
            .score(p, q)
            .map_err(|error| format!("not scored together: {error}"))?;
        if together.len() != measures.len() {
            return Err(format!("{} scores", together.len()));
        }
        for (measure, together) in measures.iter().zip(&together) {
            let request = scorer.request(measure).support(support);
            let request = if measure.is_logarithmic() {
                request.unit(unit)
            } else {
                request
            };
            let alone = request
                .verify(Verify::Sample(3))
                .score(p, q)
                .map_err(|error| format!("not scored by {measure}: {error}"))?;
            let [a, b] = [&alone, together].map(|scores| bits(scores.values()));
            if let Some(row) = a.iter().zip(&b).position(|(a, b)| a != b) {
                return Err(format!(
                    "row {row}: {measure} scores {:08x} alone and {:08x} together\n{}",
                    a[row],
                    b[row],
                    self.describe_row(row)
                ));
            }
            let [a, b] = [&alone, together].map(|scores| format!("{:?}", scores.report()));
            if a != b {
                return Err(format!("{measure} alone: {a}\ntogether: {b}"));
            }
        }
        Ok(measures.len() * self.rows())
    }

    /// Some of the rows, in this order, as a batch of their own.
    pub fn select(&self, rows: impl IntoIterator<Item = usize>) -> Batch {
        Batch {
            order: rows.into_iter().map(|row| self.order[row]).collect(),
            ..self.clone()
        }
    }

    /// Both matrices.
    fn values(&self) -> [Stored; 2] {
        [0, 1].map(|operand| {
            let element = self.elements[operand];
            let padding = Stored::rounded(element, &vec![f32::NAN; self.padding[operand]]);
            let mut values = Stored::rounded(element, &[]);
            for &pair in &self.order {
                values.append(&self.pairs[pair].rows[operand]);
                values.append(&padding);
            }
            values
        })
    }

    fn matrix<'a>(&self, values: &'a [Stored; 2], operand: usize) -> Rows<'a> {
        let stride = self.k + self.padding[operand];
        values[operand].rows(self.encodings[operand], self.k, stride)
    }

    fn verdict(&self, pair: &Pair) -> Verdict {
        let [p_as, q_as] = self.encodings;
        let [p, q] = &pair.rows;
        let equal = self.elements[0] == self.elements[1] && p.bits() == q.bits();
        let (p, q) = (p.rows(p_as, self.k, self.k), q.rows(q_as, self.k, self.k));
        Verdict::of(&self.options, &p.row(0), &q.row(0), equal)
    }

    /// The row that a message starts with.
    fn describe(&self, message: &str) -> String {
        row_of(message).map_or_else(String::new, |row| self.describe_row(row))
    }

    /// A row, as exact bits where they are few.
    pub fn describe_row(&self, row: usize) -> String {
        let Some(pair) = self.order.get(row) else {
            return String::new();
        };
        let mut text = format!("  a pair of the kind {:?}", self.pairs[*pair].recipe);
        for (encoding, row) in self.encodings.iter().zip(&self.pairs[*pair].rows) {
            let _ = write!(text, "\n  {encoding}@{} {}", row.element(), row.hex());
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
    Stored::F32(row.to_vec()).hex()
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
