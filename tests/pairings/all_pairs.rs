//! Each row of P against each row of Q.

use std::sync::Mutex;

use kullback::{
    ArgumentError, ElementType, Encoding, Issue, IssueKind, Issues, Measure, Operand, Precision,
    Rows, ScoreError, Scores, StreamError, Support, Unit, Verify,
};

use crate::common::backends::Target;
use crate::common::batch::bits;
use crate::common::measures;
use crate::common::random::Random;
use crate::common::settings;
use crate::support::{
    F32, PRODUCTS, Table, cells, scored, small_scorer, some_measures, tables, weights,
};

/// All pairs by their numbers, those of the first row of P first.
fn list(rows: [usize; 2]) -> Vec<(u64, u64)> {
    let [p, q] = rows.map(|rows| rows as u64);
    (0..p).flat_map(|i| (0..q).map(move |j| (i, j))).collect()
}

/// Compares the scores of all pairs with those of the same pairs listed, which have their bits from rows copied.
fn compare(target: &Target, measure: Measure, [p, q]: [&Table; 2], what: &str) {
    let (p, q) = (p.rows(), q.rows());
    let rows = [p, q].map(|rows| rows.rows() as usize);
    let request = target.scorer().request(&measure).verify(Verify::Sample(20));
    let request = request.precision(Precision::Paired);
    let scores = scored(request.matrix(p, q), what);
    let expected = scored(request.score_pairs(p, q, &list(rows)), what);
    assert_eq!(bits(scores.values()), bits(expected.values()), "{what}");
    // Bad rows are named once, with the first of their pairs.
    let columns = rows[1] as u64;
    let mut issues: Vec<Issue> = Vec::new();
    for issue in expected.issues() {
        let (line, column) = (issue.row / columns, issue.row % columns);
        let row = match issue.operand {
            Operand::P if column == 0 => line,
            Operand::Q if line == 0 => column,
            _ => continue,
        };
        issues.push(Issue { row, ..*issue });
    }
    issues.sort_by_key(|issue| (issue.row, issue.operand));
    assert_eq!(scores.issues().as_slice(), issues, "{what}");
    assert_eq!(scores.issues().total(), issues.len() as u64, "{what}");
    let rest_of = |scores: &Scores| {
        let report = scores.report();
        let bad_rows = report.issues.bad_rows();
        let infinities = report.infinities;
        let scored_on = format!("{:?}", report.scored_on);
        (
            report.rows,
            bad_rows,
            infinities,
            report.verification,
            scored_on,
        )
    };
    assert_eq!(rest_of(&scores), rest_of(&expected), "{what}");
    let verification = scores.verification();
    assert!(
        verification.is_some_and(|found| found.rows >= 6 && found.failed.is_none()),
        "{what}: {verification:?}"
    );
}

pub fn all_pairs(target: &Target) {
    for (k, encodings) in cells() {
        for rows in [[7, 11], [1, 13], [6, 1]] {
            let [p, q] = tables(encodings, F32, k, rows);
            // Measures know nothing of how rows meet: one does for the shapes that are left.
            let measures = match rows {
                [7, 11] => some_measures(),
                _ => vec![Measure::KullbackLeibler],
            };
            for measure in measures {
                let what = format!("{measure} of {encodings:?}, K = {k}, {rows:?}");
                compare(target, measure, [&p, &q], &what);
            }
        }
    }
    // Lines of many short rows, and more pairs than a piece of work holds.
    for (k, rows, encodings) in [
        (3, [9, 3000], [Encoding::Probabilities; 2]),
        (17, [5, 700], [Encoding::Weights; 2]),
        (16, [300, 70], [Encoding::LOGITS; 2]),
        (64, [3, 1300], [Encoding::Probabilities, Encoding::LOGITS]),
    ] {
        let [p, q] = tables(encodings, F32, k, rows);
        let what = format!("{encodings:?}, K = {k}, {rows:?}");
        compare(target, Measure::KullbackLeibler, [&p, &q], &what);
    }
}

/// Of so many rows that the CPU takes a product: every score is as promised, and those that are no numbers are the
/// same.
pub fn as_promised(target: &Target) {
    let f16 = [ElementType::F16, ElementType::Bf16];
    for (i, (k, encodings)) in cells().into_iter().filter(|(k, _)| *k > 3).enumerate() {
        let elements = if i % 3 == 2 { f16 } else { F32 };
        let [p, q] = tables(encodings, elements, k, [31, 67]);
        for measure in PRODUCTS.into_iter().chain(["tv"]).map(measures::named) {
            let what = format!("{measure} of {encodings:?} in {elements:?}, K = {k}");
            let unit = match measure.is_logarithmic() && i % 2 == 1 {
                true => Unit::Bits,
                false => Unit::Nats,
            };
            let request = target.scorer().request(&measure).unit(unit);
            // The reference takes long rows slowly.
            let checked = if k > 300 { 300 } else { 31 * 67 };
            let request = request.verify(Verify::Sample(checked));
            let scores = scored(request.matrix(p.rows(), q.rows()), &what);
            let verification = scores.verification();
            assert!(
                verification.is_some_and(|found| found.rows == checked && found.failed.is_none()),
                "{what}: {verification:?}"
            );
            let paired = request.verify(Verify::Off).precision(Precision::Paired);
            let paired = scored(paired.matrix(p.rows(), q.rows()), &what);
            let no_numbers = |scores: &Scores| -> Vec<Option<u32>> {
                let finite = scores.values().iter();
                finite
                    .map(|s| (!s.is_finite()).then(|| s.to_bits()))
                    .collect()
            };
            assert_eq!(no_numbers(&scores), no_numbers(&paired), "{what}");
            let issues = [&scores, &paired].map(|scores| format!("{:?}", scores.issues()));
            assert_eq!(issues[0], issues[1], "{what}");
        }
    }
}

/// Equal rows score 0, near ones as promised, and those with a zero of their own are infinite, among many.
pub fn near_and_equal_rows(target: &Target) {
    let (k, rows) = (64, 40);
    let mut random = Random::named(settings::seed(), "near and equal rows");
    let mut p: Vec<f32> = (0..k * rows)
        .map(|_| 1.0 + random.below(1000) as f32)
        .collect();
    let mut q = p.clone();
    for i in 0..rows {
        match i % 4 {
            // Equal, a millionth off in one bin, a ten-thousandth, and far.
            0 => {}
            1 => q[i * k] *= 1.0 + 1e-6,
            2 => q[i * k + 1] *= 1.0 + 1e-4,
            _ => q[i * k..(i + 1) * k].reverse(),
        }
    }
    // Zero in both, in Q alone, in P alone.
    (p[5], q[5]) = (0.0, 0.0);
    q[7 * k + 3] = 0.0;
    p[9 * k + 3] = 0.0;
    let rows_of = |values| {
        let rows: Result<Rows<'_>, _> = Rows::weights(values, k);
        rows.unwrap_or_else(|error| panic!("{error}"))
    };
    for measure in
        ["kl", "reverse-kl", "hellinger", "renyi:2", "chi2", "neyman"].map(measures::named)
    {
        let request = target.scorer().request(&measure).verify(Verify::All);
        let scores = scored(request.matrix(rows_of(&p), rows_of(&q)), "near");
        let failed = scores.verification().map(|found| found.failed);
        assert_eq!(failed, Some(None), "{measure}");
        for i in (0..rows).step_by(4) {
            assert_eq!(scores.values()[i * rows + i], 0.0, "{measure} of row {i}");
        }
        let infinite = scores.infinities();
        let zeros_count = measure != measures::named("hellinger");
        assert_eq!(infinite > 0, zeros_count, "{measure}: {infinite}");
    }
}

/// Rows that are all too near for a product, more than its first step holds: the bits of pairs, and the same issues.
pub fn too_near(target: &Target) {
    let (k, lines, columns) = (16, 200, 3000);
    let near = |rows: usize| -> Vec<f32> {
        let value = |i: usize| f32::from_bits(1.0_f32.to_bits() + (i * 7 % 13) as u32);
        (0..rows * k).map(value).collect()
    };
    let (mut p, mut q) = (near(lines), near(columns));
    (p[190 * k], q[2 * k + 3]) = (-1.0, f32::NAN);
    // One that is far, among many that are not.
    q[5 * k] = 100.0;
    let rows_of = |values| {
        let rows: Result<Rows<'_>, _> = Rows::weights(values, k);
        rows.unwrap_or_else(|error| panic!("{error}"))
    };
    for measure in ["kl", "hellinger", "renyi:2"].map(measures::named) {
        let request = target.scorer().request(&measure);
        let scores = scored(request.matrix(rows_of(&p), rows_of(&q)), "near");
        let paired = request.precision(Precision::Paired);
        let paired = scored(paired.matrix(rows_of(&p), rows_of(&q)), "paired");
        assert!(bits(scores.values()) == bits(paired.values()), "{measure}");
        let issues = [&scores, &paired].map(Scores::issues);
        assert_eq!(issues[0], issues[1], "{measure}");
        let wanted = [(2, Operand::Q), (190, Operand::P)];
        assert_eq!(found(issues[0]), wanted, "{measure}");
    }
}

pub fn halves(target: &Target) {
    let (f32, f16, bf16) = (ElementType::F32, ElementType::F16, ElementType::Bf16);
    for (k, elements) in [
        (7, [f16, bf16]),
        (33, [f32, f16]),
        (64, [bf16; 2]),
        (1023, [f16; 2]),
    ] {
        for encodings in [
            [Encoding::Weights, Encoding::LOGITS],
            [Encoding::LOGITS; 2],
            [Encoding::Weights; 2],
        ] {
            let what = format!("{encodings:?} in {elements:?}, K = {k}");
            let [p, q] = tables(encodings, elements, k, [6, 9]);
            compare(target, Measure::KullbackLeibler, [&p, &q], &what);
        }
    }
}

/// Rows of f64 are never on a GPU.
pub fn rows_of_f64(target: &Target) {
    for elements in [[ElementType::F64, ElementType::F32], [ElementType::F64; 2]] {
        let [p, q] = tables([Encoding::Weights; 2], elements, 20, [6, 9]);
        for measure in some_measures() {
            compare(target, measure, [&p, &q], &format!("{measure} of f64"));
        }
    }
}

pub fn every_measure(target: &Target) {
    let reading_q = |measure: &Measure| measure.uses_q();
    let [p, q] = tables([Encoding::Weights; 2], F32, 20, [5, 8]);
    for measure in measures::of_each_stem().into_iter().filter(reading_q) {
        compare(target, measure, [&p, &q], &format!("{measure} of weights"));
    }
    let [p, q] = tables([Encoding::LogProbabilities; 2], F32, 300, [3, 5]);
    let of_logarithms = |measure: &Measure| measure.uses_q() && !measure.is_raw();
    for measure in measures::of_each_stem().into_iter().filter(of_logarithms) {
        compare(
            target,
            measure,
            [&p, &q],
            &format!("{measure} of logarithms"),
        );
    }
}

pub fn smoothed_rows(target: &Target) {
    let [p, q] = tables([Encoding::Probabilities; 2], F32, 33, [5, 150]);
    let kl = Measure::KullbackLeibler;
    let request = target
        .scorer()
        .request(&kl)
        .support(Support::Smoothed(1e-3));
    let scores = scored(request.matrix(p.rows(), q.rows()), "all pairs");
    let listed = request.score_pairs(p.rows(), q.rows(), &list([5, 150]));
    let expected = scored(listed, "pairs");
    assert_eq!(bits(scores.values()), bits(expected.values()));
}

/// More than a submission of a small device holds of either operand, under every strategy.
pub fn in_many_submissions(target: &Target) {
    for (k, rows) in [(65, [90, 70]), (3000, [7, 9]), (4, [3, 4000])] {
        let [p, q] = tables([Encoding::Weights; 2], F32, k, rows);
        let kl = Measure::KullbackLeibler;
        let listed = target
            .scorer()
            .score_pairs(&kl, p.rows(), q.rows(), &list(rows));
        let expected = scored(listed, "pairs");
        for execution in target.executions() {
            let scorer = small_scorer(target, execution);
            let what = format!("{}, K = {k}", execution.name());
            let request = scorer.request(&kl).precision(Precision::Paired);
            let found = scored(request.matrix(p.rows(), q.rows()), &what);
            assert_eq!(bits(found.values()), bits(expected.values()), "{what}");
        }
    }
}

pub fn every_way(target: &Target) {
    let rows = [13, 57];
    let [p, q] = tables([Encoding::Weights; 2], F32, 5, rows);
    let (p, q) = (p.rows(), q.rows());
    let kl = Measure::KullbackLeibler;
    let told = Mutex::new(Vec::new());
    let tell = |progress: kullback::Progress| {
        let mut told = told.lock().unwrap_or_else(|error| panic!("{error}"));
        told.push((progress.rows_done, progress.rows_total));
    };
    let request = target
        .scorer()
        .request(&kl)
        .verify(Verify::Sample(20))
        .progress(tell);
    let expected = scored(request.matrix(p, q), "at once");
    let told_of = |what: &str| {
        let mut told = told.lock().unwrap_or_else(|error| panic!("{error}"));
        let all = Some(13 * 57);
        assert_eq!(told.first(), Some(&(0, all)), "{what}");
        assert_eq!(told.last(), Some(&(13 * 57, all)), "{what}");
        told.clear();
    };
    told_of("at once");
    let report = format!("{:?}", expected.report());

    #[cfg(feature = "gpu")]
    {
        let later = pollster::block_on(request.matrix_async(p, q));
        assert_eq!(
            bits(scored(later, "later").values()),
            bits(expected.values())
        );
        told_of("later");
    }

    let mut out = vec![0.0; 13 * 57];
    let found = request.matrix_into(p, q, &mut out);
    let found = found.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(bits(&out), bits(expected.values()));
    assert_eq!(format!("{found:?}"), report);
    told_of("into memory");

    // All at once, some lines at a time, one, and parts of one.
    for memory in [1 << 20, 4 * 57 * 5 + 7, 4 * 57, 4 * 20] {
        let builder = target.builder(target.executions()[0]);
        let scorer = builder
            .host_memory(memory)
            .build()
            .unwrap_or_else(|error| panic!("{error}"));
        let request = scorer
            .request(&kl)
            .verify(Verify::Sample(20))
            .progress(tell);
        let (mut streamed, mut most) = (Vec::new(), 0);
        let mut sink = |scores: &[f32]| -> Result<(), kullback::BoxError> {
            most = most.max(scores.len());
            streamed.extend_from_slice(scores);
            Ok(())
        };
        let found = request.stream_matrix(p, q, &mut sink);
        let found = found.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(bits(&streamed), bits(expected.values()), "{memory} bytes");
        assert!(most as u64 * 4 <= memory, "{most} scores of {memory} bytes");
        let found = [found.rows, found.infinities, found.issues.total()];
        let wanted = expected.report();
        let wanted = [wanted.rows, wanted.infinities, wanted.issues.total()];
        assert_eq!(found, wanted, "{memory} bytes");
        told_of("a stream");
    }
}

pub fn repeated(target: &Target) {
    let [p, q] = tables([Encoding::Weights; 2], F32, 40, [1, 6]);
    let one = |times| {
        let rows = p.rows().repeated(times);
        rows.unwrap_or_else(|error| panic!("{error}"))
    };
    let kl = Measure::KullbackLeibler;
    let scorer = target.scorer();
    let expected = scored(scorer.score_one_to_many(&kl, one(1), q.rows()), "one");
    let thrice = scored(scorer.matrix(&kl, one(3), q.rows()), "thrice");
    assert_eq!(bits(thrice.values()), bits(&expected.values().repeat(3)));
    let expected = scored(scorer.score_many_to_one(&kl, q.rows(), one(1)), "to one");
    let of_one = scored(scorer.matrix(&kl, q.rows(), one(4)), "four times");
    let wanted: Vec<f32> = expected.values().iter().flat_map(|&s| [s; 4]).collect();
    assert_eq!(bits(of_one.values()), bits(&wanted));
    let both = scored(scorer.matrix(&kl, one(2), one(5)), "both");
    assert_eq!(both.values(), [0.0; 10]);
}

fn found(issues: &Issues) -> Vec<(u64, Operand)> {
    issues.iter().map(|i| (i.row, i.operand)).collect()
}

pub fn bad_rows(target: &Target) {
    // Rows as they are scored side by side, in lines, and one by one.
    for (k, good) in [(2, 1), (300, 1), (2, 3000)] {
        let mut p = vec![1.0_f32; 4 * k];
        (p[k], p[3 * k + 1]) = (-1.0, f32::NAN);
        let mut q = vec![1.0_f32; (3 + good) * k];
        q[k..2 * k].fill(0.0);
        q[2 * k + 1] = f32::INFINITY;
        let rows = |values| {
            let rows: Result<Rows<'_>, _> = Rows::weights(values, k);
            rows.unwrap_or_else(|error| panic!("{error}"))
        };
        let (p, q) = (rows(&p[..]), rows(&q[..]));
        let columns = 3 + good;
        let kl = Measure::KullbackLeibler;
        let request = target.scorer().request(&kl).verify(Verify::All);
        let scores = scored(request.matrix(p, q), "bad rows");
        for (pair, score) in scores.values().iter().enumerate() {
            let (i, j) = (pair / columns, pair % columns);
            let bad = [1, 3].contains(&i) || [1, 2].contains(&j);
            assert_eq!(score.is_nan(), bad, "row {i} and row {j}");
            assert!(bad || *score == 0.0);
        }
        let issues = scores.issues();
        let (of_p, of_q) = (Operand::P, Operand::Q);
        assert_eq!(found(issues), [(1, of_p), (1, of_q), (2, of_q), (3, of_p)]);
        let kinds: Vec<IssueKind> = issues.iter().map(|issue| issue.kind).collect();
        assert_eq!(
            kinds,
            [
                IssueKind::Negative,
                IssueKind::ZeroMass,
                IssueKind::NotFinite,
                IssueKind::NotFinite
            ]
        );
        assert_eq!(issues.total(), 4);
        assert_eq!(issues.bad_rows(), (2 * columns + 4) as u64);
        let failed = scores.verification().map(|found| found.failed);
        assert_eq!(failed, Some(None));
        let text = scores
            .into_result()
            .map_or_else(|e| e.to_string(), |_| String::new());
        assert!(text.contains("row 1 of P"), "{text}");
    }
}

/// Each bad row has one issue, though there are more bad pairs than issues are kept.
pub fn many_bad_rows(target: &Target) {
    let (lines, columns) = (120, 130);
    let p = vec![0.5_f32; lines * 2];
    let mut q = vec![0.25_f32; columns * 2];
    q[258..].fill(0.5);
    let rows = |values| {
        let rows: Result<Rows<'_>, _> = Rows::probabilities(values, 2);
        rows.unwrap_or_else(|error| panic!("{error}"))
    };
    let tv = Measure::TotalVariation;
    let scores = scored(target.scorer().matrix(&tv, rows(&p), rows(&q)), "bad");
    let issues = scores.issues();
    assert!(lines * columns > Issues::KEPT);
    assert_eq!(issues.total(), 129);
    assert_eq!(issues.bad_rows(), 129 * 120);
    let wanted: Vec<(u64, Operand)> = (0..129).map(|j| (j, Operand::Q)).collect();
    assert_eq!(found(issues), wanted);
    let sum = issues.as_slice()[0].kind;
    assert_eq!(sum, IssueKind::NotNormalised { sum: 0.5 });
    // The one good row of Q is scored.
    let good = scores.values().chunks_exact(columns).map(|line| line[129]);
    assert!(good.into_iter().all(|score| score == 0.0));
}

/// More bad rows of either operand than issues are kept: the first rows of both are named.
pub fn more_issues_than_are_kept(target: &Target) {
    let (p, q) = (vec![f32::NAN; 30], vec![f32::NAN; 2 * (Issues::KEPT + 500)]);
    let tv = Measure::TotalVariation;
    let scores = target.scorer().matrix(&tv, weights(&p), weights(&q));
    let scores = scored(scores, "bad");
    let issues = scores.issues();
    assert_eq!(issues.total(), 15 + Issues::KEPT as u64 + 500);
    assert_eq!(issues.as_slice().len(), Issues::KEPT);
    let both = |row| [(row, Operand::P), (row, Operand::Q)];
    let of_q = (15..Issues::KEPT as u64 - 15).map(|row| (row, Operand::Q));
    let wanted: Vec<(u64, Operand)> = (0..15).flat_map(both).chain(of_q).collect();
    assert_eq!(found(issues), wanted);
}

pub fn nothing_to_do(target: &Target) {
    let scorer = target.scorer();
    let (kl, one, none) = (Measure::KullbackLeibler, [1.0, 2.0], []);
    for (p, q) in [(&one[..], &none[..]), (&none, &one), (&none, &none)] {
        let scores = scored(scorer.matrix(&kl, weights(p), weights(q)), "none");
        assert!(scores.values().is_empty() && scores.issues().is_empty());
        let mut streamed = Vec::new();
        let report = scorer
            .request(&kl)
            .stream_matrix(weights(p), weights(q), &mut streamed);
        assert_eq!(report.unwrap_or_else(|error| panic!("{error}")).rows, 0);
        assert!(streamed.is_empty());
    }
}

pub fn what_does_not_fit(target: &Target) {
    let scorer = target.scorer();
    let (kl, values) = (Measure::KullbackLeibler, [1.0, 2.0, 3.0, 4.0]);
    let text = |scores: Result<Scores, ScoreError>| match scores {
        Err(ScoreError::Argument(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let two = weights(&values);
    let three = Rows::weights(&values[..3], 3).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        text(scorer.matrix(&kl, two, three)),
        "rows of P have 2 bins and rows of Q have 3: both need the same number"
    );
    assert_eq!(
        text(scorer.matrix(&Measure::Entropy, two, two)),
        "entropy reads no Q, so that all pairs of a row have one score: score P alone"
    );
    let selected = two
        .selected(&[1, 0])
        .unwrap_or_else(|error| panic!("{error}"));
    for (p, q) in [(selected, two), (two, selected)] {
        let again = scorer.matrix(&kl, p, q);
        let Err(ScoreError::Argument(ArgumentError::SelectedTwice)) = again else {
            panic!("{again:?}");
        };
        let again = scorer.request(&kl).stream_matrix(p, q, &mut Vec::new());
        let Err(StreamError::Argument(ArgumentError::SelectedTwice)) = again else {
            panic!("{again:?}");
        };
    }
    let short = scorer.request(&kl).matrix_into(two, two, &mut [0.0; 3]);
    let Err(ScoreError::Argument(error)) = short else {
        panic!("{short:?}");
    };
    let wanted = "the output holds 3 scores but the batch has 4 rows";
    assert_eq!(error.to_string(), wanted);
    // There is no memory for as many scores, nor numbers for as many pairs.
    let one = weights(&values[..2]);
    for times in [1 << 31, 1 << 40] {
        let many = one
            .repeated(times)
            .unwrap_or_else(|error| panic!("{error}"));
        let wrong = text(scorer.matrix(&kl, many, many));
        let pairs = format!("{times} x {times} pairs");
        assert!(wrong.contains(&pairs), "{wrong}");
    }
}
