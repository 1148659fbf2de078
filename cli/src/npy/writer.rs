//! Scores and row numbers written as `.npy` files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use super::error::{FileError, NpyError};

/// The header of a file is padded so that the data start at a multiple of this.
const ALIGNMENT: usize = 64;

/// Numbers whose bytes are put together and written at once.
const PIECE: usize = 1 << 14;

/// A number as a file stores it.
pub trait Item: Copy {
    /// The type in the header.
    const DESCR: &'static str;

    /// Its bytes.
    fn bytes(self) -> impl AsRef<[u8]>;
}

impl Item for f32 {
    const DESCR: &'static str = "<f4";

    fn bytes(self) -> impl AsRef<[u8]> {
        self.to_le_bytes()
    }
}

impl Item for u64 {
    const DESCR: &'static str = "<u8";

    fn bytes(self) -> impl AsRef<[u8]> {
        self.to_le_bytes()
    }
}

/// Writes an array to a temporary file beside the output, which it replaces when all are written.
///
/// Dropped before [`ArrayWriter::finish`], it leaves the output as it was.
#[derive(Debug)]
pub struct ArrayWriter<T> {
    /// The output as the user named it.
    path: PathBuf,
    /// The output with links followed.
    target: PathBuf,
    temporary: PathBuf,
    /// `None` once finished.
    file: Option<BufWriter<File>>,
    items: PhantomData<T>,
}

impl<T: Item> ArrayWriter<T> {
    /// Starts a file that will hold an array of this shape.
    ///
    /// # Errors
    /// [`FileError`] if the output cannot be written.
    pub fn create(path: &Path, shape: &[u64]) -> Result<Self, FileError> {
        let at = |error| FileError {
            path: path.to_owned(),
            error,
        };
        // A link is followed, so that the file behind it is replaced and not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&target).is_ok_and(|meta| !meta.is_file()) {
            return Err(at(NpyError::OutputNotRegular));
        }
        let (temporary, file) = create_beside(&target).map_err(|e| at(NpyError::Write(e)))?;
        let mut writer = ArrayWriter {
            path: path.to_owned(),
            target,
            temporary,
            file: Some(BufWriter::with_capacity(1 << 18, file)),
            items: PhantomData,
        };
        writer.write(&header(T::DESCR, shape))?;
        Ok(writer)
    }

    /// Appends numbers.
    ///
    /// # Errors
    /// [`FileError`] if they cannot be written.
    pub fn append(&mut self, items: &[T]) -> Result<(), FileError> {
        let mut bytes = Vec::with_capacity(size_of::<T>() * PIECE.min(items.len()));
        for piece in items.chunks(PIECE) {
            bytes.clear();
            for &item in piece {
                bytes.extend_from_slice(item.bytes().as_ref());
            }
            self.write(&bytes)?;
        }
        Ok(())
    }

    /// Writes what has been held back, so that nothing but the name is left to fail.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be written.
    pub fn flush(&mut self) -> Result<(), FileError> {
        match &mut self.file {
            Some(file) => file.flush().map_err(|error| self.at(error)),
            None => Ok(()),
        }
    }

    /// Puts the finished file in the place of the output.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be written; the output is then as it was.
    pub fn finish(mut self) -> Result<(), FileError> {
        let done = match self.file.take() {
            Some(mut file) => file.flush(),
            None => Ok(()),
        };
        let done = done.and_then(|()| fs::rename(&self.temporary, &self.target));
        done.map_err(|error| {
            // Nothing more can be done about a file that cannot be removed.
            let _ = fs::remove_file(&self.temporary);
            self.at(error)
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        match &mut self.file {
            Some(file) => file.write_all(bytes).map_err(|error| self.at(error)),
            None => Ok(()),
        }
    }

    fn at(&self, error: io::Error) -> FileError {
        FileError {
            path: self.path.clone(),
            error: NpyError::Write(error),
        }
    }
}

impl<T> Drop for ArrayWriter<T> {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // Without a last flush, and closed before it is removed, as some systems want it.
            drop(file.into_parts());
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// A new file in the folder of `target`, under a name that no file has.
fn create_beside(target: &Path) -> io::Result<(PathBuf, File)> {
    let name = target
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    let mut attempt = 0_u32;
    loop {
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{attempt}.part", std::process::id()));
        let path = target.with_file_name(hidden);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {
                attempt += 1;
            }
            Err(error) => return Err(error),
            Ok(file) => return Ok((path, file)),
        }
    }
}

/// The header of an array, format version 1.0.
fn header(descr: &str, shape: &[u64]) -> Vec<u8> {
    let shape = match shape {
        [rows] => format!("({rows},)"),
        _ => {
            let sides: Vec<String> = shape.iter().map(u64::to_string).collect();
            format!("({})", sides.join(", "))
        }
    };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let preface = 10;
    while (preface + text.len() + 1) % ALIGNMENT != 0 {
        text.push(' ');
    }
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    // Far from 64 KiB: a side has at most 20 digits.
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes
}
