//! The file that keeps the compiled pipelines of one adapter between processes.
//!
//! A driver believes what it is given, so nothing is taken from a file that is not exactly what was
//! written for this adapter, this driver and this version of the library: everything else is as good as
//! no file. A failure to read or write costs time, never a score.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const MAGIC: &[u8; 8] = b"kullback";
const VERSION: u32 = 1;

/// Magic, version, length of the key, length of the data and checksum.
const HEADER: usize = 8 + 4 + 4 + 8 + 8;

/// Far more than the pipelines of this library take; what is larger is not ours.
const LARGEST: u64 = 256 << 20;

/// Where the pipelines of an adapter lie, and what they must say of themselves.
#[derive(Debug)]
pub(crate) struct CacheFile {
    folder: PathBuf,
    path: PathBuf,
    key: String,
}

impl CacheFile {
    /// None for an adapter whose pipelines cannot be kept.
    pub(crate) fn new(folder: &Path, info: &wgpu::AdapterInfo) -> Option<Self> {
        let device = wgpu::util::pipeline_cache_key(info)?;
        // Several drivers may serve one device; an update of one takes the place of what went before.
        let driver: String = info
            .driver
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        // Kernels change with the library, and no pipeline ever leaves a cache: each version starts anew.
        let key = [
            &device,
            &info.name,
            &info.driver,
            &info.driver_info,
            env!("CARGO_PKG_VERSION"),
        ]
        .join("\n");
        Some(CacheFile {
            folder: folder.to_owned(),
            path: folder.join(format!("{device}_{driver}.pipelines")),
            key,
        })
    }

    /// What was kept, if all of it is there and for this adapter.
    pub(crate) fn read(&self) -> Option<Vec<u8>> {
        let bytes = match self.bytes() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                log::warn!("{} was not read: {error}", self.path.display());
                return None;
            }
        };
        let data = unseal(&self.key, &bytes);
        if data.is_none() {
            log::info!("{} is out of date or damaged", self.path.display());
        }
        data.map(<[u8]>::to_vec)
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        let file = File::open(&self.path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() > LARGEST {
            return Err(io::Error::other("it is no file of pipelines"));
        }
        private(&fs::metadata(&self.folder)?)?;
        private(&metadata)?;
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Keeps data: whoever reads meanwhile finds the old ones or the new ones.
    pub(crate) fn write(&self, data: &[u8]) {
        if let Err(error) = self.replace(&seal(&self.key, data)) {
            log::warn!("{} was not written: {error}", self.path.display());
        }
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        create_folder(&self.folder)?;
        private(&fs::metadata(&self.folder)?)?;
        // Apart from those of other threads and processes.
        static WRITTEN: AtomicU32 = AtomicU32::new(0);
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let extension = format!("{}-{number}.tmp", std::process::id());
        let beside = self.path.with_extension(extension);
        let written = create_private(&beside)
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| fs::rename(&beside, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

fn seal(key: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + key.len() + data.len());
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend((key.len() as u32).to_le_bytes());
    bytes.extend((data.len() as u64).to_le_bytes());
    bytes.extend(checksum(&[key.as_bytes(), data]).to_le_bytes());
    bytes.extend(key.as_bytes());
    bytes.extend(data);
    bytes
}

/// The data, if every byte of the file is as [`seal`] with this key would have it.
fn unseal<'a>(key: &str, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let (header, rest) = bytes.split_at_checked(HEADER)?;
    let (of_key, data) = rest.split_at_checked(key.len())?;
    let mut expected = seal(key, &[]);
    expected.truncate(HEADER - 16);
    expected.extend((data.len() as u64).to_le_bytes());
    expected.extend(checksum(&[key.as_bytes(), data]).to_le_bytes());
    (header == expected && of_key == key.as_bytes()).then_some(data)
}

/// FNV-1a, against accidents: it proves nothing about people, whom [`private`] keeps out.
fn checksum(parts: &[&[u8]]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.iter());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Refuses what everyone may write to: a checksum can be forged, and a driver trusts what it is given.
#[cfg(unix)]
fn private(metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o002 == 0 {
        Ok(())
    } else {
        Err(io::Error::other(
            "everyone may write to it or to its folder",
        ))
    }
}

/// Elsewhere a folder of the user is private unless it was opened up on purpose.
#[cfg(not(unix))]
fn private(_: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn create_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "vulkan_65541_0\nllvmpipe";

    #[test]
    fn what_was_sealed_is_given_back() {
        for data in [&b""[..], b"x", &[7; 1000]] {
            assert_eq!(unseal(KEY, &seal(KEY, data)), Some(data));
        }
    }

    #[test]
    fn whatever_differs_in_a_bit_or_a_byte_is_nothing() {
        let sealed = seal(KEY, b"pipelines of this adapter");
        for length in 0..sealed.len() {
            assert_eq!(unseal(KEY, &sealed[..length]), None, "{length} bytes");
        }
        for bit in 0..8 * sealed.len() {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unseal(KEY, &changed), None, "bit {bit}");
        }
        let longer = [&sealed[..], b"."].concat();
        assert_eq!(unseal(KEY, &longer), None);
    }

    #[test]
    fn what_was_sealed_for_another_adapter_is_nothing() {
        let data = b"pipelines";
        for other in ["", "vulkan_65541_0\nllvmpip", "vulkan_65541_1\nllvmpipe"] {
            assert_eq!(unseal(KEY, &seal(other, data)), None);
        }
        // Nor is one whose key runs on into the data.
        let longer = format!("{KEY}pipe");
        assert_eq!(unseal(&longer, &seal(KEY, b"pipelines")), None);
    }

    #[test]
    fn checksums_are_those_of_fnv() {
        assert_eq!(checksum(&[]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(checksum(&[b"foo", b"bar"]), 0x8594_4171_f739_67e8);
    }
}
