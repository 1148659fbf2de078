//! A program with its own wgpu device: its compute pass fills two buffers with distributions, and their
//! divergences are recorded into the same encoder. One submission does both.
//!
//! Run with `cargo run --release --example own_device`.

use kullback::gpu::{BufferRows, GpuScorer, Output};
use kullback::{Encoding, Measure, Options, wgpu};

const ROWS: u32 = 100_000;
const K: u32 = 64;

/// What the program does for itself: P holds peaks that wander, Q the same peaks, a little wider.
const FILL: &str = "
@group(0) @binding(0) var<storage, read_write> p: array<f32>;
@group(0) @binding(1) var<storage, read_write> q: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    if row >= ROWS { return; }
    let centre = f32(row % 640u) / 10.0;
    for (var i = 0u; i < K; i++) {
        let x = f32(i) - centre;
        p[row * K + i] = exp(-x * x / 8.0);
        q[row * K + i] = exp(-x * x / 8.2);
    }
}";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let instance =
        wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
    let adapter = instance.request_adapter(&Default::default()).await?;
    let (device, queue) = adapter.request_device(&Default::default()).await?;
    println!(
        "{} on {:?}",
        adapter.get_info().name,
        adapter.get_info().backend
    );

    let buffer = |size: u32, usage| {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(size),
            usage,
            mapped_at_creation: false,
        })
    };
    use wgpu::BufferUsages as Usage;
    let p = buffer(ROWS * K * 4, Usage::STORAGE);
    let q = buffer(ROWS * K * 4, Usage::STORAGE);
    let scores = buffer(ROWS * 4, Usage::STORAGE | Usage::COPY_SRC);
    let readback = buffer(ROWS * 4, Usage::MAP_READ | Usage::COPY_DST);

    let fill = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("fill"),
        layout: None,
        module: &device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("fill"),
            source: wgpu::ShaderSource::Wgsl(
                FILL.replace("ROWS", &format!("{ROWS}u"))
                    .replace('K', &format!("{K}u"))
                    .into(),
            ),
        }),
        entry_point: Some("main"),
        compilation_options: Default::default(),
        cache: None,
    });
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("fill"),
        layout: &fill.get_bind_group_layout(0),
        entries: &[
            wgpu::BindGroupEntry {
                binding: 0,
                resource: p.as_entire_binding(),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: q.as_entire_binding(),
            },
        ],
    });

    let scorer = GpuScorer::new(&device, &queue)?;
    let options = Options::new(Measure::KullbackLeibler);
    let kernel = scorer.kernel(
        &options,
        Encoding::Weights,
        Encoding::Weights,
        ROWS.into(),
        K,
    )?;

    let mut encoder = device.create_command_encoder(&Default::default());
    let mut pass = encoder.begin_compute_pass(&Default::default());
    pass.set_pipeline(&fill);
    pass.set_bind_group(0, &group, &[]);
    pass.dispatch_workgroups(ROWS.div_ceil(64), 1, 1);
    drop(pass);
    let recording = kernel.encode(
        &mut encoder,
        &BufferRows::new(&p),
        &BufferRows::new(&q),
        &Output::new(&scores),
    )?;
    encoder.copy_buffer_to_buffer(&scores, 0, &readback, 0, u64::from(ROWS) * 4);
    queue.submit([encoder.finish()]);
    drop(recording);

    readback.slice(..).map_async(wgpu::MapMode::Read, |_| ());
    device.poll(wgpu::PollType::wait_indefinitely())?;
    let scores: Vec<f32> = bytemuck::pod_collect_to_vec(&readback.get_mapped_range(..)?[..]);
    let mean = scores.iter().map(|&s| f64::from(s)).sum::<f64>() / f64::from(ROWS);
    println!(
        "{ROWS} divergences, mean {mean:.6e} nats; the first: {:?}",
        &scores[..4]
    );
    Ok(())
}
