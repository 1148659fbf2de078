//! Stored bytes to f32.

use half::f16;

use super::header::StoredType;

/// A finite value that f32 cannot hold: its place among the values given, and the value.
pub(super) struct OutOfRange {
    pub(super) index: usize,
    pub(super) value: f64,
}

/// Turns elements of `stored` type into f32, one for each element of `out`.
///
/// `bytes` holds exactly those elements. f16 is exact in f32; f64 is rounded to the nearest f32, and a
/// finite f64 beyond its range is an error: it would become infinite and so mean something else.
pub(super) fn convert(
    stored: StoredType,
    big_endian: bool,
    bytes: &[u8],
    out: &mut [f32],
) -> Result<(), OutOfRange> {
    match stored {
        StoredType::F2 => {
            let (elements, _) = bytes.as_chunks::<2>();
            for (out, &element) in out.iter_mut().zip(elements) {
                let value = if big_endian {
                    f16::from_be_bytes(element)
                } else {
                    f16::from_le_bytes(element)
                };
                *out = value.to_f32();
            }
        }
        StoredType::F4 => {
            let (elements, _) = bytes.as_chunks::<4>();
            for (out, &element) in out.iter_mut().zip(elements) {
                *out = if big_endian {
                    f32::from_be_bytes(element)
                } else {
                    f32::from_le_bytes(element)
                };
            }
        }
        StoredType::F8 => {
            let (elements, _) = bytes.as_chunks::<8>();
            for (index, (out, &element)) in out.iter_mut().zip(elements).enumerate() {
                let value = if big_endian {
                    f64::from_be_bytes(element)
                } else {
                    f64::from_le_bytes(element)
                };
                *out = value as f32;
                if value.is_finite() && !out.is_finite() {
                    return Err(OutOfRange { index, value });
                }
            }
        }
    }
    Ok(())
}
