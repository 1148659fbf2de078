//! What the CPU scores: `cargo bench --bench cpu`.
//!
//! Input is larger than the cache, and a sample of the scores is checked against the reference before
//! anything is timed. `kullback bench` sets such figures beside what reading alone takes, in one run.

use divan::Bencher;
use divan::counter::BytesCount;
use kullback::{Backend, Encoding, Measure, Rows, Scorer, Scores, Verify};

/// Values of an operand: 128 MiB.
const VALUES: usize = 32 << 20;
const BINS: [usize; 9] = [3, 10, 16, 64, 256, 1000, 1024, 50_257, 131_072];

fn main() {
    divan::main();
}

#[divan::bench(args = BINS)]
fn kl(bencher: Bencher<'_, '_>, k: usize) {
    bench(bencher, "kl", Encoding::Probabilities, k);
}

#[divan::bench(args = BINS)]
fn reverse_kl(bencher: Bencher<'_, '_>, k: usize) {
    bench(bencher, "reverse-kl", Encoding::Probabilities, k);
}

#[divan::bench(args = BINS)]
fn js(bencher: Bencher<'_, '_>, k: usize) {
    bench(bencher, "js", Encoding::Probabilities, k);
}

#[divan::bench(args = BINS)]
fn tv(bencher: Bencher<'_, '_>, k: usize) {
    bench(bencher, "tv", Encoding::Probabilities, k);
}

#[divan::bench(args = BINS)]
fn cross_entropy(bencher: Bencher<'_, '_>, k: usize) {
    bench(bencher, "cross-entropy", Encoding::Probabilities, k);
}

#[divan::bench(args = BINS)]
fn kl_of_weights(bencher: Bencher<'_, '_>, k: usize) {
    bench(bencher, "kl", Encoding::Weights, k);
}

#[divan::bench(args = BINS)]
fn kl_of_logits(bencher: Bencher<'_, '_>, k: usize) {
    bench(bencher, "kl", Encoding::LOGITS, k);
}

/// How long one answer takes, once a scorer is there.
#[divan::bench(args = [16, 1024])]
fn kl_of_one_pair(bencher: Bencher<'_, '_>, k: usize) {
    bench_values(bencher, "kl", Encoding::Probabilities, k, k);
}

/// What evaluation of language models asks of the same rows.
const SEVERAL: [&str; 6] = ["kl", "reverse-kl", "js", "tv", "cross-entropy", "entropy"];

#[divan::bench(args = BINS)]
fn several_in_one_read(bencher: Bencher<'_, '_>, k: usize) {
    bench_several(bencher, Encoding::Probabilities, true, k);
}

#[divan::bench(args = BINS)]
fn several_one_by_one(bencher: Bencher<'_, '_>, k: usize) {
    bench_several(bencher, Encoding::Probabilities, false, k);
}

#[divan::bench(args = BINS)]
fn several_of_weights_in_one_read(bencher: Bencher<'_, '_>, k: usize) {
    bench_several(bencher, Encoding::Weights, true, k);
}

#[divan::bench(args = BINS)]
fn several_of_weights_one_by_one(bencher: Bencher<'_, '_>, k: usize) {
    bench_several(bencher, Encoding::Weights, false, k);
}

#[divan::bench(args = BINS)]
fn several_of_logits_in_one_read(bencher: Bencher<'_, '_>, k: usize) {
    bench_several(bencher, Encoding::LOGITS, true, k);
}

#[divan::bench(args = BINS)]
fn several_of_logits_one_by_one(bencher: Bencher<'_, '_>, k: usize) {
    bench_several(bencher, Encoding::LOGITS, false, k);
}

/// What reading both operands takes at least: on one thread, which a measure on all threads may beat.
#[divan::bench]
fn plain_sum_on_one_thread(bencher: Bencher<'_, '_>) {
    let values = vec![1.0_f32; 2 * VALUES];
    bencher
        .counter(BytesCount::of_slice(&values))
        .bench(|| sum(divan::black_box(&values)));
}

fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0; 128];
    for chunk in values.as_chunks::<128>().0 {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().sum()
}

fn bench_several(bencher: Bencher<'_, '_>, encoding: Encoding, together: bool, k: usize) {
    let measures = SEVERAL.map(|name| name.parse().unwrap_or_else(|error| panic!("{error}")));
    let (p, q) = operands(encoding, k);
    let rows = |values| Rows::new(encoding, values, k).unwrap_or_else(|error| panic!("{error}"));
    let scorer = Scorer::builder().backend(Backend::Cpu).build();
    let scorer = scorer.unwrap_or_else(|error| panic!("{error}"));
    let score = |measures: &[Measure]| {
        let scores = scorer.score_many(measures, rows(&p), rows(&q));
        scores.unwrap_or_else(|error| panic!("{error}"))
    };
    let checked = scorer.request_many(&measures).verify(Verify::Sample(16));
    let checked = checked.score(rows(&p), rows(&q));
    let checked = checked.unwrap_or_else(|error| panic!("{error}"));
    let right = |scores: Scores| scores.into_result().is_ok();
    assert!(checked.into_iter().all(right));
    bencher
        .counter(BytesCount::new(2 * size_of_val(p.as_slice())))
        .bench_local(|| {
            if together {
                return score(&measures);
            }
            measures.iter().flat_map(|m| score(&[*m])).collect()
        });
}

fn bench(bencher: Bencher<'_, '_>, measure: &str, encoding: Encoding, k: usize) {
    bench_values(bencher, measure, encoding, k, VALUES / k * k);
}

/// Scores the first values of the operands.
fn bench_values(
    bencher: Bencher<'_, '_>,
    measure: &str,
    encoding: Encoding,
    k: usize,
    values: usize,
) {
    let measure: Measure = measure.parse().unwrap_or_else(|error| panic!("{error}"));
    let (p, q) = operands(encoding, k);
    let (p, q) = (&p[..values], &q[..values]);
    let rows = |values| Rows::new(encoding, values, k).unwrap_or_else(|error| panic!("{error}"));
    let scorer = Scorer::builder().backend(Backend::Cpu).build();
    let scorer = scorer.unwrap_or_else(|error| panic!("{error}"));
    let mut out = vec![0.0; p.len() / k];
    let mut score = |verify| {
        let request = scorer.request(&measure).verify(verify);
        let report = request.score_into(rows(p), rows(q), &mut out);
        report.unwrap_or_else(|error| panic!("{error}"))
    };
    let report = score(Verify::Sample(16));
    let right = report.verification.is_some_and(|v| v.failed.is_none());
    assert!(right && report.issues.is_empty(), "{report:?}");
    bencher
        .counter(BytesCount::new(2 * size_of_val(p)))
        .bench_local(|| score(Verify::Off));
}

/// Pairs of near distributions, as those of a model and its copy; a few, repeated.
fn operands(encoding: Encoding, k: usize) -> (Vec<f32>, Vec<f32>) {
    let distinct = ((1 << 20) / k).max(2);
    let mut state = 1_u64;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    let (mut p, mut q) = (Vec::new(), Vec::new());
    for _ in 0..distinct {
        let a: Vec<f64> = (0..k).map(|_| 3.0 * (uniform() - 0.5)).collect();
        let b: Vec<f64> = a.iter().map(|z| z + 0.25 * (uniform() - 0.5)).collect();
        p.extend(encoded(encoding, &a));
        q.extend(encoded(encoding, &b));
    }
    let filled = |rows: Vec<f32>| rows.into_iter().cycle().take(VALUES / k * k).collect();
    (filled(p), filled(q))
}

/// Values that stand for the distribution of these logarithms.
fn encoded(encoding: Encoding, z: &[f64]) -> impl Iterator<Item = f32> {
    let mass: f64 = z.iter().map(|z| z.exp()).sum();
    z.iter().map(move |&z| match encoding {
        Encoding::Probabilities => (z.exp() / mass) as f32,
        Encoding::Weights => z.exp() as f32,
        _ => z as f32,
    })
}
