//! Scores of pairs of probability distributions: the Kullback-Leibler divergence and its family.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod cpu;
mod element;
mod encoding;
mod error;
mod math;
pub mod measure;
mod options;
mod promise;
pub mod reference;
mod rows;
mod scorer;
mod scores;
mod status;

pub use element::{Element, ElementType};
pub use encoding::{Encoding, Temperature};
pub use error::{ArgumentError, BuildError, ScoreError, ScoresError, StreamError};
pub use measure::{Measure, Weight};
pub use options::{Backend, Options, Support, Unit, Verify};
pub use promise::allowed_error;
pub use rows::{Row, Rows};
pub use scorer::{
    BoxError, CancelToken, Fallback, Progress, Request, RowSource, RowsSource, Scorer,
    ScorerBuilder, Sink, Source, VERIFY_SEED,
};
pub use scores::{Failure, Report, ScoredOn, Scores, Verification};
pub use status::{Issue, IssueKind, Issues, Operand};
