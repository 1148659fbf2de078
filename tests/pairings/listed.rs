//! One against many, and rows by their numbers.

use std::sync::Mutex;

use kullback::{
    ArgumentError, ElementType, Encoding, Measure, Operand, Rows, RowsSource, ScoreError, Scores,
    Support, Verify,
};

use crate::common::backends::Target;
use crate::common::batch::bits;
use crate::common::measures;
use crate::common::random::Random;
use crate::common::settings;
use crate::support::{F32, Table, cells, scored, small_scorer, some_measures, tables, weights};

/// Compares scores with those of the pairs `(i, j)` copied and scored row by row.
fn compare(
    target: &Target,
    measure: Measure,
    [p, q]: [&Table; 2],
    numbers: &[(u64, u64)],
    scores: &Scores,
    what: &str,
) {
    let of_p = p.copied(numbers.iter().map(|pair| pair.0));
    let of_q = q.copied(numbers.iter().map(|pair| pair.1));
    let request = target.scorer().request(&measure).verify(Verify::Sample(20));
    let expected = scored(request.score(of_p.rows(), of_q.rows()), what);
    assert_eq!(bits(scores.values()), bits(expected.values()), "{what}");
    let reports = [scores, &expected].map(|scores| format!("{:?}", scores.report()));
    assert_eq!(reports[0], reports[1], "{what}");
    let verification = expected.verification();
    assert!(
        verification.is_some_and(|found| found.failed.is_none()),
        "{what}: {verification:?}"
    );
}

pub fn one_to_many(target: &Target) {
    for (k, encodings) in cells() {
        let [one, many] = tables(encodings, F32, k, [1, 37]);
        let numbers: Vec<(u64, u64)> = (0..37).map(|j| (0, j)).collect();
        for measure in some_measures() {
            let what = format!("{measure} of {encodings:?}, K = {k}");
            let request = target.scorer().request(&measure).verify(Verify::Sample(20));
            let scores = scored(request.score_one_to_many(one.rows(), many.rows()), &what);
            compare(target, measure, [&one, &many], &numbers, &scores, &what);
        }
    }
}

pub fn many_to_one(target: &Target) {
    for (k, encodings) in cells() {
        let [many, one] = tables(encodings, F32, k, [37, 1]);
        let numbers: Vec<(u64, u64)> = (0..37).map(|i| (i, 0)).collect();
        for measure in some_measures() {
            let what = format!("{measure} of {encodings:?}, K = {k}");
            let request = target.scorer().request(&measure).verify(Verify::Sample(20));
            let scores = scored(request.score_many_to_one(many.rows(), one.rows()), &what);
            compare(target, measure, [&many, &one], &numbers, &scores, &what);
        }
    }
}

/// Pairs in no order: of near rows, of far ones, and some that repeat.
fn list(rows: [usize; 2], count: usize) -> Vec<(u64, u64)> {
    let mut random = Random::named(settings::seed(), &format!("{rows:?} {count}"));
    let pair = |i: usize| match i % 4 {
        0 => [i / 4 % rows[0].min(rows[1]); 2],
        1 => [0, rows[1] - 1],
        _ => rows.map(|rows| random.below(rows)),
    };
    let all = (0..count).map(pair);
    all.map(|[i, j]| (i as u64, j as u64)).collect()
}

fn compare_pairs(
    target: &Target,
    encodings: [Encoding; 2],
    elements: [ElementType; 2],
    k: usize,
    measures: &[Measure],
) {
    let rows = [23, 11];
    let [p, q] = tables(encodings, elements, k, rows);
    let numbers = list(rows, 50);
    for &measure in measures {
        let what = format!("{measure} of {encodings:?} in {elements:?}, K = {k}");
        let request = target.scorer().request(&measure).verify(Verify::Sample(20));
        let scores = scored(request.score_pairs(p.rows(), q.rows(), &numbers), &what);
        compare(target, measure, [&p, &q], &numbers, &scores, &what);
    }
}

pub fn pairs_of_rows(target: &Target) {
    for (k, encodings) in cells() {
        compare_pairs(target, encodings, F32, k, &some_measures());
    }
}

pub fn halves(target: &Target) {
    let (f32, f16, bf16) = (ElementType::F32, ElementType::F16, ElementType::Bf16);
    let kl = [Measure::KullbackLeibler];
    for (k, elements) in [
        (7, [f16, bf16]),
        (33, [f32, f16]),
        (64, [bf16; 2]),
        (1023, [f16; 2]),
    ] {
        let encodings = [Encoding::Weights, Encoding::LOGITS];
        compare_pairs(target, encodings, elements, k, &kl);
        compare_pairs(target, [Encoding::LOGITS; 2], elements, k, &kl);
        let [one, many] = tables(encodings, elements, k, [1, 37]);
        let numbers: Vec<(u64, u64)> = (0..37).map(|j| (0, j)).collect();
        let what = format!("{elements:?}, K = {k}");
        let request = target.scorer().request(&kl[0]).verify(Verify::Sample(20));
        let scores = scored(request.score_one_to_many(one.rows(), many.rows()), &what);
        compare(target, kl[0], [&one, &many], &numbers, &scores, &what);
    }
}

/// Rows of f64 are never on a GPU.
pub fn rows_of_f64(target: &Target) {
    let elements = [ElementType::F64, ElementType::F32];
    compare_pairs(
        target,
        [Encoding::Weights; 2],
        elements,
        20,
        &some_measures(),
    );
    let [one, many] = tables([Encoding::Weights; 2], elements, 20, [1, 37]);
    let numbers: Vec<(u64, u64)> = (0..37).map(|j| (0, j)).collect();
    let kl = Measure::KullbackLeibler;
    let request = target.scorer().request(&kl).verify(Verify::Sample(20));
    let scores = scored(request.score_one_to_many(one.rows(), many.rows()), "one");
    compare(target, kl, [&one, &many], &numbers, &scores, "one of f64");
}

pub fn many_pairs(target: &Target) {
    let rows = [300, 500];
    let [p, q] = tables([Encoding::Probabilities; 2], F32, 3, rows);
    let numbers = list(rows, 40_000);
    let kl = Measure::KullbackLeibler;
    let request = target.scorer().request(&kl).verify(Verify::Sample(20));
    let scores = scored(request.score_pairs(p.rows(), q.rows(), &numbers), "pairs");
    compare(target, kl, [&p, &q], &numbers, &scores, "40 000 pairs");
    let one = p.copied(std::iter::once(7));
    let many = q.copied((0..40_000).map(|j| j % 500));
    let scores = scored(request.score_one_to_many(one.rows(), many.rows()), "one");
    let numbers: Vec<(u64, u64)> = (0..40_000).map(|j| (0, j)).collect();
    compare(
        target,
        kl,
        [&one, &many],
        &numbers,
        &scores,
        "one to 40 000",
    );
}

pub fn every_measure(target: &Target) {
    let measures = measures::of_each_stem();
    compare_pairs(target, [Encoding::Weights; 2], F32, 20, &measures);
    let of_logarithms: Vec<Measure> = measures.into_iter().filter(|m| !m.is_raw()).collect();
    compare_pairs(
        target,
        [Encoding::LogProbabilities; 2],
        F32,
        300,
        &of_logarithms,
    );
    let [one, many] = tables([Encoding::Weights; 2], F32, 20, [1, 37]);
    let numbers: Vec<(u64, u64)> = (0..37).map(|j| (0, j)).collect();
    for measure in measures::of_each_stem() {
        let what = format!("{measure} of one row");
        let request = target.scorer().request(&measure).verify(Verify::Sample(20));
        let scores = scored(request.score_one_to_many(one.rows(), many.rows()), &what);
        compare(target, measure, [&one, &many], &numbers, &scores, &what);
    }
}

pub fn smoothed_rows(target: &Target) {
    let [one, many] = tables([Encoding::Probabilities; 2], F32, 33, [1, 20]);
    let numbers: Vec<(u64, u64)> = (0..20).map(|j| (0, j)).collect();
    let kl = Measure::KullbackLeibler;
    let request = target
        .scorer()
        .request(&kl)
        .support(Support::Smoothed(1e-3));
    let found = scored(request.score_one_to_many(one.rows(), many.rows()), "one");
    let listed = scored(
        request.score_pairs(one.rows(), many.rows(), &numbers),
        "pairs",
    );
    let copied = one.copied([0; 20].into_iter());
    let expected = scored(request.score(copied.rows(), many.rows()), "row by row");
    for scores in [found, listed] {
        assert_eq!(bits(scores.values()), bits(expected.values()));
    }
}

/// Of rows that one workgroup scores, or several do, and more than a submission of a small device holds.
pub fn in_many_submissions(target: &Target) {
    for (k, rows) in [(65, 1200), (3000, 12)] {
        let [one, many] = tables([Encoding::Weights; 2], F32, k, [1, rows]);
        let kl = Measure::KullbackLeibler;
        let numbers = list([1, rows], rows);
        let copied = many.copied(numbers.iter().map(|pair| pair.1));
        let of_one = one.copied(std::iter::repeat_n(0, rows));
        let scorer = target.scorer();
        let to_many = scored(scorer.score(&kl, of_one.rows(), many.rows()), "row by row");
        let listed = scored(
            scorer.score(&kl, of_one.rows(), copied.rows()),
            "row by row",
        );
        for execution in target.executions() {
            let scorer = small_scorer(target, execution);
            let what = execution.name();
            let found = scored(
                scorer.score_one_to_many(&kl, one.rows(), many.rows()),
                &what,
            );
            assert_eq!(
                bits(found.values()),
                bits(to_many.values()),
                "{what}, K = {k}"
            );
            let found = scored(
                scorer.score_pairs(&kl, one.rows(), many.rows(), &numbers),
                &what,
            );
            assert_eq!(
                bits(found.values()),
                bits(listed.values()),
                "{what}, K = {k}"
            );
        }
    }
}

pub fn views_of_views(target: &Target) {
    let (one, other) = ([1.0, 3.0], [1.0, 1.0]);
    let repeated = |values, times| {
        let rows: Result<Rows<'_>, _> = weights(values).repeated(times);
        rows.unwrap_or_else(|error| panic!("{error}"))
    };
    let (tv, scorer) = (Measure::TotalVariation, target.scorer());
    let both = scored(
        scorer.score(&tv, repeated(&one, 40), repeated(&other, 40)),
        "both",
    );
    assert_eq!(both.values(), [0.25; 40]);
    let none = scored(
        scorer.score(&tv, repeated(&one, 0), repeated(&other, 0)),
        "none",
    );
    assert!(none.values().is_empty());
    // What is listed of one that is repeated is that one.
    let numbers = [6, 0, 3];
    let seven = repeated(&one, 7);
    let listed = seven
        .selected(&numbers)
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(listed.rows(), 3);
    let scores = scored(scorer.score(&tv, listed, repeated(&other, 3)), "listed");
    assert_eq!(scores.values(), [0.25; 3]);
    let missing = seven.selected(&[7]);
    assert!(matches!(
        missing,
        Err(ArgumentError::NoSuchRow {
            at: 0,
            row: 7,
            rows: 7
        })
    ));
    // There is no memory for as many scores.
    let huge = scorer.score(&tv, repeated(&one, 1 << 62), repeated(&other, 1 << 62));
    let Err(ScoreError::Argument(error)) = huge else {
        panic!("{huge:?}");
    };
    assert!(
        error.to_string().contains("score fewer at a time"),
        "{error}"
    );
}

pub fn progress(target: &Target) {
    let (one, other) = ([1.0, 3.0], [1.0, 1.0]);
    let told = Mutex::new(Vec::new());
    let request = target
        .scorer()
        .request(&Measure::TotalVariation)
        .progress(|progress| {
            told.lock()
                .unwrap_or_else(|error| panic!("{error}"))
                .push(progress.rows_done);
        });
    let numbers = [(0, 0); 500];
    scored(
        request.score_pairs(weights(&one), weights(&other), &numbers),
        "pairs",
    );
    drop(request);
    let told = told.into_inner().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((told.first(), told.last()), (Some(&0), Some(&500)));
}

pub fn a_bad_one(target: &Target) {
    // Few rows, as many as are scored side by side and more, and rows too long for that; of weights and of logits.
    for (k, rows) in [(2, 3), (2, 40), (300, 20)] {
        for (encoding, bad) in [(Encoding::Weights, -1.0), (Encoding::LOGITS, f32::NAN)] {
            let mut one = vec![1.0_f32; k];
            one[k - 1] = bad;
            let mut many = vec![1.0_f32; k * rows];
            many[k] = f32::NAN;
            let rows_of = |values| Rows::new(encoding, values, k);
            let (Ok(one), Ok(many)) = (rows_of(&one[..]), rows_of(&many[..])) else {
                panic!("no rows of {k} bins");
            };
            let kl = Measure::KullbackLeibler;
            let scores = scored(target.scorer().score_one_to_many(&kl, one, many), "bad");
            assert!(scores.values().iter().all(|score| score.is_nan()));
            let issues = scores.issues();
            assert_eq!(
                (issues.bad_rows(), issues.total()),
                (rows as u64, rows as u64 + 1)
            );
            let found: Vec<(u64, Operand)> = issues.iter().map(|i| (i.row, i.operand)).collect();
            let (p, q) = (Operand::P, Operand::Q);
            assert_eq!(found[..4], [(0, p), (1, p), (1, q), (2, p)]);
        }
    }
}

pub fn bad_rows_of_tables(target: &Target) {
    let (p, q) = ([1.0, 1.0, f32::INFINITY, 1.0], [0.0, 0.0, 1.0, 3.0]);
    let numbers = [(0, 1), (1, 1), (0, 0), (0, 1)];
    let tv = Measure::TotalVariation;
    let scores = target
        .scorer()
        .score_pairs(&tv, weights(&p), weights(&q), &numbers);
    let scores = scored(scores, "bad rows");
    let nan: Vec<bool> = scores.values().iter().map(|score| score.is_nan()).collect();
    assert_eq!(nan, [false, true, true, false]);
    assert_eq!([scores.values()[0], scores.values()[3]], [0.25; 2]);
    let found: Vec<(u64, Operand)> = scores.issues().iter().map(|i| (i.row, i.operand)).collect();
    assert_eq!(found, [(1, Operand::P), (2, Operand::Q)]);
}

pub fn several_measures(target: &Target) {
    let rows = [9, 13];
    let [p, q] = tables([Encoding::Weights; 2], F32, 40, rows);
    let numbers = list(rows, 30);
    let measures = [
        Measure::Entropy,
        Measure::KullbackLeibler,
        Measure::TotalVariation,
    ];
    let (of_p, of_q): (Vec<u64>, Vec<u64>) = numbers.iter().copied().unzip();
    let selected = |rows: &Table, numbers: &[u64]| rows.copied(numbers.iter().copied());
    let select = |error: ArgumentError| panic!("{error}");
    let (p_rows, q_rows) = (p.rows(), q.rows());
    let (listed_p, listed_q) = (
        p_rows.selected(&of_p).unwrap_or_else(select),
        q_rows.selected(&of_q).unwrap_or_else(select),
    );
    let request = target
        .scorer()
        .request_many(&measures)
        .verify(Verify::Sample(20));
    let scores = request
        .score(listed_p, listed_q)
        .unwrap_or_else(|error| panic!("{error}"));
    let (copied_p, copied_q) = (selected(&p, &of_p), selected(&q, &of_q));
    let expected = request.score(copied_p.rows(), copied_q.rows());
    for (scores, expected) in scores
        .iter()
        .zip(expected.unwrap_or_else(|error| panic!("{error}")))
    {
        assert_eq!(bits(scores.values()), bits(expected.values()));
        assert_eq!(
            format!("{:?}", scores.report()),
            format!("{:?}", expected.report())
        );
    }
    // One against many, by the same request; the entropy is that of the one.
    let one = p.copied(std::iter::once(0));
    let repeated = one.rows().repeated(13).unwrap_or_else(select);
    let scores = request
        .score(repeated, q.rows())
        .unwrap_or_else(|error| panic!("{error}"));
    let expected = request.score(selected(&p, &[0; 13]).rows(), q.rows());
    for (scores, expected) in scores
        .iter()
        .zip(expected.unwrap_or_else(|error| panic!("{error}")))
    {
        assert_eq!(bits(scores.values()), bits(expected.values()));
    }
}

pub fn entropy_of_listed_rows(target: &Target) {
    let values = [1.0, 1.0, 1.0, 0.0];
    let rows = weights(&values);
    let list = [1, 0, 0];
    let listed = rows
        .selected(&list)
        .unwrap_or_else(|error| panic!("{error}"));
    let request = target.scorer().request(&Measure::Entropy);
    let scores = scored(request.score_p(listed), "entropy");
    assert_eq!(
        scores.values(),
        [0.0, std::f32::consts::LN_2, std::f32::consts::LN_2]
    );
    let one = weights(&values[..2])
        .repeated(2)
        .unwrap_or_else(|error| panic!("{error}"));
    let scores = scored(request.score_p(one), "entropy");
    assert_eq!(scores.values(), [std::f32::consts::LN_2; 2]);
}

pub fn a_stream(target: &Target) {
    let rows = [40, 50];
    let [p, q] = tables([Encoding::Weights; 2], F32, 5, rows);
    let numbers = list(rows, 3000);
    let (of_p, of_q): (Vec<u64>, Vec<u64>) = numbers.iter().copied().unzip();
    let (p_rows, q_rows) = (p.rows(), q.rows());
    let p_rows = p_rows
        .selected(&of_p)
        .unwrap_or_else(|error| panic!("{error}"));
    let q_rows = q_rows
        .selected(&of_q)
        .unwrap_or_else(|error| panic!("{error}"));
    let mut source = RowsSource::new(p_rows, q_rows).unwrap_or_else(|error| panic!("{error}"));
    let kl = Measure::KullbackLeibler;
    let mut streamed = Vec::new();
    let request = target.scorer().request(&kl).verify(Verify::Sample(20));
    let report = request.stream(&mut source, &mut streamed);
    assert_eq!(report.unwrap_or_else(|error| panic!("{error}")).rows, 3000);
    let scores = scored(request.score_pairs(p.rows(), q.rows(), &numbers), "pairs");
    assert_eq!(bits(&streamed), bits(scores.values()));
}

pub fn nothing_to_do(target: &Target) {
    let scorer = target.scorer();
    let (kl, one, none) = (Measure::KullbackLeibler, [1.0, 2.0], []);
    let scores = scored(
        scorer.score_one_to_many(&kl, weights(&one), weights(&none)),
        "none",
    );
    assert!(scores.values().is_empty() && scores.issues().is_empty());
    let scores = scored(
        scorer.score_pairs(&kl, weights(&one), weights(&one), &[]),
        "none",
    );
    assert!(scores.values().is_empty() && scores.issues().is_empty());
    let scores = scored(
        scorer.score_pairs(&kl, weights(&none), weights(&none), &[]),
        "none",
    );
    assert!(scores.values().is_empty());
}

pub fn what_does_not_fit(target: &Target) {
    let scorer = target.scorer();
    let (kl, values) = (Measure::KullbackLeibler, [1.0, 2.0, 3.0, 4.0]);
    let text = |scores: Result<Scores, ScoreError>| match scores {
        Err(ScoreError::Argument(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let two = weights(&values);
    assert_eq!(
        text(scorer.score_one_to_many(&kl, two, two)),
        "2 rows where one is scored against many: give exactly one"
    );
    assert_eq!(
        text(scorer.score_many_to_one(&kl, two, weights(&[]))),
        "0 rows where one is scored against many: give exactly one"
    );
    let three = Rows::weights(&values[..3], 3).unwrap_or_else(|error| panic!("{error}"));
    let wrong = text(scorer.score_one_to_many(&kl, three, two));
    assert!(wrong.starts_with("P is 2 x 3 and Q is 2 x 2"), "{wrong}");
    assert_eq!(
        text(scorer.score_pairs(&kl, two, two, &[(0, 1), (1, 2), (2, 0)])),
        "pair 1 asks for row 2 of Q, which holds 2: rows count from 0"
    );
    assert_eq!(
        text(scorer.score_pairs(&kl, two, two, &[(u64::MAX, u64::MAX)])),
        "pair 0 asks for row 18446744073709551615 of P, which holds 2: rows count from 0"
    );
    let error = two
        .selected(&[1, 0, 2])
        .map_or_else(|error| error.to_string(), |_| String::new());
    assert_eq!(
        error,
        "number 2 of the list asks for row 2 of a table that holds 2: rows count from 0"
    );
    let again = [0, 0];
    let selected = two.selected(&[1]).unwrap_or_else(|error| panic!("{error}"));
    let twice = selected.selected(&again[..1]);
    assert!(
        matches!(twice, Err(ArgumentError::SelectedTwice)),
        "{twice:?}"
    );
    // The row of a selection can be repeated.
    let repeated = selected
        .repeated(2)
        .unwrap_or_else(|error| panic!("{error}"));
    let scores = scored(scorer.score(&kl, repeated, two), "the second row");
    assert_eq!(scores.values()[1], 0.0);
}
