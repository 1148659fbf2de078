//! P and Q as two files side by side: the source of a stream.

use kullback::{BoxError, ElementType, Encoding, Room, Source};

use super::error::{FileError, NpyError};
use super::header::Header;
use super::operand::{Operand, OperandFile};
use crate::failure::Failure;

/// Two `.npy` files of equal shape, read row by row together; or one, for measures that read no Q.
#[derive(Debug)]
pub struct NpyPair {
    p: Operand,
    q: Option<Operand>,
    q_encoding: Encoding,
}

impl NpyPair {
    /// Opens both files, or that of P alone, and checks that they fit. `q_encoding` stands for that of Q
    /// where there is none.
    ///
    /// # Errors
    /// A [`Failure`] that names the file.
    pub fn open(
        p: OperandFile<'_>,
        q: Option<OperandFile<'_>>,
        q_encoding: Encoding,
    ) -> Result<Self, Failure> {
        let p = Operand::open(p, "--p-bf16").map_err(Failure::new)?;
        let q = q
            .map(|file| Operand::open(file, "--q-bf16"))
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

    fn p_element(&self) -> ElementType {
        self.p_header().stored.element()
    }

    fn q_element(&self) -> ElementType {
        self.q_header()
            .map_or(self.p_element(), |header| header.stored.element())
    }

    fn fill(&mut self, p: Room<'_>, q: Room<'_>) -> Result<usize, BoxError> {
        let rows = self.p.read_rows(p)?;
        let Some(of_q) = &mut self.q else {
            return Ok(rows);
        };
        // There is room for as many of Q, and both files have as many left.
        let read = of_q.read_rows(q)?;
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
