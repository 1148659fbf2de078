//! Scores of pairs of probability distributions: the Kullback-Leibler divergence and its family, over
//! millions of rows, on any GPU that wgpu reaches and on the CPU, with results that are checked.
//!
//! A score is the divergence of the two distributions that the rows stand for, computed as if in exact
//! arithmetic on the exact input values, then rounded: no hidden epsilon, no silent clamp. Divergences
//! are never negative, exactly 0 for equal rows, and `+inf` where the definition says so. Errors are at
//! most 1e-6 of the score for probabilities and weights (see [`allowed_error`] for the rest), down to
//! scores of 1e-13, where textbook f32 sums are all noise.
//!
//! ```
//! use kullback::{Measure, Rows, Scorer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let p = [0.5_f32, 0.25, 0.25, 0.1, 0.2, 0.7];
//! let q = [0.25_f32, 0.5, 0.25, 0.1, 0.2, 0.7];
//!
//! let scorer = Scorer::new(); // the best GPU, or the CPU if there is none or it is sooner
//! let scores = scorer
//!     .score(&Measure::KullbackLeibler, Rows::probabilities(&p, 3)?, Rows::probabilities(&q, 3)?)?
//!     .into_result()?; // an error if any row is bad
//! assert!((scores.values()[0] - 0.25 * 2f32.ln()).abs() < 1e-6);
//! assert_eq!(scores.values()[1], 0.0);
//! # Ok(())
//! # }
//! ```
//!
//! - [`Scorer`] scores slices and streams; [`Scorer::request`] takes units, support, tolerance,
//!   verification, cancellation and progress.
//! - [`Rows`] says what the numbers stand for: probabilities, weights, log-probabilities or logits; they
//!   are f32, f16 or bf16 on every backend, or f64 on the CPU.
//! - [`Measure`] names what is computed; the first operand P is the "truth", the second Q the "model".
//! - [`FDivergence`] and [`Bregman`] make measures of generators of your own, see [`Expr`].
//! - `GpuScorer` (feature `gpu`) records scoring into the encoder of a program with its own device.
//! - [`reference`](mod@reference) is the plain f64 oracle that everything is verified against.
//!
//! # Bad rows
//! A row that stands for no distribution never stops a batch and never passes silently: its score is NaN
//! and [`Scores::issues`] names its row, operand and kind.
//!
//! # Features
//! `gpu` (default): scoring through wgpu, re-exported as `kullback::wgpu`. `parallel` (default): rows in
//! parallel by rayon. Without either the library is plain Rust without threads.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod cpu;
mod element;
mod encoding;
mod error;
mod expr;
#[cfg(feature = "gpu")]
pub mod gpu;
mod math;
pub mod measure;
mod options;
#[cfg(feature = "gpu")]
mod plan;
mod product;
mod promise;
pub mod reference;
mod rows;
mod scorer;
mod scores;
mod statistics;
mod status;

#[cfg(feature = "gpu")]
pub use gpu::GpuScorer;
#[cfg(feature = "gpu")]
pub use wgpu;

pub use element::{Element, ElementType, Room, WrongElement};
pub use encoding::{Encoding, Temperature};
pub use error::{ArgumentError, BuildError, ScoreError, ScoresError, StreamError};
pub use expr::{Bregman, BregmanBuilder, Expr, FDivergence, FDivergenceBuilder, GeneratorError};
pub use half::{bf16, f16};
pub use measure::{AlphaOrder, Measure, RenyiOrder, TsallisOrder, Weight};
pub use options::{Backend, Options, Precision, Support, Unit, Verify};
pub use product::ErrorBound;
pub use promise::allowed_error;
pub use rows::{Row, Rows};
pub use scorer::{
    BoxError, CancelToken, Fallback, Neighbours, Progress, Request, RequestMany, RowSource,
    RowsSource, Scorer, ScorerBuilder, Sink, Source, VERIFY_SEED,
};
pub use scores::{Failure, Reduction, Report, ScoredOn, Scores, Verification};
pub use statistics::{Collector, Histogram, Statistics, Summary};
pub use status::{Issue, IssueKind, Issues, Operand};
