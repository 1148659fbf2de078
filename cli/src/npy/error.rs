//! What can be wrong with a file of rows.

use std::io;
use std::path::PathBuf;

use kullback::{ArgumentError, Operand, WrongElement};

/// What is wrong with a `.npy` file, and what would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpyError {
    /// The file cannot be opened.
    #[error("cannot be opened: {0}")]
    Open(io::Error),
    /// A directory, a pipe or a device.
    #[error("not a regular file: give the path of a .npy file")]
    NotRegular,
    /// The magic bytes are missing.
    #[error("not a .npy file: write one with numpy.save, or .npz with scipy.sparse.save_npz")]
    NotNpy,
    /// A version of the format that does not exist yet.
    #[error(".npy format version {0}.{1} is unknown: versions 1.0, 2.0 and 3.0 are read")]
    Version(u8, u8),
    /// The file ends before its header does.
    #[error("truncated: the file ends within its header")]
    TruncatedHeader,
    /// The header claims to be longer than any header of a plain array.
    #[error("the header claims {0} bytes: that of a plain array has at most {max}", max = super::header::MAX_HEADER)]
    HeaderLength(u64),
    /// The header is not a description of an array.
    #[error("the header does not describe an array: {0}")]
    Header(String),
    /// Elements that are not floats.
    #[error(
        "the elements are of type {0}: they must be float16, float32 or float64 (convert with .astype(numpy.float32))"
    )]
    Type(String),
    /// Elements of type uint16 without the flag that says what their bits are.
    #[error(
        "the elements are of type uint16: give {flag} if these are the bits of bfloat16, else convert with .astype(numpy.float32)"
    )]
    Uint16 {
        /// The flag of this operand.
        flag: &'static str,
    },
    /// The flag for bfloat16 with elements of another type.
    #[error(
        "the elements are of type {found}: {flag} is for bfloat16 stored as uint16; leave the flag out"
    )]
    NotUint16 {
        /// The flag of this operand.
        flag: &'static str,
        /// What the file holds.
        found: &'static str,
    },
    /// Not a matrix.
    #[error("the shape is {shape}: it must be 2-D, one distribution a row{hint}", shape = shape_text(.0), hint = shape_hint(.0))]
    Dimensions(Vec<u64>),
    /// Columns first.
    #[error("stored in Fortran order: save it in C order with numpy.ascontiguousarray")]
    FortranOrder,
    /// No columns.
    #[error("the shape is ({0}, 0): K is 0, and a distribution needs at least one bin")]
    NoBins(u64),
    /// Row numbers, indices or offsets that are no integers.
    #[error(
        "the elements are of type {0}: they must be integers (convert with .astype(numpy.int64))"
    )]
    NotIntegers(String),
    /// An index or offset below 0.
    #[error("number {at} is {value}: it must not be negative")]
    Negative {
        /// Its place, from 0.
        at: u64,
        /// The number.
        value: i64,
    },
    /// Values, indices or offsets that are no plain list.
    #[error("the shape is {shape}: it must be 1-D", shape = shape_text(.0))]
    NotOneDimension(Vec<u64>),
    /// An archive that cannot be read.
    #[error("not a readable .npz file: {0}")]
    Archive(String),
    /// An archive without an array that is needed.
    #[error("holds no array `{0}`: write a sparse matrix with scipy.sparse.save_npz")]
    NoArray(&'static str),
    /// Something is wrong with an array of an archive.
    #[error("array `{array}`: {error}")]
    Array {
        /// The name of the array.
        array: &'static str,
        /// What is wrong with it.
        error: Box<NpyError>,
    },
    /// A sparse matrix that is not stored by rows.
    #[error("holds a sparse matrix in the format {0}: convert it with .tocsr()")]
    NotByRows(String),
    /// An index that is none of a bin.
    #[error("bin {0} is beyond the 2^32 bins that there may be")]
    TooManyBins(u64),
    /// Offsets that leave values out at the front.
    #[error("the first offset is {0}: it must be 0, where the first row begins")]
    FirstOffset(u64),
    /// As many offsets as do not fit the rows.
    #[error("{offsets} offsets for {rows} rows: there must be one more than rows")]
    Offsets {
        /// How many there are.
        offsets: usize,
        /// Rows of the matrix.
        rows: u64,
    },
    /// The rows that the arrays make cannot be used.
    #[error(transparent)]
    Rows(ArgumentError),
    /// A list of pairs that is no matrix of two columns.
    #[error("the shape is {shape}: it must be (N, 2), a row of P and a row of Q each", shape = shape_text(.0))]
    NotPairs(Vec<u64>),
    /// A row number below 0.
    #[error("pair {pair} asks for row {row} of {operand}: rows count from 0")]
    NegativeRow {
        /// The place of the pair in the list, from 0.
        pair: u64,
        /// The operand.
        operand: Operand,
        /// The number.
        row: i64,
    },
    /// A row number that is none of a row.
    #[error("pair {pair} asks for row {row} of {operand}, which holds {rows}: rows count from 0")]
    NoSuchRow {
        /// The place of the pair in the list, from 0.
        pair: u64,
        /// The operand.
        operand: Operand,
        /// The number.
        row: u64,
        /// The rows of the operand.
        rows: u64,
    },
    /// Data that are to be held in memory and are larger than that.
    #[error("its {bytes} bytes do not fit in memory, where they are needed")]
    Memory {
        /// Bytes of data.
        bytes: u128,
    },
    /// Less data than promised.
    #[error("truncated: the header promises {promised} bytes of data but the file holds {found}")]
    Truncated {
        /// Bytes that the header promises.
        promised: u128,
        /// Bytes behind the header.
        found: u64,
    },
    /// More data than promised.
    #[error(
        "the header promises {promised} bytes of data but the file holds {found}: it must hold one array and nothing else"
    )]
    Trailing {
        /// Bytes that the header promises.
        promised: u128,
        /// Bytes behind the header.
        found: u64,
    },
    /// The room is for elements of another type.
    #[error(transparent)]
    Room(WrongElement),
    /// Reading failed.
    #[error("reading failed: {0}")]
    Read(io::Error),
    /// The scores cannot be written.
    #[error("cannot be written: {0}")]
    Write(io::Error),
    /// The output exists and is not a plain file.
    #[error("exists and is not a regular file: scores are written to a .npy file")]
    OutputNotRegular,
}

/// An error with the file that it is about.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}", path = .path.display())]
pub struct FileError {
    /// The file as the user named it.
    pub path: PathBuf,
    /// What is wrong with it.
    pub error: NpyError,
}

/// A shape as numpy prints it.
fn shape_text(shape: &[u64]) -> String {
    match shape {
        [one] => format!("({one},)"),
        _ => {
            let dims: Vec<String> = shape.iter().map(u64::to_string).collect();
            format!("({})", dims.join(", "))
        }
    }
}

/// How to make a matrix of it.
fn shape_hint(shape: &[u64]) -> &'static str {
    match shape {
        [_] => " (a single distribution is .reshape(1, -1))",
        [] => "",
        _ => " (keep the last axis with .reshape(-1, a.shape[-1]))",
    }
}
