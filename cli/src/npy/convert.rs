//! Stored f64 to f32.

/// A finite value that f32 cannot hold: its place among the values given, and the value.
pub(super) struct OutOfRange {
    pub(super) index: usize,
    pub(super) value: f64,
}

/// Rounds stored f64 to the nearest f32, one for each element of `out`.
///
/// `bytes` holds exactly those elements. A finite value beyond the range of f32 is an error: it would
/// become infinite and so mean something else.
pub(super) fn convert(big_endian: bool, bytes: &[u8], out: &mut [f32]) -> Result<(), OutOfRange> {
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
    Ok(())
}
