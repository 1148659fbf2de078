//! Values of an element type that is known only at run time.

use std::fmt::Write;

use kullback::{ElementType, Encoding, Rows, bf16, f16};

/// An array of one of the element types.
#[derive(Clone, Debug)]
pub enum Stored {
    /// IEEE 754 binary32.
    F32(Vec<f32>),
    /// IEEE 754 binary16.
    F16(Vec<f16>),
    /// bfloat16.
    Bf16(Vec<bf16>),
    /// IEEE 754 binary64.
    F64(Vec<f64>),
}

/// The element types that every backend reads.
pub const ELEMENTS: [ElementType; 3] = [ElementType::F32, ElementType::F16, ElementType::Bf16];

/// The element types that the CPU and the reference read.
pub const ALL_ELEMENTS: [ElementType; 4] = [
    ElementType::F32,
    ElementType::F16,
    ElementType::Bf16,
    ElementType::F64,
];

impl Stored {
    /// Values rounded to the nearest of a type.
    pub fn rounded(element: ElementType, values: &[f32]) -> Stored {
        let each = values.iter();
        match element {
            ElementType::F32 => Stored::F32(values.to_vec()),
            ElementType::F16 => Stored::F16(each.map(|&v| f16::from_f32(v)).collect()),
            ElementType::Bf16 => Stored::Bf16(each.map(|&v| bf16::from_f32(v)).collect()),
            ElementType::F64 => Stored::F64(each.map(|&v| v.into()).collect()),
            other => panic!("no values of {other}"),
        }
    }

    /// Values of which the bits are given one behind the other in hexadecimal.
    pub fn from_hex(element: ElementType, digits: &str) -> Option<Stored> {
        let size = 2 * element.size();
        let bits: Vec<u64> = (0..digits.len())
            .step_by(size)
            .map(|at| u64::from_str_radix(digits.get(at..at + size)?, 16).ok())
            .collect::<Option<_>>()?;
        let bits = bits.into_iter();
        Some(match element {
            ElementType::F32 => Stored::F32(bits.map(|b| f32::from_bits(b as u32)).collect()),
            ElementType::F16 => Stored::F16(bits.map(|b| f16::from_bits(b as u16)).collect()),
            ElementType::Bf16 => Stored::Bf16(bits.map(|b| bf16::from_bits(b as u16)).collect()),
            ElementType::F64 => Stored::F64(bits.map(f64::from_bits).collect()),
            _ => return None,
        })
    }

    /// The type of the values.
    pub fn element(&self) -> ElementType {
        match self {
            Stored::F32(_) => ElementType::F32,
            Stored::F16(_) => ElementType::F16,
            Stored::Bf16(_) => ElementType::Bf16,
            Stored::F64(_) => ElementType::F64,
        }
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        match self {
            Stored::F32(values) => values.len(),
            Stored::F16(values) => values.len(),
            Stored::Bf16(values) => values.len(),
            Stored::F64(values) => values.len(),
        }
    }

    /// Values behind these, of the same type.
    pub fn append(&mut self, more: &Stored) {
        match (self, more) {
            (Stored::F32(values), Stored::F32(more)) => values.extend(more),
            (Stored::F16(values), Stored::F16(more)) => values.extend(more),
            (Stored::Bf16(values), Stored::Bf16(more)) => values.extend(more),
            (Stored::F64(values), Stored::F64(more)) => values.extend(more),
            (values, more) => panic!("{} behind {}", more.element(), values.element()),
        }
    }

    /// The values as rows that start `stride` elements apart.
    pub fn rows(&self, encoding: Encoding, k: usize, stride: usize) -> Rows<'_> {
        let rows = match self {
            Stored::F32(values) => Rows::strided(encoding, values, k, stride),
            Stored::F16(values) => Rows::strided(encoding, values, k, stride),
            Stored::Bf16(values) => Rows::strided(encoding, values, k, stride),
            Stored::F64(values) => Rows::strided(encoding, values, k, stride),
        };
        match rows {
            Ok(rows) => rows,
            Err(error) => panic!("no rows: {error}"),
        }
    }

    /// The bits of each value.
    pub fn bits(&self) -> Vec<u64> {
        match self {
            Stored::F32(values) => values.iter().map(|v| v.to_bits().into()).collect(),
            Stored::F16(values) => values.iter().map(|v| v.to_bits().into()).collect(),
            Stored::Bf16(values) => values.iter().map(|v| v.to_bits().into()).collect(),
            Stored::F64(values) => values.iter().map(|v| v.to_bits()).collect(),
        }
    }

    /// The bits of the first values in hexadecimal, as the files of exact values have them.
    pub fn hex(&self) -> String {
        let (bits, digits) = (self.bits(), 2 * self.element().size());
        let mut text = String::new();
        for bits in bits.iter().take(SHOWN) {
            let _ = write!(text, "{bits:0digits$x}");
        }
        if bits.len() > SHOWN {
            text += "...";
        }
        text
    }

    /// The values in f64.
    pub fn wide(&self) -> Vec<f64> {
        match self {
            Stored::F32(values) => values.iter().map(|&v| v.into()).collect(),
            Stored::F16(values) => values.iter().map(|&v| v.into()).collect(),
            Stored::Bf16(values) => values.iter().map(|&v| v.into()).collect(),
            Stored::F64(values) => values.clone(),
        }
    }
}

const SHOWN: usize = 40;
