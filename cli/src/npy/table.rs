//! A whole file of rows in memory, where its rows are taken in any order.

use std::fs::File;

use kullback::{ArgumentError, Element, ElementType, Encoding, Room, Rows, bf16, f16};

use super::error::NpyError;
use super::reader::NpyReader;

/// The values of a file, in the type in which they are stored.
#[derive(Debug)]
pub enum Table {
    /// binary32.
    F32(Vec<f32>),
    /// binary16.
    F16(Vec<f16>),
    /// bfloat16.
    Bf16(Vec<bf16>),
    /// binary64.
    F64(Vec<f64>),
}

impl Table {
    /// Reads all rows.
    ///
    /// # Errors
    /// [`NpyError`] if the file cannot be read, or memory does not hold it.
    pub fn read(reader: &mut NpyReader<File>) -> Result<Self, NpyError> {
        let mut table = match reader.header().stored.element() {
            ElementType::F16 => Table::F16(room(reader)?),
            ElementType::Bf16 => Table::Bf16(room(reader)?),
            ElementType::F64 => Table::F64(room(reader)?),
            _ => Table::F32(room(reader)?),
        };
        reader.read_rows(match &mut table {
            Table::F32(values) => Room::F32(values),
            Table::F16(values) => Room::F16(values),
            Table::Bf16(values) => Room::Bf16(values),
            Table::F64(values) => Room::F64(values),
        })?;
        Ok(table)
    }

    /// The rows of `k` values.
    ///
    /// # Errors
    /// [`ArgumentError`] if there is no such `k`, which no file has.
    pub fn rows(&self, encoding: Encoding, k: usize) -> Result<Rows<'_>, ArgumentError> {
        match self {
            Table::F32(values) => Rows::new(encoding, values, k),
            Table::F16(values) => Rows::new(encoding, values, k),
            Table::Bf16(values) => Rows::new(encoding, values, k),
            Table::F64(values) => Rows::new(encoding, values, k),
        }
    }
}

/// Zeros, as many as a file has values.
fn room<E: Element>(reader: &NpyReader<File>) -> Result<Vec<E>, NpyError> {
    let header = reader.header();
    let mut values = Vec::new();
    let count = usize::try_from(header.rows).map(|rows| rows.saturating_mul(header.k));
    let reserved = count.map(|count| values.try_reserve_exact(count));
    match (count, reserved) {
        (Ok(count), Ok(Ok(()))) => values.resize(count, E::default()),
        _ => {
            return Err(NpyError::Memory {
                bytes: header.data_bytes(),
            });
        }
    }
    Ok(values)
}
