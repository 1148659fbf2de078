//! Rows of a `.npy` file, read in order.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::convert::{OutOfRange, convert};
use super::error::{FileError, NpyError};
use super::header::{Header, StoredType};

/// How many bytes are converted at a time.
const PIECE: usize = 256 * 1024;

/// Reads the rows of a matrix in order, as f32.
#[derive(Debug)]
pub struct NpyReader<R> {
    input: R,
    header: Header,
    /// Elements read so far.
    position: u64,
    /// Stored bytes on their way to f32; not used for elements that are f32 as they stand.
    piece: Vec<u8>,
}

impl NpyReader<File> {
    /// Opens a file and checks its header against its length.
    ///
    /// # Errors
    /// [`FileError`] naming the file and what is wrong with it.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let open = || {
            // Before opening: a pipe without a writer would block there.
            let meta = std::fs::metadata(path).map_err(NpyError::Open)?;
            if !meta.is_file() {
                return Err(NpyError::NotRegular);
            }
            let file = File::open(path).map_err(NpyError::Open)?;
            NpyReader::new(file, meta.len())
        };
        open().map_err(|error| FileError {
            path: path.to_owned(),
            error,
        })
    }
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
            piece: Vec::new(),
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
    /// [`NpyError`] if the file cannot be read, or holds a finite value that f32 cannot.
    pub fn read_rows(&mut self, out: &mut [f32]) -> Result<usize, NpyError> {
        let k = self.header.k;
        let left = self.header.rows - self.position / k as u64;
        let rows = usize::try_from(left).map_or(out.len() / k, |left| left.min(out.len() / k));
        let out = &mut out[..rows * k];
        if self.stored_as_here() {
            let bytes: &mut [u8] = bytemuck::cast_slice_mut(out);
            self.input.read_exact(bytes).map_err(NpyError::Read)?;
            self.position += out.len() as u64;
        } else {
            self.read_converted(out)?;
        }
        Ok(rows)
    }

    /// True if the stored bytes are f32 as this machine keeps them.
    fn stored_as_here(&self) -> bool {
        self.header.stored == StoredType::F4
            && self.header.big_endian == cfg!(target_endian = "big")
    }

    /// Reads stored elements a piece at a time and turns them into f32.
    fn read_converted(&mut self, out: &mut [f32]) -> Result<(), NpyError> {
        let size = self.header.stored.size();
        for out in out.chunks_mut(PIECE / size) {
            self.piece.resize(out.len() * size, 0);
            self.input
                .read_exact(&mut self.piece)
                .map_err(NpyError::Read)?;
            convert(self.header.stored, self.header.big_endian, &self.piece, out)
                .map_err(|error| self.out_of_range(&error))?;
            self.position += out.len() as u64;
        }
        Ok(())
    }

    fn out_of_range(&self, error: &OutOfRange) -> NpyError {
        let place = self.position + error.index as u64;
        let k = self.header.k as u64;
        NpyError::Range {
            row: place / k,
            column: (place % k) as usize,
            value: error.value,
        }
    }
}
