//! Rows and scores in `.npy` and `.npz` files, those of matrices read and written a bounded piece at a time.
//!
//! A header is checked against the length of its file first, then rows are read as they are asked for, in the type in
//! which they are stored. A file is never held in memory, unless its rows are taken in any order.

mod error;
mod guard;
mod header;
mod integers;
mod list;
mod operand;
mod pair;
mod reader;
mod sparse;
mod table;
mod tables;
mod writer;

pub use error::{FileError, NpyError};
pub use header::{Header, StoredType};
pub use list::read_pairs;
pub use operand::OperandFile;
pub use pair::NpyPair;
pub use reader::NpyReader;
pub(crate) use sparse::is_archive;
pub use tables::{TableFiles, Tables};
pub use writer::{ArrayWriter, Item};
