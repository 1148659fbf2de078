//! Tables of rows, and what many tests ask of them.

use kullback::{ElementType, Encoding, Measure, Rows, ScoreError, Scorer, Scores, Temperature};

use crate::common::backends::{Execution, Target};
use crate::common::measures;
use crate::common::narrow::narrow;
use crate::common::pairs::{self, RECIPES};
use crate::common::random::Random;
use crate::common::settings;
use crate::common::stored::Stored;

/// Rows of one operand, padded with NaN.
pub struct Table {
    values: Stored,
    encoding: Encoding,
    k: usize,
    stride: usize,
}

impl Table {
    pub fn new(encoding: Encoding, element: ElementType, k: usize, padding: usize) -> Self {
        Table {
            values: Stored::rounded(element, &[]),
            encoding,
            k,
            stride: k + padding,
        }
    }

    pub fn push(&mut self, row: &Stored) {
        let padding = vec![f32::NAN; self.stride - self.k];
        self.values.append(row);
        self.values
            .append(&Stored::rounded(row.element(), &padding));
    }

    pub fn rows(&self) -> Rows<'_> {
        self.values.rows(self.encoding, self.k, self.stride)
    }

    /// The rows with these numbers, copied.
    pub fn copied(&self, numbers: impl Iterator<Item = u64>) -> Table {
        let element = self.values.element();
        let mut copy = Table::new(self.encoding, element, self.k, 0);
        for number in numbers {
            let from = number as usize * self.stride;
            let row = from..from + self.k;
            copy.push(&match &self.values {
                Stored::F32(values) => Stored::F32(values[row].to_vec()),
                Stored::F16(values) => Stored::F16(values[row].to_vec()),
                Stored::Bf16(values) => Stored::Bf16(values[row].to_vec()),
                Stored::F64(values) => Stored::F64(values[row].to_vec()),
            });
        }
        copy
    }
}

/// Tables of rows of all kinds; the first rows of both are near one another, pair by pair.
pub fn tables(
    encodings: [Encoding; 2],
    elements: [ElementType; 2],
    k: usize,
    rows: [usize; 2],
) -> [Table; 2] {
    let name = format!("{encodings:?} {elements:?} {k} {rows:?}");
    let mut random = Random::named(settings::seed(), &name);
    let [p_padding, q_padding] = [random.pick(&[0, 0, 1, 4]), random.pick(&[0, 0, 3])];
    let mut p = Table::new(encodings[0], elements[0], k, p_padding);
    let mut q = Table::new(encodings[1], elements[1], k, q_padding);
    for i in 0..rows[0].max(rows[1]) {
        let drawn = pairs::draw(RECIPES[i % RECIPES.len()], encodings, k, &mut random);
        if i < rows[0] {
            p.push(&narrow(&drawn.p, encodings[0], elements[0]));
        }
        if i < rows[1] {
            q.push(&narrow(&drawn.q, encodings[1], elements[1]));
        }
    }
    [p, q]
}

pub fn scored(scores: Result<Scores, ScoreError>, what: &str) -> Scores {
    scores.unwrap_or_else(|error| panic!("{what}: {error}"))
}

pub const F32: [ElementType; 2] = [ElementType::F32; 2];

pub fn cells() -> Vec<(usize, [Encoding; 2])> {
    let warm = Temperature::new(0.7).unwrap_or_else(|error| panic!("{error}"));
    let warm = Encoding::Logits { temperature: warm };
    let (probabilities, weights) = (Encoding::Probabilities, Encoding::Weights);
    vec![
        (1, [weights; 2]),
        (3, [probabilities; 2]),
        (6, [weights, probabilities]),
        (16, [warm; 2]),
        (33, [weights; 2]),
        (64, [probabilities, Encoding::LOGITS]),
        (257, [Encoding::LogProbabilities, Encoding::LOGITS]),
        (1024, [probabilities; 2]),
        (1030, [weights; 2]),
        (5000, [Encoding::LOGITS; 2]),
    ]
}

/// Measures that are products or of mixtures: one of each form, and orders on both sides of 0 and 1.
pub const PRODUCTS: [&str; 19] = [
    "kl",
    "reverse-kl",
    "cross-entropy",
    "hellinger",
    "hellinger-squared",
    "bhattacharyya",
    "renyi:0.3",
    "renyi:1",
    "renyi:2",
    "tsallis:0.5",
    "tsallis:2.5",
    "alpha:-1.5",
    "alpha:0",
    "alpha:3",
    "chi2",
    "neyman",
    "js",
    "js:0.03",
    "js-distance:0.7",
];

pub fn some_measures() -> Vec<Measure> {
    let names = ["kl", "js", "tv", "hellinger", "renyi:0.5", "top1-agreement"];
    names.map(measures::named).to_vec()
}

pub fn weights(values: &[f32]) -> Rows<'_> {
    Rows::weights(values, 2).unwrap_or_else(|error| panic!("{error}"))
}

/// A scorer that works in this way, on a GPU within small limits.
pub fn small_scorer(target: &Target, execution: Execution) -> Scorer {
    let builder = target.small(execution);
    builder.build().unwrap_or_else(|error| panic!("{error}"))
}
