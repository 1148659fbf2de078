//! Files whose rows meet in any order, or are no matrices, read into memory.

use std::fs::File;
use std::path::{Path, PathBuf};

use kullback::{ArgumentError, Encoding, Rows};

use super::error::{FileError, NpyError};
use super::header::Header;
use super::integers::read_integers;
use super::operand::{Operand, OperandFile, check_bf16};
use super::reader::{NpyReader, open_file};
use super::sparse::{is_archive, read_sparse};
use super::table::{Place, Table};
use crate::failure::Failure;

/// The file of P, and that of Q if there is one.
#[derive(Debug)]
pub struct TableFiles {
    p: Opened,
    q: Option<Opened>,
}

/// All rows of the files, in memory.
#[derive(Debug)]
pub struct Tables {
    p: Loaded,
    q: Option<Loaded>,
}

/// The rows of one.
#[derive(Debug)]
struct Loaded {
    path: PathBuf,
    encoding: Encoding,
    table: Table,
}

/// A file of rows of any kind.
#[derive(Debug)]
struct Opened {
    path: PathBuf,
    encoding: Encoding,
    header: Header,
    rows: RowsOf,
}

/// What is left to be done for its rows.
#[derive(Debug)]
enum RowsOf {
    Matrix(NpyReader<File>),
    /// Nothing.
    Read(Box<Table>),
}

impl TableFiles {
    /// Opens the files and checks that they fit: matrices and sparse matrices.
    ///
    /// # Errors
    /// A [`Failure`] that names the file.
    pub fn open(p: OperandFile<'_>, q: Option<OperandFile<'_>>) -> Result<Self, Failure> {
        let p = Opened::matrix(p, "--p-bf16").map_err(Failure::new)?;
        let q = q.map(|file| Opened::matrix(file, "--q-bf16"));
        let q = q.transpose().map_err(Failure::new)?;
        if let Some(q) = &q
            && p.header.k != q.header.k
        {
            return Err(Failure::new(format_args!(
                "{} has rows of {} bins but {} has rows of {}: P and Q need the same number of bins",
                p.path.display(),
                p.header.k,
                q.path.display(),
                q.header.k
            )));
        }
        Ok(TableFiles { p, q })
    }

    /// Reads the files as ragged rows, both of which lie where one file of offsets says.
    ///
    /// # Errors
    /// A [`Failure`] that names the file.
    pub fn ragged(
        offsets: &Path,
        p: OperandFile<'_>,
        q: Option<OperandFile<'_>>,
    ) -> Result<Self, Failure> {
        let read = || {
            let (mut file, length) = open_file(offsets)?;
            read_integers(&mut file, length, Ok)
        };
        let all: Vec<u64> = read().map_err(|error| Failure::new(named(offsets, error)))?;
        check_offsets(&all).map_err(|error| Failure::new(named(offsets, error)))?;
        let open = |file: OperandFile<'_>, flag| {
            let opened = Opened::ragged(file, flag, &all).map_err(Failure::new)?;
            let (end, values) = (all.last().copied().unwrap_or(0), opened.header.values);
            if end == values {
                return Ok(opened);
            }
            Err(Failure::new(format_args!(
                "{} ends at {end} but {} has {values} values: the last offset must be their number",
                offsets.display(),
                file.path.display(),
            )))
        };
        Ok(TableFiles {
            p: open(p, "--p-bf16")?,
            q: q.map(|file| open(file, "--q-bf16")).transpose()?,
        })
    }

    /// Checks that both have the same number of rows.
    ///
    /// # Errors
    /// A [`Failure`] that names the files.
    pub fn check_rows(&self) -> Result<(), Failure> {
        let (p, Some(q)) = (&self.p, &self.q) else {
            return Ok(());
        };
        if p.header.rows == q.header.rows {
            return Ok(());
        }
        Err(Failure::new(format_args!(
            "{} has {} rows but {} has {}: P and Q need the same number of rows",
            p.path.display(),
            p.header.rows,
            q.path.display(),
            q.header.rows
        )))
    }

    /// Reads all of the files that has not been read.
    ///
    /// # Errors
    /// A [`Failure`] that names the file.
    pub fn read(self) -> Result<Tables, Failure> {
        Ok(Tables {
            p: self.p.read()?,
            q: self.q.map(Opened::read).transpose()?,
        })
    }

    /// What the file of P holds.
    #[must_use]
    pub fn p_header(&self) -> &Header {
        &self.p.header
    }

    /// What the file of Q holds, if there is one.
    #[must_use]
    pub fn q_header(&self) -> Option<&Header> {
        self.q.as_ref().map(|q| &q.header)
    }
}

impl Tables {
    /// The rows of P and, if there are some, of Q.
    ///
    /// # Errors
    /// A [`Failure`] that names the file whose rows cannot be used.
    pub fn rows(&self) -> Result<(Rows<'_>, Option<Rows<'_>>), Failure> {
        let p = self.p.rows()?;
        Ok((p, self.q.as_ref().map(Loaded::rows).transpose()?))
    }
}

impl Loaded {
    fn rows(&self) -> Result<Rows<'_>, Failure> {
        let rows = self.table.rows(self.encoding);
        rows.map_err(|error| Failure::new(named(&self.path, NpyError::Rows(error))))
    }
}

impl Opened {
    /// A matrix, or a sparse one by its name.
    fn matrix(file: OperandFile<'_>, flag: &'static str) -> Result<Self, FileError> {
        if !is_archive(file.path) {
            let Operand {
                path,
                encoding,
                reader,
            } = Operand::open(file, flag)?;
            return Ok(Opened {
                path,
                encoding,
                header: *reader.header(),
                rows: RowsOf::Matrix(reader),
            });
        }
        let (header, table) = read_sparse(file.path).map_err(|error| named(file.path, error))?;
        Self::in_memory(file, flag, header, table)
    }

    /// Ragged rows.
    fn ragged(
        file: OperandFile<'_>,
        flag: &'static str,
        offsets: &[u64],
    ) -> Result<Self, FileError> {
        let read = || {
            let (input, length) = open_file(file.path)?;
            let mut reader = NpyReader::of_list(input, length)?;
            let table = Table::read(&mut reader, Place::Ragged(offsets.to_vec()))?;
            Ok((*reader.header(), table))
        };
        let (stored, table) = read().map_err(|error| named(file.path, error))?;
        let lengths = offsets
            .windows(2)
            .map(|pair| pair[1].saturating_sub(pair[0]));
        let header = Header {
            rows: (offsets.len() as u64).saturating_sub(1),
            k: lengths.max().unwrap_or(0) as usize,
            ..stored
        };
        Self::in_memory(file, flag, header, table)
    }

    fn in_memory(
        file: OperandFile<'_>,
        flag: &'static str,
        header: Header,
        table: Table,
    ) -> Result<Self, FileError> {
        check_bf16(header.stored, file.bf16, flag).map_err(|error| named(file.path, error))?;
        Ok(Opened {
            path: file.path.to_owned(),
            encoding: file.encoding,
            header,
            rows: RowsOf::Read(Box::new(table)),
        })
    }

    fn read(self) -> Result<Loaded, Failure> {
        let Opened {
            path,
            encoding,
            header,
            rows,
        } = self;
        let table = match rows {
            RowsOf::Read(table) => *table,
            RowsOf::Matrix(mut reader) => Table::read(&mut reader, Place::Every(header.k))
                .map_err(|error| Failure::new(named(&path, error)))?,
        };
        Ok(Loaded {
            path,
            encoding,
            table,
        })
    }
}

/// Checks that offsets begin with 0 and do not descend.
fn check_offsets(offsets: &[u64]) -> Result<(), NpyError> {
    let Some(&first) = offsets.first() else {
        return Err(NpyError::Rows(ArgumentError::NoOffsets));
    };
    if first != 0 {
        return Err(NpyError::FirstOffset(first));
    }
    match offsets.windows(2).position(|pair| pair[1] < pair[0]) {
        None => Ok(()),
        Some(row) => Err(NpyError::Rows(ArgumentError::Offsets {
            row: row as u64,
            from: offsets[row],
            to: offsets[row + 1],
        })),
    }
}

fn named(path: &Path, error: NpyError) -> FileError {
    FileError {
        path: path.to_owned(),
        error,
    }
}
