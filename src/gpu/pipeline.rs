//! Kernels of a device, compiled once and kept by their key.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::link::link;
use super::pipeline_cache::PipelineCache;
use super::scope::scoped;
use super::{Fault, GpuError};
use crate::plan::Key;

/// A deliberate change to a linked shader, by which tests prove that a wrong kernel is caught.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub struct Mutation {
    /// The text to replace, which must occur.
    pub from: String,
    /// What stands there instead.
    pub to: String,
}

/// A compiled kernel with the layout of its bindings.
#[derive(Debug)]
pub(crate) struct Kernel {
    pub pipeline: wgpu::ComputePipeline,
    pub layout: wgpu::BindGroupLayout,
}

/// Compiles kernels and keeps them.
#[derive(Debug, Default)]
pub(crate) struct Kernels {
    compiled: Mutex<HashMap<Key, Arc<Kernel>>>,
    mutation: Option<Mutation>,
    fault: Option<Fault>,
    cache: Option<PipelineCache>,
}

impl Kernels {
    /// With what earlier processes compiled, and with what tests want to go wrong.
    pub(crate) fn new(
        cache: Option<PipelineCache>,
        mutation: Option<Mutation>,
        fault: Option<Fault>,
    ) -> Self {
        Kernels {
            compiled: Mutex::default(),
            mutation,
            fault,
            cache,
        }
    }

    /// The kernel of a key. Compiling blocks other keys too, which come from the same few requests.
    pub(crate) fn get(&self, device: &wgpu::Device, key: Key) -> Result<Arc<Kernel>, GpuError> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kernel) = compiled.get(&key) {
            return Ok(Arc::clone(kernel));
        }
        let kernel = Arc::new(self.compile(device, &key)?);
        // At once: a process may end without dropping its scorer.
        if let Some(cache) = &self.cache {
            cache.keep(device);
        }
        compiled.insert(key, Arc::clone(&kernel));
        Ok(kernel)
    }

    /// Fails if there is a mutation that changes none of these kernels.
    pub(crate) fn check_mutation(&self, keys: &[Key]) -> Result<(), GpuError> {
        match &self.mutation {
            Some(Mutation { from, .. })
                if !keys.iter().any(|k| link(k).contains(from.as_str())) =>
            {
                Err(GpuError::Refused {
                    step: "a mutation",
                    reason: format!("no kernel of {keys:?} has `{from}`"),
                })
            }
            _ => Ok(()),
        }
    }

    fn compile(&self, device: &wgpu::Device, key: &Key) -> Result<Kernel, GpuError> {
        if let Some(fault) = &self.fault {
            fault.strike("compile")?;
        }
        let mut wgsl = link(key);
        if let Some(Mutation { from, to }) = &self.mutation {
            wgsl = wgsl.replace(from.as_str(), to);
        }
        let label = format!("kullback/{key}");
        dump(&label, &wgsl);
        scoped(device, "compiling a kernel", || {
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(&label),
                source: wgpu::ShaderSource::Wgsl(wgsl.into()),
            });
            let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some(&label),
                entries: &entries(key),
            });
            let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(&label),
                bind_group_layouts: &[Some(&layout)],
                immediate_size: 0,
            });
            let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(&label),
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some("main"),
                // Kernels read nothing in workgroup memory that they have not written.
                compilation_options: wgpu::PipelineCompilationOptions {
                    zero_initialize_workgroup_memory: false,
                    ..wgpu::PipelineCompilationOptions::default()
                },
                cache: self.cache.as_ref().map(PipelineCache::cache),
            });
            Kernel { pipeline, layout }
        })
    }
}

/// Writes the linked shader to the folder that `KULLBACK_DUMP` names, for people with a question.
fn dump(label: &str, wgsl: &str) {
    if let Some(folder) = std::env::var_os("KULLBACK_DUMP") {
        let path = std::path::Path::new(&folder).join(format!("{}.wgsl", label.replace('/', "-")));
        if let Err(error) = std::fs::write(&path, wgsl) {
            log::warn!("{} was not written: {error}", path.display());
        }
    }
}

fn entries(key: &Key) -> Vec<wgpu::BindGroupLayoutEntry> {
    let buffer = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    };
    let read = wgpu::BufferBindingType::Storage { read_only: true };
    let write = wgpu::BufferBindingType::Storage { read_only: false };
    let mut all = vec![
        buffer(0, wgpu::BufferBindingType::Uniform),
        buffer(1, read),
        buffer(2, read),
        buffer(3, write),
        buffer(4, write),
    ];
    let scratch = key.scratch().len() as u32;
    all.extend((5..5 + scratch).map(|binding| buffer(binding, write)));
    all
}
