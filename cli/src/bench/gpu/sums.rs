//! Plain sums over the same bytes on the same adapter: what reading alone takes.

use kullback::wgpu;
use rayon::prelude::*;

use super::device::{Device, Ran};
use crate::Failure;

const SHADER: &str = include_str!("sum.wgsl");

/// Vectors of each operand that an invocation sums, each a kernel.
const VECTORS: [(u32, &str); 3] = [
    (4, "sum of u32, 4 vectors of each operand an invocation"),
    (16, "sum of u32, 16 vectors of each operand an invocation"),
    (64, "sum of u32, 64 vectors of each operand an invocation"),
];

const WORKGROUP: u32 = 256;

/// Bytes of each operand of which a workgroup finds one sum, at least.
pub(super) const SMALLEST_PART: u64 = VECTORS[0].0 as u64 * WORKGROUP as u64 * 16;

/// The compiled kernels.
pub(super) struct Sums(Vec<Sum>);

/// One of them.
pub(super) struct Sum {
    pub(super) name: &'static str,
    vectors: u32,
    pipeline: wgpu::ComputePipeline,
}

impl Sums {
    pub(super) fn compile(device: &Device) -> Result<Self, Failure> {
        let compiled = VECTORS
            .iter()
            .map(|&(vectors, name)| Sum {
                name,
                vectors,
                pipeline: compile(device.wgpu(), vectors),
            })
            .collect();
        device.check()?;
        Ok(Sums(compiled))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Sum> {
        self.0.iter()
    }
}

fn compile(device: &wgpu::Device, vectors: u32) -> wgpu::ComputePipeline {
    let label = Some("kullback/bench/sum");
    let wgsl = SHADER.replace("VECTORS", &format!("{vectors}u"));
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label,
        layout: None,
        module: &device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label,
            source: wgpu::ShaderSource::Wgsl(wgsl.into()),
        }),
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    })
}

impl Sum {
    /// Sums the first `bytes` bytes of both operands.
    pub(super) fn run(&self, device: &Device, bytes: u64) -> Result<Ran, Failure> {
        let workgroups = bytes
            .div_ceil(16)
            .div_ceil((self.vectors * WORKGROUP).into());
        let most = device
            .wgpu()
            .limits()
            .max_compute_workgroups_per_dimension
            .into();
        let height = workgroups.div_ceil(most);
        let width = workgroups.div_ceil(height);
        let spans = [
            (&device.p, bytes),
            (&device.q, bytes),
            (&device.output, workgroups * 4),
        ];
        let entries = spans.map(|(buffer, size)| wgpu::BufferBinding {
            buffer,
            offset: 0,
            size: std::num::NonZeroU64::new(size),
        });
        let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
            .zip(entries)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: wgpu::BindingResource::Buffer(buffer),
            })
            .collect();
        let group = device.wgpu().create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("kullback/bench/sum"),
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        device.run(workgroups, |encoder| {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some("kullback/bench/sum"),
                timestamp_writes: None,
            });
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(width as u32, height as u32, 1);
            Ok(())
        })
    }
}

/// What of that many bytes the kernels sum: whole vectors, as they load no others.
pub(super) fn whole(bytes: u64) -> u64 {
    (bytes / 16 * 16).max(16)
}

/// The sum that the kernels must find in so many bytes of each operand, modulo 2^32.
pub(super) fn expected(p: &[u32], q: &[u32], bytes: u64) -> u32 {
    let sum = |words: &[u32]| {
        let summed = &words[..words.len().min(bytes as usize / 4)];
        summed.par_iter().copied().reduce(|| 0, u32::wrapping_add)
    };
    sum(p).wrapping_add(sum(q))
}

/// The sum of the sums of all workgroups.
pub(super) fn total(words: &[u32]) -> u32 {
    words.iter().fold(0, |a, &b| a.wrapping_add(b))
}
