//! Sparse matrices by rows, as `scipy.sparse.save_npz` writes them: an archive of arrays.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::error::NpyError;
use super::header::{Header, read_any};
use super::integers::read_integers;
use super::reader::{NpyReader, open_file};
use super::table::{Place, Table};

/// The longest name of a format that is read, that of a plain word.
const LONGEST_NAME: u64 = 64;

/// True of a file that is an archive by its name.
pub(crate) fn is_archive(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("npz"))
}

/// Reads a whole matrix, and says what it is.
pub(super) fn read_sparse(path: &Path) -> Result<(Header, Table), NpyError> {
    let (file, _) = open_file(path)?;
    let archive = ZipArchive::new(file).map_err(unreadable)?;
    let mut arrays = Arrays(archive);
    let format = arrays.read("format", |array, _| {
        read_any(array)?;
        let mut name = String::new();
        let read = array.take(LONGEST_NAME).read_to_string(&mut name);
        read.map_err(NpyError::Read)?;
        Ok(name)
    })?;
    if format != "csr" {
        return Err(NpyError::NotByRows(format));
    }
    let shape = arrays.read("shape", |array, length| read_integers(array, length, Ok))?;
    let &[rows, k] = &shape[..] else {
        return Err(NpyError::Dimensions(shape));
    };
    let bins = usize::try_from(k).map_err(|_| NpyError::TooManyBins(k))?;
    if bins == 0 {
        return Err(NpyError::NoBins(rows));
    }
    let offsets = arrays.read("indptr", |array, length| read_integers(array, length, Ok))?;
    if offsets.len() as u64 != rows.saturating_add(1) {
        return Err(NpyError::Offsets {
            offsets: offsets.len(),
            rows,
        });
    }
    let index = |index| u32::try_from(index).map_err(|_| NpyError::TooManyBins(index));
    let indices = arrays.read("indices", |array, length| {
        read_integers(array, length, index)
    })?;
    let place = Place::Sparse {
        offsets,
        indices,
        k: bins,
    };
    let (stored, table) = arrays.read("data", |array, length| {
        let mut reader = NpyReader::of_list(array, length)?;
        let table = Table::read(&mut reader, place)?;
        Ok((*reader.header(), table))
    })?;
    let header = Header {
        rows,
        k: bins,
        ..stored
    };
    Ok((header, table))
}

/// The arrays of an archive, by their names.
struct Arrays(ZipArchive<File>);

impl Arrays {
    /// Hands an array and the number of its bytes to `read`.
    fn read<T>(
        &mut self,
        array: &'static str,
        read: impl FnOnce(&mut ZipFile<'_, File>, u64) -> Result<T, NpyError>,
    ) -> Result<T, NpyError> {
        let mut file = match self.0.by_name(&format!("{array}.npy")) {
            Ok(file) => file,
            Err(ZipError::FileNotFound) => return Err(NpyError::NoArray(array)),
            Err(error) => return Err(unreadable(error)),
        };
        let length = file.size();
        read(&mut file, length).map_err(|error| NpyError::Array {
            array,
            error: Box::new(error),
        })
    }
}

fn unreadable(error: ZipError) -> NpyError {
    match error {
        ZipError::Io(error) => NpyError::Read(error),
        other => NpyError::Archive(other.to_string()),
    }
}
