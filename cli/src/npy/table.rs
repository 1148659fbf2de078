//! A whole file of rows in memory, where its rows are taken in any order.

use std::io::Read;

use kullback::{ArgumentError, Element, ElementType, Encoding, Room, Rows, bf16, f16};

use super::error::NpyError;
use super::reader::NpyReader;

/// The rows of a file.
#[derive(Debug)]
pub struct Table {
    values: Values,
    place: Place,
}

/// Where its rows lie among the values.
#[derive(Debug)]
pub enum Place {
    /// One behind the other, of so many bins each.
    Every(usize),
    /// From offset to offset.
    Ragged(Vec<u64>),
    /// From offset to offset, each value in a bin of its own.
    Sparse {
        /// One more than there are rows.
        offsets: Vec<u64>,
        /// The bins of the values.
        indices: Vec<u32>,
        /// All bins.
        k: usize,
    },
}

/// The values of a file, in the type in which they are stored.
#[derive(Debug)]
enum Values {
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
    /// Reads all values, which make rows at these places.
    ///
    /// # Errors
    /// [`NpyError`] if the file cannot be read, or memory does not hold it.
    pub fn read(reader: &mut NpyReader<impl Read>, place: Place) -> Result<Self, NpyError> {
        let mut values = match reader.header().stored.element() {
            ElementType::F16 => Values::F16(room(reader)?),
            ElementType::Bf16 => Values::Bf16(room(reader)?),
            ElementType::F64 => Values::F64(room(reader)?),
            _ => Values::F32(room(reader)?),
        };
        reader.read_rows(match &mut values {
            Values::F32(values) => Room::F32(values),
            Values::F16(values) => Room::F16(values),
            Values::Bf16(values) => Room::Bf16(values),
            Values::F64(values) => Room::F64(values),
        })?;
        Ok(Table { values, place })
    }

    /// The rows.
    ///
    /// # Errors
    /// [`ArgumentError`] if the values do not make such rows.
    pub fn rows(&self, encoding: Encoding) -> Result<Rows<'_>, ArgumentError> {
        match &self.values {
            Values::F32(values) => self.place.rows(encoding, values),
            Values::F16(values) => self.place.rows(encoding, values),
            Values::Bf16(values) => self.place.rows(encoding, values),
            Values::F64(values) => self.place.rows(encoding, values),
        }
    }
}

impl Place {
    fn rows<'a, E: Element>(
        &'a self,
        encoding: Encoding,
        values: &'a [E],
    ) -> Result<Rows<'a>, ArgumentError> {
        match self {
            Place::Every(k) => Rows::new(encoding, values, *k),
            Place::Ragged(offsets) => Rows::ragged(encoding, values, offsets),
            Place::Sparse {
                offsets,
                indices,
                k,
            } => Rows::sparse(encoding, values, indices, offsets, *k),
        }
    }
}

/// Zeros, as many as a file has values.
fn room<E: Element>(reader: &NpyReader<impl Read>) -> Result<Vec<E>, NpyError> {
    let header = reader.header();
    let mut values = Vec::new();
    let count = usize::try_from(header.values);
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
