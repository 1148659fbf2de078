//! What needs an engine that misbehaves: verification, falling back, and keeping what is finished.

#![allow(clippy::unwrap_used)]

use crate::error::{ScoreError, ScoresError, StreamError};
use crate::measure::Measure;
use crate::options::Verify;
use crate::rows::Rows;
use crate::scores::ScoredOn;

use super::engine::Engine;
use super::faulty::Faulty;
use super::pool::Pool;
use super::{Fallback, Inner, RowsSource, Scorer};

const P: [f32; 8] = [0.5, 0.5, 0.25, 0.75, 1.0, 0.0, 0.125, 0.875];
const Q: [f32; 8] = [0.75, 0.25, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
const TV: Measure = Measure::TotalVariation;
/// Total variations of the rows of `P` and `Q`, all exact.
const SCORES: [f32; 4] = [0.25, 0.25, 0.5, 0.375];

fn rows(values: &[f32]) -> Rows<'_> {
    Rows::probabilities(values, 2).unwrap()
}

fn scorer(faulty: Faulty, fallback: Fallback) -> Scorer {
    Scorer::from_inner(Inner {
        engine: Engine::Faulty(faulty),
        gpu_wanted: true,
        pool: Pool::default(),
        fallback,
        verify: Verify::All,
        host_memory: None,
    })
}

#[cfg(feature = "parallel")]
#[test]
fn auto_leaves_the_cpu_what_it_scores_sooner() {
    use crate::options::Backend;
    // What stands for a GPU here gives a wrong score.
    let auto = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        Scorer::from_inner(Inner {
            engine: Engine::Faulty(Faulty::Wrong { row: 0, score: 9.0 }),
            gpu_wanted: false,
            pool: Pool {
                own: Some(std::sync::Arc::new(pool.build().unwrap())),
            },
            fallback: Fallback::Cpu,
            verify: Verify::Off,
            host_memory: None,
        })
    };
    let logits = |values| Rows::logits(values, 2).unwrap();
    let scored_on_gpu = |threads, p, q| {
        let scorer = auto(threads);
        let scores = scorer.score(&TV, p, q).unwrap();
        let on_gpu = matches!(scores.report().scored_on, ScoredOn::Gpu { .. });
        assert_eq!(scores.values()[0] == 9.0, on_gpu);
        let mut streamed = Vec::new();
        let mut source = RowsSource::new(p, q).unwrap();
        let request = scorer.request(&TV);
        request.stream(&mut source, &mut streamed).unwrap();
        assert_eq!(streamed, scores.values());
        let several = scorer.score_many(&[TV, Measure::Hellinger], p, q).unwrap();
        assert_eq!(several[0].values(), scores.values());
        assert_eq!(scorer.backend(), Backend::Gpu);
        let backend = scorer.backend_for(&p, &q).unwrap();
        assert_eq!(backend == Backend::Gpu, on_gpu);
        on_gpu
    };
    assert!(!scored_on_gpu(8, rows(&P), rows(&Q)));
    // Without GPU support nothing would get there.
    assert_eq!(
        scored_on_gpu(1, logits(&P), logits(&Q)),
        cfg!(feature = "gpu")
    );
}

#[test]
fn a_wrong_score_fails_the_verification() {
    let wrong = |score| scorer(Faulty::Wrong { row: 2, score }, Fallback::Cpu);
    for score in [0.50001, 0.0, -0.5, f32::NAN, f32::INFINITY] {
        let scores = wrong(score).score(&TV, rows(&P), rows(&Q)).unwrap();
        let verification = *scores.verification().unwrap();
        assert_eq!(verification.rows, 4);
        assert!(verification.worst_ratio > 1.0 && verification.worst_error > 1e-6);
        let failure = verification.failed.unwrap();
        assert_eq!((failure.row, failure.reference), (2, 0.5));
        assert_eq!(failure.score.to_bits(), score.to_bits());
        match scores.into_result() {
            Err(ScoresError::Verification { row: 2, scores, .. }) => assert_eq!(scores.len(), 4),
            other => panic!("{other:?}"),
        }
    }
    // One unit in the last place is within the promise.
    let close = wrong(0.5_f32.next_up())
        .score(&TV, rows(&P), rows(&Q))
        .unwrap();
    assert!(close.verification().unwrap().failed.is_none());
    assert!(close.into_result().is_ok());
}

#[test]
fn a_bad_row_that_is_scored_fails_the_verification() {
    let mut p = P;
    p[4] = f32::NAN;
    let scores = scorer(Faulty::Wrong { row: 2, score: 0.5 }, Fallback::Cpu)
        .score(&TV, rows(&p), rows(&Q))
        .unwrap();
    let failure = scores.verification().unwrap().failed.unwrap();
    assert_eq!(failure.row, 2);
    assert!(failure.reference.is_nan());
}

#[test]
fn verification_sees_the_rows_of_later_chunks() {
    let scorer = scorer(Faulty::Wrong { row: 3, score: 0.0 }, Fallback::Cpu);
    let mut source = RowsSource::new(rows(&P), rows(&Q)).unwrap();
    let report = scorer
        .request(&TV)
        .stream(&mut source, &mut Vec::new())
        .unwrap();
    assert_eq!(report.verification.unwrap().failed.unwrap().row, 3);
}

#[test]
fn the_cpu_scores_what_a_failing_engine_leaves() {
    for row in 0..4 {
        let scores = scorer(Faulty::Fails { row }, Fallback::Cpu)
            .score(&TV, rows(&P), rows(&Q))
            .unwrap();
        assert_eq!(scores.values(), SCORES);
        assert!(scores.verification().unwrap().failed.is_none());
        let step = finished_before(row);
        match &scores.report().scored_on {
            ScoredOn::Gpu { cpu_rows, .. } => assert_eq!(*cpu_rows, 4 - step),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn without_fallback_the_finished_scores_come_with_the_error() {
    for row in 0..4 {
        let scorer = scorer(Faulty::Fails { row }, Fallback::None);
        let finished = finished_before(row) as usize;

        let mut out = [7.0; 4];
        match scorer.request(&TV).score_into(rows(&P), rows(&Q), &mut out) {
            Err(ScoreError::Injected { scores }) => {
                assert_eq!(scores.values(), &SCORES[..finished]);
                assert_eq!(scores.report().rows, finished as u64);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(&out[..finished], &SCORES[..finished]);
        assert!(out[finished..].iter().all(|score| score.is_nan()));

        let mut source = RowsSource::new(rows(&P), rows(&Q)).unwrap();
        let mut sink = Vec::new();
        match scorer.request(&TV).stream(&mut source, &mut sink) {
            Err(StreamError::Injected { report }) => assert_eq!(report.rows, finished as u64),
            other => panic!("{other:?}"),
        }
        assert_eq!(sink, &SCORES[..finished]);
    }
}

/// The faulty engine takes as many rows at a time as there are threads.
fn finished_before(row: u64) -> u64 {
    let step = Pool::default().threads() as u64;
    row / step * step
}
