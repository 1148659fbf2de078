//! Scoring recorded into the encoder of a program with its own device and buffers: the bits of the scorer,
//! wherever rows and scores lie, and nothing beside them touched.

#![allow(clippy::unwrap_used)]

mod common;

use std::process::ExitCode;

use kullback::gpu::{
    BufferRows, GpuError, GpuScorer, GpuStatistics, Mutation, Output, RecordError,
};
use kullback::wgpu::{self, BufferUsages as Usage};
use kullback::{ElementType, Encoding, Measure, Options, Rows, Statistics, bf16, f16};

use common::backends::{self, Target};
use common::harness::{self, Test};
use common::random::Random;
use common::statistics::{Book, EDGES, LEVELS, all};

fn main() -> ExitCode {
    let targets = backends::judged();
    let gpus: Vec<Target> = targets.iter().filter(|t| t.is_gpu()).cloned().collect();
    let mut trials = harness::on_each(&gpus, &TESTS);
    trials.extend(
        backends::expected(&targets)
            .into_iter()
            .map(|(name, answers)| {
                harness::trial(&format!("[{name}] answers"), move || {
                    answers.then_some(()).ok_or("it does not".to_owned())
                })
            }),
    );
    harness::main(trials)
}

const TESTS: [Test; 16] = [
    (
        "offsets, strides and statuses",
        offsets_strides_and_statuses,
    ),
    ("logits against weights, without statuses", two_encodings),
    (
        "statuses of an earlier recording do not pass for new ones",
        reused_statuses,
    ),
    ("halves at odd offsets and strides", halves),
    ("one row for all", one_row_for_all),
    ("rows over several workgroups", long_rows),
    ("more rows than a binding holds", many_bindings),
    ("two measures in one encoder", two_measures),
    ("no rows", no_rows),
    ("recording alone submits nothing", recording_submits_nothing),
    ("refusals leave the encoder as it was", refusals),
    ("statistics behind their scores", statistics_behind_scores),
    ("statistics of numbers of all kinds", statistics_of_numbers),
    ("wrong statistics are caught", wrong_statistics),
    ("statistics that are not whole say so", untold_statistics),
    ("refusals of statistics", refusals_of_statistics),
];

/// A device that is the test's own.
struct Own {
    device: wgpu::Device,
    queue: wgpu::Queue,
}

/// What no score is.
const UNTOUCHED: u32 = 0x4bad_beef;

impl Own {
    fn open(target: &Target) -> Self {
        Self::with(target, |_| {})
    }

    /// With other limits than the defaults.
    fn with(target: &Target, change: impl FnOnce(&mut wgpu::Limits)) -> Self {
        let descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
        let backends = wgpu::Backends::from_env().unwrap_or(wgpu::Backends::all());
        let instance = wgpu::Instance::new(descriptor);
        let adapters = pollster::block_on(instance.enumerate_adapters(backends));
        let adapter = &adapters[target.index().unwrap()];
        let mut limits = wgpu::Limits::defaults();
        change(&mut limits);
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            required_limits: limits,
            ..Default::default()
        });
        let (device, queue) = pollster::block_on(request).unwrap();
        Own { device, queue }
    }

    fn buffer(&self, words: &[u32], usage: Usage) -> wgpu::Buffer {
        let size = (words.len() as u64 * 4).next_multiple_of(16).max(16);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("of the test"),
            size,
            usage: usage | Usage::COPY_DST,
            mapped_at_creation: false,
        });
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        self.queue.write_buffer(&buffer, 0, &bytes);
        buffer
    }

    /// Rows at an offset, a stride apart, with what is no distribution around them.
    fn rows(&self, values: &[f32], k: usize, offset: usize, stride: usize) -> wgpu::Buffer {
        let rows = values.len() / k;
        let mut words = vec![f32::NAN.to_bits(); offset + rows * stride];
        for (row, values) in values.chunks(k).enumerate() {
            let at = offset + row * stride;
            for (word, value) in words[at..].iter_mut().zip(values) {
                *word = value.to_bits();
            }
        }
        self.buffer(&words, Usage::STORAGE)
    }

    /// Memory for words, none of them a score.
    fn untouched(&self, words: usize) -> wgpu::Buffer {
        let usage = Usage::STORAGE | Usage::COPY_SRC;
        self.buffer(&vec![UNTOUCHED; words], usage)
    }

    /// Submits an encoder and reads a buffer behind it.
    fn read(&self, mut encoder: wgpu::CommandEncoder, buffer: &wgpu::Buffer) -> Vec<u32> {
        let size = buffer.size();
        let readback = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback of the test"),
            size,
            usage: Usage::MAP_READ | Usage::COPY_DST,
            mapped_at_creation: false,
        });
        encoder.copy_buffer_to_buffer(buffer, 0, &readback, 0, size);
        self.queue.submit([encoder.finish()]);
        readback.slice(..).map_async(wgpu::MapMode::Read, |_| ());
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .unwrap();
        let bytes = readback.get_mapped_range(..).unwrap();
        let (words, _) = bytes.as_chunks::<4>();
        words.iter().map(|&word| u32::from_ne_bytes(word)).collect()
    }

    fn encoder(&self) -> wgpu::CommandEncoder {
        self.device.create_command_encoder(&Default::default())
    }
}

/// Distributions as weights.
fn weights(rows: usize, k: usize, seed: &str) -> Vec<f32> {
    let mut random = Random::named(1, seed);
    (0..rows * k)
        .map(|_| 1.0 + random.below(1000) as f32)
        .collect()
}

/// Rows as an encoding takes them: probabilities are tried at once, weights go the long way.
fn linear(encoding: Encoding, rows: usize, k: usize, seed: &str) -> Vec<f32> {
    let mut values = weights(rows, k, seed);
    if encoding == Encoding::Probabilities {
        for row in values.chunks_mut(k) {
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|x| *x /= sum);
        }
    }
    values
}

const LINEAR: [Encoding; 2] = [Encoding::Weights, Encoding::Probabilities];

/// The bits of the scorer on the same adapter.
fn expected(target: &Target, measure: Measure, p: Rows<'_>, q: Rows<'_>) -> Vec<u32> {
    let scores = target.scorer().score(&measure, p, q).unwrap();
    scores
        .values()
        .iter()
        .map(|score| score.to_bits())
        .collect()
}

fn offsets_strides_and_statuses(target: &Target) {
    let own = Own::open(target);
    for encoding in LINEAR {
        // Rows that start anywhere in a vector, rows that start with one, and the latter lying apart.
        for (k, offset, between) in [(67, 5, 6), (64, 5, 6), (64, 0, 0), (64, 4, 4)] {
            at_an_offset(target, &own, encoding, k, offset, between);
        }
    }
}

/// P lies `offset` elements from the start of its buffer, and its rows are `between` elements apart.
fn at_an_offset(
    target: &Target,
    own: &Own,
    encoding: Encoding,
    k: usize,
    offset: usize,
    between: usize,
) {
    let rows = 150;
    let mut p = linear(encoding, rows, k, "p");
    let mut q = linear(encoding, rows, k, "q");
    p[7 * k + 3] = -1.0;
    q[9 * k..10 * k].fill(0.0);
    p[11 * k] = f32::NAN;
    q[11 * k] = f32::INFINITY;
    q[13 * k + 4] += q[13 * k + 5];
    q[13 * k + 5] = 0.0;
    let mut scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
    scorer.probe().unwrap();
    for measure in [Measure::KullbackLeibler, Measure::TotalVariation] {
        let options = Options::new(measure);
        let kernel = scorer
            .kernel(&options, encoding, encoding, rows as u64, k as u32)
            .unwrap();
        let (of_p, of_q) = (own.rows(&p, k, offset, k + between), own.rows(&q, k, 0, k));
        let (scores, statuses) = (
            own.untouched(64 + rows + 10),
            own.untouched(128 + rows + 10),
        );
        let mut encoder = own.encoder();
        let recording = kernel.encode(
            &mut encoder,
            &BufferRows {
                offset: 4 * offset as u64,
                stride: (k + between) as u32,
                ..BufferRows::new(&of_p)
            },
            &BufferRows::new(&of_q),
            &Output {
                scores: &scores,
                scores_offset: 256,
                statuses: Some(&statuses),
                statuses_offset: 512,
            },
        );
        let recording = recording.unwrap();
        let found = own.read(encoder, &scores);
        let epoch = recording.epoch();
        drop(recording);
        let p = Rows::new(encoding, &p[..], k).unwrap();
        let q = Rows::new(encoding, &q[..], k).unwrap();
        assert_eq!(
            found[64..64 + rows],
            expected(target, measure, p, q),
            "{measure}"
        );
        let beside = found[..64].iter().chain(&found[64 + rows..]);
        assert!(beside.clone().all(|&word| word == UNTOUCHED), "{measure}");
        let told = own.read(own.encoder(), &statuses);
        for (row, &status) in told[128..128 + rows].iter().enumerate() {
            let wrong = match row {
                7 => 0x02,
                9 => 0x30,
                11 => 0x11,
                _ => 0,
            };
            assert_eq!(status, epoch << 16 | wrong, "{measure}: row {row}");
        }
        let beside = told[..128].iter().chain(&told[128 + rows..]);
        assert!(beside.clone().all(|&word| word == UNTOUCHED), "{measure}");
    }
}

/// Either operand is one row at an odd offset of a buffer that ends with it, of rows that lie in many ways.
fn one_row_for_all(target: &Target) {
    let own = Own::open(target);
    let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
    for (k, rows) in [(3, 200), (16, 150), (130, 100), (5000, 3)] {
        let encoding = Encoding::Weights;
        let (one, many) = (
            linear(encoding, 1, k, "one"),
            linear(encoding, rows, k, "many"),
        );
        let (of_one, of_many) = (own.rows(&one, k, 3, k), own.rows(&many, k, 1, k + 2));
        let repeated = BufferRows {
            offset: 12,
            repeated: true,
            ..BufferRows::new(&of_one)
        };
        let padded = BufferRows {
            offset: 4,
            stride: k as u32 + 2,
            ..BufferRows::new(&of_many)
        };
        let (one, many) = (
            Rows::new(encoding, &one[..], k).unwrap(),
            Rows::new(encoding, &many[..], k).unwrap(),
        );
        let one = one.repeated(rows as u64).unwrap();
        let measure = Measure::KullbackLeibler;
        let kernel = scorer
            .kernel(
                &Options::new(measure),
                encoding,
                encoding,
                rows as u64,
                k as u32,
            )
            .unwrap();
        for ([p, q], [rows_of_p, rows_of_q]) in [
            ([&repeated, &padded], [one, many]),
            ([&padded, &repeated], [many, one]),
        ] {
            let scores = own.untouched(rows);
            let mut encoder = own.encoder();
            let recording = kernel
                .encode(&mut encoder, p, q, &Output::new(&scores))
                .unwrap();
            let found = own.read(encoder, &scores);
            drop(recording);
            let expected = expected(target, measure, rows_of_p, rows_of_q);
            assert_eq!(found[..rows], expected, "K = {k}");
        }
    }
}

/// One buffer of statuses, never cleared, for recordings that are submitted and one that is not; by
/// kernels of two scorers, over one workgroup and over several.
fn reused_statuses(target: &Target) {
    let own = Own::open(target);
    let rows = 7;
    let statuses = own.untouched(rows);
    let scores = own.untouched(rows);
    let mut seen = vec![0, UNTOUCHED >> 16];
    for (k, encoding) in [16, 300_001]
        .into_iter()
        .flat_map(|k| LINEAR.map(|e| (k, e)))
    {
        let values = linear(encoding, rows, k, "p");
        let buffer = own.rows(&values, k, 0, k);
        let of_rows = BufferRows::new(&buffer);
        let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
        let options = Options::new(Measure::KullbackLeibler);
        let kernel = scorer
            .kernel(&options, encoding, encoding, rows as u64, k as u32)
            .unwrap();
        for submitted in [true, false, true] {
            let mut encoder = own.encoder();
            let out = Output {
                statuses: Some(&statuses),
                ..Output::new(&scores)
            };
            let recording = kernel.encode(&mut encoder, &of_rows, &of_rows, &out);
            let recording = recording.unwrap();
            let epoch = recording.epoch();
            assert!(epoch <= 0xffff && !seen.contains(&epoch), "{epoch}");
            if !submitted {
                drop(encoder);
                encoder = own.encoder();
            }
            let told = own.read(encoder, &statuses);
            let scored = told[..rows].iter().filter(|&word| word >> 16 == epoch);
            assert_eq!(scored.count(), if submitted { rows } else { 0 }, "K = {k}");
            seen.push(epoch);
        }
    }
}

/// Scores of rows at the start of buffers, without statuses.
fn scored(own: &Own, measure: Measure, p: Rows<'_>, q: Rows<'_>, values: [&[f32]; 2]) -> Vec<u32> {
    let k = p.k();
    let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
    let options = Options::new(measure);
    let kernel = scorer.kernel(&options, p.encoding(), q.encoding(), p.rows(), k as u32);
    let [of_p, of_q] = values.map(|values| own.rows(values, k, 0, k));
    let scores = own.untouched(p.rows() as usize);
    let mut encoder = own.encoder();
    let (of_p, of_q) = (BufferRows::new(&of_p), BufferRows::new(&of_q));
    let recording = kernel
        .unwrap()
        .encode(&mut encoder, &of_p, &of_q, &Output::new(&scores));
    let recording = recording.unwrap();
    let mut found = own.read(encoder, &scores);
    drop(recording);
    found.truncate(p.rows() as usize);
    found
}

fn two_encodings(target: &Target) {
    let (rows, k) = (70, 33);
    let q_values = weights(rows, k, "q");
    let p_values: Vec<f32> = q_values.iter().map(|q| q / 300.0).collect();
    let p = Rows::logits(&p_values, k).unwrap();
    let q = Rows::weights(&q_values, k).unwrap();
    let js = Measure::jensen_shannon(0.25).unwrap();
    let found = scored(&Own::open(target), js, p, q, [&p_values, &q_values]);
    assert_eq!(found, expected(target, js, p, q));
}

/// Rows of f16 against bf16 that start at odd elements of their buffers, more than a binding holds; and the
/// types and offsets that no kernel takes.
fn halves(target: &Target) {
    let (rows, k) = (300, 67_usize);
    let mut random = Random::named(1, "halves");
    let mut values = || -> Vec<f32> {
        let value = |_| random.between(-3.0, 3.0) as f32;
        (0..rows * k).map(value).collect()
    };
    let (p_values, q_values) = (values(), values());
    let p_values: Vec<f16> = p_values.iter().map(|&v| f16::from_f32(v)).collect();
    let q_values: Vec<bf16> = q_values.iter().map(|&v| bf16::from_f32(v)).collect();
    let own = Own::with(target, |limits| {
        limits.max_storage_buffer_binding_size = 16 << 10
    });
    // Halves of NaN around the rows.
    let buffer = |bits: &dyn Fn(usize) -> u16, offset: usize, stride: usize| {
        let mut halves = vec![0x7fff_u16; (offset + rows * stride).next_multiple_of(2)];
        for row in 0..rows {
            for bin in 0..k {
                halves[offset + row * stride + bin] = bits(row * k + bin);
            }
        }
        let pairs = halves.chunks(2);
        let words: Vec<u32> = pairs
            .map(|pair| u32::from(pair[0]) | u32::from(pair[1]) << 16)
            .collect();
        own.buffer(&words, Usage::STORAGE)
    };
    let of_p = buffer(&|i| p_values[i].to_bits(), 3, k + 4);
    let of_q = buffer(&|i| q_values[i].to_bits(), 0, k);
    let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
    let options = Options::new(Measure::KullbackLeibler);
    let kernel = |p: ElementType, q: ElementType| {
        let logits = Encoding::LOGITS;
        scorer.kernel(&options, (logits, p), (logits, q), rows as u64, k as u32)
    };
    let refused = kernel(ElementType::F64, ElementType::F16);
    assert!(matches!(refused, Err(RecordError::Argument(_))));
    let kernel = kernel(ElementType::F16, ElementType::Bf16).unwrap();
    let scores = own.untouched(rows);
    let at = |offset| BufferRows {
        offset,
        stride: k as u32 + 4,
        ..BufferRows::new(&of_p)
    };
    let out = Output::new(&scores);
    let mut encoder = own.encoder();
    let within = kernel.encode(&mut encoder, &at(5), &BufferRows::new(&of_q), &out);
    let alignment = matches!(within, Err(RecordError::Offset { alignment: 2, .. }));
    assert!(alignment, "{within:?}");
    let recording = kernel.encode(&mut encoder, &at(6), &BufferRows::new(&of_q), &out);
    let recording = recording.unwrap();
    let found = own.read(encoder, &scores);
    drop(recording);
    let p = Rows::logits(&p_values, k).unwrap();
    let q = Rows::logits(&q_values, k).unwrap();
    let expected = expected(target, Measure::KullbackLeibler, p, q);
    assert_eq!(found[..rows], expected);
}

fn long_rows(target: &Target) {
    let (rows, k) = (2, 300_001);
    let (p_values, q_values) = (weights(rows, k, "p"), weights(rows, k, "q"));
    let p = Rows::weights(&p_values, k).unwrap();
    let q = Rows::weights(&q_values, k).unwrap();
    let kl = Measure::KullbackLeibler;
    let found = scored(&Own::open(target), kl, p, q, [&p_values, &q_values]);
    assert_eq!(found, expected(target, kl, p, q));
}

fn many_bindings(target: &Target) {
    let (rows, k) = (1000, 257);
    let own = Own::with(target, |limits| {
        limits.max_storage_buffer_binding_size = 256 << 10
    });
    for encoding in LINEAR {
        let p_values = linear(encoding, rows, k, "p");
        let mut q_values = linear(encoding, rows, k, "q");
        // Some of which a first try settles nothing.
        for row in (0..rows).step_by(50) {
            q_values[row * k + 1] += q_values[row * k];
            q_values[row * k] = 0.0;
        }
        let p = Rows::new(encoding, &p_values[..], k).unwrap();
        let q = Rows::new(encoding, &q_values[..], k).unwrap();
        let kl = Measure::KullbackLeibler;
        let found = scored(&own, kl, p, q, [&p_values, &q_values]);
        assert_eq!(found, expected(target, kl, p, q), "{encoding}");
    }
}

fn two_measures(target: &Target) {
    let (rows, k) = (70, 20);
    let (p_values, q_values) = (weights(rows, k, "p"), weights(rows, k, "q"));
    let own = Own::open(target);
    let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
    let (of_p, of_q) = (own.rows(&p_values, k, 0, k), own.rows(&q_values, k, 0, k));
    let scores = own.untouched(2 * 128);
    let mut encoder = own.encoder();
    let measures = [Measure::KullbackLeibler, Measure::ReverseKullbackLeibler];
    let mut recordings = Vec::new();
    for (i, measure) in (0..).zip(measures) {
        let options = Options::new(measure);
        let kernel = scorer.kernel(&options, Encoding::Weights, Encoding::Weights, 70, 20);
        let out = Output {
            scores_offset: i * 512,
            ..Output::new(&scores)
        };
        let (of_p, of_q) = (BufferRows::new(&of_p), BufferRows::new(&of_q));
        recordings.push(
            kernel
                .unwrap()
                .encode(&mut encoder, &of_p, &of_q, &out)
                .unwrap(),
        );
    }
    let found = own.read(encoder, &scores);
    drop(recordings);
    let p = Rows::weights(&p_values, k).unwrap();
    let q = Rows::weights(&q_values, k).unwrap();
    for (found, measure) in found.chunks(128).zip(measures) {
        assert_eq!(found[..rows], expected(target, measure, p, q), "{measure}");
    }
}

fn no_rows(target: &Target) {
    let own = Own::open(target);
    let kl = Measure::KullbackLeibler;
    let none = Rows::weights(&[0.0_f32; 0], 5).unwrap();
    assert_eq!(scored(&own, kl, none, none, [&[], &[]]), [0; 0]);
}

fn recording_submits_nothing(target: &Target) {
    let (rows, k) = (10, 16);
    let values = weights(rows, k, "p");
    let own = Own::open(target);
    let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
    let options = Options::new(Measure::KullbackLeibler);
    let kernel = scorer
        .kernel(&options, Encoding::Weights, Encoding::Weights, 10, 16)
        .unwrap();
    let buffer = own.rows(&values, k, 0, k);
    let scores = own.untouched(rows);
    let mut encoder = own.encoder();
    let of_rows = BufferRows::new(&buffer);
    let recording = kernel.encode(&mut encoder, &of_rows, &of_rows, &Output::new(&scores));
    let recording = recording.unwrap();
    let before = own.read(own.encoder(), &scores);
    assert!(before[..rows].iter().all(|&word| word == UNTOUCHED));
    let after = own.read(encoder, &scores);
    drop(recording);
    assert_eq!(after[..rows], [0; 10]);
}

fn refusals(target: &Target) {
    let (rows, k) = (10, 16);
    let values = weights(rows, k, "p");
    let own = Own::open(target);
    let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
    let weights = Encoding::Weights;
    let options = Options::new(Measure::KullbackLeibler);
    let no_bins = scorer.kernel(&options, weights, weights, 10, 0);
    assert!(
        matches!(no_bins, Err(RecordError::Argument(_))),
        "{no_bins:?}"
    );
    let too_long = scorer.kernel(&options, weights, weights, 1, 1 << 30);
    let refused = matches!(
        too_long,
        Err(RecordError::Gpu(GpuError::RowTooLarge { .. }))
    );
    assert!(refused, "{too_long:?}");
    let kernel = scorer
        .kernel(&options, weights, weights, rows as u64, k as u32)
        .unwrap();
    let (buffer, small) = (own.rows(&values, k, 0, k), own.rows(&values[k..], k, 0, k));
    let (scores, few) = (own.untouched(64 + rows), own.untouched(rows - 4));
    let good = BufferRows::new(&buffer);
    let mut encoder = own.encoder();
    let mut refused = |p: &BufferRows<'_>, out: &Output<'_>| {
        let error = kernel.encode(&mut encoder, p, &good, out).unwrap_err();
        println!("{error}");
        error
    };
    let out = Output::new(&scores);
    let error = refused(&BufferRows::new(&small), &out);
    assert!(matches!(
        error,
        RecordError::BufferSize {
            operand: "P",
            needed: 640,
            ..
        }
    ));
    let error = refused(&BufferRows { stride: 15, ..good }, &out);
    assert!(matches!(
        error,
        RecordError::Stride {
            operand: "P",
            stride: 15,
            k: 16
        }
    ));
    let error = refused(&BufferRows { offset: 2, ..good }, &out);
    assert!(matches!(
        error,
        RecordError::Offset {
            operand: "P",
            offset: 2,
            alignment: 4
        }
    ));
    let error = refused(&good, &Output::new(&few));
    assert!(matches!(
        error,
        RecordError::BufferSize {
            operand: "scores",
            needed: 40,
            ..
        }
    ));
    let error = refused(
        &good,
        &Output {
            scores_offset: 4,
            ..out
        },
    );
    assert!(matches!(
        error,
        RecordError::Offset {
            operand: "scores",
            offset: 4,
            ..
        }
    ));
    let error = refused(
        &good,
        &Output {
            statuses: Some(&few),
            ..out
        },
    );
    assert!(matches!(
        error,
        RecordError::BufferSize {
            operand: "statuses",
            ..
        }
    ));
    // What was refused before is not in the way.
    let recording = kernel.encode(&mut encoder, &good, &good, &out).unwrap();
    assert_eq!(own.read(encoder, &scores)[..rows], [0; 10]);
    drop(recording);
}

/// Takes all statistics of scores at an offset of a buffer; what lies beside the result must stay as it was.
fn take(own: &Own, kernel: &GpuStatistics, scores: &[f32], what: &str) -> Vec<u32> {
    let mut words = vec![UNTOUCHED; 64];
    words.extend(scores.iter().map(|score| score.to_bits()));
    let buffer = own.buffer(&words, Usage::STORAGE);
    let size = kernel.size() as usize / 4;
    let result = own.untouched(64 + size + 8);
    let of = Output {
        scores_offset: 256,
        ..Output::new(&buffer)
    };
    let mut encoder = own.encoder();
    let recording = kernel.encode(&mut encoder, &of, &result, 256).unwrap();
    let found = own.read(encoder, &result);
    let beside = found[..64].iter().chain(&found[64 + size..72 + size]);
    assert!(beside.clone().all(|&word| word == UNTOUCHED), "{what}");
    let found = &found[64..64 + size];
    assert_eq!(found[3], recording.epoch(), "{what}");
    found.to_vec()
}

fn check(found: &[u32], kernel: &GpuStatistics, scores: &[f32], what: &str) {
    // What is below zero is no score.
    let none = |score: &f32| if *score < 0.0 { f32::NAN } else { score.abs() };
    let scores: Vec<f32> = scores.iter().map(none).collect();
    let book = Book::of(&scores);
    let counts = [book.finite.len() as u64, book.infinities, book.bad];
    assert_eq!(
        found[..3].iter().map(|&n| n.into()).collect::<Vec<u64>>(),
        counts
    );
    let float = |at: usize| f32::from_bits(found[at]);
    let bits = |score: Option<&f32>| score.map_or(f32::NAN.to_bits(), |score| score.to_bits());
    assert_eq!(found[4], bits(book.finite.first()), "{what}: least");
    assert_eq!(found[5], bits(book.finite.last()), "{what}: greatest");
    // The f32 next to the exact value; of two that are as near, either.
    let near = |found: f32, exact: f64| {
        let next = |bits: u32| f64::from(f32::from_bits(bits)) - f64::from(found);
        let step = next(found.to_bits() + 1).min(next(found.to_bits().saturating_sub(1)).abs());
        let apart = (f64::from(found) - exact).abs();
        let is_next = found.is_finite() && apart <= 0.500_001 * step;
        let same = found.to_bits() == (exact as f32).to_bits();
        same || found.is_nan() && exact.is_nan() || is_next
    };
    assert!(
        near(float(6), book.mean()),
        "{what}: {} for {}",
        float(6),
        book.mean()
    );
    assert!(
        near(float(7), book.sum),
        "{what}: {} for {}",
        float(7),
        book.sum
    );
    for (i, level) in LEVELS.into_iter().enumerate() {
        let (quantile, expected) = (float(kernel.quantiles_at() + i), book.quantile(level));
        let ends = [(0.0, book.finite.first()), (1.0, book.finite.last())];
        if let Some((_, end)) = ends.into_iter().find(|end| end.0 == level) {
            assert_eq!(quantile.to_bits(), bits(end), "{what}: at {level}");
        } else if !expected.is_nan() {
            // Two roundings, of what may be as large as the greater of both neighbours.
            let greater = book.quantile((level + 1.0 / counts[0] as f64).min(1.0));
            let near = (f64::from(quantile) - expected).abs() <= 2e-7 * greater + 1e-37;
            assert!(near, "{what}: {quantile:e} for {expected:e} at {level}");
        } else {
            assert!(quantile.is_nan(), "{what}: at {level}");
        }
    }
    let bins = &found[kernel.histogram_at()..];
    let bins: Vec<u64> = bins.iter().map(|&n| n.into()).collect();
    assert_eq!(bins, book.counts(&EDGES), "{what}");
}

fn statistics_behind_scores(target: &Target) {
    let own = Own::open(target);
    let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
    let (rows, k) = (5000, 12);
    let (mut p, mut q) = (weights(rows, k, "p"), weights(rows, k, "q"));
    p[3 * k] = -1.0;
    p[4 * k..5 * k].fill(1.0);
    q[4 * k + 1] = 0.0;
    p[5 * k..6 * k].copy_from_slice(&weights(1, k, "equal"));
    q[5 * k..6 * k].copy_from_slice(&weights(1, k, "equal"));
    let options = Options::new(Measure::KullbackLeibler);
    let (encoding, rows, k) = (Encoding::Weights, rows as u64, k as u32);
    let scoring = scorer.kernel(&options, encoding, encoding, rows, k);
    let scoring = scoring.unwrap();
    let taking = scorer.statistics(&all(), rows).unwrap();
    let (of_p, of_q) = (own.rows(&p, 12, 0, 12), own.rows(&q, 12, 0, 12));
    let scores = own.untouched(rows as usize);
    let result = own.untouched(taking.size() as usize / 4);
    let mut encoder = own.encoder();
    let out = Output::new(&scores);
    let (of_p, of_q) = (BufferRows::new(&of_p), BufferRows::new(&of_q));
    let recordings = [
        scoring.encode(&mut encoder, &of_p, &of_q, &out).unwrap(),
        taking.encode(&mut encoder, &out, &result, 0).unwrap(),
    ];
    let found = own.read(encoder, &result);
    assert_eq!(found[3], recordings[1].epoch());
    let (p, q) = (
        Rows::weights(&p, 12).unwrap(),
        Rows::weights(&q, 12).unwrap(),
    );
    let expected = expected(target, Measure::KullbackLeibler, p, q);
    let expected: Vec<f32> = expected.into_iter().map(f32::from_bits).collect();
    check(
        &found[..taking.size() as usize / 4],
        &taking,
        &expected,
        "scores",
    );
}

/// Scores of all kinds.
fn numbers() -> Vec<(&'static str, Vec<f32>)> {
    let least = f32::from_bits(1);
    let one = |score: f32, times: usize| vec![score; times];
    let mut random = Random::named(1, "numbers");
    let mut any = |from: f32, to: f32| {
        let exponent = from + (to - from) * random.below(1 << 20) as f32 / (1 << 20) as f32;
        exponent.exp2()
    };
    let spread: Vec<f32> = (0..70_000).map(|_| any(-126.0, 127.0)).collect();
    let usual: Vec<f32> = (0..300_000).map(|_| any(-20.0, 3.0)).collect();
    vec![
        ("none", vec![]),
        ("one", vec![0.37]),
        ("two", vec![3.0, 1.0]),
        // A tenth of the way among them is behind one, by the least of a double.
        ("eleven", (1..12).map(|i| i as f32).collect()),
        ("zeros", one(0.0, 1000)),
        ("a negative zero", vec![-0.0, 1.0, 0.0]),
        ("the least", one(least, 3)),
        (
            "subnormals",
            (0..1000).map(|i| f32::from_bits(i * 8000)).collect(),
        ),
        (
            "a mean below the least",
            [one(0.0, 9), vec![least]].concat(),
        ),
        ("half of the least", vec![0.0, least]),
        ("most of the least", vec![0.0, least, least, least]),
        ("the greatest", one(f32::MAX, 999)),
        (
            "small beside large",
            [one(1e-20, 100_000), vec![3e20]].concat(),
        ),
        (
            "ones and small ones",
            [one(1.0, 70_000), one(6e-8, 70_000)].concat(),
        ),
        ("no number", one(f32::NAN, 70)),
        ("infinities", one(f32::INFINITY, 70)),
        (
            "some of all",
            vec![
                f32::NAN,
                0.5,
                f32::INFINITY,
                -1.0,
                0.25,
                f32::NEG_INFINITY,
                1.0,
            ],
        ),
        ("edges", EDGES[1..].to_vec()),
        ("numbers of every size", spread),
        ("many numbers", usual),
    ]
}

fn statistics_of_numbers(target: &Target) {
    let own = Own::open(target);
    let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
    for (what, scores) in numbers() {
        let kernel = scorer.statistics(&all(), scores.len() as u64).unwrap();
        check(&take(&own, &kernel, &scores, what), &kernel, &scores, what);
    }
    // What is not asked for is NaN, and takes no room.
    let kernel = scorer.statistics(&Statistics::new().max(), 3).unwrap();
    let scores = own.buffer(&[1.0_f32, 4.0, 2.0].map(f32::to_bits), Usage::STORAGE);
    let result = own.untouched(8);
    let mut encoder = own.encoder();
    let recording = kernel.encode(&mut encoder, &Output::new(&scores), &result, 0);
    let found = own.read(encoder, &result);
    assert_eq!(found[3], recording.unwrap().epoch());
    let nan = f32::NAN.to_bits();
    let expected = [3, 0, 0, found[3], nan, 4.0_f32.to_bits(), nan, nan];
    assert_eq!((kernel.size(), found), (32, expected.to_vec()));
}

/// What is changed in the kernels that only a program's own device runs, and to what.
const MUTANTS: [[&str; 3]; 13] = [
    ["a carry that is lost", "(low >> 16u);", "0u;"],
    ["another carry", "(first & 0xffffu);", "0u;"],
    ["a rank too low", "select(0u, 1u, fraction < upper.y)", "0u"],
    ["a rank behind all", "rank = last;", "rank = last + 1u;"],
    ["no score above", "min(rank + 1u, last)", "rank"],
    [
        "a zero that is none for its sign",
        "select(bits, 0u, bits == 0x80000000u)",
        "bits",
    ],
    ["no way to the next score", "* fraction);", "* 0.0);"],
    ["no rounding", "+ ((bits >> 7u) & 1u)", ""],
    [
        "subnormals as normals",
        "if (top >= 23) {",
        "if (top >= 0) {",
    ],
    [
        "most of the least is none",
        "select(0u, 1u, top == -1)",
        "0u",
    ],
    [
        "words in disorder",
        "words[top_word + 3];",
        "words[top_word + 2];",
    ],
    [
        "a quotient of half",
        "if (over != 0u || rest >= divisor)",
        "if (rest > divisor)",
    ],
    [
        "a mean of another power",
        "return float_of(top, quotient);",
        "return float_of(top + 1, quotient);",
    ],
];

/// What a kernel leaves out that tells that it is done, whose statistics are then none.
const UNTOLD: [&str; 3] = [
    "atomicAdd(&state[HISTOGRAM_DONE], 1u);",
    "atomicAdd(&state[GROUPS_DONE], 1u);",
    "atomicMax(&state[EPOCH], parameters.epoch);",
];

fn untold_statistics(target: &Target) {
    let own = Own::open(target);
    for from in UNTOLD {
        let (from, to) = (from.to_owned(), String::new());
        let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
        let scorer = scorer.mutated(Mutation { from, to });
        let kernel = scorer.statistics(&all(), 3).unwrap();
        let scores = own.buffer(&[1.0_f32, 4.0, 2.0].map(f32::to_bits), Usage::STORAGE);
        let result = own.untouched(kernel.size() as usize / 4);
        let mut encoder = own.encoder();
        let of = Output::new(&scores);
        let recording = kernel.encode(&mut encoder, &of, &result, 0).unwrap();
        assert_eq!(own.read(encoder, &result)[3], 0);
        drop(recording);
    }
}

fn wrong_statistics(target: &Target) {
    let own = Own::open(target);
    for [what, from, to] in MUTANTS {
        let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
        let (from, to) = (from.to_owned(), to.to_owned());
        let scorer = scorer.mutated(Mutation { from, to });
        // It is compiled, runs and says that it is whole: only what it says is wrong.
        let caught = numbers().iter().any(|(kind, scores)| {
            let kernel = scorer.statistics(&all(), scores.len() as u64).unwrap();
            let found = take(&own, &kernel, scores, kind);
            let check = || check(&found, &kernel, scores, kind);
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).is_err()
        });
        assert!(caught, "{what}: it survived");
    }
}

fn refusals_of_statistics(target: &Target) {
    let own = Own::open(target);
    let scorer = GpuScorer::new(&own.device, &own.queue).unwrap();
    let most = own.device.limits().max_storage_buffer_binding_size / 4;
    assert!(scorer.statistics(&Statistics::new(), most).is_ok());
    let error = scorer.statistics(&Statistics::new(), most + 1);
    let limit = RecordError::Gpu(GpuError::Limit {
        what: "max_storage_buffer_binding_size",
        found: 4 * most,
        needed: 4 * most + 4,
    });
    assert_eq!(error.unwrap_err().to_string(), limit.to_string());
    let kernel = scorer.statistics(&all(), 100).unwrap();
    let (scores, result) = (own.untouched(100), own.untouched(164));
    let mut encoder = own.encoder();
    let mut encode = |scores: &wgpu::Buffer, scores_offset, result, offset| {
        let of = Output {
            scores_offset,
            ..Output::new(scores)
        };
        let recording = kernel.encode(&mut encoder, &of, result, offset);
        recording.map(drop).map_err(|error| error.to_string())
    };
    let few = own.untouched(4);
    let text = |error: Result<(), String>| error.unwrap_err();
    assert_eq!(
        text(encode(&few, 0, &result, 0)),
        "the buffer of scores holds 16 bytes and 400 are needed"
    );
    assert_eq!(
        text(encode(&scores, 4, &result, 0)),
        "the offset 4 of scores is no multiple of 256 bytes"
    );
    assert_eq!(
        text(encode(&scores, 0, &few, 0)),
        format!(
            "the buffer of statistics holds 16 bytes and {} are needed",
            kernel.size()
        )
    );
    assert_eq!(
        text(encode(&scores, 0, &result, 128)),
        "the offset 128 of statistics is no multiple of 256 bytes"
    );
    assert_eq!(encode(&scores, 0, &result, 256), Ok(()));
}
