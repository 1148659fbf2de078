//! Compiled pipelines, kept in a file between processes.
#![allow(unsafe_code)]

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Fault;
use super::cache_file::CacheFile;
use super::scope::scoped;

/// The pipelines of a device that the driver has compiled here or in an earlier process.
#[derive(Debug)]
pub(crate) struct PipelineCache {
    cache: wgpu::PipelineCache,
    file: CacheFile,
    /// What the file holds, as far as is known here.
    kept: Mutex<Vec<u8>>,
}

impl PipelineCache {
    /// Takes up what lies in the folder for the adapter of this device.
    ///
    /// None where nothing can be kept, as without [`wgpu::Features::PIPELINE_CACHE`].
    pub(crate) fn open(
        device: &wgpu::Device,
        folder: &Path,
        fault: Option<&Fault>,
    ) -> Option<Self> {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let file = CacheFile::new(folder, &device.adapter_info())?;
        let data = file
            .read()
            .filter(|_| fault.is_none_or(|fault| fault.strike("take up pipelines").is_ok()));
        let descriptor = wgpu::PipelineCacheDescriptor {
            label: Some("kullback"),
            data: data.as_deref(),
            fallback: true,
        };
        let created = scoped(device, "a pipeline cache", || {
            // SAFETY: `data` must come from `PipelineCache::get_data` of an adapter with the same
            // `pipeline_cache_key`.
            // - It is none, or what `CacheFile::read` gave back, which is byte for byte what was once
            //   handed to `CacheFile::write`: the file has our magic, our format, the exact length and a
            //   checksum over all of it. `write` has one caller, `keep` below, which hands over nothing
            //   but the outcome of `get_data`.
            // - The file carries that key, the adapter's name, the driver with its version and our own
            //   version, and all of them are those of this very device's adapter. wgpu compares vendor,
            //   device and the driver's UUID once more; with `fallback` it starts with an empty cache
            //   where the driver is another one.
            // - A checksum does not keep out who would forge it. On Unix a folder or file that everyone
            //   may write to is not read; beyond that the documentation of `ScorerBuilder::pipeline_cache`
            //   asks for a folder of the user's own. Who can write there has the user's rights already.
            unsafe { device.create_pipeline_cache(&descriptor) }
        });
        match created {
            Ok(cache) => Some(PipelineCache {
                cache,
                file,
                kept: Mutex::new(data.unwrap_or_default()),
            }),
            Err(error) => {
                log::warn!("pipelines are not kept: {error}");
                None
            }
        }
    }

    /// What pipelines are compiled with.
    pub(crate) fn cache(&self) -> &wgpu::PipelineCache {
        &self.cache
    }

    /// Writes the file anew if pipelines were added to what it holds.
    pub(crate) fn keep(&self, device: &wgpu::Device) {
        let Ok(Some(data)) = scoped(device, "keeping pipelines", || self.cache.get_data()) else {
            return;
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if *kept != data {
            self.file.write(&data);
            *kept = data;
        }
    }
}
