//! Two files whose rows meet in any order, read into memory.

use kullback::{ArgumentError, Rows};

use super::error::FileError;
use super::header::Header;
use super::operand::{Operand, OperandFile};
use super::table::Table;
use crate::failure::Failure;

/// Two files, which may differ in their number of rows.
#[derive(Debug)]
pub struct TableFiles {
    p: Operand,
    q: Operand,
}

/// All rows of both files, in memory.
#[derive(Debug)]
pub struct Tables {
    p: Table,
    q: Table,
}

impl TableFiles {
    /// Opens both files and checks that they fit.
    ///
    /// # Errors
    /// A [`Failure`] that names the file.
    pub fn open(p: OperandFile<'_>, q: OperandFile<'_>) -> Result<Self, Failure> {
        let p = Operand::open(p, "--p-bf16").map_err(Failure::new)?;
        let q = Operand::open(q, "--q-bf16").map_err(Failure::new)?;
        let (of_p, of_q) = (p.reader.header(), q.reader.header());
        if of_p.k != of_q.k {
            return Err(Failure::new(format_args!(
                "{} has rows of {} bins but {} has rows of {}: P and Q need the same number of bins",
                p.path.display(),
                of_p.k,
                q.path.display(),
                of_q.k
            )));
        }
        Ok(TableFiles { p, q })
    }

    /// Reads all of both files.
    ///
    /// # Errors
    /// A [`Failure`] that names the file.
    pub fn read(&mut self) -> Result<Tables, Failure> {
        let table = |operand: &mut Operand| {
            Table::read(&mut operand.reader).map_err(|error| {
                Failure::new(FileError {
                    path: operand.path.clone(),
                    error,
                })
            })
        };
        Ok(Tables {
            p: table(&mut self.p)?,
            q: table(&mut self.q)?,
        })
    }

    /// The rows of both files.
    ///
    /// # Errors
    /// [`ArgumentError`] if these are not the tables of the files.
    pub fn rows<'t>(&self, tables: &'t Tables) -> Result<[Rows<'t>; 2], ArgumentError> {
        let k = self.p_header().k;
        Ok([
            tables.p.rows(self.p.encoding, k)?,
            tables.q.rows(self.q.encoding, k)?,
        ])
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
