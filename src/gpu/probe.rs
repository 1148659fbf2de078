//! Start-up probe of a device: exact differences, and shuffles that reach where they should.
//!
//! Compilers fold `(a + b) - a` where no flag tells them not to; kernels guard against it, and this
//! proves that the guard holds on the device in use.

use super::GpuError;
use super::link::link_probe;
use super::pipeline_cache::PipelineCache;
use super::scope::scoped;
use super::wait::{map, wait};
use crate::plan::{Exchange, Parameters};

const INVOCATIONS: usize = 256;

/// Tries the device, and returns how invocations may exchange values.
pub(crate) fn probe(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    adapter: &str,
    subgroups: bool,
    cache: Option<&PipelineCache>,
) -> Result<Exchange, GpuError> {
    let failed = |what| GpuError::Probe {
        adapter: adapter.to_owned(),
        what,
    };
    if subgroups {
        let found = run(device, queue, Exchange::Subgroup, cache)?;
        if found.differences && found.shuffles {
            return Ok(Exchange::Subgroup);
        }
        log::warn!(
            "{adapter}: subgroup shuffles do not map to invocations; using workgroup memory"
        );
    }
    let found = run(device, queue, Exchange::Shared, cache)?;
    if found.differences {
        Ok(Exchange::Shared)
    } else {
        Err(failed("the rounding error of a difference is lost"))
    }
}

struct Found {
    differences: bool,
    shuffles: bool,
}

fn run(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    exchange: Exchange,
    cache: Option<&PipelineCache>,
) -> Result<Found, GpuError> {
    let input = input();
    let bytes = (INVOCATIONS * 16) as u64;
    let (readback, submission) = scoped(device, "the start-up probe", || {
        let buffer = |label, size, usage| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        use wgpu::BufferUsages as Usage;
        let uniforms = buffer("kullback/probe/zero", Parameters::SIZE, Usage::UNIFORM);
        let given = buffer(
            "kullback/probe/input",
            bytes / 2,
            Usage::STORAGE | Usage::COPY_DST,
        );
        let output = buffer(
            "kullback/probe/output",
            bytes,
            Usage::STORAGE | Usage::COPY_SRC,
        );
        let readback = buffer(
            "kullback/probe/readback",
            bytes,
            Usage::MAP_READ | Usage::COPY_DST,
        );
        queue.write_buffer(&given, 0, bytemuck::cast_slice(&input));
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("kullback/probe"),
            source: wgpu::ShaderSource::Wgsl(link_probe(exchange).into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("kullback/probe"),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: cache.map(PipelineCache::cache),
        });
        let entries = [&uniforms, &given, &output];
        let entries: Vec<wgpu::BindGroupEntry<'_>> = entries
            .iter()
            .enumerate()
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding: binding as u32,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("kullback/probe"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor {
            label: Some("kullback/probe"),
        });
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("kullback/probe"),
            timestamp_writes: None,
        });
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(1, 1, 1);
        drop(pass);
        encoder.copy_buffer_to_buffer(&output, 0, &readback, 0, bytes);
        (readback, queue.submit([encoder.finish()]))
    })?;
    let mapped = map(&readback, wgpu::MapMode::Read);
    wait(device, submission, super::engine::TIME_OUT)?;
    mapped.finish()?;
    let words: Vec<[u32; 4]> = match readback.get_mapped_range(..) {
        Ok(view) => bytemuck::pod_collect_to_vec(&view[..]),
        Err(_) => return Err(GpuError::Lost),
    };
    let mut found = Found {
        differences: true,
        shuffles: true,
    };
    for (i, (&[a, b], &[high, low, reached, _])) in input.iter().zip(&words).enumerate() {
        // Exact in f64: both are f32 within 2^29 of one another.
        let exact = f64::from(b) - f64::from(a);
        let got = f64::from(f32::from_bits(high)) + f64::from(f32::from_bits(low));
        found.differences &= got == exact;
        found.shuffles &= reached as usize == i;
    }
    Ok(found)
}

/// Pairs whose differences need two words.
fn input() -> [[f32; 2]; INVOCATIONS] {
    std::array::from_fn(|i| {
        let a = 1.0 / (i as f32 + 3.0);
        let b = [1000.0, -3.7, 12.34, 0.001][i % 4] + i as f32 * 0.77;
        [a, b]
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_probe_asks_what_one_word_cannot_answer() {
        let two_words = super::input()
            .iter()
            .filter(|[a, b]| f64::from(b - a) != f64::from(*b) - f64::from(*a))
            .count();
        assert!(
            two_words > 200,
            "only {two_words} differences need two words"
        );
    }
}
