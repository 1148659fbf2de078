//! Statistics of batches of all kinds beside the scores of the same batches.

use std::sync::Mutex;

use kullback::{
    CancelToken, Collector, Encoding, Measure, Rows, RowsSource, ScoreError, Scorer, Scores,
    Statistics, Summary, Verify,
};

use crate::common::backends::{Execution, Target};
use crate::common::measures;
use crate::common::pairs::{self, RECIPES};
use crate::common::random::Random;
use crate::common::settings;
use crate::common::statistics::{Book, all};

/// Rows of both operands, some equal, some near, some far, some with zeros.
pub struct Data {
    pub p: Vec<f32>,
    pub q: Vec<f32>,
    pub k: usize,
    pub encodings: [Encoding; 2],
}

impl Data {
    pub fn new(encodings: [Encoding; 2], k: usize, rows: usize) -> Self {
        let name = format!("statistics of {encodings:?} {k} {rows}");
        let mut random = Random::named(settings::seed(), &name);
        let (mut p, mut q) = (Vec::new(), Vec::new());
        for i in 0..rows {
            let drawn = pairs::draw(RECIPES[i % RECIPES.len()], encodings, k, &mut random);
            p.extend(&drawn.p);
            q.extend(if i % 11 == 5 && encodings[0] == encodings[1] {
                &drawn.p
            } else {
                &drawn.q
            });
        }
        Data { p, q, k, encodings }
    }

    pub fn rows(&self) -> [Rows<'_>; 2] {
        let [p, q] = self.encodings;
        [(p, &self.p), (q, &self.q)].map(|(encoding, values)| {
            Rows::new(encoding, &values[..], self.k).unwrap_or_else(|error| panic!("{error}"))
        })
    }
}

pub fn scored(scores: Result<Scores, ScoreError>, what: &str) -> Scores {
    scores.unwrap_or_else(|error| panic!("{what}: {error}"))
}

pub fn summed(summary: Result<Summary, ScoreError<Summary>>, what: &str) -> Summary {
    summary.unwrap_or_else(|error| panic!("{what}: {error}"))
}

/// Compares a summary with the scores that it is of.
fn compare(summary: &Summary, scores: &Scores, what: &str) {
    Book::of(scores.values()).check(summary, what);
    let reports = [summary.report(), scores.report()].map(|report| format!("{report:?}"));
    assert_eq!(reports[0], reports[1], "{what}");
}

const MEASURES: [&str; 6] = ["kl", "js", "tv", "chi2", "renyi:0.5", "top1-agreement"];

pub const ENCODINGS: [[Encoding; 2]; 4] = [
    [Encoding::Probabilities; 2],
    [Encoding::Weights; 2],
    [Encoding::LOGITS; 2],
    [Encoding::Weights, Encoding::LogProbabilities],
];

pub fn of_scores(target: &Target) {
    let cells = [
        (ENCODINGS[0], 3, 700),
        (ENCODINGS[1], 16, 300),
        (ENCODINGS[2], 65, 100),
        (ENCODINGS[3], 130, 60),
        (ENCODINGS[0], 1024, 40),
        (ENCODINGS[2], 9000, 5),
    ];
    for (number, (encodings, k, rows)) in cells.into_iter().enumerate() {
        let data = Data::new(encodings, k, rows);
        let [p, q] = data.rows();
        // Two measures each, all of them twice: some adapters take half a second for a kernel.
        for name in [MEASURES[number], MEASURES[(number + 2) % MEASURES.len()]] {
            let what = format!("{name} of {encodings:?}, K = {k}");
            let request = target.scorer().request(&measures::named(name));
            let request = request.verify(Verify::Off);
            let scores = scored(request.score(p, q), &what);
            compare(
                &summed(request.summarize(&all(), p, q), &what),
                &scores,
                &what,
            );
        }
    }
}

pub fn of_pairings(target: &Target) {
    let data = Data::new(ENCODINGS[1], 20, 130);
    let [p, q] = data.rows();
    let kl = target.scorer().request(&Measure::KullbackLeibler);
    let one = Rows::weights(&data.p[..20], 20).and_then(|one| one.repeated(130));
    let one = one.unwrap_or_else(|error| panic!("{error}"));
    let scores = scored(kl.score(one, q), "one to many");
    let summary = summed(kl.summarize(&all(), one, q), "one to many");
    compare(&summary, &scores, "one to many");

    let list: Vec<u64> = (0..400).map(|i| i * 7 % 130).collect();
    let (Ok(some), Ok(others)) = (p.selected(&list[..397]), q.selected(&list[3..])) else {
        panic!("these are numbers of rows");
    };
    let scores = scored(kl.score(some, others), "listed rows");
    let summary = summed(kl.summarize(&all(), some, others), "listed rows");
    compare(&summary, &scores, "listed rows");

    // By a measure that is a product on the CPU, and by one that is none.
    for measure in ["kl", "js"] {
        let request = target.scorer().request(&measures::named(measure));
        let scores = scored(request.matrix(p, q), measure);
        let summary = summed(request.summarize_matrix(&all(), p, q), measure);
        compare(&summary, &scores, measure);
    }
}

pub fn of_ragged_rows(target: &Target) {
    let mut random = Random::named(settings::seed(), "statistics of ragged rows");
    let mut offsets = vec![0_u64];
    for i in 0..300_usize {
        // One of them has no bin.
        let k = if i == 77 { 0 } else { 1 + random.below(90) };
        offsets.push(offsets[i] + k as u64);
    }
    let mut values = || -> Vec<f32> {
        let count = offsets[300] as usize;
        (0..count).map(|_| random.below(400) as f32).collect()
    };
    let [p, q] = [values(), values()];
    let rows = |values| {
        let rows = Rows::ragged(Encoding::Weights, values, &offsets);
        rows.unwrap_or_else(|error| panic!("{error}"))
    };
    let tv = target.scorer().request(&Measure::TotalVariation);
    let scores = scored(tv.score(rows(&p), rows(&q)), "ragged rows");
    assert!(scores.issues().bad_rows() > 0);
    let summary = summed(tv.summarize(&all(), rows(&p), rows(&q)), "ragged rows");
    compare(&summary, &scores, "ragged rows");
}

pub fn of_bad_rows(target: &Target) {
    let mut data = Data::new(ENCODINGS[1], 8, 400);
    for (row, value) in [(0, -1.0), (17, f32::NAN), (399, f32::INFINITY)] {
        data.p[row * 8 + 3] = value;
    }
    data.q[17 * 8] = -2.0;
    data.q[30 * 8..31 * 8].fill(0.0);
    // Infinite.
    data.p[40 * 8..41 * 8].fill(1.0);
    data.q[40 * 8 + 2] = 0.0;
    let [p, q] = data.rows();
    let request = target.scorer().request(&Measure::KullbackLeibler);
    let scores = scored(request.score(p, q), "bad rows");
    assert!(scores.infinities() > 0 && scores.issues().total() >= 5);
    compare(
        &summed(request.summarize(&all(), p, q), "rows"),
        &scores,
        "rows",
    );
    let scores = scored(request.matrix(p, q), "bad rows of all pairs");
    let summary = summed(request.summarize_matrix(&all(), p, q), "all pairs");
    compare(&summary, &scores, "all pairs");
    // Nothing but bad rows and infinities.
    for (p, q) in [([-1.0_f32, 1.0], [1.0_f32, 1.0]), ([1.0, 0.0], [0.0, 1.0])] {
        let (p, q) = (Rows::weights(&p, 2), Rows::weights(&q, 2));
        let (Ok(p), Ok(q)) = (p, q) else {
            panic!("both are rows of two bins");
        };
        let scores = scored(request.score(p, q), "nothing finite");
        let summary = summed(request.summarize(&all(), p, q), "nothing finite");
        compare(&summary, &scores, "nothing finite");
        assert_eq!((summary.mean(), summary.sum()), (None, Some(0.0)));
    }
}

/// A scorer that takes few rows at a time.
fn small_scorer(target: &Target, execution: Execution) -> Scorer {
    let builder = target.small(execution).host_memory(1 << 12);
    builder.build().unwrap_or_else(|error| panic!("{error}"))
}

pub fn in_many_submissions(target: &Target) {
    for execution in target.executions() {
        let scorer = small_scorer(target, execution);
        for (k, rows) in [(4, 1500), (700, 60)] {
            let data = Data::new(ENCODINGS[0], k, rows);
            let [p, q] = data.rows();
            let request = scorer.request(&Measure::KullbackLeibler);
            let what = format!("{}, K = {k}", execution.name());
            let scores = scored(request.score(p, q), &what);
            compare(
                &summed(request.summarize(&all(), p, q), &what),
                &scores,
                &what,
            );
        }
        let data = Data::new(ENCODINGS[1], 5, 60);
        let [p, q] = data.rows();
        let request = scorer.request(&Measure::TotalVariation);
        let scores = scored(request.matrix(p, q), "all pairs");
        let summary = summed(request.summarize_matrix(&all(), p, q), "all pairs");
        compare(&summary, &scores, "all pairs");
    }
}

pub fn by_several_measures(target: &Target) {
    let data = Data::new(ENCODINGS[1], 30, 500);
    let [p, q] = data.rows();
    let measures = MEASURES.map(measures::named);
    let request = target.scorer().request_many(&measures);
    let scores = request
        .score(p, q)
        .unwrap_or_else(|error| panic!("{error}"));
    let summaries = request.summarize(&all(), p, q);
    let summaries = summaries.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(summaries.len(), measures.len());
    for ((summary, scores), name) in summaries.iter().zip(&scores).zip(MEASURES) {
        compare(summary, scores, name);
    }
    let none = target.scorer().request_many(&[]).summarize(&all(), p, q);
    assert!(none.is_ok_and(|none| none.is_empty()));
}

/// Scores from 1e-13 to 80, of which f32 and f64 keep the large ones alone.
pub fn small_beside_large(target: &Target) {
    let (mut p, mut q) = (Vec::new(), Vec::new());
    for i in 0..3000 {
        let step = 1.0 + (i % 97) as f32 * f32::EPSILON;
        p.extend([1.0_f32, step]);
        q.extend([1.0_f32, 1.0]);
    }
    p.extend([1.0, 0.0]);
    q.extend([1e-35, 1.0]);
    let (Ok(p), Ok(q)) = (Rows::weights(&p, 2), Rows::weights(&q, 2)) else {
        panic!("both are rows of two bins");
    };
    let request = target.scorer().request(&Measure::KullbackLeibler);
    let scores = scored(request.score(p, q), "small and large");
    let (Some(least), Some(greatest)) = (
        scores
            .values()
            .iter()
            .copied()
            .filter(|s| *s > 0.0)
            .reduce(f32::min),
        scores.values().iter().copied().reduce(f32::max),
    ) else {
        panic!("some scores are above 0");
    };
    assert!(least < 1e-14 && greatest > 80.0, "{least} {greatest}");
    let summary = summed(request.summarize(&all(), p, q), "small and large");
    compare(&summary, &scores, "small and large");
}

pub fn of_equal_scores(target: &Target) {
    let (p, q) = ([0.5_f32, 0.5].repeat(5000), [0.25_f32, 0.75].repeat(5000));
    let (Ok(p), Ok(q)) = (Rows::probabilities(&p, 2), Rows::probabilities(&q, 2)) else {
        panic!("both are rows of two bins");
    };
    for (p, q) in [(p, q), (p, p)] {
        let request = target.scorer().request(&Measure::Hellinger);
        let scores = scored(request.score(p, q), "equal scores");
        let summary = summed(request.summarize(&all(), p, q), "equal scores");
        compare(&summary, &scores, "equal scores");
        let score = f64::from(scores.values()[0]);
        assert_eq!(summary.mean(), Some(score));
        assert!(
            summary
                .quantiles()
                .is_some_and(|all| all.iter().all(|q| *q == score))
        );
    }
}

pub fn of_nothing(target: &Target) {
    let none = Rows::weights(&[] as &[f32], 3).unwrap_or_else(|error| panic!("{error}"));
    let some = Rows::weights(&[1.0_f32, 2.0, 3.0], 3).unwrap_or_else(|error| panic!("{error}"));
    let request = target.scorer().request(&Measure::KullbackLeibler);
    let summaries = [
        request.summarize(&all(), none, none),
        request.summarize_matrix(&all(), none, some),
        request.summarize_matrix(&all(), some, none),
    ];
    for summary in summaries {
        let summary = summed(summary, "nothing");
        Book::of(&[]).check(&summary, "nothing");
        assert_eq!(summary.report().rows, 0);
    }
    // What cannot be scored is told before.
    let error = request.summarize(&all(), none, some);
    assert!(matches!(error, Err(ScoreError::Argument(_))), "{error:?}");
}

pub fn not_named(target: &Target) {
    let data = Data::new(ENCODINGS[0], 6, 50);
    let [p, q] = data.rows();
    let request = target.scorer().request(&Measure::TotalVariation);
    let none = summed(request.summarize(&Statistics::new(), p, q), "none");
    assert_eq!((none.sum(), none.mean()), (None, None));
    assert_eq!((none.min(), none.max()), (None, None));
    assert!(none.quantiles().is_none() && none.histogram().is_none());
    assert_eq!(none.finite() + none.infinities() + none.bad(), 50);
    let expected = summed(request.summarize(&all(), p, q), "all");
    type Of = fn(&Summary) -> Option<f64>;
    let each: [(Statistics, Of); 4] = [
        (Statistics::new().sum(), |s| s.sum()),
        (Statistics::new().mean(), |s| s.mean()),
        (Statistics::new().min(), |s| s.min().map(f64::from)),
        (Statistics::new().max(), |s| s.max().map(f64::from)),
    ];
    for (at, (statistics, of)) in each.iter().enumerate() {
        let summary = summed(request.summarize(statistics, p, q), "one");
        for (other, (_, other_of)) in each.iter().enumerate() {
            let found = other_of(&summary);
            let wanted = (at == other).then(|| of(&expected)).flatten();
            assert_eq!(found, wanted, "{at} {other}");
        }
        assert!(summary.quantiles().is_none() && summary.histogram().is_none());
    }
}

pub fn verified(target: &Target) {
    let data = Data::new(ENCODINGS[1], 12, 300);
    let [p, q] = data.rows();
    let request = target.scorer().request(&Measure::KullbackLeibler);
    for verify in [Verify::Sample(20), Verify::All] {
        let request = request.clone().verify(verify);
        let scores = scored(request.score(p, q), "verified");
        let summary = summed(request.summarize(&all(), p, q), "verified");
        compare(&summary, &scores, "verified");
        let verification = summary.report().verification;
        assert!(verification.is_some_and(|found| found.failed.is_none() && found.rows > 0));
    }
}

pub fn cancelled(target: &Target) {
    let scorer = small_scorer(target, target.executions()[0]);
    let data = Data::new(ENCODINGS[0], 16, 9000);
    let [p, q] = data.rows();
    let scores = scored(
        scorer.score(&Measure::TotalVariation, p, q),
        "not cancelled",
    );
    let (token, told) = (CancelToken::new(), Mutex::new(Vec::new()));
    let request = scorer.request(&Measure::TotalVariation).cancel(&token);
    let request = request.progress(|progress| {
        if let Ok(mut told) = told.lock() {
            told.push(progress.rows_done);
        }
        if progress.rows_done > 0 {
            token.cancel();
        }
    });
    let statistics = Statistics::new().sum().max();
    let end = request.summarize(&statistics, p, q);
    let Err(ScoreError::Cancelled {
        finished,
        total,
        scores: summary,
    }) = end
    else {
        panic!("{end:?}");
    };
    assert_eq!(total, 9000);
    assert!(finished > 0 && finished < total, "{finished}");
    let book = Book::of(&scores.values()[..finished as usize]);
    assert_eq!(summary.sum(), Some(book.sum));
    assert_eq!(summary.max(), book.finite.last().copied());
    assert_eq!(summary.report().rows, finished);
    let told = told.lock().map(|told| told.clone()).unwrap_or_default();
    assert!(told.is_sorted() && told[0] == 0, "{told:?}");
}

pub fn of_a_stream(target: &Target) {
    let data = Data::new(ENCODINGS[1], 24, 700);
    let [p, q] = data.rows();
    let request = target.scorer().request(&Measure::Jeffreys);
    let scores = scored(request.score(p, q), "a stream");
    let mut source = RowsSource::new(p, q).unwrap_or_else(|error| panic!("{error}"));
    let mut collector = Collector::new(&all());
    let report = request.stream(&mut source, &mut collector);
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    compare(&collector.finish(report), &scores, "a stream");
}

pub fn many_quantiles(target: &Target) {
    let data = Data::new(ENCODINGS[0], 10, 2000);
    let [p, q] = data.rows();
    let levels: Vec<f64> = (0..=100)
        .map(|percent| f64::from(percent) / 100.0)
        .collect();
    let statistics = Statistics::new().quantiles(&levels);
    let statistics = statistics.unwrap_or_else(|error| panic!("{error}"));
    let request = target.scorer().request(&Measure::KullbackLeibler);
    let scores = scored(request.score(p, q), "percentiles");
    let summary = summed(request.summarize(&statistics, p, q), "percentiles");
    let book = Book::of(scores.values());
    let expected: Vec<f64> = levels.iter().map(|level| book.quantile(*level)).collect();
    assert_eq!(summary.quantiles(), Some(&expected[..]));
}

pub fn many_bins(target: &Target) {
    let data = Data::new(ENCODINGS[0], 10, 3000);
    let [p, q] = data.rows();
    // More than a workgroup keeps to itself.
    let edges: Vec<f32> = (0..=5000).map(|edge| edge as f32 / 5000.0).collect();
    let statistics = Statistics::new().histogram(&edges);
    let statistics = statistics.unwrap_or_else(|error| panic!("{error}"));
    let request = target.scorer().request(&Measure::TotalVariation);
    let scores = scored(request.score(p, q), "many bins");
    let summary = summed(request.summarize(&statistics, p, q), "many bins");
    let counts = Book::of(scores.values()).counts(&edges);
    let Some(histogram) = summary.histogram() else {
        panic!("a histogram was asked for");
    };
    assert_eq!(histogram.counts(), &counts[1..edges.len()]);
    assert_eq!(
        (histogram.below(), histogram.above()),
        (0, counts[edges.len()])
    );
}

#[cfg(feature = "gpu")]
pub fn by_a_future(target: &Target) {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let data = Data::new(ENCODINGS[2], 40, 300);
    let [p, q] = data.rows();
    let request = target.scorer().request(&measures::named("js"));
    let scores = scored(request.score(p, q), "a future");
    let statistics = all();
    let pending = sendable(request.summarize_async(&statistics, p, q));
    compare(
        &summed(pollster::block_on(pending), "a future"),
        &scores,
        "a future",
    );
    let scores = scored(request.matrix(p, q), "a future of all pairs");
    let pending = sendable(request.summarize_matrix_async(&statistics, p, q));
    compare(
        &summed(pollster::block_on(pending), "all pairs"),
        &scores,
        "all pairs",
    );
}
