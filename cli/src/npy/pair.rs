//! P and Q as two files side by side: the source of a stream.

use std::fs::File;
use std::path::{Path, PathBuf};

use kullback::{BoxError, Encoding, Source};

use super::error::{FileError, NpyError};
use super::header::Header;
use super::reader::NpyReader;
use crate::failure::Failure;

/// Two `.npy` files of equal shape, read row by row together; or one, for measures that read no Q.
#[derive(Debug)]
pub struct NpyPair {
    p: Operand,
    q: Option<Operand>,
    q_encoding: Encoding,
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
    /// Opens both files, or that of P alone, and checks that they fit.
    ///
    /// # Errors
    /// A [`Failure`] that names the file.
    pub fn open(p: (&Path, Encoding), q: (Option<&Path>, Encoding)) -> Result<Self, Failure> {
        let (q_path, q_encoding) = q;
        let p = Operand::open(p.0, p.1).map_err(Failure::new)?;
        let q = q_path
            .map(|path| Operand::open(path, q_encoding))
            .transpose()
            .map_err(Failure::new)?;
        if let Some(q) = &q {
            check_shapes(&p, q)?;
        }
        Ok(NpyPair { p, q, q_encoding })
    }

    /// Gives rows of P alone from now on, for measures that read no Q.
    pub fn leave_q(&mut self) {
        self.q = None;
    }

    /// What the file of P holds.
    #[must_use]
    pub fn p_header(&self) -> &Header {
        self.p.reader.header()
    }

    /// What the file of Q holds, if it is read.
    #[must_use]
    pub fn q_header(&self) -> Option<&Header> {
        self.q.as_ref().map(|q| q.reader.header())
    }
}

fn check_shapes(p: &Operand, q: &Operand) -> Result<(), Failure> {
    let (of_p, of_q) = (p.reader.header(), q.reader.header());
    if (of_p.rows, of_p.k) == (of_q.rows, of_q.k) {
        return Ok(());
    }
    Err(Failure::new(format_args!(
        "{} is {} x {} but {} is {} x {}: P and Q need the same number of rows and bins",
        p.path.display(),
        of_p.rows,
        of_p.k,
        q.path.display(),
        of_q.rows,
        of_q.k
    )))
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
        self.q_encoding
    }

    fn fill(&mut self, p: &mut [f32], q: &mut [f32]) -> Result<usize, BoxError> {
        let rows = self.p.read_rows(p)?;
        let Some(of_q) = &mut self.q else {
            return Ok(rows);
        };
        // As many of Q as of P, whatever the slices would hold.
        let k = of_q.reader.header().k;
        let read = of_q.read_rows(&mut q[..rows * k])?;
        if read != rows {
            let missing = NpyError::Read(std::io::ErrorKind::UnexpectedEof.into());
            return Err(Box::new(FileError {
                path: of_q.path.clone(),
                error: missing,
            }));
        }
        Ok(rows)
    }
}
