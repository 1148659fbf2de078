//! Scores of pairs of probability distributions: the Kullback-Leibler divergence and its family.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod cpu;
mod element;
mod encoding;
mod error;
pub mod measure;
mod options;
pub mod reference;
mod rows;
mod scores;
mod status;

pub use element::{Element, ElementType};
pub use encoding::{Encoding, Temperature};
pub use error::{ArgumentError, ScoreError, ScoresError};
pub use measure::{Measure, Weight};
pub use options::{Backend, Options, Support, Unit, Verify};
pub use rows::{Row, Rows};
pub use scores::{Failure, Report, ScoredOn, Scores, Verification};
pub use status::{Issue, IssueKind, Issues, Operand};
