//! Rows of two files, taken as a list of pairs says.

use std::path::Path;

use kullback::{ArgumentError, Rows};

use super::error::FileError;
use super::header::Header;
use super::list::read_pairs;
use super::operand::{Operand, OperandFile};
use super::table::Table;
use crate::failure::Failure;

/// Two files, which may differ in their number of rows, and pairs of their rows.
#[derive(Debug)]
pub struct ListedPairs {
    p: Operand,
    q: Operand,
    pairs: Vec<(u64, u64)>,
}

/// All rows of both files, in memory.
#[derive(Debug)]
pub struct Tables {
    p: Table,
    q: Table,
}

impl ListedPairs {
    /// Opens both files, reads the list, and checks that they fit.
    ///
    /// # Errors
    /// A [`Failure`] that names the file.
    pub fn open(p: OperandFile<'_>, q: OperandFile<'_>, list: &Path) -> Result<Self, Failure> {
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
        let pairs = read_pairs(list, [of_p.rows, of_q.rows]).map_err(Failure::new)?;
        Ok(ListedPairs { p, q, pairs })
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

    /// The pairs, as row numbers of P and of Q.
    #[must_use]
    pub fn pairs(&self) -> &[(u64, u64)] {
        &self.pairs
    }

    /// The pairs alone.
    #[must_use]
    pub fn into_pairs(self) -> Vec<(u64, u64)> {
        self.pairs
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
