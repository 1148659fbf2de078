//! What the `.npy` reader must do with any bytes: give rows or an error, and take no more memory than
//! the bytes are worth. The body of the fuzz target `npy`, and of the test that replays its seeds.

use std::io::Read;

use kullback::{ElementType, Room, bf16, f16};
use kullback_cli::npy::{NpyError, NpyReader, StoredType};

/// More values than this are not asked for at once.
const ROOM: usize = 1 << 16;

/// Reads `file` as a `.npy` file.
pub fn run(file: &[u8]) {
    let length = file.len() as u64;
    let whole = read(file, length, ROOM);
    // In other portions, and from an input that gives a few bytes at a time, it is the same.
    let k = k_of(file).unwrap_or(1);
    let portioned = read(Trickle { file, at: 0 }, length, k.min(ROOM));
    assert_eq!(words(&whole), words(&portioned));
    if let Ok(values) = whole {
        check(file, &values);
    }
    // A length that is not that of the file, as when it is written to meanwhile.
    for wrong in [0, length / 2, length + 1, length + 4, u64::MAX] {
        let values = read(file, wrong, ROOM).unwrap_or_default();
        assert!(values.len() <= file.len(), "more values than bytes");
    }
}

/// All rows, or nothing if a row is longer than `room`.
fn read(input: impl Read, length: u64, room: usize) -> Result<Vec<f64>, NpyError> {
    let mut reader = NpyReader::new(input, length)?;
    assert!(reader.header().k > 0);
    let mut all = Vec::new();
    loop {
        let (rows, out) = read_rows(&mut reader, room)?;
        match rows {
            0 => return Ok(all),
            rows => all.extend_from_slice(&out[..rows * reader.header().k]),
        }
    }
}

/// Rows that fit in `room` values, as f64, which holds all types exactly.
fn read_rows(
    reader: &mut NpyReader<impl Read>,
    room: usize,
) -> Result<(usize, Vec<f64>), NpyError> {
    let mut wide = vec![0.0; room];
    let rows = match reader.header().stored.element() {
        ElementType::F16 => {
            let mut out = vec![f16::ZERO; room];
            let rows = reader.read_rows(Room::F16(&mut out))?;
            wide = out.into_iter().map(f16::to_f64).collect();
            rows
        }
        ElementType::Bf16 => {
            let mut out = vec![bf16::ZERO; room];
            let rows = reader.read_rows(Room::Bf16(&mut out))?;
            wide = out.into_iter().map(bf16::to_f64).collect();
            rows
        }
        ElementType::F32 => {
            let mut out = vec![0.0_f32; room];
            let rows = reader.read_rows(Room::F32(&mut out))?;
            wide = out.into_iter().map(f64::from).collect();
            rows
        }
        _ => reader.read_rows(Room::F64(&mut wide))?,
    };
    Ok((rows, wide))
}

/// What came out, comparable where it holds NaN.
fn words(read: &Result<Vec<f64>, NpyError>) -> Result<Vec<u64>, String> {
    match read {
        Ok(values) => Ok(values.iter().map(|value| value.to_bits()).collect()),
        Err(error) => Err(error.to_string()),
    }
}

fn k_of(file: &[u8]) -> Option<usize> {
    let reader = NpyReader::new(file, file.len() as u64).ok()?;
    Some(reader.header().k)
}

/// Compares values with the bytes at the end of the file.
fn check(file: &[u8], values: &[f64]) {
    let Ok(reader) = NpyReader::new(file, file.len() as u64) else {
        panic!("the file cannot be opened twice");
    };
    let header = reader.header();
    if header.k > ROOM {
        return assert!(values.is_empty());
    }
    assert_eq!(values.len() as u64, header.rows * header.k as u64);
    let size = header.stored.size();
    let data = &file[header.data_offset as usize..];
    assert_eq!(data.len(), values.len() * size);
    for (bytes, &value) in data.chunks(size).zip(values) {
        let mut bytes = bytes.to_vec();
        if header.big_endian {
            bytes.reverse();
        }
        let word = bytes
            .iter()
            .rev()
            .fold(0_u64, |word, &byte| word << 8 | u64::from(byte));
        let expected = match size {
            2 if header.stored == StoredType::Bf16 => f32::from_bits((word as u32) << 16).into(),
            2 => half(word as u16).into(),
            4 => f32::from_bits(word as u32).into(),
            _ => f64::from_bits(word),
        };
        let same = value.to_bits() == expected.to_bits() || value.is_nan() && expected.is_nan();
        assert!(same, "{word:#x} became {value:e}, not {expected:e}");
    }
}

/// IEEE 754 binary16, from its definition.
fn half(word: u16) -> f32 {
    let sign = if word >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, mantissa) = (i32::from(word >> 10 & 31), f32::from(word & 1023));
    sign * match exponent {
        0 => mantissa * 2_f32.powi(-24),
        31 if mantissa == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + mantissa) * 2_f32.powi(exponent - 25),
    }
}

/// An input that gives at most three bytes at a time.
struct Trickle<'a> {
    file: &'a [u8],
    at: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.file[self.at..];
        let given = rest.len().min(out.len()).min(3);
        out[..given].copy_from_slice(&rest[..given]);
        self.at += given;
        Ok(given)
    }
}
