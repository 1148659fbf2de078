//! The header of a `.npy` file: what its data are.

use std::io::{self, Read};

use kullback::ElementType;
use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};

use super::error::NpyError;
use super::guard;

/// The longest header that is read, the limit that numpy sets as well.
pub(super) const MAX_HEADER: usize = 10_000;

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// How an element is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredType {
    /// IEEE 754 binary16.
    F2,
    /// IEEE 754 binary32.
    F4,
    /// IEEE 754 binary64.
    F8,
    /// bfloat16, which numpy does not know: its bits as uint16.
    Bf16,
}

impl StoredType {
    /// Bytes of one element.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            StoredType::F2 | StoredType::Bf16 => 2,
            StoredType::F4 => 4,
            StoredType::F8 => 8,
        }
    }

    /// The name that numpy gives it, or would.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StoredType::F2 => "float16",
            StoredType::F4 => "float32",
            StoredType::F8 => "float64",
            StoredType::Bf16 => "bfloat16",
        }
    }

    /// The type in which the elements are scored.
    #[must_use]
    pub fn element(self) -> ElementType {
        match self {
            StoredType::F2 => ElementType::F16,
            StoredType::F4 => ElementType::F32,
            StoredType::F8 => ElementType::F64,
            StoredType::Bf16 => ElementType::Bf16,
        }
    }
}

/// A matrix of floats in C order, as its header describes it, or rows that lie otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Rows.
    pub rows: u64,
    /// Bins of a row, at least 1; of ragged rows, of the longest.
    pub k: usize,
    /// All values that are stored.
    pub values: u64,
    /// How an element is stored.
    pub stored: StoredType,
    /// True if the most significant byte comes first.
    pub big_endian: bool,
    /// Bytes before the data.
    pub data_offset: u64,
}

impl Header {
    /// Reads a header from the start of a file, up to the first byte of data.
    ///
    /// # Errors
    /// [`NpyError`] if this is no `.npy` file, or not one of a matrix of floats in C order.
    pub fn read(input: &mut impl Read) -> Result<Header, NpyError> {
        let (npy, data_offset) = read_any(input)?;
        interpret(&npy, data_offset)
    }

    /// Bytes of data that the header promises.
    #[must_use]
    pub fn data_bytes(&self) -> u128 {
        u128::from(self.values) * self.stored.size() as u128
    }

    /// Compares the header with the length of its file.
    ///
    /// # Errors
    /// [`NpyError::Truncated`] or [`NpyError::Trailing`].
    pub fn check_length(&self, file_length: u64) -> Result<(), NpyError> {
        check_data(
            self.data_bytes(),
            file_length.saturating_sub(self.data_offset),
        )
    }
}

/// Compares how many bytes of data a header promises with those that there are.
pub(super) fn check_data(promised: u128, found: u64) -> Result<(), NpyError> {
    if promised > u128::from(found) {
        Err(NpyError::Truncated { promised, found })
    } else if promised < u128::from(found) {
        Err(NpyError::Trailing { promised, found })
    } else {
        Ok(())
    }
}

/// Reads the header of any array from the start of a file, up to the first byte of data, and says where that is.
pub(super) fn read_any(input: &mut impl Read) -> Result<(NpyHeader, u64), NpyError> {
    let bytes = read_bytes(input)?;
    let text = &bytes[preface_length(bytes[6])..];
    guard::check(text).map_err(NpyError::Header)?;
    let npy = NpyHeader::from_reader(bytes.as_slice())
        .map_err(|error| NpyError::Header(error.to_string()))?;
    Ok((npy, bytes.len() as u64))
}

/// Bytes before the header's text: magic, version and length.
fn preface_length(major_version: u8) -> usize {
    if major_version == 1 { 10 } else { 12 }
}

/// The whole header as bytes, from the magic to the end of its text, and not a byte more.
fn read_bytes(input: &mut impl Read) -> Result<Vec<u8>, NpyError> {
    let mut bytes = vec![0_u8; 8];
    read_exact(input, &mut bytes, NpyError::NotNpy)?;
    if bytes[..6] != MAGIC[..] {
        return Err(NpyError::NotNpy);
    }
    match (bytes[6], bytes[7]) {
        (1..=3, 0) => {}
        (major, minor) => return Err(NpyError::Version(major, minor)),
    }
    let start = preface_length(bytes[6]);
    bytes.resize(start, 0);
    read_exact(input, &mut bytes[8..], NpyError::TruncatedHeader)?;
    // Little-endian in 2 or 4 bytes.
    let length = bytes[8..]
        .iter()
        .rev()
        .fold(0_u64, |length, &byte| (length << 8) | u64::from(byte));
    match usize::try_from(length) {
        Ok(length) if length <= MAX_HEADER => bytes.resize(start + length, 0),
        _ => return Err(NpyError::HeaderLength(length)),
    }
    read_exact(input, &mut bytes[start..], NpyError::TruncatedHeader)?;
    Ok(bytes)
}

/// Fills `bytes`, or gives `ended` if the input ends first.
fn read_exact(input: &mut impl Read, bytes: &mut [u8], ended: NpyError) -> Result<(), NpyError> {
    input.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ended,
        _ => NpyError::Read(error),
    })
}

/// Admits a list of floats, as rows of one bin.
pub(super) fn read_list(input: &mut impl Read) -> Result<Header, NpyError> {
    let (npy, data_offset) = read_any(input)?;
    let (stored, big_endian) = floats(&npy)?;
    let &[values] = npy.shape() else {
        return Err(NpyError::NotOneDimension(npy.shape().to_vec()));
    };
    Ok(Header {
        rows: values,
        k: 1,
        values,
        stored,
        big_endian,
        data_offset,
    })
}

fn floats(npy: &NpyHeader) -> Result<(StoredType, bool), NpyError> {
    let dtype = npy.dtype();
    stored_type(&dtype).ok_or_else(|| NpyError::Type(type_text(&dtype)))
}

/// Admits a matrix of floats in C order.
fn interpret(npy: &NpyHeader, data_offset: u64) -> Result<Header, NpyError> {
    let (stored, big_endian) = floats(npy)?;
    let &[rows, k] = npy.shape() else {
        return Err(NpyError::Dimensions(npy.shape().to_vec()));
    };
    if npy.order() == Order::Fortran {
        return Err(NpyError::FortranOrder);
    }
    if k == 0 {
        return Err(NpyError::NoBins(rows));
    }
    let k = usize::try_from(k)
        .map_err(|_| NpyError::Header("a row is longer than the address space".to_owned()))?;
    // The guard has seen that the product fits.
    Ok(Header {
        rows,
        k,
        values: rows.saturating_mul(k as u64),
        stored,
        big_endian,
        data_offset,
    })
}

fn stored_type(dtype: &DType) -> Option<(StoredType, bool)> {
    let DType::Plain(plain) = dtype else {
        return None;
    };
    let stored = match (plain.type_char(), plain.size_field()) {
        (TypeChar::Float, 2) => StoredType::F2,
        (TypeChar::Float, 4) => StoredType::F4,
        (TypeChar::Float, 8) => StoredType::F8,
        (TypeChar::Uint, 2) => StoredType::Bf16,
        _ => return None,
    };
    Some((stored, plain.endianness() == Endianness::Big))
}

/// A type as its user knows it.
pub(super) fn type_text(dtype: &DType) -> String {
    let DType::Plain(plain) = dtype else {
        return "structured".to_owned();
    };
    let bits = plain.size_field().saturating_mul(8);
    match plain.type_char() {
        TypeChar::Bool => "bool".to_owned(),
        TypeChar::Int => format!("int{bits}"),
        TypeChar::Uint => format!("uint{bits}"),
        TypeChar::Float => format!("float{bits}"),
        TypeChar::Complex => format!("complex{bits}"),
        _ => format!("`{plain}`"),
    }
}
