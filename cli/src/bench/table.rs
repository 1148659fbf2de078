//! What is measured.

use kullback::{Encoding, Measure, Weight};

/// The numbers of bins, the one that the figures are about first.
pub(super) const BINS: [usize; 3] = [1024, 16, 131_072];

/// Rows of one shape and encoding, and the measures that are timed on them.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) k: usize,
    pub(super) encoding: Encoding,
    pub(super) measures: &'static [Measure],
}

/// One figure's place in the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) measure: Measure,
    pub(super) encoding: Encoding,
    pub(super) k: usize,
}

const ON_PROBABILITIES: [Measure; 5] = [
    Measure::KullbackLeibler,
    Measure::JensenShannon(Weight::HALF),
    Measure::ReverseKullbackLeibler,
    Measure::TotalVariation,
    Measure::CrossEntropy,
];

const ON_LOGITS: [Measure; 1] = [Measure::KullbackLeibler];

/// All sets of rows, in the order in which they are measured.
pub(super) fn sets() -> Vec<Set> {
    let set = |k, encoding, measures| Set {
        k,
        encoding,
        measures,
    };
    BINS.iter()
        .flat_map(|&k| {
            [
                set(k, Encoding::Probabilities, &ON_PROBABILITIES[..]),
                set(k, Encoding::LOGITS, &ON_LOGITS[..]),
            ]
        })
        .collect()
}

/// The lines of the printed table: what is computed, and on what.
pub(super) fn lines() -> Vec<(Measure, Encoding)> {
    let probabilities = ON_PROBABILITIES.map(|measure| (measure, Encoding::Probabilities));
    let logits = ON_LOGITS.map(|measure| (measure, Encoding::LOGITS));
    probabilities.into_iter().chain(logits).collect()
}
