//! Statistics of a batch beside its scores: `cargo bench --bench statistics`.
//!
//! On the CPU, or on the adapter whose name, or a part of it, `KULLBACK_ADAPTER` holds. All statistics are compared with
//! those of the scores before anything is timed.

mod tables;

use divan::Bencher;
use divan::counter::BytesCount;
use kullback::{Backend, Measure, Scorer, Statistics, Summary};

use tables::{rows, tables};

/// Values of an operand: 128 MiB.
const VALUES: usize = 32 << 20;

const BINS: [usize; 3] = [4, 16, 256];

fn main() {
    divan::main();
}

fn scorer() -> Scorer {
    let scorer = match std::env::var("KULLBACK_ADAPTER") {
        Ok(adapter) => Scorer::builder()
            .backend(Backend::Gpu)
            .adapter(&adapter)
            .build(),
        Err(_) => Scorer::builder().backend(Backend::Cpu).build(),
    };
    scorer.unwrap_or_else(|error| panic!("{error}"))
}

/// The same as the scores have, by sorting.
fn check(summary: &Summary, mut scores: Vec<f32>) {
    // A bin in some million is drawn as 0.
    scores.retain(|score| score.is_finite());
    scores.sort_by(f32::total_cmp);
    let sum: f64 = scores.iter().map(|&score| f64::from(score)).sum();
    assert_eq!(summary.finite(), scores.len() as u64);
    if let Some(found) = summary.sum() {
        assert!((found / sum - 1.0).abs() < 1e-9, "{found} for {sum}");
    }
    if let Some(quantiles) = summary.quantiles() {
        let at = (scores.len() - 1) as f64 * 0.5;
        let [lower, upper] = [at.floor(), at.ceil()].map(|at| f64::from(scores[at as usize]));
        assert_eq!(quantiles[0], lower + (upper - lower) * at.fract());
    }
    if let Some(histogram) = summary.histogram() {
        let below = scores.iter().filter(|score| **score < 0.1).count();
        assert_eq!(histogram.counts()[0], below as u64);
    }
}

fn time(bencher: Bencher<'_, '_>, k: usize, statistics: &Statistics) {
    let [p, q] = tables(VALUES / k, k);
    let (p, q) = (rows(&p, k), rows(&q, k));
    let scorer = scorer();
    let kl = scorer.request(&Measure::KullbackLeibler);
    let take = || {
        let summary = kl.summarize(statistics, p, q);
        summary.unwrap_or_else(|error| panic!("{error}"))
    };
    let scores = kl.score(p, q).unwrap_or_else(|error| panic!("{error}"));
    check(&take(), scores.into_values());
    bencher
        .counter(BytesCount::new(8 * VALUES))
        .bench_local(take);
}

fn wanted(statistics: Result<Statistics, kullback::ArgumentError>) -> Statistics {
    statistics.unwrap_or_else(|error| panic!("{error}"))
}

/// All scores, in memory that has been written before.
#[divan::bench(args = BINS)]
fn a_scores(bencher: Bencher<'_, '_>, k: usize) {
    let [p, q] = tables(VALUES / k, k);
    let (p, q) = (rows(&p, k), rows(&q, k));
    let scorer = scorer();
    let mut out = vec![0.0; VALUES / k];
    bencher
        .counter(BytesCount::new(8 * VALUES))
        .bench_local(|| {
            let report = scorer
                .request(&Measure::KullbackLeibler)
                .score_into(p, q, &mut out);
            report.unwrap_or_else(|error| panic!("{error}"))
        });
}

#[divan::bench(args = BINS)]
fn b_extremes(bencher: Bencher<'_, '_>, k: usize) {
    time(bencher, k, &Statistics::new().min().max());
}

#[divan::bench(args = BINS)]
fn c_mean(bencher: Bencher<'_, '_>, k: usize) {
    time(bencher, k, &Statistics::new().mean().sum());
}

#[divan::bench(args = BINS)]
fn d_histogram(bencher: Bencher<'_, '_>, k: usize) {
    let edges: Vec<f32> = (0..=20).map(|edge| edge as f32 / 10.0).collect();
    time(bencher, k, &wanted(Statistics::new().histogram(&edges)));
}

#[divan::bench(args = BINS)]
fn e_quantiles(bencher: Bencher<'_, '_>, k: usize) {
    time(
        bencher,
        k,
        &wanted(Statistics::new().quantiles(&[0.5, 0.05, 0.95])),
    );
}
