//! The file of one operand.

use std::fs::File;
use std::path::{Path, PathBuf};

use kullback::{BoxError, Encoding, Room};

use super::error::{FileError, NpyError};
use super::header::StoredType;
use super::reader::NpyReader;

/// A file of rows, and what its user says about it.
#[derive(Clone, Copy, Debug)]
pub struct OperandFile<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// What the rows hold.
    pub encoding: Encoding,
    /// True if the elements are said to be the bits of bfloat16.
    pub bf16: bool,
}

/// The file of one operand, open.
#[derive(Debug)]
pub(super) struct Operand {
    pub path: PathBuf,
    pub encoding: Encoding,
    pub reader: NpyReader<File>,
}

impl Operand {
    /// Opens a file whose elements are the bits of bfloat16 if and only if `flag` was given.
    pub fn open(file: OperandFile<'_>, flag: &'static str) -> Result<Self, FileError> {
        let reader = NpyReader::open(file.path)?;
        let path = file.path.to_owned();
        match check_bf16(reader.header().stored, file.bf16, flag) {
            Err(error) => Err(FileError { path, error }),
            Ok(()) => Ok(Operand {
                path,
                encoding: file.encoding,
                reader,
            }),
        }
    }

    pub fn read_rows(&mut self, out: Room<'_>) -> Result<usize, BoxError> {
        self.reader.read_rows(out).map_err(|error| {
            Box::new(FileError {
                path: self.path.clone(),
                error,
            })
            .into()
        })
    }
}

/// Checks that elements are the bits of bfloat16 if and only if `flag` was given.
pub(super) fn check_bf16(
    stored: StoredType,
    given: bool,
    flag: &'static str,
) -> Result<(), NpyError> {
    match (stored, given) {
        (StoredType::Bf16, false) => Err(NpyError::Uint16 { flag }),
        (StoredType::F2 | StoredType::F4 | StoredType::F8, true) => Err(NpyError::NotUint16 {
            flag,
            found: stored.name(),
        }),
        _ => Ok(()),
    }
}
