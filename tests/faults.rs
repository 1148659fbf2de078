//! A GPU that fails at any step: no panic and no wrong score, nothing finished is lost, and the report
//! tells where rows were scored.
//!
//! Failures are injected behind a seam for tests, or real: a destroyed device, a device with tiny
//! limits, a time-out of a nanosecond, rows that no binding holds.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::process::ExitCode;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use kullback::gpu::{Fault, GpuError, Strategy};
use kullback::{
    BoxError, CancelToken, Encoding, Fallback, Measure, Options, Report, Rows, RowsSource,
    ScoreError, ScoredOn, Scorer, ScorerBuilder, Scores, StreamError,
};
use libtest_mimic::Trial;

use common::backends::{self, Execution, Target};
use common::batch::bits;
use common::check::{self, Verdict, equal_bits};
use common::harness::{self, Test, trial};
use common::pairs::{self, RECIPES};
use common::random::Random;
use common::settings;

const FOR_EVER: u32 = u32::MAX;

fn main() -> ExitCode {
    let targets = backends::judged();
    let mut trials: Vec<Trial> = backends::expected(&targets)
        .into_iter()
        .map(|(name, answers)| {
            trial(&format!("[{name}] answers"), move || {
                answers.then_some(()).ok_or("it does not".to_owned())
            })
        })
        .collect();
    let gpus: Vec<Target> = targets.into_iter().filter(Target::is_gpu).collect();
    for target in &gpus {
        trials.extend(trials_of_steps(target));
        trials.extend(trials_of_tiny_limits(target));
    }
    trials.extend(harness::on_each(&gpus, &TESTS));
    harness::main(trials)
}

const TESTS: [Test; 27] = [
    (
        "compiling a kernel fails once: an error or the CPU, and the next batch is scored",
        compiling_fails_once,
    ),
    (
        "compiling a kernel fails for ever: an error, or the CPU scores all",
        compiling_fails_for_ever,
    ),
    (
        "compiling the second of two kernels fails: the first is kept",
        compiling_the_second_fails,
    ),
    (
        "a kernel that its compiler refuses: an error, or the CPU scores all",
        a_refused_kernel,
    ),
    (
        "out of memory once: smaller pieces, no row on the CPU",
        out_of_memory_once,
    ),
    (
        "out of memory three times: pieces an eighth as large",
        out_of_memory_three_times,
    ),
    (
        "out of memory for ever: what was in flight is kept, the CPU scores the rest",
        out_of_memory_for_ever,
    ),
    (
        "a submission longer than its time-out: the CPU takes over",
        a_real_time_out,
    ),
    (
        "ragged rows: what is finished without a gap is kept, the CPU scores the rest",
        ragged_rows,
    ),
    (
        "a device destroyed before its first batch: the CPU takes over",
        destroyed_before,
    ),
    (
        "a device destroyed between batches: the CPU takes over",
        destroyed_between,
    ),
    (
        "a device destroyed after a piece: the CPU scores the rest",
        destroyed_after_a_piece,
    ),
    (
        "a device destroyed at any time: every score is right",
        destroyed_at_any_time,
    ),
    (
        "a device destroyed under a stream: the CPU scores the rest",
        destroyed_under_a_stream,
    ),
    (
        "a device destroyed under many threads: every score is right",
        destroyed_under_threads,
    ),
    (
        "rows larger than a binding: the CPU, or an error that names the limit",
        rows_larger_than_a_binding,
    ),
    (
        "a cap on device memory: smaller pieces, the same bits",
        a_cap_on_memory,
    ),
    ("many threads on one scorer: the same bits", many_threads),
    (
        "failures under many threads: every score is right",
        failures_under_threads,
    ),
    (
        "cancelled between pieces: finished scores are kept",
        cancelled,
    ),
    ("a stream: the same bits as a batch", a_stream),
    (
        "a stream whose GPU fails: an error behind the finished scores, or the CPU",
        a_failing_stream,
    ),
    (
        "an asynchronous batch: the same bits without blocking",
        an_asynchronous_batch,
    ),
    (
        "an asynchronous batch whose GPU fails: finished scores are kept, or the CPU",
        a_failing_asynchronous_batch,
    ),
    (
        "a dropped future: the next batch is right",
        a_dropped_future,
    ),
    (
        "several measures of which one is not finished: the scores before are kept, or the CPU",
        one_of_several_measures_unfinished,
    ),
    (
        "several measures of short rows: their scores fit the largest buffer",
        scores_larger_than_a_buffer,
    ),
];

// Data

/// A batch with what each of its rows must score.
struct Data {
    options: Options,
    encodings: [Encoding; 2],
    k: usize,
    values: [Vec<f32>; 2],
    verdicts: Vec<Verdict>,
}

impl Data {
    /// Rows of all kinds, bad ones among them. Of probabilities, so that the first dispatch settles some and
    /// leaves others to the second.
    fn draw(measure: Measure, k: usize, rows: usize) -> Data {
        Data::of([Encoding::Probabilities; 2], measure, k, rows)
    }

    fn of(encodings: [Encoding; 2], measure: Measure, k: usize, rows: usize) -> Data {
        let options = Options::new(measure);
        let mut random = Random::named(settings::seed(), &format!("faults {measure} {k}"));
        let distinct: Vec<_> = (0..rows.min(39))
            .map(|i| {
                let recipe = RECIPES[i % RECIPES.len()];
                let pair = pairs::draw(recipe, encodings, k, &mut random);
                let equal = equal_bits((encodings[0], &pair.p), (encodings[1], &pair.q));
                let p = Rows::new(encodings[0], &pair.p, k).unwrap();
                let q = Rows::new(encodings[1], &pair.q, k).unwrap();
                let verdict = Verdict::of(&options, &p.row(0), &q.row(0), equal);
                (pair, verdict)
            })
            .collect();
        let order: Vec<usize> = (0..rows).map(|_| random.below(distinct.len())).collect();
        Data {
            options,
            encodings,
            k,
            values: [
                order
                    .iter()
                    .flat_map(|&i| distinct[i].0.p.clone())
                    .collect(),
                order
                    .iter()
                    .flat_map(|&i| distinct[i].0.q.clone())
                    .collect(),
            ],
            verdicts: order.iter().map(|&i| distinct[i].1.clone()).collect(),
        }
    }

    /// What most tests score: eleven pieces of a [`tiny`] device.
    fn usual() -> Data {
        Data::draw(Measure::KullbackLeibler, 64, 500)
    }

    fn rows(&self) -> u64 {
        self.verdicts.len() as u64
    }

    fn p(&self) -> Rows<'_> {
        Rows::new(self.encodings[0], &self.values[0], self.k).unwrap()
    }

    fn q(&self) -> Rows<'_> {
        Rows::new(self.encodings[1], &self.values[1], self.k).unwrap()
    }

    fn score(&self, scorer: &Scorer) -> Result<Scores, ScoreError> {
        scorer.score(&self.options.measure, self.p(), self.q())
    }

    /// Scores all rows, and tells the sizes of the pieces that were finished one after another.
    fn score_in_pieces(&self, scorer: &Scorer) -> (Result<Scores, ScoreError>, Vec<u64>) {
        let seen = Mutex::new(Vec::new());
        let scores = scorer
            .request(&self.options.measure)
            .progress(|progress| seen.lock().unwrap().push(progress.rows_done))
            .score(self.p(), self.q());
        let seen = seen.into_inner().unwrap();
        assert_eq!(seen[0], 0);
        let pieces = seen.windows(2).map(|pair| pair[1] - pair[0]).collect();
        (scores, pieces)
    }

    /// Compares the scores and issues of the first rows, or of all.
    fn check(&self, scores: &Scores) {
        let verdicts = &self.verdicts[..scores.len()];
        let compared = check::check(scores, &self.options, verdicts.iter());
        assert_eq!(compared, Ok(scores.len()));
    }

    /// All rows are there and right; this many were scored by the CPU.
    fn check_all(&self, scores: &Scores) -> u64 {
        assert_eq!(scores.len() as u64, self.rows());
        self.check(scores);
        cpu_rows(scores.report())
    }

    /// A failed batch carries right scores of this many rows.
    fn check_failed(&self, failed: Result<Scores, ScoreError>) -> (u64, GpuError) {
        match failed {
            Err(ScoreError::Gpu {
                finished,
                total,
                scores,
                source,
            }) => {
                assert_eq!(total, self.rows());
                assert_eq!(scores.len() as u64, finished);
                self.check(&scores);
                assert_eq!(cpu_rows(scores.report()), 0);
                (finished, source)
            }
            Err(error) => panic!("not an error of the GPU: {error}"),
            Ok(scores) => panic!("no error, {:?}", scores.report().scored_on),
        }
    }
}

fn cpu_rows(report: &Report) -> u64 {
    match &report.scored_on {
        ScoredOn::Gpu { cpu_rows, .. } => *cpu_rows,
        other => panic!("scored on {other:?}"),
    }
}

/// A builder of a scorer on this adapter, with little to compile.
fn builder(target: &Target) -> ScorerBuilder {
    target.builder(Execution::Forced(Strategy::Auto, false))
}

/// The same with tiny limits and many pieces a batch: at K = 64 they have 49 rows.
fn tiny(target: &Target) -> ScorerBuilder {
    builder(target).tiny_limits().device_memory(memory_for(49))
}

/// Input and staging of three pieces of this many rows of K = 64.
fn memory_for(rows: u64) -> u64 {
    3 * 2 * rows * (2 * 64 * 4)
}

fn build(builder: ScorerBuilder) -> Scorer {
    builder.build().unwrap()
}

// Every step

/// A step that fails once or for ever.
#[derive(Clone, Copy)]
struct Step {
    name: &'static str,
    /// The error it ends in.
    is: fn(&GpuError) -> bool,
    /// The device is given up after it.
    gone: bool,
}

const STEPS: [Step; 6] = [
    Step {
        name: "upload",
        is: |error| matches!(error, GpuError::Refused { step: "upload", .. }),
        gone: false,
    },
    Step {
        name: "record",
        is: |error| matches!(error, GpuError::Refused { step: "record", .. }),
        gone: false,
    },
    Step {
        name: "submit",
        is: |error| matches!(error, GpuError::Refused { step: "submit", .. }),
        gone: false,
    },
    Step {
        name: "epoch",
        is: |error| matches!(error, GpuError::Unfinished { rows: 1.. }),
        gone: false,
    },
    Step {
        name: "wait",
        is: |error| matches!(error, GpuError::TimeOut { .. }),
        gone: true,
    },
    Step {
        name: "map",
        is: |error| matches!(error, GpuError::Lost),
        gone: true,
    },
];

fn trials_of_steps(target: &Target) -> Vec<Trial> {
    let mut trials = Vec::new();
    type Case = (&'static str, fn(&Target, Step));
    let cases: [Case; 4] = [
        ("fails once: the CPU scores the rest", once_with_fallback),
        ("fails once: an error with the finished scores", once),
        ("fails for ever: the CPU scores all", for_ever_with_fallback),
        ("fails for ever: an error", for_ever),
    ];
    for step in STEPS {
        for (outcome, test) in cases {
            let target = target.clone();
            let name = format!("[{}] {} {outcome}", target.name(), step.name);
            trials.push(trial(&name, move || {
                test(&target, step);
                Ok(())
            }));
        }
    }
    trials
}

fn once_with_fallback(target: &Target, step: Step) {
    let data = Data::usual();
    let fault = Fault::new(step.name, 4, 1);
    let scorer = build(tiny(target).fallback(Fallback::Cpu).fault(fault.clone()));
    let on_cpu = data.check_all(&data.score(&scorer).unwrap());
    assert!(on_cpu > 0 && on_cpu < data.rows(), "{on_cpu} on the CPU");
    assert!(fault.seen() > 4);
    let next = data.check_all(&data.score(&scorer).unwrap());
    assert_eq!(next, if step.gone { data.rows() } else { 0 });
}

fn once(target: &Target, step: Step) {
    let data = Data::usual();
    let fault = Fault::new(step.name, 4, 1);
    let scorer = build(tiny(target).fault(fault.clone()));
    let (finished, error) = data.check_failed(data.score(&scorer));
    assert!((step.is)(&error), "{error:?}");
    assert!(
        finished > 0 && finished < data.rows(),
        "{finished} finished"
    );
    if step.gone {
        let (finished, error) = data.check_failed(data.score(&scorer));
        assert!(finished == 0 && matches!(error, GpuError::Lost));
    } else {
        assert_eq!(data.check_all(&data.score(&scorer).unwrap()), 0);
    }
}

fn for_ever_with_fallback(target: &Target, step: Step) {
    let data = Data::usual();
    let fault = Fault::new(step.name, 0, FOR_EVER);
    let scorer = build(tiny(target).fallback(Fallback::Cpu).fault(fault.clone()));
    for _ in 0..2 {
        let on_cpu = data.check_all(&data.score(&scorer).unwrap());
        assert_eq!(on_cpu, data.rows());
    }
    assert!(fault.seen() > 0);
}

fn for_ever(target: &Target, step: Step) {
    let data = Data::usual();
    let scorer = build(tiny(target).fault(Fault::new(step.name, 0, FOR_EVER)));
    for attempt in 0..2 {
        let (finished, error) = data.check_failed(data.score(&scorer));
        assert_eq!(finished, 0);
        let given_up = step.gone && attempt > 0;
        assert!(
            (step.is)(&error) || given_up && matches!(error, GpuError::Lost),
            "{error:?}"
        );
    }
}

// Compiling

/// What a refused kernel ends in: of a test's wish, or of a compiler's.
fn is_refused(error: &GpuError, wanted: &str) -> bool {
    matches!(error, GpuError::Refused { step, .. } if *step == wanted)
}

fn compiling_fails_once(target: &Target) {
    let data = Data::usual();
    let fault = || Fault::new("compile", 0, 1);

    let scorer = build(tiny(target).fault(fault()));
    let (finished, error) = data.check_failed(data.score(&scorer));
    assert!(finished == 0 && is_refused(&error, "compile"), "{error:?}");
    assert_eq!(data.check_all(&data.score(&scorer).unwrap()), 0);

    let scorer = build(tiny(target).fault(fault()).fallback(Fallback::Cpu));
    let on_cpu = data.check_all(&data.score(&scorer).unwrap());
    assert_eq!(on_cpu, data.rows());
    assert_eq!(data.check_all(&data.score(&scorer).unwrap()), 0);

    // Ahead of a batch, the error is told and nothing else happens.
    let scorer = build(tiny(target).fault(fault()).fallback(Fallback::Cpu));
    let prepare = || {
        let request = scorer.request(&data.options.measure);
        request.prepare(&data.p(), &data.q())
    };
    let refused = prepare().unwrap_err();
    assert!(refused.to_string().contains("compile"), "{refused}");
    prepare().unwrap();
    assert_eq!(data.check_all(&data.score(&scorer).unwrap()), 0);
}

fn compiling_fails_for_ever(target: &Target) {
    let data = Data::usual();
    let fault = Fault::new("compile", 0, FOR_EVER);
    let scorer = build(tiny(target).fault(fault.clone()).fallback(Fallback::Cpu));
    for attempt in 1..=2 {
        let on_cpu = data.check_all(&data.score(&scorer).unwrap());
        assert_eq!(on_cpu, data.rows());
        assert_eq!(fault.seen(), attempt);
    }
    let scores = scorer.score_async(&data.options.measure, data.p(), data.q());
    let on_cpu = data.check_all(&pollster::block_on(scores).unwrap());
    assert_eq!(on_cpu, data.rows());
    // Every chunk of a stream is tried.
    let scorer = build(streaming(target).fault(fault).fallback(Fallback::Cpu));
    let mut scores = Vec::new();
    let mut source = RowsSource::new(data.p(), data.q()).unwrap();
    let request = scorer.request(&data.options.measure);
    let report = request.stream(&mut source, &mut scores).unwrap();
    assert_eq!(cpu_rows(&report), data.rows());
    for (score, verdict) in scores.iter().zip(&data.verdicts) {
        assert_eq!(verdict.judge(*score), Ok(()));
    }

    let scorer = build(tiny(target).fault(Fault::new("compile", 0, FOR_EVER)));
    for _ in 0..2 {
        let (finished, error) = data.check_failed(data.score(&scorer));
        assert!(finished == 0 && is_refused(&error, "compile"), "{error:?}");
    }
}

fn compiling_the_second_fails(target: &Target) {
    let data = Data::usual();
    let spread = target.builder(Execution::Forced(Strategy::RowOverWorkgroups, false));
    let fault = Fault::new("compile", 1, 1);
    let scorer = build(spread.fault(fault.clone()).fallback(Fallback::Cpu));
    let on_cpu = data.check_all(&data.score(&scorer).unwrap());
    assert_eq!((on_cpu, fault.seen()), (data.rows(), 2));
    assert_eq!(data.check_all(&data.score(&scorer).unwrap()), 0);
    assert_eq!(fault.seen(), 3);
}

fn a_refused_kernel(target: &Target) {
    let data = Data::usual();
    // Refused by the parser, and by the validator alone.
    for (from, to) in [
        ("fn rows_main(", "fn rows_main(("),
        (
            "let left = invocation < parameters.groups",
            "let left = f32(invocation) < parameters.groups",
        ),
    ] {
        let scorer = build(tiny(target).mutation(from, to));
        let (finished, error) = data.check_failed(data.score(&scorer));
        assert_eq!(finished, 0);
        assert!(is_refused(&error, "compiling a kernel"), "{error:?}");
        let scorer = build(tiny(target).mutation(from, to).fallback(Fallback::Cpu));
        let on_cpu = data.check_all(&data.score(&scorer).unwrap());
        assert_eq!(on_cpu, data.rows());
    }
}

// Out of memory

/// Scores on a device that is out of memory this often, at the third piece; gives the pieces.
fn out_of_memory(target: &Target, times: u32) -> Vec<u64> {
    let data = Data::usual();
    let never = Fault::new("allocate", 0, 0);
    let clean = build(tiny(target).fault(never.clone()));
    let (clean, usual) = data.score_in_pieces(&clean);
    let clean = clean.unwrap();
    assert_eq!(never.seen() as usize, usual.len());

    let fault = Fault::new("allocate", 2, times);
    let scorer = build(tiny(target).fault(fault.clone()));
    let (scores, pieces) = data.score_in_pieces(&scorer);
    let scores = scores.unwrap();
    assert_eq!(data.check_all(&scores), 0);
    assert_eq!(bits(scores.values()), bits(clean.values()));
    assert_eq!(fault.seen() as usize, pieces.len() + times as usize);
    assert!(pieces.len() > usual.len());
    assert_eq!(pieces[..2], usual[..2]);
    // A later batch starts anew.
    let (_, later) = data.score_in_pieces(&scorer);
    assert_eq!(later, usual);
    pieces
}

fn out_of_memory_once(target: &Target) {
    let pieces = out_of_memory(target, 1);
    assert_eq!(pieces[1..4], [49, 24, 24]);
}

fn out_of_memory_three_times(target: &Target) {
    let pieces = out_of_memory(target, 3);
    assert_eq!(pieces[1..4], [49, 6, 6]);
}

fn out_of_memory_for_ever(target: &Target) {
    let data = Data::usual();
    let fault = Fault::new("allocate", 2, FOR_EVER);
    let scorer = build(tiny(target).fault(fault.clone()));
    let (finished, error) = data.check_failed(data.score(&scorer));
    assert_eq!(finished, 2 * 49);
    assert!(matches!(error, GpuError::OutOfMemory { .. }), "{error:?}");
    // Pieces of 49, 24, 12, 6, 3 and 1 rows, behind two that went well.
    assert_eq!(fault.seen(), 2 + 6);

    let fault = Fault::new("allocate", 2, FOR_EVER);
    let scorer = build(tiny(target).fallback(Fallback::Cpu).fault(fault));
    let on_cpu = data.check_all(&data.score(&scorer).unwrap());
    assert_eq!(on_cpu, data.rows() - 2 * 49);
    let on_cpu = data.check_all(&data.score(&scorer).unwrap());
    assert_eq!(on_cpu, data.rows());
}

/// Short rows, which go first, in front of and among longer ones.
fn ragged_rows(target: &Target) {
    let mut random = Random::named(settings::seed(), "ragged rows that fail");
    let mut offsets = vec![0_u64];
    for i in 0..500_u64 {
        let k = if i < 300 || i % 3 == 0 { 8 } else { 64 };
        offsets.push(offsets[i as usize] + k);
    }
    let mut values = || -> Vec<f32> {
        let count = offsets[500] as usize;
        let value = |n: usize| if n == 0 { -1.0 } else { n as f32 };
        (0..count).map(|_| value(random.below(400))).collect()
    };
    // Some of them are bad.
    let [p, q] = [values(), values()];
    let rows = |values| Rows::ragged(Encoding::Weights, values, &offsets).unwrap();
    let tv = Measure::TotalVariation;
    let score = |scorer: &Scorer| scorer.score(&tv, rows(&p), rows(&q));
    let clean = score(&build(tiny(target))).unwrap();
    assert!(clean.issues().bad_rows() > 0 && clean.issues().bad_rows() < 500);
    let same = |found: &Scores| {
        let (found, rows) = (bits(found.values()), found.len());
        assert_eq!(found, bits(&clean.values()[..rows]));
    };
    let issues = |scores: &Scores, rows: usize| -> Vec<kullback::Issue> {
        let issues = scores.issues().iter().copied();
        issues.filter(|issue| issue.row < rows as u64).collect()
    };
    for (step, after, kept) in [("submit", 0, 0), ("submit", 3, 301), ("map", 1, 301)] {
        let fault = Fault::new(step, after, FOR_EVER);
        let failed = score(&build(tiny(target).fault(fault)));
        let Err(ScoreError::Gpu {
            finished, scores, ..
        }) = failed
        else {
            panic!("{step}: {failed:?}");
        };
        // Behind them comes a longer row, which comes later.
        assert_eq!((finished, scores.len()), (kept, kept as usize), "{step}");
        same(&scores);
        assert_eq!(issues(&scores, 500), issues(&clean, scores.len()), "{step}");

        let fault = Fault::new(step, after, FOR_EVER);
        let scorer = build(tiny(target).fallback(Fallback::Cpu).fault(fault));
        let scores = score(&scorer).unwrap();
        assert_eq!(cpu_rows(scores.report()), 500 - kept, "{step}");
        assert_eq!(issues(&scores, 500), issues(&clean, 500), "{step}");
        for (found, expected) in scores.values().iter().zip(clean.values()) {
            let near = (found - expected).abs() <= 3e-6 * expected.abs() + 1e-12;
            assert!(near || found.is_nan() && expected.is_nan(), "{step}");
        }
    }
    // Smaller pieces, of which none is on the CPU.
    let scorer = build(tiny(target).fault(Fault::new("allocate", 2, 3)));
    let scores = score(&scorer).unwrap();
    assert_eq!((scores.len(), cpu_rows(scores.report())), (500, 0));
    same(&scores);
    // A row that no binding holds is seen before any is scored.
    let long = vec![1.0_f32; 30_000];
    let with_long = Rows::ragged(Encoding::Weights, &long, &[0, 8, 30_000]).unwrap();
    let failed = build(tiny(target)).score(&tv, with_long, with_long);
    assert!(
        matches!(
            &failed,
            Err(ScoreError::Gpu {
                finished: 0,
                source: GpuError::RowTooLarge { .. },
                ..
            })
        ),
        "{failed:?}"
    );
    let scorer = build(tiny(target).fallback(Fallback::Cpu));
    let scores = scorer.score(&tv, with_long, with_long).unwrap();
    assert_eq!(
        (scores.values(), cpu_rows(scores.report())),
        (&[0.0; 2][..], 2)
    );
}

fn a_cap_on_memory(target: &Target) {
    let data = Data::usual();
    let free = build(builder(target));
    let (free, pieces) = data.score_in_pieces(&free);
    let free = free.unwrap();
    assert_eq!(data.check_all(&free), 0);
    assert_eq!(pieces, [data.rows()]);
    let capped = build(builder(target).device_memory(memory_for(20)));
    let (capped, pieces) = data.score_in_pieces(&capped);
    assert_eq!(bits(capped.unwrap().values()), bits(free.values()));
    assert_eq!(pieces, [20; 25]);
}

// Time-outs and destroyed devices

fn a_real_time_out(target: &Target) {
    let data = Data::draw(Measure::KullbackLeibler, 1024, 4000);
    let limit = Duration::from_nanos(1);
    let scorer = build(builder(target).time_out(limit));
    match data.score(&scorer) {
        // An OpenGL driver may work within the call that submits, and have nothing to wait for.
        Ok(scores) if target.name().starts_with("gpu gl") => {
            assert_eq!(data.check_all(&scores), 0);
            return;
        }
        failed => {
            let (finished, error) = data.check_failed(failed);
            assert_eq!(finished, 0);
            assert!(matches!(error, GpuError::TimeOut { limit: l } if l == limit));
        }
    }
    let scorer = build(builder(target).time_out(limit).fallback(Fallback::Cpu));
    for _ in 0..2 {
        let on_cpu = data.check_all(&data.score(&scorer).unwrap());
        assert_eq!(on_cpu, data.rows());
    }
}

fn destroyed_before(target: &Target) {
    let data = Data::usual();
    let scorer = build(tiny(target).fallback(Fallback::Cpu));
    scorer.destroy_device();
    for _ in 0..2 {
        let on_cpu = data.check_all(&data.score(&scorer).unwrap());
        assert_eq!(on_cpu, data.rows());
    }
    let scorer = build(tiny(target));
    scorer.destroy_device();
    let (finished, _) = data.check_failed(data.score(&scorer));
    assert_eq!(finished, 0);
}

fn destroyed_between(target: &Target) {
    let data = Data::usual();
    let scorer = build(tiny(target).fallback(Fallback::Cpu));
    assert_eq!(data.check_all(&data.score(&scorer).unwrap()), 0);
    scorer.destroy_device();
    for _ in 0..2 {
        let on_cpu = data.check_all(&data.score(&scorer).unwrap());
        assert_eq!(on_cpu, data.rows());
    }
}

fn destroyed_after_a_piece(target: &Target) {
    let data = Data::usual();
    for fallback in [Fallback::Cpu, Fallback::None] {
        let scorer = build(tiny(target).fallback(fallback));
        let scores = scorer
            .request(&data.options.measure)
            .progress(|progress| {
                if progress.rows_done > 0 {
                    scorer.destroy_device();
                }
            })
            .score(data.p(), data.q());
        let on_gpu = match fallback {
            Fallback::Cpu => data.rows() - data.check_all(&scores.unwrap()),
            _ => data.check_failed(scores).0,
        };
        assert!(on_gpu >= 49 && on_gpu < data.rows(), "{on_gpu} on the GPU");
    }
}

fn destroyed_at_any_time(target: &Target) {
    let data = Data::usual();
    for step in ["allocate", "upload", "record", "submit", "wait", "map"] {
        // Never strikes: it only tells how far the batch has come.
        let watch = Fault::new(step, 0, 0);
        let scorer = build(tiny(target).fallback(Fallback::Cpu).fault(watch.clone()));
        thread::scope(|scope| {
            let scoring = scope.spawn(|| data.score(&scorer));
            while watch.seen() < 5 && !scoring.is_finished() {
                std::hint::spin_loop();
            }
            scorer.destroy_device();
            data.check_all(&scoring.join().unwrap().unwrap());
        });
        let on_cpu = data.check_all(&data.score(&scorer).unwrap());
        assert_eq!(on_cpu, data.rows());
    }
}

fn destroyed_under_a_stream(target: &Target) {
    let data = Data::usual();
    // Chunks of about a hundred rows.
    let chunks = tiny(target).host_memory(100 * (2 * 64 * 4 + 4));
    let scorer = build(chunks.fallback(Fallback::Cpu));
    let mut scores = Vec::new();
    let mut sink = |some: &[f32]| -> Result<(), BoxError> {
        scores.extend_from_slice(some);
        if scores.len() >= 150 {
            scorer.destroy_device();
        }
        Ok(())
    };
    let mut source = RowsSource::new(data.p(), data.q()).unwrap();
    let request = scorer.request(&data.options.measure);
    let report = request.stream(&mut source, &mut sink).unwrap();
    assert_eq!(report.rows, data.rows());
    let on_cpu = cpu_rows(&report);
    assert!(on_cpu > 0 && on_cpu <= data.rows() - 150, "{on_cpu}");
    for (score, verdict) in scores.iter().zip(&data.verdicts) {
        assert_eq!(verdict.judge(*score), Ok(()));
    }
    assert_eq!(scores.len(), data.verdicts.len());
}

// Limits

fn trials_of_tiny_limits(target: &Target) -> Vec<Trial> {
    let strategies = [
        Strategy::RowsPerWorkgroup,
        Strategy::WorkgroupPerRow,
        Strategy::RowOverWorkgroups,
    ];
    strategies
        .into_iter()
        .map(|strategy| {
            let target = target.clone();
            let name = format!(
                "[{}] tiny limits with {strategy:?}: the same bits",
                target.name()
            );
            trial(&name, move || {
                tiny_limits(&target, strategy);
                Ok(())
            })
        })
        .collect()
}

fn tiny_limits(target: &Target, strategy: Strategy) {
    let roomy = build(builder(target));
    let submissions = Fault::new("submit", 0, 0);
    let small = target.builder(Execution::Forced(strategy, false));
    let small = build(small.tiny_limits().fault(submissions.clone()));
    // Short rows that share a workgroup need many for three pieces.
    let many = strategy == Strategy::RowsPerWorkgroup;
    let of_short = if many { [30_000, 7_000] } else { [300, 300] };
    let mut widest = 0;
    for (k, rows) in [
        (1, of_short[0]),
        (5, of_short[1]),
        (256, 300),
        (1000, 60),
        (4099, 12),
    ] {
        let data = Data::draw(Measure::KullbackLeibler, k, rows);
        let expected = data.score(&roomy).unwrap();
        assert_eq!(data.check_all(&expected), 0);
        let before = submissions.seen();
        let (found, pieces) = data.score_in_pieces(&small);
        let found = found.unwrap();
        assert_eq!(data.check_all(&found), 0);
        assert_eq!(bits(found.values()), bits(expected.values()), "K = {k}");
        assert_eq!(pieces.len(), (submissions.seen() - before) as usize);
        assert!(pieces.len() >= 3, "K = {k}: {} pieces", pieces.len());
        widest = widest.max(pieces[0]);
    }
    // Seven workgroups a dimension: the largest grids need a second one, also at 256 rows a workgroup.
    let at_most = if many { 256 } else { 1 };
    assert!(widest > 7 * at_most, "{widest} rows at once");
}

fn rows_larger_than_a_binding(target: &Target) {
    // Under tiny limits a binding has 64 KiB.
    let fits = Data::draw(Measure::KullbackLeibler, 16_384, 3);
    let too_large = Data::draw(Measure::KullbackLeibler, 16_385, 3);
    let scorer = build(tiny(target).fallback(Fallback::Cpu));
    assert_eq!(fits.check_all(&fits.score(&scorer).unwrap()), 0);
    let on_cpu = too_large.check_all(&too_large.score(&scorer).unwrap());
    assert_eq!(on_cpu, 3);
    assert_eq!(fits.check_all(&fits.score(&scorer).unwrap()), 0);

    let scorer = build(tiny(target));
    let (finished, error) = too_large.check_failed(too_large.score(&scorer));
    assert_eq!(finished, 0);
    let text = error.to_string();
    assert!(text.contains("65540") && text.contains("65536"), "{text}");
    assert!(matches!(
        error,
        GpuError::RowTooLarge {
            bytes: 65_540,
            limit: 65_536
        }
    ));
    assert_eq!(fits.check_all(&fits.score(&scorer).unwrap()), 0);
}

// Threads

/// Batches that differ in kernel, K and size.
fn mixed() -> Vec<Data> {
    vec![
        Data::usual(),
        Data::draw(Measure::KullbackLeibler, 7, 90),
        Data::of(
            [Encoding::Probabilities, Encoding::Weights],
            Measure::TotalVariation,
            300,
            120,
        ),
        Data::draw(Measure::TotalVariation, 1, 60),
    ]
}

/// Four threads score all of some batches, each from another one on.
fn on_four_threads(batches: &[Data], scorer: &Scorer, check: impl Fn(usize, &Scores) + Sync) {
    let check = &check;
    thread::scope(|scope| {
        for first in 0..4 {
            let scorer = scorer.clone();
            scope.spawn(move || {
                for i in 0..3 * batches.len() {
                    let i = (first + i) % batches.len();
                    check(i, &batches[i].score(&scorer).unwrap());
                }
            });
        }
    });
}

fn many_threads(target: &Target) {
    let batches = mixed();
    let scorer = build(tiny(target));
    let expected: Vec<_> = batches
        .iter()
        .map(|data| {
            let scores = data.score(&scorer).unwrap();
            assert_eq!(data.check_all(&scores), 0);
            bits(scores.values())
        })
        .collect();
    // Kernels are compiled by whoever comes first.
    let scorer = build(tiny(target));
    on_four_threads(&batches, &scorer, |i, scores| {
        assert_eq!(batches[i].check_all(scores), 0);
        assert_eq!(bits(scores.values()), expected[i]);
    });
}

fn failures_under_threads(target: &Target) {
    let batches = mixed();
    for step in ["allocate", "submit", "epoch", "wait"] {
        let fault = Fault::new(step, 40, 5);
        let scorer = build(tiny(target).fallback(Fallback::Cpu).fault(fault.clone()));
        on_four_threads(&batches, &scorer, |i, scores| {
            batches[i].check_all(scores);
        });
        assert!(fault.seen() > 40);
    }
}

fn destroyed_under_threads(target: &Target) {
    let batches = mixed();
    let watch = Fault::new("wait", 0, 0);
    let scorer = build(tiny(target).fallback(Fallback::Cpu).fault(watch.clone()));
    thread::scope(|scope| {
        let scoring = scope.spawn(|| {
            on_four_threads(&batches, &scorer, |i, scores| {
                batches[i].check_all(scores);
            });
        });
        while watch.seen() < 60 && !scoring.is_finished() {
            thread::yield_now();
        }
        scorer.destroy_device();
    });
    assert_eq!(
        batches[0].check_all(&batches[0].score(&scorer).unwrap()),
        batches[0].rows()
    );
}

// Cancelling, streaming, waiting without blocking

fn cancelled(target: &Target) {
    let data = Data::usual();
    let scorer = build(tiny(target));
    let token = CancelToken::new();
    let ended = scorer
        .request(&data.options.measure)
        .cancel(&token)
        .progress(|progress| {
            if progress.rows_done >= 2 * 49 {
                token.cancel();
            }
        })
        .score(data.p(), data.q());
    match ended {
        Err(ScoreError::Cancelled {
            finished,
            total,
            scores,
        }) => {
            assert_eq!((finished, total), (2 * 49, data.rows()));
            assert_eq!(scores.len() as u64, finished);
            data.check(&scores);
        }
        other => panic!("not cancelled: {:?}", other.map(|scores| scores.len())),
    }
    // What was left in flight does no harm.
    assert_eq!(data.check_all(&data.score(&scorer).unwrap()), 0);
}

/// A scorer whose streams have chunks of about a hundred rows, or two pieces.
fn streaming(target: &Target) -> ScorerBuilder {
    tiny(target).host_memory(100 * (2 * 64 * 4 + 4))
}

fn a_stream(target: &Target) {
    let data = Data::usual();
    let scorer = build(streaming(target));
    let expected = data.score(&scorer).unwrap();
    assert_eq!(data.check_all(&expected), 0);
    let mut scores = Vec::new();
    let mut source = RowsSource::new(data.p(), data.q()).unwrap();
    let request = scorer.request(&data.options.measure);
    let report = request.stream(&mut source, &mut scores).unwrap();
    assert_eq!(bits(&scores), bits(expected.values()));
    assert_eq!((report.rows, cpu_rows(&report)), (data.rows(), 0));
    assert_eq!(report.infinities, expected.infinities());
    assert_eq!(report.issues, *expected.issues());
}

fn a_failing_stream(target: &Target) {
    let data = Data::usual();
    let fault = || Fault::new("submit", 6, 1);

    let scorer = build(streaming(target).fault(fault()));
    let mut scores = Vec::new();
    let mut source = RowsSource::new(data.p(), data.q()).unwrap();
    let request = scorer.request(&data.options.measure);
    match request.stream(&mut source, &mut scores) {
        Err(StreamError::Gpu {
            row,
            source,
            report,
        }) => {
            assert!(matches!(source, GpuError::Refused { step: "submit", .. }));
            assert_eq!(
                (row, report.rows),
                (scores.len() as u64, scores.len() as u64)
            );
            assert!(row > 0 && row < data.rows(), "{row}");
        }
        other => panic!("{other:?}"),
    }
    for (score, verdict) in scores.iter().zip(&data.verdicts) {
        assert_eq!(verdict.judge(*score), Ok(()));
    }

    let scorer = build(streaming(target).fault(fault()).fallback(Fallback::Cpu));
    let mut scores = Vec::new();
    let mut source = RowsSource::new(data.p(), data.q()).unwrap();
    let request = scorer.request(&data.options.measure);
    let report = request.stream(&mut source, &mut scores).unwrap();
    assert_eq!(scores.len() as u64, data.rows());
    // Only the rest of the chunk: later ones are tried on the GPU again.
    let on_cpu = cpu_rows(&report);
    assert!(on_cpu > 0 && on_cpu <= 100, "{on_cpu} on the CPU");
    for (score, verdict) in scores.iter().zip(&data.verdicts) {
        assert_eq!(verdict.judge(*score), Ok(()));
    }
}

/// May be handed to another thread.
fn sendable<T: Send>(value: T) -> T {
    value
}

fn an_asynchronous_batch(target: &Target) {
    let data = Data::usual();
    let scorer = build(tiny(target));
    let expected = data.score(&scorer).unwrap();
    let mut future = Box::pin(sendable(scorer.score_async(
        &data.options.measure,
        data.p(),
        data.q(),
    )));
    // Eleven pieces are not all done by the time they are asked for.
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    let scores = pollster::block_on(future).unwrap();
    assert_eq!(data.check_all(&scores), 0);
    assert_eq!(bits(scores.values()), bits(expected.values()));

    // Two batches on one thread, both under way at once.
    let (first, second) = (Arc::new(data), Data::draw(Measure::KullbackLeibler, 7, 90));
    let (sender, receiver) = mpsc::channel();
    for data in [Arc::clone(&first), Arc::new(second)] {
        let (scorer, sender) = (scorer.clone(), sender.clone());
        thread::spawn(move || {
            let scores = scorer.score_async(&data.options.measure, data.p(), data.q());
            let on_cpu = data.check_all(&pollster::block_on(scores).unwrap());
            sender.send(on_cpu).unwrap();
        });
    }
    assert_eq!((receiver.recv(), receiver.recv()), (Ok(0), Ok(0)));
}

/// As many bytes of scores and statuses as of rows, and more with each measure.
fn scores_larger_than_a_buffer(target: &Target) {
    let values: Vec<f32> = (0..20_000).map(|i| 1.0 + (i % 7) as f32).collect();
    let rows = Rows::weights(&values, 1).unwrap();
    let measures = [Measure::KullbackLeibler, Measure::TotalVariation].repeat(5);
    // Without the CPU in its place.
    let scorer = build(builder(target).tiny_limits());
    for measures in [&measures[..1], &measures[..2], &measures] {
        let scores = scorer.score_many(measures, rows, rows).unwrap();
        assert_eq!(scores.len(), measures.len());
        for scores in &scores {
            assert_eq!((scores.len(), cpu_rows(scores.report())), (20_000, 0));
            assert!(scores.values().iter().all(|&score| score == 0.0));
        }
    }
}

/// The dispatches of the first measure are finished, those of the second are not: no row of the piece is.
fn one_of_several_measures_unfinished(target: &Target) {
    let [kl, tv] = [Measure::KullbackLeibler, Measure::TotalVariation];
    let data = Data::usual();
    let alone = |measure| {
        build(tiny(target))
            .score(measure, data.p(), data.q())
            .unwrap()
    };
    let expected = [&kl, &tv].map(|measure| bits(alone(measure).values()));
    let fault = || Fault::new("epoch", 5, 1);

    let scorer = build(tiny(target).fault(fault()));
    match scorer.score_many(&[kl, tv], data.p(), data.q()) {
        Err(ScoreError::Gpu {
            finished,
            total,
            scores,
            source,
        }) => {
            assert!(
                matches!(source, GpuError::Unfinished { rows: 49 }),
                "{source}"
            );
            // Two pieces, of two epochs each.
            assert_eq!((finished, total), (98, 500));
            for (scores, expected) in scores.iter().zip(&expected) {
                assert_eq!(bits(scores.values()), expected[..98]);
            }
        }
        other => panic!("{other:?}"),
    }
    let scorer = build(tiny(target).fault(fault()).fallback(Fallback::Cpu));
    let scores = scorer.score_many(&[kl, tv], data.p(), data.q()).unwrap();
    for scores in &scores {
        assert_eq!((scores.len(), cpu_rows(scores.report())), (500, 402));
    }
    data.check(&scores[0]);
}

fn a_failing_asynchronous_batch(target: &Target) {
    let data = Data::usual();
    for step in ["submit", "wait", "epoch"] {
        let fault = || Fault::new(step, 4, 1);
        let scorer = build(tiny(target).fault(fault()));
        let scores = scorer.score_async(&data.options.measure, data.p(), data.q());
        let (finished, _) = data.check_failed(pollster::block_on(scores));
        assert!(finished > 0 && finished < data.rows());
        let scorer = build(tiny(target).fault(fault()).fallback(Fallback::Cpu));
        let scores = scorer.score_async(&data.options.measure, data.p(), data.q());
        let on_cpu = data.check_all(&pollster::block_on(scores).unwrap());
        assert!(on_cpu > 0 && on_cpu < data.rows());
    }
}

fn a_dropped_future(target: &Target) {
    let data = Data::usual();
    let scorer = build(tiny(target));
    for _ in 0..5 {
        let mut future = Box::pin(scorer.score_async(&data.options.measure, data.p(), data.q()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        drop(future);
        assert_eq!(data.check_all(&data.score(&scorer).unwrap()), 0);
    }
}
