//! The accuracy table: the largest errors that a run has seen, by measure, encoding and element type.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use kullback::{ElementType, Encoding};

use crate::common::check::Worst;
use crate::common::settings::{self, Tier};

/// The columns of the two tables of a target, in their order; what differs between P and Q comes last.
const ENCODINGS: [&str; 5] = [
    "probabilities",
    "weights",
    "log-probabilities",
    "logits",
    "P and Q differ",
];
const ELEMENTS: [&str; 5] = ["f32", "f16", "bf16", "f64", "P and Q differ"];

/// The largest errors by one measure, one for each column of both tables.
type Errors = [[Option<Worst>; 5]; 2];

/// The largest errors of a target.
#[derive(Clone, Debug)]
pub struct Accuracy {
    target: String,
    /// By the name of the measure.
    worst: Arc<Mutex<BTreeMap<String, Errors>>>,
}

impl Accuracy {
    /// Nothing seen yet.
    pub fn new(target: &str) -> Self {
        Accuracy {
            target: target.to_owned(),
            worst: Arc::default(),
        }
    }

    /// Takes note of the errors of a batch.
    pub fn note(
        &self,
        measure: &str,
        encodings: [Encoding; 2],
        elements: [ElementType; 2],
        found: Worst,
    ) {
        // Two temperatures are a difference, too.
        let encodings = column(
            &ENCODINGS,
            encodings[0].name(),
            encodings[0] == encodings[1],
        );
        let elements = column(&ELEMENTS, elements[0].name(), elements[0] == elements[1]);
        let mut worst = self.worst.lock().unwrap_or_else(PoisonError::into_inner);
        let of_measure = worst.entry(measure.to_owned()).or_default();
        for (cells, column) in of_measure.iter_mut().zip([encodings, elements]) {
            let cell = &mut cells[column];
            *cell = Some(cell.map_or(found, |known| known.or(found)));
        }
    }

    /// Both tables in Markdown, unless nothing was seen.
    fn print(&self, text: &mut String) {
        let worst = self.worst.lock().unwrap_or_else(PoisonError::into_inner);
        if worst.is_empty() {
            return;
        }
        let _ = writeln!(text, "\n## {}", self.target);
        for (table, columns) in [ENCODINGS, ELEMENTS].iter().enumerate() {
            let _ = writeln!(text, "\n| measure | {} |", columns.join(" | "));
            let _ = writeln!(text, "| --- |{}", " --- |".repeat(columns.len()));
            for (measure, cells) in worst.iter() {
                let cells = cells[table].map(|cell| match cell {
                    None => String::new(),
                    Some(worst) => format!("{:.1e}, {:.2}", worst.relative, worst.fraction),
                });
                let _ = writeln!(text, "| {measure} | {} |", cells.join(" | "));
            }
        }
    }
}

/// The column of what P is, and Q if that is the same.
fn column(columns: &[&str; 5], p: &str, same: bool) -> usize {
    let of_both = columns.iter().position(|&column| same && column == p);
    of_both.unwrap_or(columns.len() - 1)
}

/// Writes the tables where `KULLBACK_ACCURACY` says, or where those of a whole run of every cell belong.
pub fn write(tables: &[Accuracy], whole: bool) {
    let path = match settings::variable("KULLBACK_ACCURACY") {
        Some(path) => path,
        None if whole && settings::tier() == Tier::Exhaustive => {
            concat!(env!("CARGO_MANIFEST_DIR"), "/docs/accuracy.md").to_owned()
        }
        None => return,
    };
    let mut text = format!(
        "# Accuracy\n
The largest errors that the conformance suite has seen against the 64-bit reference, written by the suite itself
(`cargo xtask test --tier exhaustive`, or any tier with `KULLBACK_ACCURACY=FILE`): tier {}, seed {}. Rows of all
kinds, of 1 to 2^20 bins, with exact and smoothed support.

A cell holds the largest error relative to the score, over rows of which at most 1e-5 of the score is promised
away, and the largest error as a fraction of what is promised (`docs/numerics.md`) over all rows. Logits at two
temperatures count as different. Empty cells were not drawn.\n",
        settings::tier(),
        settings::seed()
    );
    for table in tables {
        table.print(&mut text);
    }
    match std::fs::write(&path, text) {
        Ok(()) => println!("accuracy written to {path}"),
        Err(error) => panic!("{path}: {error}"),
    }
}
