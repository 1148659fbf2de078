//! What is measured.

use kullback::{ElementType, Encoding, Measure, Weight};

use crate::Failure;
use crate::args::{BenchArguments, Pairs};

/// The numbers of bins unless asked otherwise, the one that the figures are about first.
const BINS: [usize; 3] = [1024, 16, 131_072];

const ON_PROBABILITIES: [Measure; 5] = [
    Measure::KullbackLeibler,
    Measure::JensenShannon(Weight::HALF),
    Measure::ReverseKullbackLeibler,
    Measure::TotalVariation,
    Measure::CrossEntropy,
];

const ON_LOGITS: [Measure; 1] = [Measure::KullbackLeibler];

/// Rows of one shape and encoding, and the measures that are timed on them.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) k: usize,
    pub(super) encoding: Encoding,
    pub(super) element: ElementType,
    pub(super) pairs: Pairs,
    pub(super) measures: Vec<Measure>,
}

/// One figure's place in the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) measure: Measure,
    pub(super) encoding: Encoding,
    pub(super) k: usize,
}

/// All that is measured.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The columns.
    pub(super) bins: Vec<usize>,
    /// The elements of both operands.
    pub(super) element: ElementType,
    /// How P and Q are related.
    pub(super) pairs: Pairs,
    groups: Vec<(Encoding, Vec<Measure>)>,
}

impl Table {
    /// What the arguments ask for.
    pub(super) fn new(arguments: &BenchArguments) -> Self {
        let bins = match arguments.k.as_slice() {
            [] => BINS.to_vec(),
            some => some.iter().map(|&k| k as usize).collect(),
        };
        let encodings = match arguments.encodings.as_slice() {
            [] => vec![Encoding::Probabilities, Encoding::LOGITS],
            some => some.to_vec(),
        };
        let measures = |encoding: Encoding| match arguments.measures.as_slice() {
            [] if encoding == Encoding::Probabilities => ON_PROBABILITIES.to_vec(),
            [] => ON_LOGITS.to_vec(),
            some => some.to_vec(),
        };
        let groups = encodings.into_iter().map(|e| (e, measures(e))).collect();
        Table {
            bins,
            element: arguments.element.into(),
            pairs: arguments.pairs,
            groups,
        }
    }

    /// Refuses rows that do not fit.
    ///
    /// # Errors
    /// A [`Failure`] that names K and what to change.
    pub(super) fn check(&self, mib: u32) -> Result<(), Failure> {
        let longest = self.bins.iter().max().copied().unwrap_or(1);
        // Two, since two halves make a word.
        if 2 * longest * self.element.size() > (mib as usize) << 20 {
            return Err(Failure::new(format_args!(
                "--k {longest}: two rows do not fit {mib} MiB; give a larger --mib"
            )));
        }
        Ok(())
    }

    /// All sets of rows, in the order in which they are measured.
    pub(super) fn sets(&self) -> Vec<Set> {
        let of_k = |&k: &usize| {
            self.groups.iter().map(move |(encoding, measures)| Set {
                k,
                encoding: *encoding,
                element: self.element,
                pairs: self.pairs,
                measures: measures.clone(),
            })
        };
        self.bins.iter().flat_map(of_k).collect()
    }

    /// The encodings, in the order in which they are measured.
    pub(super) fn encodings(&self) -> impl Iterator<Item = Encoding> {
        self.groups.iter().map(|(encoding, _)| *encoding)
    }

    /// The lines of the printed table: what is computed, and on what.
    pub(super) fn lines(&self) -> impl Iterator<Item = (Measure, Encoding)> {
        self.groups
            .iter()
            .flat_map(|(encoding, measures)| measures.iter().map(|m| (*m, *encoding)))
    }

    /// Bytes of a row of either operand, of the shortest.
    #[cfg(feature = "gpu")]
    pub(super) fn shortest_row(&self) -> u64 {
        let least = self.bins.iter().min().copied().unwrap_or(1);
        (least * self.element.size()) as u64
    }
}
