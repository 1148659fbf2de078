//! The front door on the CPU and on the reference: what a scorer, a request and a stream promise
//! whatever the arithmetic.

#![allow(clippy::unwrap_used)]

use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use kullback::{
    ArgumentError, Backend, BoxError, BuildError, CancelToken, Encoding, IssueKind, Issues,
    Measure, Operand, Progress, Report, Request, Room, RowSource, Rows, RowsSource, ScoreError,
    ScoredOn, Scorer, Scores, ScoresError, Source, StreamError, Support, Unit, Verify,
};

const BACKENDS: [Backend; 2] = [Backend::Cpu, Backend::Reference];
const KL: Measure = Measure::KullbackLeibler;
const TV: Measure = Measure::TotalVariation;

fn scorer(backend: Backend) -> Scorer {
    Scorer::builder().backend(backend).build().unwrap()
}

/// A scorer whose streams hold ten or eighteen rows of K = 4 at a time, with two buffers or one.
fn scorer_with_short_chunks(backend: Backend) -> Scorer {
    Scorer::builder()
        .backend(backend)
        .threads(1)
        .host_memory(10 * (2 * 4 * 8 + 4))
        .build()
        .unwrap()
}

/// Positive weights, the same for the same seed.
fn weights(seed: u32, length: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as f32 / 1024.0 + 0.5
        })
        .collect()
}

/// Rows of weights.
struct Batch {
    p: Vec<f32>,
    q: Vec<f32>,
    k: usize,
}

impl Batch {
    fn new(rows: usize, k: usize) -> Self {
        Batch {
            p: weights(1, rows * k),
            q: weights(2, rows * k),
            k,
        }
    }

    /// With a bad row of P at 3, of Q at 5 and of both at 8, and an infinite divergence at 6.
    fn with_bad_rows(rows: usize, k: usize) -> Self {
        let mut batch = Batch::new(rows, k);
        batch.p[3 * k + 1] = f32::NAN;
        batch.q[5 * k] = -1.0;
        batch.q[6 * k] = 0.0;
        batch.p[8 * k..9 * k].fill(0.0);
        batch.q[8 * k] = f32::INFINITY;
        batch
    }

    /// Three rows, each of which is a step of its own on one thread.
    fn of_long_rows(backend: Backend) -> Self {
        let k = match backend {
            Backend::Reference => 1 << 17,
            _ => 1 << 21,
        };
        Batch {
            p: weights(1, k).repeat(3),
            q: weights(2, k).repeat(3),
            k,
        }
    }

    fn p(&self) -> Rows<'_> {
        Rows::weights(&self.p, self.k).unwrap()
    }

    fn q(&self) -> Rows<'_> {
        Rows::weights(&self.q, self.k).unwrap()
    }

    /// Rows `from..to` as a batch of their own.
    fn part(&self, from: usize, to: usize) -> Batch {
        let range = from * self.k..to * self.k;
        Batch {
            p: self.p[range.clone()].to_vec(),
            q: self.q[range].to_vec(),
            k: self.k,
        }
    }

    fn source(&self) -> RowsSource<'_> {
        RowsSource::new(self.p(), self.q()).unwrap()
    }

    /// A source that does not know its length.
    fn endless_source(&self) -> impl Source + Send {
        let pairs = self.p.chunks(self.k).zip(self.q.chunks(self.k));
        RowSource::new(Encoding::Weights, Encoding::Weights, self.k, pairs)
    }
}

fn bits(scores: &[f32]) -> Vec<u32> {
    scores.iter().map(|score| score.to_bits()).collect()
}

/// Checks the issues of [`Batch::with_bad_rows`].
fn check_bad_rows(issues: &Issues) {
    let found: Vec<_> = issues.iter().map(|i| (i.row, i.operand, i.kind)).collect();
    assert_eq!(
        found,
        [
            (3, Operand::P, IssueKind::NotFinite),
            (5, Operand::Q, IssueKind::Negative),
            (8, Operand::P, IssueKind::ZeroMass),
            (8, Operand::Q, IssueKind::NotFinite),
        ]
    );
    assert_eq!((issues.total(), issues.bad_rows()), (4, 3));
}

/// What the future gives, without a runtime.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}

fn work_began(_: Progress) {
    panic!("work began");
}

#[test]
fn scorers_and_their_parts_cross_threads() {
    fn crosses_threads<T: Send + Sync>() {}
    crosses_threads::<Scorer>();
    crosses_threads::<Request<'_>>();
    crosses_threads::<CancelToken>();
    crosses_threads::<Scores>();
    crosses_threads::<ScoreError>();
    crosses_threads::<StreamError>();
    crosses_threads::<BuildError>();
}

#[test]
fn known_scores_come_out() {
    let p = [0.5_f32, 0.5, 1.0, 0.0, 0.25, 0.75];
    let q = [0.5_f32, 0.5, 0.5, 0.5, 0.5, 0.5];
    for backend in BACKENDS {
        let p = Rows::probabilities(&p, 2).unwrap();
        let q = Rows::probabilities(&q, 2).unwrap();
        let scores = scorer(backend)
            .request(&KL)
            .unit(Unit::Bits)
            .score(p, q)
            .unwrap();
        assert_eq!(scores.len(), 3);
        assert_eq!(scores.values()[..2], [0.0, 1.0]);
        assert!((scores.values()[2] - 0.188_721_88).abs() < 1e-6);
        assert!(scores.issues().is_empty());
        assert!(scores.verification().is_none());
        assert_eq!(scores.report().rows, 3);
        match (backend, &scores.report().scored_on) {
            (Backend::Cpu, ScoredOn::Cpu { .. }) | (Backend::Reference, ScoredOn::Reference) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn auto_and_default_take_what_there_is() {
    let batch = Batch::new(3, 4);
    for scorer in [Scorer::new(), Scorer::default(), scorer(Backend::Auto)] {
        assert_ne!(scorer.backend(), Backend::Auto);
        assert_eq!(scorer.score(&KL, batch.p(), batch.q()).unwrap().len(), 3);
    }
}

#[test]
fn impossible_settings_are_build_errors() {
    for backend in BACKENDS {
        let named = Scorer::builder().backend(backend).adapter("any");
        assert!(matches!(
            named.build(),
            Err(BuildError::AdapterUnused { .. })
        ));
        let idle = Scorer::builder().backend(backend).threads(0);
        assert!(matches!(idle.build(), Err(BuildError::NoThreads)));
    }
    #[cfg(not(feature = "gpu"))]
    for builder in [
        Scorer::builder().backend(Backend::Gpu),
        Scorer::builder().backend(Backend::Gpu).adapter("any"),
        Scorer::builder().adapter("any"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(matches!(error, BuildError::NoGpu));
        assert!(error.to_string().contains("CPU only"), "{error}");
    }
}

#[test]
fn shapes_that_differ_are_errors_before_any_work() {
    let batch = Batch::new(6, 4);
    for backend in BACKENDS {
        let scorer = scorer(backend);
        let request = scorer.request(&KL).progress(work_began);

        let three = Rows::weights(&batch.p, 3).unwrap();
        assert!(matches!(
            request.score(three, batch.q()),
            Err(ScoreError::Argument(ArgumentError::Shapes {
                p_rows: 8,
                p_k: 3,
                q_rows: 6,
                q_k: 4
            }))
        ));
        let fewer = batch.part(0, 5);
        assert!(matches!(
            request.score(batch.p(), fewer.q()),
            Err(ScoreError::Argument(ArgumentError::Shapes { .. }))
        ));
        assert!(RowsSource::new(batch.p(), fewer.q()).is_err());
        for length in [0, 5, 7] {
            let mut out = vec![7.0; length];
            match request.score_into(batch.p(), batch.q(), &mut out) {
                Err(ScoreError::Argument(ArgumentError::OutputLength { given, rows: 6 })) => {
                    assert_eq!(given, length);
                }
                other => panic!("{other:?}"),
            }
            assert!(out.iter().all(|&score| score == 7.0));
        }
    }
}

#[test]
fn options_that_do_not_fit_are_errors_before_any_work() {
    let batch = Batch::new(6, 4);
    for backend in BACKENDS {
        let scorer = scorer(backend);
        let request = scorer.request(&KL).progress(work_began);
        assert!(request.prepare(&batch.p(), &batch.q()).is_ok());
        for request in [
            request.clone().tolerance(-1.0),
            request.clone().tolerance(f64::NAN),
            request.clone().support(Support::Smoothed(0.0)),
            scorer.request(&TV).unit(Unit::Bits).progress(work_began),
        ] {
            assert!(matches!(
                request.prepare(&batch.p(), &batch.q()),
                Err(ScoreError::Argument(_))
            ));
            assert!(matches!(
                request.score(batch.p(), batch.q()),
                Err(ScoreError::Argument(_))
            ));
            let mut sink = Vec::new();
            let error = request.stream(&mut batch.source(), &mut sink).unwrap_err();
            assert!(matches!(error, StreamError::Argument(_)));
            assert!(error.report().is_none());
        }
    }
}

#[test]
fn an_empty_batch_is_a_batch() {
    let batch = Batch::new(0, 5);
    for backend in BACKENDS {
        let scorer = scorer(backend);
        let token = CancelToken::new();
        token.cancel();
        let request = scorer.request(&KL).verify(Verify::All).cancel(&token);

        let scores = request.score(batch.p(), batch.q()).unwrap();
        assert!(scores.is_empty());
        assert_eq!(scores.verification().unwrap().rows, 0);
        assert!(scores.into_result().is_ok());

        let report = request.score_into(batch.p(), batch.q(), &mut []).unwrap();
        assert_eq!(report.rows, 0);

        let mut sink = Vec::new();
        let report = request.stream(&mut batch.source(), &mut sink).unwrap();
        assert_eq!((report.rows, sink.len()), (0, 0));
    }
}

#[test]
fn bad_rows_are_counted_over_the_whole_batch() {
    let batch = Batch::with_bad_rows(20, 3);
    for backend in BACKENDS {
        let scores = scorer(backend).score(&KL, batch.p(), batch.q()).unwrap();
        check_bad_rows(scores.issues());
        assert_eq!(scores.infinities(), 1);
        for (row, score) in scores.values().iter().enumerate() {
            match row {
                3 | 5 | 8 => assert!(score.is_nan()),
                6 => assert_eq!(*score, f32::INFINITY),
                _ => assert!(score.is_finite() && *score >= 0.0),
            }
        }
        match scores.into_result() {
            Err(ScoresError::BadRows { first, scores }) => {
                assert_eq!((first.row, scores.len()), (3, 20));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_way_to_score_gives_the_same() {
    let batch = Batch::with_bad_rows(1000, 7);
    for backend in BACKENDS {
        let scorer = scorer(backend);
        let request = scorer.request(&KL).verify(Verify::Sample(100));
        let scores = request.score(batch.p(), batch.q()).unwrap();
        let check = |report: &Report, out: &[f32]| {
            assert_eq!(bits(out), bits(scores.values()));
            assert_eq!(report.rows, 1000);
            assert_eq!(report.infinities, 1);
            assert_eq!(report.verification, scores.report().verification);
            check_bad_rows(&report.issues);
        };
        check(scores.report(), scores.values());

        let mut out = vec![7.0; 1000];
        let report = request.score_into(batch.p(), batch.q(), &mut out).unwrap();
        check(&report, &out);

        let awaited = block_on(request.score_async(batch.p(), batch.q())).unwrap();
        check(awaited.report(), awaited.values());
        let awaited = block_on(scorer.score_async(&KL, batch.p(), batch.q())).unwrap();
        assert_eq!(bits(awaited.values()), bits(scores.values()));

        // Chunks of one row, of a few, and of all.
        for bytes in [7 * 8 + 4, 1000, 1 << 30] {
            let capped = Scorer::builder()
                .backend(backend)
                .host_memory(bytes)
                .build()
                .unwrap();
            let request = capped.request(&KL).verify(Verify::Sample(100));
            let mut sink = Vec::new();
            let report = request.stream(&mut batch.source(), &mut sink).unwrap();
            check(&report, &sink);
        }
    }
}

#[test]
fn a_score_depends_on_its_row_alone() {
    let batch = Batch::with_bad_rows(1000, 7);
    for backend in BACKENDS {
        let scorer = scorer(backend);
        let scores = scorer.score(&KL, batch.p(), batch.q()).unwrap();

        let mut parts = Vec::new();
        for (from, to) in [(0, 1), (1, 2), (2, 100), (100, 613), (613, 1000)] {
            let part = batch.part(from, to);
            let scores = scorer.score(&KL, part.p(), part.q()).unwrap();
            parts.extend_from_slice(scores.values());
        }
        assert_eq!(bits(&parts), bits(scores.values()));

        let padded: Vec<f32> = batch
            .p
            .chunks(7)
            .flat_map(|row| row.iter().copied().chain([f32::NAN; 3]))
            .collect();
        for values in [&padded[..], &padded[..padded.len() - 3]] {
            let strided = Rows::strided(Encoding::Weights, values, 7, 10).unwrap();
            let again = scorer.score(&KL, strided, batch.q()).unwrap();
            assert_eq!(bits(again.values()), bits(scores.values()));
            let mut sink = Vec::new();
            let mut source = RowsSource::new(strided, batch.q()).unwrap();
            scorer.request(&KL).stream(&mut source, &mut sink).unwrap();
            assert_eq!(bits(&sink), bits(scores.values()));
        }
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let batch = Batch::with_bad_rows(500, 33);
    for backend in BACKENDS {
        let ambient = scorer(backend).score(&KL, batch.p(), batch.q()).unwrap();
        let builder = || Scorer::builder().backend(backend).verify(Verify::All);
        let mut scorers = vec![
            builder().threads(1).build().unwrap(),
            builder().threads(2).build().unwrap(),
        ];
        #[cfg(feature = "parallel")]
        {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
            let pool = std::sync::Arc::new(pool.unwrap());
            scorers.push(builder().pool(pool).build().unwrap());
        }
        scorers.push(scorers[0].clone());
        for scorer in scorers {
            let scores = scorer.score(&KL, batch.p(), batch.q()).unwrap();
            assert_eq!(bits(scores.values()), bits(ambient.values()));
            check_bad_rows(scores.issues());
        }
    }
}

#[test]
fn many_threads_share_a_scorer() {
    let batches: Vec<Batch> = (1..5).map(|k| Batch::new(300, k)).collect();
    for backend in BACKENDS {
        let own_threads = Scorer::builder().backend(backend).threads(2);
        for scorer in [scorer(backend), own_threads.build().unwrap()] {
            let score = |batch: &Batch| {
                let scores = scorer.score(&KL, batch.p(), batch.q()).unwrap();
                bits(scores.values())
            };
            let expected: Vec<_> = batches.iter().map(score).collect();
            std::thread::scope(|scope| {
                for thread in 0..8 {
                    let (score, batches, expected) = (&score, &batches, &expected);
                    scope.spawn(move || {
                        for i in 0..8 {
                            let i = (i + thread) % batches.len();
                            assert_eq!(score(&batches[i]), expected[i]);
                        }
                    });
                }
            });
        }
    }
}

#[test]
fn progress_only_grows_and_ends_at_the_total() {
    for backend in BACKENDS {
        let batch = Batch::of_long_rows(backend);
        let scorer = Scorer::builder().backend(backend).threads(1);
        let scorer = scorer.build().unwrap();
        let seen = Mutex::new(Vec::new());
        let request = scorer.request(&TV).progress(|p| {
            assert_eq!(p.rows_total, Some(3));
            seen.lock().unwrap().push(p.rows_done);
        });
        request.score(batch.p(), batch.q()).unwrap();
        assert_eq!(*seen.lock().unwrap(), [0, 1, 2, 3]);
        seen.lock().unwrap().clear();
        request
            .stream(&mut batch.source(), &mut Vec::new())
            .unwrap();
        assert_eq!(*seen.lock().unwrap(), [0, 1, 2, 3]);
    }
}

#[test]
fn progress_of_a_stream_of_unknown_length_has_no_total() {
    let batch = Batch::new(10, 2);
    let seen = Mutex::new(Vec::new());
    scorer(Backend::Cpu)
        .request(&KL)
        .progress(|p| seen.lock().unwrap().push((p.rows_done, p.rows_total)))
        .stream(&mut batch.endless_source(), &mut Vec::new())
        .unwrap();
    assert_eq!(*seen.lock().unwrap(), [(0, None), (10, None)]);
}

#[test]
fn a_cancelled_batch_keeps_what_is_finished() {
    for backend in BACKENDS {
        let batch = Batch::of_long_rows(backend);
        let scorer = Scorer::builder().backend(backend).threads(1);
        let scorer = scorer.build().unwrap();
        let whole = scorer.score(&TV, batch.p(), batch.q()).unwrap();
        for stop_at in 0..3 {
            let token = CancelToken::new();
            let request = scorer
                .request(&TV)
                .verify(Verify::All)
                .cancel(&token)
                .progress(|p| {
                    if p.rows_done == stop_at {
                        token.cancel();
                    }
                });
            let mut out = [7.0; 3];
            match request.score_into(batch.p(), batch.q(), &mut out) {
                Err(ScoreError::Cancelled {
                    finished,
                    total: 3,
                    scores,
                }) => {
                    let n = finished as usize;
                    assert_eq!(finished, stop_at);
                    assert_eq!(bits(scores.values()), bits(&whole.values()[..n]));
                    assert_eq!(bits(&out[..n]), bits(scores.values()));
                    assert!(out[n..].iter().all(|score| score.is_nan()));
                    assert_eq!(scores.report().rows, finished);
                    assert_eq!(scores.verification().unwrap().rows, finished);
                }
                other => panic!("{other:?}"),
            }
            // A token stays cancelled.
            assert!(token.is_cancelled());
            match request.score(batch.p(), batch.q()) {
                Err(ScoreError::Cancelled { scores, .. }) => assert!(scores.is_empty()),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn cancelling_a_finished_batch_changes_nothing() {
    let batch = Batch::new(5, 3);
    let token = CancelToken::new();
    let scores = scorer(Backend::Cpu)
        .request(&KL)
        .cancel(&token)
        .progress(|p| {
            if p.rows_done == 5 {
                token.cancel();
            }
        })
        .score(batch.p(), batch.q());
    assert_eq!(scores.unwrap().len(), 5);
}

#[test]
fn a_cancelled_stream_hands_on_what_is_finished() {
    let batch = Batch::new(100, 4);
    for backend in BACKENDS {
        let token = CancelToken::new();
        let mut sink = Vec::new();
        let end = scorer_with_short_chunks(backend)
            .request(&KL)
            .cancel(&token)
            .progress(|p| {
                if p.rows_done >= 35 {
                    token.cancel();
                }
            })
            .stream(&mut batch.source(), &mut sink);
        match end {
            Err(StreamError::Cancelled { row, report }) => {
                assert_eq!(row, report.rows);
                assert!((35..60).contains(&report.rows), "{}", report.rows);
                assert_eq!(sink.len() as u64, report.rows);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn verification_finds_nothing_wrong_with_right_scores() {
    let batch = Batch::with_bad_rows(400, 13);
    for backend in BACKENDS {
        let scorer = Scorer::builder().backend(backend).verify(Verify::All);
        let scorer = scorer.build().unwrap();
        for (request, rows) in [
            (scorer.request(&KL), 400),
            (scorer.request(&KL).verify(Verify::Sample(17)), 17),
            (scorer.request(&KL).verify(Verify::Sample(400)), 400),
            (scorer.request(&KL).verify(Verify::Sample(u64::MAX)), 400),
        ] {
            let scores = request.score(batch.p(), batch.q()).unwrap();
            let verification = scores.verification().unwrap();
            assert_eq!(verification.rows, rows);
            assert!(verification.worst_ratio <= 1.0, "{verification:?}");
            assert!(verification.worst_error <= 1e-6, "{verification:?}");
            assert_eq!(verification.failed, None);
        }
        for off in [Verify::Off, Verify::Sample(0)] {
            let request = scorer.request(&KL).verify(off);
            let scores = request.score(batch.p(), batch.q()).unwrap();
            assert!(scores.verification().is_none());
        }
    }
}

#[test]
fn a_stream_of_unknown_length_is_verified_whatever_the_chunks() {
    let batch = Batch::new(2000, 2);
    let verified = |bytes: u64| {
        let scorer = Scorer::builder().backend(Backend::Cpu).host_memory(bytes);
        let report = scorer
            .build()
            .unwrap()
            .request(&KL)
            .verify(Verify::Sample(20))
            .stream(&mut batch.endless_source(), &mut Vec::new())
            .unwrap();
        report.verification.unwrap()
    };
    let whole = verified(1 << 20);
    // About 20 (1 + ln 100), which is 112.
    assert!((20..200).contains(&whole.rows), "{whole:?}");
    assert_eq!(whole.failed, None);
    assert_eq!(verified(100), whole);
}

#[test]
fn a_source_that_fails_ends_the_stream_at_its_row() {
    let scorer = scorer(Backend::Cpu);
    let pairs = (0..10).map(|row| match row {
        7 => (vec![1.0_f32; 4], vec![1.0_f32; 3]),
        _ => (vec![1.0; 3], vec![1.0; 3]),
    });
    let mut source = RowSource::new(Encoding::Weights, Encoding::Weights, 3, pairs).with_rows(10);
    let mut sink = Vec::new();
    let error = scorer
        .request(&KL)
        .stream(&mut source, &mut sink)
        .unwrap_err();
    assert!(matches!(error, StreamError::Source { row: 7, .. }));
    assert!(error.to_string().contains("row 7"), "{error}");
    assert!(error.to_string().contains("4 values"), "{error}");
    assert_eq!(error.report().unwrap().rows, 7);
    assert_eq!(sink, [0.0; 7]);

    let failing = (0..3).map(|row| match row {
        0 => Ok(([1.0_f32; 3], [1.0_f32; 3])),
        _ => Err("torn tape".into()),
    });
    let mut source = RowSource::try_new(Encoding::Weights, Encoding::Weights, 3, failing);
    let error = scorer
        .request(&KL)
        .stream(&mut source, &mut Vec::new())
        .unwrap_err();
    assert!(matches!(error, StreamError::Source { row: 1, .. }));
    assert!(error.to_string().contains("torn tape"), "{error}");
}

#[test]
fn a_sink_that_fails_ends_the_stream_at_its_row() {
    let batch = Batch::with_bad_rows(100, 4);
    let mut written = 0;
    let mut sink = |scores: &[f32]| -> Result<(), BoxError> {
        if written >= 30 {
            return Err("disk full".into());
        }
        written += scores.len() as u64;
        Ok(())
    };
    let error = scorer_with_short_chunks(Backend::Cpu)
        .request(&KL)
        .verify(Verify::All)
        .stream(&mut batch.source(), &mut sink)
        .unwrap_err();
    match &error {
        StreamError::Sink { row, report, .. } => {
            assert_eq!((*row, report.rows), (written, written));
            assert_eq!(report.verification.unwrap().rows, written);
            check_bad_rows(&report.issues);
        }
        other => panic!("{other:?}"),
    }
    assert!(error.to_string().contains("disk full"), "{error}");
}

/// A source of equal weights and logits that says what it is told to.
struct Liar {
    k: usize,
    stated: Option<u64>,
    /// What the calls of `fill` return, the last first.
    fills: Vec<usize>,
}

impl Source for Liar {
    fn k(&self) -> usize {
        self.k
    }
    fn rows(&self) -> Option<u64> {
        self.stated
    }
    fn p_encoding(&self) -> Encoding {
        Encoding::Weights
    }
    fn q_encoding(&self) -> Encoding {
        Encoding::LOGITS
    }
    fn fill(&mut self, p: Room<'_>, q: Room<'_>) -> Result<usize, BoxError> {
        let (p, q) = (p.of::<f32>()?, q.of::<f32>()?);
        assert_eq!(p.len(), q.len());
        assert!(!p.is_empty() && p.len().is_multiple_of(self.k));
        p.fill(1.0);
        q.fill(1.0);
        Ok(self.fills.pop().unwrap_or(0))
    }
}

#[test]
fn sources_that_lie_are_errors() {
    let scorer = scorer(Backend::Cpu);
    let stream = |k, stated, fills: &[usize]| {
        let fills = fills.iter().rev().copied().collect();
        let mut sink = Vec::new();
        let end = scorer
            .request(&KL)
            .stream(&mut Liar { k, stated, fills }, &mut sink);
        let finished = match &end {
            Ok(report) => report.rows,
            Err(error) => error.report().map_or(0, |report| report.rows),
        };
        assert_eq!(finished, sink.len() as u64);
        (end, finished)
    };
    assert!(matches!(
        stream(0, None, &[]).0,
        Err(StreamError::Argument(ArgumentError::NoBins))
    ));
    assert!(matches!(
        stream(usize::MAX, None, &[]).0,
        Err(StreamError::HostMemory { .. })
    ));
    assert!(matches!(
        stream(usize::MAX / 32, None, &[]).0,
        Err(StreamError::Allocation { .. })
    ));
    assert!(matches!(
        stream(2, Some(5), &[3, usize::MAX]),
        (
            Err(StreamError::Overfilled {
                row: 3,
                claimed: usize::MAX,
                room: 5,
                ..
            }),
            3
        )
    ));
    for (stated, fills, finished, count) in [
        (5, &[3, 1], 4, 4),
        (5, &[3, 3], 3, 6),
        (u64::MAX, &[1, 0], 1, 1),
    ] {
        match stream(2, Some(stated), fills) {
            (
                Err(StreamError::RowCount {
                    stated: s, found, ..
                }),
                rows,
            ) => {
                assert_eq!((s, found, rows), (stated, count, finished));
            }
            other => panic!("{other:?}"),
        }
    }
    // Short fills are no lie.
    assert!(matches!(stream(2, None, &[1, 2, 3]), (Ok(_), 6)));
}

#[test]
fn a_cap_below_one_pair_of_rows_is_an_error() {
    let batch = Batch::new(2, 100);
    let scorer = Scorer::builder().backend(Backend::Cpu).host_memory(803);
    let end = scorer
        .build()
        .unwrap()
        .request(&KL)
        .stream(&mut batch.source(), &mut Vec::new());
    assert!(matches!(
        end,
        Err(StreamError::HostMemory {
            k: 100,
            needed: 804,
            available: 803
        })
    ));
}

#[test]
fn a_source_that_panics_panics_for_the_caller() {
    struct Bomb;
    impl Source for Bomb {
        fn k(&self) -> usize {
            1
        }
        fn rows(&self) -> Option<u64> {
            None
        }
        fn p_encoding(&self) -> Encoding {
            Encoding::Weights
        }
        fn q_encoding(&self) -> Encoding {
            Encoding::Weights
        }
        fn fill(&mut self, _: Room<'_>, _: Room<'_>) -> Result<usize, BoxError> {
            std::panic::panic_any("boom")
        }
    }
    let caught = std::panic::catch_unwind(|| {
        scorer(Backend::Cpu)
            .request(&KL)
            .stream(&mut Bomb, &mut Vec::new())
            .is_ok()
    });
    let payload = caught.unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"boom"));
}

#[test]
fn extreme_shapes_are_scored() {
    for backend in BACKENDS {
        let scorer = scorer(backend);
        let request = scorer.request(&KL).verify(Verify::All);

        // One bin: there is only one distribution.
        let values = weights(3, 5000);
        let p = Rows::weights(&values, 1).unwrap();
        let q = Rows::logits(&values, 1).unwrap();
        let scores = request.score(p, q).unwrap();
        assert_eq!(scores.len(), 5000);
        assert!(scores.values().iter().all(|score| *score <= 1e-12));

        // More bad rows than are kept.
        let nan = vec![f32::NAN; 12_000];
        let rows = Rows::probabilities(&nan, 1).unwrap();
        let scores = request.score(rows, rows).unwrap();
        assert!(scores.values().iter().all(|score| score.is_nan()));
        assert_eq!(scores.issues().total(), 24_000);
        assert_eq!(scores.issues().bad_rows(), 12_000);
        assert_eq!(scores.issues().as_slice().len(), Issues::KEPT);
        assert_eq!(scores.verification().unwrap().failed, None);

        // A stride beyond everything.
        let wide = Rows::strided(Encoding::Weights, &values[..2], 2, usize::MAX).unwrap();
        assert_eq!(request.score(wide, wide).unwrap().values(), [0.0]);
    }
}

/// Shannon's entropy of (1/2, 1/4, 1/4) and of one bin alone.
const ENTROPIES: [f32; 2] = [1.5, 0.0];
const OF_P: [f32; 6] = [2.0, 1.0, 1.0, 0.0, 7.0, 0.0];

#[test]
fn the_entropy_is_of_p_alone() {
    let scorer = scorer(Backend::Reference);
    let request = scorer.request(&Measure::Entropy).unit(Unit::Bits);
    let p = Rows::weights(&OF_P, 3).unwrap();
    // Nothing that Q holds is an issue, in whatever encoding.
    let bad = [f32::NAN, -1.0, 0.0, f32::INFINITY, 0.0, 0.0];
    for encoding in [Encoding::Probabilities, Encoding::Weights, Encoding::LOGITS] {
        let q = Rows::new(encoding, &bad, 3).unwrap();
        let scores = request
            .clone()
            .verify(Verify::All)
            .score(p, q)
            .unwrap()
            .into_result()
            .unwrap();
        assert_eq!(scores.values(), ENTROPIES);

        let mut streamed = Vec::new();
        let mut source = RowsSource::new(p, q).unwrap();
        let report = request.stream(&mut source, &mut streamed).unwrap();
        assert!(report.issues.is_empty());
        assert_eq!(streamed, ENTROPIES);
    }
    assert_eq!(request.score_p(p).unwrap().values(), ENTROPIES);
    // P is judged all the same, and once.
    let scores = request.score_p(Rows::weights(&bad, 3).unwrap()).unwrap();
    assert!(scores.values().iter().all(|score| score.is_nan()));
    assert_eq!(scores.issues().total(), 2);
    // Shapes must fit even so.
    let short = Rows::weights(&OF_P[..3], 3).unwrap();
    let error = request.score(p, short).unwrap_err();
    assert!(error.to_string().contains("2 x 3"), "{error}");
}

#[test]
fn other_measures_need_q() {
    let p = Rows::weights(&OF_P, 3).unwrap();
    let error = Scorer::new().request(&KL).score_p(p).unwrap_err();
    assert!(error.to_string().contains("kl needs Q"), "{error}");
}

#[test]
fn raw_measures_need_weights_and_exact_support() {
    let scorer = scorer(Backend::Reference);
    let w = Rows::weights(&OF_P, 3).unwrap();
    let z = Rows::logits(&OF_P, 3).unwrap();
    let request = scorer.request(&Measure::SquaredEuclidean);
    let refused = |error: String, part: &str| assert!(error.contains(part), "{error}");
    refused(
        request.score(w, z).unwrap_err().to_string(),
        "Q must hold weights, not logits",
    );
    refused(
        request.prepare(&z, &w).unwrap_err().to_string(),
        "P must hold weights",
    );
    let mut source = RowsSource::new(z, w).unwrap();
    let mut sink = Vec::new();
    refused(
        request
            .stream(&mut source, &mut sink)
            .unwrap_err()
            .to_string(),
        "P must hold weights",
    );
    let smoothed = request.support(Support::Smoothed(0.5));
    refused(
        smoothed.score(w, w).unwrap_err().to_string(),
        "exact support",
    );
}
