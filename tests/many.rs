//! Several measures in one read: the same as one after the other, on every backend.

mod common;

use std::future::Future;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use kullback::{
    BoxError, CancelToken, ElementType, Encoding, Measure, Options, Rows, RowsSource, ScoreError,
    StreamError, Support, Temperature, Unit,
};

use common::backends::{self, Target};
use common::batch::{Batch, Shape};
use common::harness::{self, Test};
use common::measures;
use common::random::Random;
use common::settings;

const TESTS: &[Test] = &[
    ("every measure of shares", every_measure_of_shares),
    ("every measure of weights", every_measure_of_weights),
    ("rows of many lengths and types", rows_of_many_lengths),
    ("batches in several pieces", batches_in_pieces),
    (
        "the entropy does not look at Q",
        the_entropy_does_not_look_at_q,
    ),
    ("a stream", a_stream),
    ("outputs of the caller", outputs_of_the_caller),
    ("a sink that fails", a_sink_that_fails),
    ("a cancelled batch", a_cancelled_batch),
    ("without blocking", without_blocking),
    ("rows of f64", rows_of_f64),
    ("nothing to do", nothing_to_do),
    (
        "what does not fit is an error before any work",
        what_does_not_fit,
    ),
];

/// Where measures share pairs of bins: on the CPU.
const ON_THE_CPU: &[Test] = &[(
    "every measure of pairs that they share",
    every_measure_of_shared_pairs,
)];

fn main() -> ExitCode {
    let targets = backends::all();
    let mut trials = harness::on_each(&targets, TESTS);
    let cpu: Vec<Target> = targets.into_iter().filter(Target::is_cpu).collect();
    trials.extend(harness::on_each(&cpu, ON_THE_CPU));
    harness::main(trials)
}

fn compare(
    target: &Target,
    measures: &[Measure],
    options: Options,
    shape: Shape,
    elements: [ElementType; 2],
) {
    let name = format!("{options:?} of {shape:?} in {elements:?}");
    let mut random = Random::named(settings::seed(), &name);
    let batch = Batch::draw(options, shape, &mut random).rounded(elements);
    match batch.compare_many(target.scorer(), measures) {
        Ok(compared) => assert_eq!(compared, measures.len() * shape.rows),
        Err(wrong) => panic!("{name}: {wrong}"),
    }
}

const F32: [ElementType; 2] = [ElementType::F32; 2];

fn shape(encodings: [Encoding; 2], k: usize, rows: usize) -> Shape {
    Shape {
        encodings,
        k,
        rows,
        distinct: rows,
    }
}

fn every_measure_of_shares(target: &Target) {
    let of_each_stem = measures::of_each_stem().into_iter();
    let measures: Vec<Measure> = of_each_stem.filter(|measure| !measure.is_raw()).collect();
    let options = Options {
        unit: Unit::Bits,
        ..Options::new(measures[0])
    };
    let probabilities = shape([Encoding::Probabilities; 2], 33, 40);
    compare(target, &measures, options, probabilities, F32);
    let options = Options {
        support: Support::Smoothed(1e-3),
        ..options
    };
    compare(target, &FEW, options, probabilities, F32);
}

fn every_measure_of_weights(target: &Target) {
    let measures = measures::of_each_stem();
    let options = Options::new(measures[0]);
    let weights = [Encoding::Weights; 2];
    compare(target, &measures, options, shape(weights, 100, 20), F32);
}

fn every_measure_of_shared_pairs(target: &Target) {
    let mut measures = measures::all();
    measures.extend(["f:t*ln(t)", "f:abs(t - 1)", "renyi:1000", "alpha:80"].map(measures::named));
    let of_shares: Vec<Measure> = measures.iter().copied().filter(|m| !m.is_raw()).collect();
    let logits = |temperature| Encoding::Logits {
        temperature: Temperature::new(temperature).unwrap_or_else(|e| panic!("{e}")),
    };
    let (probabilities, weights) = (Encoding::Probabilities, Encoding::Weights);
    for support in [Support::Exact, Support::Smoothed(1e-3)] {
        for (k, encodings) in [
            (700, [probabilities; 2]),
            (2100, [probabilities; 2]),
            (130, [weights; 2]),
            (257, [weights, probabilities]),
            (1030, [logits(0.7); 2]),
            (64, [logits(0.7); 2]),
            (33, [Encoding::LogProbabilities, logits(1.0)]),
            (300, [logits(0.7), logits(2.0)]),
            (4099, [Encoding::LogProbabilities, logits(1.0)]),
            (300, [weights, logits(1.0)]),
        ] {
            let raw = support == Support::Exact && encodings == [weights; 2];
            let measures = if raw { &measures } else { &of_shares };
            let options = Options {
                support,
                ..Options::new(measures[0])
            };
            compare(target, measures, options, shape(encodings, k, 40), F32);
        }
    }
}

const FEW: [Measure; 5] = [
    Measure::KullbackLeibler,
    Measure::ReverseKullbackLeibler,
    Measure::TotalVariation,
    Measure::Entropy,
    Measure::CrossEntropy,
];

fn rows_of_many_lengths(target: &Target) {
    let warm = Encoding::Logits {
        temperature: Temperature::new(0.7).unwrap_or_else(|e| panic!("{e}")),
    };
    let options = Options::new(FEW[0]);
    let half = [ElementType::F16, ElementType::Bf16];
    for (k, encodings, elements) in [
        (1, [Encoding::Weights; 2], F32),
        (64, [Encoding::Probabilities, Encoding::LOGITS], F32),
        (257, [warm, Encoding::LOGITS], half),
        (1024, [Encoding::Probabilities; 2], F32),
        (4099, [Encoding::LogProbabilities, Encoding::Weights], F32),
        (20_000, [Encoding::LOGITS; 2], half),
    ] {
        compare(target, &FEW, options, shape(encodings, k, 7), elements);
    }
}

/// More rows than a piece of work holds on any backend.
fn batches_in_pieces(target: &Target) {
    let shape = Shape {
        distinct: 20,
        ..shape([Encoding::Weights, Encoding::Probabilities], 3, 40_000)
    };
    compare(target, &FEW, Options::new(FEW[0]), shape, F32);
}

fn the_entropy_does_not_look_at_q(target: &Target) {
    let (p, q) = ([0.5_f32, 0.5, 1.0, 0.0], [f32::NAN, 0.5, 0.5, 0.5]);
    let rows = |values| Rows::probabilities(values, 2).unwrap_or_else(|e| panic!("{e}"));
    let both = [Measure::Entropy, Measure::TotalVariation];
    let scores = target.scorer().score_many(&both, rows(&p), rows(&q));
    let [entropy, tv] = &scores.unwrap_or_else(|e| panic!("{e}"))[..] else {
        panic!("two measures have two scores");
    };
    assert_eq!(entropy.values(), [std::f32::consts::LN_2, 0.0]);
    assert_eq!(entropy.issues().total(), 0);
    assert!(tv.values()[0].is_nan());
    assert_eq!((tv.values()[1], tv.issues().total()), (0.5, 1));
}

fn a_stream(target: &Target) {
    let values: Vec<f32> = (0..30_000).map(|i| (i * 7919 % 1009) as f32).collect();
    let (p, q) = values.split_at(15_000);
    let rows = |values| Rows::weights(values, 5).unwrap_or_else(|e| panic!("{e}"));
    let (p, q) = (rows(p), rows(q));
    let scorer = target.scorer();
    let mut source = RowsSource::new(p, q).unwrap_or_else(|e| panic!("{e}"));
    let (mut kl, mut tv) = (Vec::new(), Vec::new());
    let both = [Measure::KullbackLeibler, Measure::TotalVariation];
    let reports = scorer
        .request_many(&both)
        .stream(&mut source, &mut [&mut kl, &mut tv])
        .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(reports.len(), 2);
    for ((measure, scores), report) in both.iter().zip([kl, tv]).zip(reports) {
        let alone = scorer
            .score(measure, p, q)
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(scores, alone.values());
        assert_eq!((report.rows, report.infinities), (3000, alone.infinities()));
        assert_eq!(report.options, alone.report().options);
    }
    // A sink too few, found before anything is read.
    let mut source = RowsSource::new(p, q).unwrap_or_else(|e| panic!("{e}"));
    let error = scorer
        .request_many(&both)
        .stream(&mut source, &mut [&mut Vec::new()]);
    let Err(StreamError::Argument(error)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(
        error.to_string(),
        "outputs for 1 of 2 measures: give each its own"
    );
}

const BOTH: [Measure; 2] = [Measure::KullbackLeibler, Measure::TotalVariation];

/// Rows that differ, and their scores by `BOTH`.
fn counts(rows: usize) -> (Vec<f32>, Vec<f32>) {
    let p = (0..4 * rows).map(|i| (i * 7919 % 1009) as f32 + 1.0);
    let q = (0..4 * rows).map(|i| (i * 104_729 % 997) as f32 + 1.0);
    (p.collect(), q.collect())
}

fn weights(values: &[f32]) -> Rows<'_> {
    Rows::weights(values, 4).unwrap_or_else(|e| panic!("{e}"))
}

fn alone(target: &Target, p: &[f32], q: &[f32]) -> [Vec<f32>; 2] {
    BOTH.map(|measure| {
        let scores = target.scorer().score(&measure, weights(p), weights(q));
        scores.unwrap_or_else(|e| panic!("{e}")).into_values()
    })
}

fn outputs_of_the_caller(target: &Target) {
    let (p, q) = counts(100);
    let (mut kl, mut tv) = ([0.0; 100], [0.0; 100]);
    let request = target.scorer().request_many(&BOTH);
    let reports = request.score_into(weights(&p), weights(&q), &mut [&mut kl, &mut tv]);
    assert_eq!(reports.unwrap_or_else(|e| panic!("{e}")).len(), 2);
    assert_eq!([kl.to_vec(), tv.to_vec()], alone(target, &p, &q));
    let refusal =
        |outputs: &mut [&mut [f32]]| match request.score_into(weights(&p), weights(&q), outputs) {
            Err(ScoreError::Argument(error)) => error.to_string(),
            other => panic!("{other:?}"),
        };
    assert!(refusal(&mut [&mut kl]).contains("outputs for 1 of 2 measures"));
    let short = refusal(&mut [&mut kl, &mut tv[..99]]);
    assert!(short.contains("the output holds 99 scores but the batch has 100 rows"));
}

fn a_sink_that_fails(target: &Target) {
    let (p, q) = counts(100);
    let mut source = RowsSource::new(weights(&p), weights(&q)).unwrap_or_else(|e| panic!("{e}"));
    let mut first = Vec::new();
    let mut second = |_: &[f32]| -> Result<(), BoxError> { Err("disk full".into()) };
    let request = target.scorer().request_many(&BOTH);
    match request.stream(&mut source, &mut [&mut first, &mut second]) {
        Err(StreamError::Sink {
            row: 0,
            sink: 1,
            source,
            report,
        }) => {
            assert_eq!(source.to_string(), "disk full");
            assert!(report.len() == 2 && report.iter().all(|report| report.rows == 0));
            assert_eq!(first, alone(target, &p, &q)[0]);
        }
        other => panic!("{other:?}"),
    }
}

fn a_cancelled_batch(target: &Target) {
    let (p, q) = counts(100);
    let token = CancelToken::new();
    token.cancel();
    let request = target.scorer().request_many(&BOTH).cancel(&token);
    match request.score(weights(&p), weights(&q)) {
        Err(ScoreError::Cancelled {
            finished: 0,
            total: 100,
            scores,
        }) => assert!(scores.len() == 2 && scores.iter().all(|scores| scores.is_empty())),
        other => panic!("{other:?}"),
    }
}

fn without_blocking(target: &Target) {
    let (p, q) = counts(1000);
    let seen = Mutex::new(Vec::new());
    let request = target.scorer().request_many(&BOTH);
    let request = request.progress(|progress| {
        if let Ok(mut seen) = seen.lock() {
            seen.push(progress.rows_done);
        }
    });
    let mut future = pin!(request.score_async(weights(&p), weights(&q)));
    let mut context = Context::from_waker(Waker::noop());
    let scores = loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(scores) => break scores.unwrap_or_else(|e| panic!("{e}")),
            Poll::Pending => std::thread::yield_now(),
        }
    };
    let found: Vec<Vec<f32>> = scores.into_iter().map(|s| s.into_values()).collect();
    assert_eq!(found, alone(target, &p, &q));
    let seen = seen.lock().map(|seen| seen.clone()).unwrap_or_default();
    assert!(seen.is_sorted() && seen.last() == Some(&1000), "{seen:?}");
}

/// Also beside rows of f32 whose entropy is asked for, which is none of f64.
fn rows_of_f64(target: &Target) {
    let elements = [ElementType::F32, ElementType::F64];
    let options = Options::new(FEW[0]);
    if !target.is_gpu() {
        compare(
            target,
            &FEW,
            options,
            shape([Encoding::Weights; 2], 100, 40),
            elements,
        );
        return;
    }
    let (p, q) = ([1.0_f32, 2.0], [1.0_f64, 2.0]);
    let (p, q) = (Rows::weights(&p, 2), Rows::weights(&q, 2));
    let (Ok(p), Ok(q)) = (p, q) else {
        panic!("rows of two bins");
    };
    match target.scorer().score_many(&FEW, p, q) {
        Err(ScoreError::Argument(error)) => assert!(error.to_string().contains("f64")),
        other => panic!("{other:?}"),
    }
}

fn nothing_to_do(target: &Target) {
    let rows = |values| Rows::weights::<f32>(values, 3).unwrap_or_else(|e| panic!("{e}"));
    let (none, one) = (rows(&[]), rows(&[1.0, 2.0, 3.0]));
    let scores = target.scorer().score_many(&FEW, none, none);
    let scores = scores.unwrap_or_else(|e| panic!("{e}"));
    assert!(scores.len() == FEW.len() && scores.iter().all(|scores| scores.is_empty()));
    let scores = target.scorer().score_many(&[], one, one);
    assert!(scores.unwrap_or_else(|e| panic!("{e}")).is_empty());
}

fn what_does_not_fit(target: &Target) {
    let values = [0.25_f32, 0.75, 0.5, 0.5];
    let rows = |k| Rows::probabilities(&values, k).unwrap_or_else(|e| panic!("{e}"));
    let refusal = |measures: &[Measure], k, support| {
        let request = target.scorer().request_many(measures);
        let request = request.progress(|_| panic!("work began"));
        match request.support(support).score(rows(2), rows(k)) {
            Err(ScoreError::Argument(error)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let of_weights = [Measure::KullbackLeibler, Measure::SquaredEuclidean];
    let exact = Support::Exact;
    let request = target.scorer().request_many(&BOTH[1..]).unit(Unit::Bits);
    let error = request.score(rows(2), rows(2));
    assert!(matches!(error, Err(ScoreError::Argument(_))), "{error:?}");
    assert!(refusal(&of_weights, 2, exact).contains("P must hold weights"));
    assert!(refusal(&FEW, 4, exact).contains("P is 2 x 2 and Q is 1 x 4"));
    assert!(refusal(&FEW, 2, Support::Smoothed(0.0)).contains("eps"));
}
