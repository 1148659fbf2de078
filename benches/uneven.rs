//! Ragged and sparse rows on the CPU, beside as many values in rows of one length: `cargo bench --bench uneven`.
//!
//! All scores are checked against the reference, some of them, before anything is timed.

use std::fmt;

use divan::Bencher;
use divan::counter::BytesCount;
use kullback::{Backend, Encoding, Measure, Rows, Scorer, Verify};

/// Values of an operand: 128 MiB.
const VALUES: usize = 32 << 20;

fn main() {
    divan::main();
}

/// How long rows are.
#[derive(Clone, Copy)]
struct Lengths {
    least: usize,
    most: usize,
    /// As many rows of each octave as of the next, instead of each length.
    octaves: bool,
}

impl fmt::Display for Lengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = if self.octaves { " by octaves" } else { "" };
        write!(f, "{} to {}{by}", self.least, self.most)
    }
}

const fn lengths(least: usize, most: usize, octaves: bool) -> Lengths {
    Lengths {
        least,
        most,
        octaves,
    }
}

const LENGTHS: [Lengths; 5] = [
    lengths(1, 40, false),
    lengths(1, 255, false),
    lengths(1, 2000, false),
    lengths(257, 1500, false),
    lengths(1, 1 << 20, true),
];

const ENCODINGS: [Encoding; 3] = [Encoding::Probabilities, Encoding::Weights, Encoding::LOGITS];

struct Random(u64);

impl Random {
    /// A number in `[0, 1)`.
    fn draw(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Where rows begin and end.
fn offsets(lengths: Lengths) -> Vec<u64> {
    let (least, most) = (lengths.least as f64, lengths.most as f64);
    let mut random = Random(3);
    let mut offsets = vec![0];
    let mut end = 0;
    while end < VALUES {
        let length = if lengths.octaves {
            least * (most / least).powf(random.draw())
        } else {
            least + (most - least + 1.0) * random.draw()
        };
        end = VALUES.min(end + length as usize);
        offsets.push(end as u64);
    }
    offsets
}

/// Rows of one length, the mean of those.
fn of_one_length(offsets: &[u64]) -> Vec<u64> {
    let k = VALUES.div_ceil(offsets.len() - 1);
    (0..=VALUES / k).map(|row| (row * k) as u64).collect()
}

/// Values of rows of that kind.
fn values(encoding: Encoding, offsets: &[u64]) -> [Vec<f32>; 2] {
    [1, 2].map(|seed| {
        let mut random = Random(seed);
        let mut values: Vec<f32> = (0..VALUES).map(|_| random.draw() as f32 + 0.01).collect();
        if encoding == Encoding::Probabilities {
            for row in offsets.windows(2) {
                let row = &mut values[row[0] as usize..row[1] as usize];
                let sum: f64 = row.iter().map(|&value| f64::from(value)).sum();
                row.iter_mut().for_each(|value| *value /= sum as f32);
            }
        }
        values
    })
}

fn rows<'a>(rows: Result<Rows<'a>, kullback::ArgumentError>) -> Rows<'a> {
    rows.unwrap_or_else(|error| panic!("{error}"))
}

/// Times KL of rows, once some of the scores have been checked.
fn time(bencher: Bencher<'_, '_>, bytes: usize, [p, q]: [Rows<'_>; 2]) {
    let scorer = Scorer::builder().backend(Backend::Cpu).build();
    let scorer = scorer.unwrap_or_else(|error| panic!("{error}"));
    let kl = scorer.request(&Measure::KullbackLeibler);
    let mut out = vec![0.0; p.rows() as usize];
    let checked = kl
        .clone()
        .verify(Verify::Sample(200))
        .score_into(p, q, &mut out);
    match checked.map(|report| report.verification) {
        Ok(Some(found)) if found.failed.is_none() => {}
        other => panic!("{other:?}"),
    }
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        let report = kl.score_into(p, q, &mut out);
        report.unwrap_or_else(|error| panic!("{error}"))
    });
}

const BYTES: usize = 2 * VALUES * size_of::<f32>();

fn equal(bencher: Bencher<'_, '_>, encoding: Encoding, lengths: Lengths) {
    let offsets = of_one_length(&offsets(lengths));
    let [p, q] = values(encoding, &offsets);
    let end = offsets.last().copied().unwrap_or_default() as usize;
    let k = offsets[1] as usize;
    let both = [&p, &q].map(|values| rows(Rows::new(encoding, &values[..end], k)));
    time(bencher, BYTES, both);
}

fn ragged(bencher: Bencher<'_, '_>, encoding: Encoding, lengths: Lengths) {
    let offsets = offsets(lengths);
    let [p, q] = values(encoding, &offsets);
    let both = [&p, &q].map(|values| rows(Rows::ragged(encoding, values, &offsets)));
    time(bencher, BYTES, both);
}

#[divan::bench(args = LENGTHS)]
fn probabilities_equal(bencher: Bencher<'_, '_>, lengths: Lengths) {
    equal(bencher, ENCODINGS[0], lengths);
}

#[divan::bench(args = LENGTHS)]
fn probabilities_ragged(bencher: Bencher<'_, '_>, lengths: Lengths) {
    ragged(bencher, ENCODINGS[0], lengths);
}

#[divan::bench(args = LENGTHS)]
fn weights_equal(bencher: Bencher<'_, '_>, lengths: Lengths) {
    equal(bencher, ENCODINGS[1], lengths);
}

#[divan::bench(args = LENGTHS)]
fn weights_ragged(bencher: Bencher<'_, '_>, lengths: Lengths) {
    ragged(bencher, ENCODINGS[1], lengths);
}

#[divan::bench(args = LENGTHS)]
fn logits_equal(bencher: Bencher<'_, '_>, lengths: Lengths) {
    equal(bencher, ENCODINGS[2], lengths);
}

#[divan::bench(args = LENGTHS)]
fn logits_ragged(bencher: Bencher<'_, '_>, lengths: Lengths) {
    ragged(bencher, ENCODINGS[2], lengths);
}

/// Sparse rows of `stored` values each, of which a quarter are in bins that the other has too.
#[divan::bench(args = [20, 100, 500])]
fn sparse_weights(bencher: Bencher<'_, '_>, stored: usize) {
    let values = values(Encoding::Weights, &[]);
    let offsets: Vec<u64> = (0..=VALUES / stored).map(|i| (i * stored) as u64).collect();
    let end = VALUES / stored * stored;
    let indices = [0, 1].map(|operand| -> Vec<u32> {
        // Of P in multiples of 8 and others, of Q in the same multiples and others.
        let bin = |i: usize| match i % 4 {
            0 => 8 * i,
            _ => 8 * i + 1 + operand + 2 * (i * i % 3),
        };
        (0..end).map(|i| bin(i % stored) as u32).collect()
    });
    let k = 8 * stored;
    let both = [0, 1].map(|operand| {
        let values = &values[operand][..end];
        let indices = &indices[operand];
        rows(Rows::sparse(
            Encoding::Weights,
            values,
            indices,
            &offsets,
            k,
        ))
    });
    time(bencher, 2 * BYTES, both);
}
