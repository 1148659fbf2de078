//! A list of pairs of row numbers: N x 2 integers of any type.

use std::io::Read;
use std::path::Path;

use kullback::Operand;
use npyz::{NpyHeader, Order};

use super::error::{FileError, NpyError};
use super::header::{check_data, read_any};
use super::integers::IntegerType;
use super::reader::open_file;

/// Reads all pairs of a file, of operands that have so many rows.
///
/// # Errors
/// [`FileError`] naming the file and what is wrong with it.
pub fn read_pairs(path: &Path, rows: [u64; 2]) -> Result<Vec<(u64, u64)>, FileError> {
    let read = || {
        let (mut file, length) = open_file(path)?;
        let (npy, data_offset) = read_any(&mut file)?;
        let list = List::new(&npy)?;
        check_data(list.bytes(), length.saturating_sub(data_offset))?;
        list.read(&mut file, rows)
    };
    read().map_err(|error| FileError {
        path: path.to_owned(),
        error,
    })
}

/// How a list is stored.
struct List {
    pairs: u64,
    number: IntegerType,
}

impl List {
    /// Admits two columns of integers in C order.
    fn new(npy: &NpyHeader) -> Result<Self, NpyError> {
        let number = IntegerType::new(&npy.dtype())?;
        let &[pairs, 2] = npy.shape() else {
            return Err(NpyError::NotPairs(npy.shape().to_vec()));
        };
        if npy.order() == Order::Fortran {
            return Err(NpyError::FortranOrder);
        }
        Ok(List { pairs, number })
    }

    fn bytes(&self) -> u128 {
        u128::from(self.pairs) * 2 * self.number.size() as u128
    }

    fn read(&self, input: &mut impl Read, rows: [u64; 2]) -> Result<Vec<(u64, u64)>, NpyError> {
        let memory = NpyError::Memory {
            bytes: self.bytes(),
        };
        let mut pairs: Vec<(u64, u64)> = Vec::new();
        let reserved = usize::try_from(self.pairs).map(|count| pairs.try_reserve_exact(count));
        if !matches!(reserved, Ok(Ok(()))) {
            return Err(memory);
        }
        let size = self.number.size();
        let mut bytes = vec![0; 2 * size * STEP];
        let mut left = self.pairs;
        while left > 0 {
            let count = left.min(STEP as u64);
            let bytes = &mut bytes[..2 * size * count as usize];
            input.read_exact(bytes).map_err(NpyError::Read)?;
            for pair in bytes.chunks_exact(2 * size) {
                let (i, j) = pair.split_at(size);
                let at = pairs.len() as u64;
                let i = self.row((at, Operand::P), i, rows[0])?;
                let j = self.row((at, Operand::Q), j, rows[1])?;
                pairs.push((i, j));
            }
            left -= count;
        }
        Ok(pairs)
    }

    /// The number that some bytes store, one of so many rows.
    fn row(
        &self,
        (pair, operand): (u64, Operand),
        bytes: &[u8],
        rows: u64,
    ) -> Result<u64, NpyError> {
        let row = self
            .number
            .decode(bytes)
            .map_err(|row| NpyError::NegativeRow { pair, operand, row })?;
        if row >= rows {
            return Err(NpyError::NoSuchRow {
                pair,
                operand,
                row,
                rows,
            });
        }
        Ok(row)
    }
}

/// Pairs that are read at a time.
const STEP: usize = 8192;
