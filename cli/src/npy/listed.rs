//! Rows of two files, taken as a list of pairs says.

use std::path::{Path, PathBuf};

use kullback::{ArgumentError, RowsSource};

use super::error::FileError;
use super::header::Header;
use super::list::read_pairs;
use super::operand::{Operand, OperandFile};
use super::table::Table;
use crate::failure::Failure;

/// Two files in memory, which may differ in their number of rows, and pairs of their rows.
#[derive(Debug)]
pub struct ListedPairs {
    p: Operand,
    q: Operand,
    /// The values of both.
    tables: [Table; 2],
    list: PathBuf,
    pairs: Vec<(u64, u64)>,
}

impl ListedPairs {
    /// Reads all of both files and of the list, and checks that they fit.
    ///
    /// # Errors
    /// A [`Failure`] that names the file.
    pub fn read(p: OperandFile<'_>, q: OperandFile<'_>, list: &Path) -> Result<Self, Failure> {
        let mut p = Operand::open(p, "--p-bf16").map_err(Failure::new)?;
        let mut q = Operand::open(q, "--q-bf16").map_err(Failure::new)?;
        let [of_p, of_q] = [&p, &q].map(|operand| operand.reader.header().k);
        if of_p != of_q {
            return Err(Failure::new(format_args!(
                "{} has rows of {of_p} bins but {} has rows of {of_q}: P and Q need the same number of bins",
                p.path.display(),
                q.path.display()
            )));
        }
        let pairs = read_pairs(list).map_err(Failure::new)?;
        let tables = [table(&mut p)?, table(&mut q)?];
        let listed = ListedPairs {
            p,
            q,
            tables,
            list: list.to_owned(),
            pairs,
        };
        listed.source()?;
        Ok(listed)
    }

    /// The pairs of rows as a source.
    ///
    /// # Errors
    /// A [`Failure`] that names the list and the first pair of which a row does not exist.
    pub fn source(&self) -> Result<RowsSource<'_>, Failure> {
        let [of_p, of_q] = &self.tables;
        let source = || {
            let k = self.p_header().k;
            let p = of_p.rows(self.p.encoding, k)?;
            let q = of_q.rows(self.q.encoding, k)?;
            RowsSource::pairs(p, q, &self.pairs)
        };
        source().map_err(|error: ArgumentError| {
            Failure::new(format_args!("{}: {error}", self.list.display()))
        })
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

fn table(operand: &mut Operand) -> Result<Table, Failure> {
    Table::read(&mut operand.reader).map_err(|error| {
        Failure::new(FileError {
            path: operand.path.clone(),
            error,
        })
    })
}
