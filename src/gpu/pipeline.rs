//! Kernels of a device, compiled once and kept by their key.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::link::{link, link_product, link_statistics};
use super::pipeline_cache::PipelineCache;
use super::scope::scoped;
use super::{Fault, GpuError};
use crate::plan::Key;
use crate::plan::product::ProductKey;
use crate::plan::statistics::StatisticsKey;

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

/// What a kernel is kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Name {
    Rows(Key),
    Product(ProductKey),
    Statistics(StatisticsKey),
}

/// Compiles kernels and keeps them.
#[derive(Debug, Default)]
pub(crate) struct Kernels {
    compiled: Mutex<HashMap<Name, Arc<Kernel>>>,
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

    /// The kernel of a key.
    pub(crate) fn get(&self, device: &wgpu::Device, key: Key) -> Result<Arc<Kernel>, GpuError> {
        self.named(device, Name::Rows(key))
    }

    /// The kernel of a product.
    pub(crate) fn product(
        &self,
        device: &wgpu::Device,
        key: ProductKey,
    ) -> Result<Arc<Kernel>, GpuError> {
        if let Some(Mutation { from, .. }) = &self.mutation
            && !link_product(&key).contains(from.as_str())
        {
            return Err(GpuError::Refused {
                step: "a mutation",
                reason: format!("{key} has no `{from}`"),
            });
        }
        self.named(device, Name::Product(key))
    }

    /// A kernel of statistics.
    pub(crate) fn statistics(
        &self,
        device: &wgpu::Device,
        key: StatisticsKey,
    ) -> Result<Arc<Kernel>, GpuError> {
        self.named(device, Name::Statistics(key))
    }

    /// Compiling blocks other kernels too, which come from the same few requests.
    fn named(&self, device: &wgpu::Device, name: Name) -> Result<Arc<Kernel>, GpuError> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kernel) = compiled.get(&name) {
            return Ok(Arc::clone(kernel));
        }
        let kernel = Arc::new(match &name {
            Name::Rows(key) => self.compile(
                device,
                &format!("kullback/{key}"),
                (link(key), false),
                &entries(key),
            )?,
            Name::Product(key) => self.compile(
                device,
                &format!("kullback/{key}"),
                (link_product(key), true),
                &entries_of_all(),
            )?,
            Name::Statistics(key) => self.compile(
                device,
                &format!("kullback/{key}"),
                (link_statistics(*key), false),
                &entries_of_statistics(*key),
            )?,
        });
        // At once: a process may end without dropping its scorer.
        if let Some(cache) = &self.cache {
            cache.keep(device);
        }
        compiled.insert(name, Arc::clone(&kernel));
        Ok(kernel)
    }

    /// Fails if there is a mutation that changes none of these kernels, nor any of those of statistics, which may be behind
    /// them.
    pub(crate) fn check_mutation(&self, keys: &[Key]) -> Result<(), GpuError> {
        let of_statistics = |from: &str| {
            let mut all = StatisticsKey::ALL.into_iter();
            all.any(|key| link_statistics(key).contains(from))
        };
        match &self.mutation {
            Some(Mutation { from, .. })
                if !keys.iter().any(|k| link(k).contains(from.as_str()))
                    && !of_statistics(from) =>
            {
                Err(GpuError::Refused {
                    step: "a mutation",
                    reason: format!("no kernel of {keys:?} has `{from}`"),
                })
            }
            _ => Ok(()),
        }
    }

    fn compile(
        &self,
        device: &wgpu::Device,
        label: &str,
        (mut wgsl, trusted): (String, bool),
        entries: &[wgpu::BindGroupLayoutEntry],
    ) -> Result<Kernel, GpuError> {
        if let Some(fault) = &self.fault {
            fault.strike("compile")?;
        }
        if let Some(Mutation { from, to }) = &self.mutation {
            wgsl = wgsl.replace(from.as_str(), to);
        }
        dump(label, &wgsl);
        scoped(device, "compiling a kernel", || {
            let module = module(device, label, wgsl, trusted && self.mutation.is_none());
            let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some(label),
                entries,
            });
            let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(label),
                bind_group_layouts: &[Some(&layout)],
                immediate_size: 0,
            });
            let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(label),
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

/// A shader, of a trusted one without checks of its indices.
#[allow(unsafe_code)]
fn module(device: &wgpu::Device, label: &str, wgsl: String, trusted: bool) -> wgpu::ShaderModule {
    let descriptor = wgpu::ShaderModuleDescriptor {
        label: Some(label),
        source: wgpu::ShaderSource::Wgsl(wgsl.into()),
    };
    if !trusted {
        return device.create_shader_module(descriptor);
    }
    let mut checks = wgpu::ShaderRuntimeChecks::checked();
    checks.bounds_checks = false;
    // SAFETY: kernels of products are the only ones, as they lie in shaders/: no user's text goes into them, and where a
    // test changes them they are not trusted. They index workgroup memory by the number of an invocation and constants,
    // below its 1024 vectors; P and Q by panels, steps and words that `plan::product` counts from the very rows that
    // `GpuEngine` writes to these buffers, both of as many bins, which `multiply` checks; and scores and done words only
    // below the counts for which `Room` has been made. Loops are bounded as ever.
    unsafe { device.create_shader_module_trusted(descriptor, checks) }
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

/// A binding of the only group.
fn entry(binding: u32, ty: wgpu::BufferBindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}

const UNIFORM: wgpu::BufferBindingType = wgpu::BufferBindingType::Uniform;
const READ: wgpu::BufferBindingType = wgpu::BufferBindingType::Storage { read_only: true };
const WRITE: wgpu::BufferBindingType = wgpu::BufferBindingType::Storage { read_only: false };

fn entries(key: &Key) -> Vec<wgpu::BindGroupLayoutEntry> {
    let mut all = entries_of_all().to_vec();
    let scratch = key.scratch().len() as u32;
    all.extend((5..5 + scratch).map(|binding| entry(binding, WRITE)));
    all
}

/// Parameters, P, Q, scores, and a word for each row or workgroup.
fn entries_of_all() -> [wgpu::BindGroupLayoutEntry; 5] {
    let kinds = [UNIFORM, READ, READ, WRITE, WRITE];
    std::array::from_fn(|binding| entry(binding as u32, kinds[binding]))
}

fn entries_of_statistics(key: StatisticsKey) -> Vec<wgpu::BindGroupLayoutEntry> {
    let storage = key.writes().iter();
    let storage = storage.map(|&writes| if writes { WRITE } else { READ });
    let all = std::iter::once(UNIFORM).chain(storage);
    (0..)
        .zip(all)
        .map(|(binding, ty)| entry(binding, ty))
        .collect()
}

/// A uniform buffer with these words.
pub(super) fn uniforms(device: &wgpu::Device, words: &[u32]) -> wgpu::Buffer {
    let uniforms = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("kullback/parameters"),
        size: size_of_val(words) as u64,
        usage: wgpu::BufferUsages::UNIFORM,
        mapped_at_creation: true,
    });
    match uniforms.get_mapped_range_mut(..) {
        Ok(mut view) => view.copy_from_slice(bytemuck::cast_slice(words)),
        // The kernel then sees no rows, and the missing epoch tells.
        Err(error) => log::error!("parameters were not written: {error}"),
    }
    uniforms.unmap();
    uniforms
}

/// Records one dispatch of a kernel.
pub(super) fn dispatch(
    device: &wgpu::Device,
    encoder: &mut wgpu::CommandEncoder,
    kernel: &Kernel,
    resources: Vec<wgpu::BindingResource<'_>>,
    [width, height]: [u32; 2],
) {
    let entries: Vec<wgpu::BindGroupEntry<'_>> = resources
        .into_iter()
        .enumerate()
        .map(|(binding, resource)| wgpu::BindGroupEntry {
            binding: binding as u32,
            resource,
        })
        .collect();
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("kullback/operands"),
        layout: &kernel.layout,
        entries: &entries,
    });
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
        label: Some("kullback/score"),
        timestamp_writes: None,
    });
    pass.set_pipeline(&kernel.pipeline);
    pass.set_bind_group(0, &group, &[]);
    pass.dispatch_workgroups(width, height, 1);
}
