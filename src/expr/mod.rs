//! Generators of divergences given by users: expressions of one variable, from one source that is evaluated
//! for the reference, compiled for the CPU and printed for the GPU.

mod ast;
mod bregman;
mod check;
mod derive;
mod error;
mod generator;
mod jet;
mod limits;
mod parse;
mod program;
mod real;
mod registry;
mod rounding;
mod series;
#[cfg(feature = "gpu")]
mod wgsl;
mod wide;

pub use ast::Expr;
pub use error::GeneratorError;
pub use generator::{Bregman, BregmanBuilder, FDivergence, FDivergenceBuilder};

pub(crate) use bregman::{Curve, STEEP};
pub(crate) use generator::{Bending, Generator, Kind};
pub(crate) use jet::Jet;
pub(crate) use program::Program;
pub(crate) use real::Real;
pub(crate) use series::Series;
pub(crate) use wide::Wide;
