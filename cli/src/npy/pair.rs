//! P and Q as two files side by side: the source of a stream.

use std::fs::File;
use std::path::{Path, PathBuf};

use kullback::{BoxError, Encoding, Source};

use super::error::{FileError, NpyError};
use super::header::Header;
use super::reader::NpyReader;
use crate::failure::Failure;

/// Two `.npy` files of equal shape, read row by row together.
#[derive(Debug)]
pub struct NpyPair {
    p: Operand,
    q: Operand,
}

#[derive(Debug)]
struct Operand {
    path: PathBuf,
    encoding: Encoding,
    reader: NpyReader<File>,
}

impl Operand {
    fn open(path: &Path, encoding: Encoding) -> Result<Self, FileError> {
        Ok(Operand {
            path: path.to_owned(),
            encoding,
            reader: NpyReader::open(path)?,
        })
    }

    fn read_rows(&mut self, out: &mut [f32]) -> Result<usize, BoxError> {
        self.reader.read_rows(out).map_err(|error| {
            Box::new(FileError {
                path: self.path.clone(),
                error,
            })
            .into()
        })
    }
}

impl NpyPair {
    /// Opens both files and checks that they fit.
    ///
    /// # Errors
    /// A [`Failure`] that names the file.
    pub fn open(p: (&Path, Encoding), q: (&Path, Encoding)) -> Result<Self, Failure> {
        let pair = NpyPair {
            p: Operand::open(p.0, p.1).map_err(Failure::new)?,
            q: Operand::open(q.0, q.1).map_err(Failure::new)?,
        };
        let (p, q) = (pair.p_header(), pair.q_header());
        if (p.rows, p.k) != (q.rows, q.k) {
            return Err(Failure::new(format_args!(
                "{} is {} x {} but {} is {} x {}: P and Q need the same number of rows and bins",
                pair.p.path.display(),
                p.rows,
                p.k,
                pair.q.path.display(),
                q.rows,
                q.k
            )));
        }
        Ok(pair)
    }

    /// What the file of P holds.
    #[must_use]
    pub fn p_header(&self) -> &Header {
        self.p.reader.header()
    }

    /// What the file of Q holds.
    #[must_use]
    pub fn q_header(&self) -> &Header {
        self.q.reader.header()
    }
}

impl Source for NpyPair {
    fn k(&self) -> usize {
        self.p_header().k
    }

    fn rows(&self) -> Option<u64> {
        Some(self.p_header().rows)
    }

    fn p_encoding(&self) -> Encoding {
        self.p.encoding
    }

    fn q_encoding(&self) -> Encoding {
        self.q.encoding
    }

    fn fill(&mut self, p: &mut [f32], q: &mut [f32]) -> Result<usize, BoxError> {
        let rows = self.p.read_rows(p)?;
        // As many of Q as of P, whatever the slices would hold.
        let k = self.q.reader.header().k;
        let read = self.q.read_rows(&mut q[..rows * k])?;
        if read != rows {
            let missing = NpyError::Read(std::io::ErrorKind::UnexpectedEof.into());
            return Err(Box::new(FileError {
                path: self.q.path.clone(),
                error: missing,
            }));
        }
        Ok(rows)
    }
}
