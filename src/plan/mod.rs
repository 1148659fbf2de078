//! From a request and the limits of a device to chunks, strategies and kernel keys: pure data.
//!
//! Nothing here needs a device, so all of it is tested without one.

mod chunk;
mod key;
mod parameters;
mod pieces;
pub(crate) mod product;
pub(crate) mod statistics;
mod strategy;
mod uneven;

pub(crate) use chunk::{Chunks, Limits, PlanError};
#[cfg(test)]
pub(crate) use key::Temperatures;
pub(crate) use key::{Blocks, Entry, Exchange, Key, Meeting, Scratch, Side};
pub(crate) use parameters::{Parameters, Tried};
pub(crate) use pieces::{Piece, Pieces, Table};
pub use strategy::Strategy;
pub(crate) use strategy::{Shape, WORKGROUP};
pub(crate) use uneven::{UnevenPiece, UnevenPieces, filled, window};
