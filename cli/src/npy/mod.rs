//! Matrices and scores in `.npy` files, read and written a bounded piece at a time.
//!
//! A file is never held in memory: its header is checked against the length of the file first, then
//! rows are read as they are asked for, in the type in which they are stored.

mod error;
mod guard;
mod header;
mod pair;
mod reader;
mod writer;

pub use error::{FileError, NpyError};
pub use header::{Header, StoredType};
pub use pair::{NpyPair, OperandFile};
pub use reader::NpyReader;
pub use writer::ScoreWriter;
