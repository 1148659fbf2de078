//! Integers of any type.

use std::io::Read;

use npyz::{DType, Endianness, Order, TypeChar};

use super::error::NpyError;
use super::header::{check_data, read_any, type_text};

/// How an integer is stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct IntegerType {
    size: usize,
    signed: bool,
    big_endian: bool,
}

impl IntegerType {
    /// Admits integers of 1 to 8 bytes.
    pub fn new(dtype: &DType) -> Result<Self, NpyError> {
        let not_integers = || NpyError::NotIntegers(type_text(dtype));
        let DType::Plain(plain) = dtype else {
            return Err(not_integers());
        };
        let signed = match plain.type_char() {
            TypeChar::Int => true,
            TypeChar::Uint => false,
            _ => return Err(not_integers()),
        };
        let size = match plain.size_field() {
            1 => 1,
            2 => 2,
            4 => 4,
            8 => 8,
            _ => return Err(not_integers()),
        };
        Ok(IntegerType {
            size,
            signed,
            big_endian: plain.endianness() == Endianness::Big,
        })
    }

    /// Bytes of a number.
    pub fn size(self) -> usize {
        self.size
    }

    /// The number that as many bytes store, or what it is if it is negative.
    pub fn decode(self, bytes: &[u8]) -> Result<u64, i64> {
        let mut word = [0; 8];
        word[..self.size].copy_from_slice(bytes);
        if self.big_endian {
            word[..self.size].reverse();
        }
        let number = u64::from_le_bytes(word);
        let unused = 64 - 8 * self.size as u32;
        // Shifted up and down again, the sign fills what is not stored.
        let with_sign = (number << unused) as i64 >> unused;
        if self.signed && with_sign < 0 {
            return Err(with_sign);
        }
        Ok(number)
    }
}

/// Numbers that are read at a time.
const STEP: usize = 8192;

/// Reads an array of one dimension of integers that are not negative, made into others one by one, from an input of so
/// many bytes.
pub(super) fn read_integers<T>(
    input: &mut impl Read,
    length: u64,
    make: impl Fn(u64) -> Result<T, NpyError>,
) -> Result<Vec<T>, NpyError> {
    let (npy, data_offset) = read_any(input)?;
    let number = IntegerType::new(&npy.dtype())?;
    let &[count] = npy.shape() else {
        return Err(NpyError::NotOneDimension(npy.shape().to_vec()));
    };
    if npy.order() == Order::Fortran && count > 1 {
        return Err(NpyError::FortranOrder);
    }
    let bytes = u128::from(count) * number.size() as u128;
    check_data(bytes, length.saturating_sub(data_offset))?;
    let mut numbers = Vec::new();
    let reserved = usize::try_from(count).map(|count| numbers.try_reserve_exact(count));
    if !matches!(reserved, Ok(Ok(()))) {
        return Err(NpyError::Memory { bytes });
    }
    let mut buffer = vec![0; number.size() * STEP];
    let mut left = count;
    while left > 0 {
        let some = left.min(STEP as u64);
        let bytes = &mut buffer[..number.size() * some as usize];
        input.read_exact(bytes).map_err(NpyError::Read)?;
        for bytes in bytes.chunks_exact(number.size()) {
            let at = numbers.len() as u64;
            let found = number.decode(bytes);
            let found = found.map_err(|value| NpyError::Negative { at, value })?;
            numbers.push(make(found)?);
        }
        left -= some;
    }
    Ok(numbers)
}
