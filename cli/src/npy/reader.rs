//! Rows of a `.npy` file, read in order.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use bytemuck::Pod;
use half::slice::HalfFloatSliceExt;
use kullback::{Room, WrongElement};

use super::error::{FileError, NpyError};
use super::header::{Header, StoredType, read_list};

/// Reads the rows of a matrix in order, as they are stored.
#[derive(Debug)]
pub struct NpyReader<R> {
    input: R,
    header: Header,
    /// Elements read so far.
    position: u64,
}

impl NpyReader<File> {
    /// Opens a file and checks its header against its length.
    ///
    /// # Errors
    /// [`FileError`] naming the file and what is wrong with it.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let open = || {
            let (file, length) = open_file(path)?;
            NpyReader::new(file, length)
        };
        open().map_err(|error| FileError {
            path: path.to_owned(),
            error,
        })
    }
}

/// Opens a regular file and says how long it is.
pub(super) fn open_file(path: &Path) -> Result<(File, u64), NpyError> {
    // Before opening: a pipe without a writer would block there.
    let meta = std::fs::metadata(path).map_err(NpyError::Open)?;
    if !meta.is_file() {
        return Err(NpyError::NotRegular);
    }
    let file = File::open(path).map_err(NpyError::Open)?;
    Ok((file, meta.len()))
}

impl<R: Read> NpyReader<R> {
    /// Reads the header of `input`, which holds `length` bytes in all.
    ///
    /// # Errors
    /// [`NpyError`] if this is no matrix of floats in C order, or the length does not fit.
    pub fn new(mut input: R, length: u64) -> Result<Self, NpyError> {
        let header = Header::read(&mut input)?;
        header.check_length(length)?;
        Ok(NpyReader {
            input,
            header,
            position: 0,
        })
    }

    /// Reads the header of an input of so many bytes that holds a list of floats.
    pub(super) fn of_list(mut input: R, length: u64) -> Result<Self, NpyError> {
        let header = read_list(&mut input)?;
        header.check_length(length)?;
        Ok(NpyReader {
            input,
            header,
            position: 0,
        })
    }

    /// What the file holds.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Reads the next rows, as many as fit in `out` whole, and says how many: 0 at the end.
    ///
    /// # Errors
    /// [`NpyError`] if the file cannot be read, or `out` is for
    /// another type than [`StoredType::element`].
    pub fn read_rows(&mut self, out: Room<'_>) -> Result<usize, NpyError> {
        let k = self.header.k;
        let left = self.header.rows - self.position / k as u64;
        let room = out.len() / k;
        let rows = usize::try_from(left).map_or(room, |left| left.min(room));
        let values = rows * k;
        match (self.header.stored, out) {
            (StoredType::F4, Room::F32(out)) => {
                self.read_words(&mut out[..values], u32::swap_bytes)
            }
            (StoredType::F2, Room::F16(out)) => {
                self.read_words(out[..values].reinterpret_cast_mut(), u16::swap_bytes)
            }
            (StoredType::Bf16, Room::Bf16(out)) => {
                self.read_words(out[..values].reinterpret_cast_mut(), u16::swap_bytes)
            }
            (StoredType::F8, Room::F64(out)) => {
                self.read_words(&mut out[..values], u64::swap_bytes)
            }
            (stored, out) => Err(NpyError::Room(WrongElement {
                wanted: stored.element(),
                stated: out.element_type(),
            })),
        }?;
        Ok(rows)
    }

    /// Reads stored elements as they are, but for the order of their bytes.
    fn read_words<T: Pod, W: Pod>(
        &mut self,
        out: &mut [T],
        swap: fn(W) -> W,
    ) -> Result<(), NpyError> {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(out);
        self.input.read_exact(bytes).map_err(NpyError::Read)?;
        if self.header.big_endian != cfg!(target_endian = "big") {
            for word in bytemuck::cast_slice_mut(out) {
                *word = swap(*word);
            }
        }
        self.position += out.len() as u64;
        Ok(())
    }
}
