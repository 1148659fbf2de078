//! All pairs by a product in f32: every score within its bound, infinities and bad rows as ever.

use kullback::{
    ArgumentError, Backend, CancelToken, ElementType, Encoding, Measure, Precision, Rows,
    ScoreError, ScoredOn, Scorer, Scores, Unit, Verify,
};

use crate::common::backends::Target;
use crate::common::batch::bits;
use crate::common::measures;
use crate::common::random::Random;
use crate::common::settings;
use crate::support::{F32, PRODUCTS, Table, cells, scored, small_scorer, tables};

/// Weights that differ by up to a hundred times, all of them positive.
fn ordinary(name: &str, rows: usize, k: usize) -> Vec<f32> {
    let mut random = Random::named(settings::seed(), name);
    (0..rows * k)
        .map(|_| 1.0 + random.below(100) as f32)
        .collect()
}

fn weights(values: &[f32], k: usize) -> Rows<'_> {
    Rows::weights(values, k).unwrap_or_else(|error| panic!("{error}"))
}

/// Scores that are no finite numbers, by their bits.
fn no_numbers(scores: &Scores) -> Vec<Option<u32>> {
    let of = |score: &f32| (!score.is_finite()).then(|| score.to_bits());
    scores.values().iter().map(of).collect()
}

/// All pairs by the reference.
fn exact(measure: Measure, [p, q]: [Rows<'_>; 2]) -> Scores {
    scored(scorer(Backend::Reference).matrix(&measure, p, q), "exact")
}

fn scorer(backend: Backend) -> Scorer {
    let scorer = Scorer::builder().backend(backend).build();
    scorer.unwrap_or_else(|error| panic!("{error}"))
}

/// All pairs as paired rows, on the CPU, which is soon done: what is no number is that everywhere.
fn paired(measure: Measure, unit: Unit, [p, q]: [Rows<'_>; 2]) -> Scores {
    let scorer = scorer(Backend::Cpu);
    let request = scorer.request(&measure).unit(unit);
    let scores = scored(request.precision(Precision::Paired).matrix(p, q), "paired");
    assert_eq!(scores.error_bound(), None, "{measure}");
    scores
}

/// True if the scores come from a product.
fn is_by_product(scores: &Scores) -> bool {
    match &scores.report().scored_on {
        ScoredOn::Gpu { reductions, .. } => {
            let strategies: Vec<&str> = reductions.iter().map(|r| r.strategy).collect();
            strategies == ["product"]
        }
        _ => true,
    }
}

/// Rows of all kinds, in all encodings: nothing is further off than its bound, and what is no number is the same.
pub fn as_bounded(target: &Target) {
    let f16 = [ElementType::F16, ElementType::Bf16];
    let shapes = [[31, 67], [16, 16], [129, 140], [40, 300]];
    for (i, (k, encodings)) in cells().into_iter().filter(|(k, _)| *k >= 16).enumerate() {
        let elements = if i % 3 == 2 { f16 } else { F32 };
        let shape = if k > 300 { [17, 19] } else { shapes[i % 4] };
        let [p, q] = tables(encodings, elements, k, shape);
        for measure in PRODUCTS.map(measures::named) {
            let what = format!("{measure} of {encodings:?} in {elements:?}, K = {k}");
            let unit = match measure.is_logarithmic() && i % 2 == 1 {
                true => Unit::Bits,
                false => Unit::Nats,
            };
            let request = target.scorer().request(&measure).unit(unit);
            let request = request.verify(Verify::Sample(300));
            let fast = request.precision(Precision::Fast);
            let scores = scored(fast.matrix(p.rows(), q.rows()), &what);
            let verification = scores.verification();
            assert!(
                verification.is_some_and(|found| found.rows >= 256 && found.failed.is_none()),
                "{what}: {verification:?} within {:?}",
                scores.error_bound()
            );
            assert!(scores.error_bound().is_some(), "{what}");
            assert!(is_by_product(&scores), "{what}");
            let paired = paired(measure, unit, [p.rows(), q.rows()]);
            assert_eq!(no_numbers(&scores), no_numbers(&paired), "{what}");
            let issues = [&scores, &paired].map(|scores| format!("{:?}", scores.issues()));
            assert_eq!(issues[0], issues[1], "{what}");
            assert!(scores.values().iter().all(|&s| s.is_nan() || s >= 0.0));
        }
    }
}

/// The bound of ordinary rows is worth something, and holds for equal and near rows among them.
pub fn ordinary_rows(target: &Target) {
    for (k, lines, columns) in [(64, 150, 260), (250, 33, 40), (1000, 20, 130)] {
        let p = ordinary("P", lines, k);
        let mut q = ordinary("Q", columns, k);
        q[..4 * k].copy_from_slice(&p[..4 * k]);
        q[k] *= 1.0 + 1e-6;
        q[2 * k + 1] *= 1.0 + 1e-3;
        for measure in PRODUCTS.map(measures::named) {
            let what = format!("{measure}, K = {k}");
            // The first rows, equal and near ones, and others.
            let near = target.scorer().request(&measure).verify(Verify::All);
            let near = near.precision(Precision::Fast);
            let near = scored(
                near.matrix(weights(&p[..16 * k], k), weights(&q[..16 * k], k)),
                &what,
            );
            let failed = near.verification().map(|found| found.failed);
            assert_eq!(failed, Some(None), "{what}: {:?}", near.error_bound());
            // The bound alone, but for the rounding of what is exact.
            let tables = [weights(&p[..16 * k], k), weights(&q[..16 * k], k)];
            let exact = exact(measure, tables);
            for (&score, &exact) in near.values().iter().zip(exact.values()) {
                let off = (f64::from(score) - f64::from(exact)).abs();
                let bound = near.error_bound().map_or(0.0, |bound| bound.of(score));
                let allowed = bound + 6e-8 * f64::from(exact);
                assert!(off <= allowed, "{what}: {score}, {exact}, {bound}");
            }
            let request = target
                .scorer()
                .request(&measure)
                .verify(Verify::Sample(300));
            let request = request.precision(Precision::Fast);
            let scores = scored(request.matrix(weights(&p, k), weights(&q, k)), &what);
            let failed = scores.verification().map(|found| found.failed);
            assert_eq!(failed, Some(None), "{what}: {:?}", scores.error_bound());
            let Some(bound) = scores.error_bound() else {
                panic!("{what}: no bound");
            };
            assert!(is_by_product(&scores), "{what}");
            // Of a score that is far from 0, in parts of it.
            let far = scores.values()[columns - 1];
            let off = bound.of(far) / f64::from(far).max(1.0);
            assert!(off < 4e-4, "{what}: {far} is known to {off}");
            // Twice the same rows: the same bits.
            let again = scored(request.matrix(weights(&p, k), weights(&q, k)), &what);
            assert_eq!(bits(again.values()), bits(scores.values()), "{what}");
        }
    }
}

/// Zeros on either side, whichever word of marks they are in, make the same scores infinite.
pub fn zeros(target: &Target) {
    let (k, lines, columns) = (70, 140, 150);
    let mut p = ordinary("zeros of P", lines, k);
    let mut q = ordinary("zeros of Q", columns, k);
    for i in 0..lines.min(columns) {
        let bin = i * 31 % k;
        match i % 5 {
            0 => q[i * k + bin] = 0.0,
            1 => p[i * k + bin] = 0.0,
            2 => (p[i * k + bin], q[i * k + bin]) = (0.0, 0.0),
            _ => {}
        }
    }
    let without = ordinary("no zeros", 64, k);
    for measure in PRODUCTS.map(measures::named) {
        for (p, q) in [(&p, &q), (&p, &without), (&without, &q)] {
            let [p, q] = [weights(p, k), weights(q, k)];
            let request = target
                .scorer()
                .request(&measure)
                .verify(Verify::Sample(500));
            let fast = request.precision(Precision::Fast);
            let what = format!("{measure} of {} x {}", p.rows(), q.rows());
            let scores = scored(fast.matrix(p, q), &what);
            let failed = scores.verification().map(|found| found.failed);
            assert_eq!(failed, Some(None), "{what}");
            let paired = paired(measure, Unit::Nats, [p, q]);
            assert_eq!(no_numbers(&scores), no_numbers(&paired), "{what}");
            assert_eq!(scores.infinities(), paired.infinities(), "{what}");
        }
    }
}

/// Most rows have no bin in common: what that makes of a score is known, and no reason to end products.
pub fn sparse_rows(target: &Target) {
    let (k, lines, columns) = (200, 150, 140);
    let sparse = |name: &str, rows: usize| {
        let mut random = Random::named(settings::seed(), name);
        let mut values = vec![0.0_f32; rows * k];
        for row in values.chunks_exact_mut(k) {
            for _ in 0..6 {
                row[random.below(k)] = 1.0 + random.below(9) as f32;
            }
        }
        values
    };
    let (p, q) = (sparse("sparse P", lines), sparse("sparse Q", columns));
    let names = [
        "hellinger",
        "hellinger-squared",
        "bhattacharyya",
        "renyi:0.3",
    ];
    for measure in names
        .into_iter()
        .chain(["tsallis:0.5", "alpha:0.7", "js", "js-distance:0.7"])
        .map(measures::named)
    {
        let what = format!("{measure} of sparse rows");
        let request = target
            .scorer()
            .request(&measure)
            .verify(Verify::Sample(500));
        let request = request.precision(Precision::Fast);
        let scores = scored(request.matrix(weights(&p, k), weights(&q, k)), &what);
        let failed = scores.verification().map(|found| found.failed);
        assert_eq!(failed, Some(None), "{what}: {:?}", scores.error_bound());
        assert!(is_by_product(&scores), "{what}");
        let paired = paired(measure, Unit::Nats, [weights(&p, k), weights(&q, k)]);
        assert_eq!(no_numbers(&scores), no_numbers(&paired), "{what}");
        if measure.name().starts_with("js") {
            // Whose largest score is computed like any other.
            continue;
        }
        let largest = |scores: &Scores| scores.values().iter().copied().fold(0.0, f32::max);
        let [of_apart, wanted] = [largest(&scores), largest(&paired)];
        let near = (of_apart - wanted).abs() <= 1e-6 * wanted;
        assert!(of_apart == wanted || near, "{what}: {of_apart}, {wanted}");
        let apart = scores.values().iter().filter(|&&score| score == of_apart);
        assert!(apart.count() > lines * columns / 2, "{what}");
    }
}

/// Rows whose factors f32 does not hold, and bad rows, among ordinary ones.
pub fn extreme_rows(target: &Target) {
    let (k, count) = (32, 60);
    let mut p = ordinary("extreme P", count, k);
    let mut q = ordinary("extreme Q", count, k);
    // Disjoint, of one bin, tiny bins, a bin that is no number, a negative one, a row of zeros.
    for i in 0..k {
        (p[i], q[i]) = if i % 2 == 0 { (1.0, 0.0) } else { (0.0, 1.0) };
        p[k + i] = if i == 7 { 3.0 } else { 0.0 };
        q[2 * k + i] = if i == 7 { 1.0 } else { 1e-37 };
        p[3 * k + i] = if i == 7 { 1.0 } else { 1e-37 };
        q[6 * k + i] = 0.0;
    }
    p[4 * k + 1] = f32::NAN;
    q[5 * k + 1] = -1.0;
    let names = ["renyi:60", "tsallis:40", "alpha:-50", "renyi:0.01"];
    for measure in PRODUCTS.into_iter().chain(names).map(measures::named) {
        let what = format!("{measure} of extreme rows");
        let request = target.scorer().request(&measure).verify(Verify::All);
        let fast = request.precision(Precision::Fast);
        let scores = scored(fast.matrix(weights(&p, k), weights(&q, k)), &what);
        let failed = scores.verification().map(|found| found.failed);
        assert_eq!(failed, Some(None), "{what}: {:?}", scores.error_bound());
        let paired = paired(measure, Unit::Nats, [weights(&p, k), weights(&q, k)]);
        assert_eq!(no_numbers(&scores), no_numbers(&paired), "{what}");
        assert_eq!(scores.issues(), paired.issues(), "{what}");
    }
    // Logits of any size, few of which are left, and most.
    for sizes in [
        [0.1, 1.0, 1.0, 1e6, 0.2, 1.0, 0.3, 1e30],
        [1e30, 1e9, 1e4, 1.0, 1e6, 0.3, 1e4, 1e3],
    ] {
        let logits: Vec<f32> = (0..count * k)
            .map(|i| ((i * 7919) % 101) as f32 * sizes[i / k % 8])
            .collect();
        let rows = Rows::logits(&logits, k).unwrap_or_else(|error| panic!("{error}"));
        for measure in ["kl", "reverse-kl", "cross-entropy", "hellinger", "js"].map(measures::named)
        {
            let request = target.scorer().request(&measure).verify(Verify::All);
            let request = request.precision(Precision::Fast);
            let scores = scored(request.matrix(rows, rows), "logits");
            let failed = scores.verification().map(|found| found.failed);
            assert_eq!(failed, Some(None), "{measure}: {:?}", scores.error_bound());
            // Rows that are left do not widen it.
            let bound = scores.error_bound().map_or(0.0, |bound| bound.of(1.0));
            assert!(bound < 1e-3, "{measure}: {bound}");
        }
    }
    // An order whose factor leaves nothing.
    let near_one = measures::named("tsallis:1.000000001");
    let request = target
        .scorer()
        .request(&near_one)
        .precision(Precision::Fast);
    let ordinary = ordinary("near order 1", 20, k);
    let scores = request.matrix(weights(&ordinary, k), weights(&ordinary, k));
    assert_eq!(scored(scores, "near order 1").error_bound(), None);
}

/// What no product serves is scored as pairs, and has no bound.
pub fn as_paired(target: &Target) {
    let table = |element, rows: usize, k: usize| -> [Table; 2] {
        tables([Encoding::Weights; 2], [element; 2], k, [rows, rows + 3])
    };
    let f32 = ElementType::F32;
    for (name, [p, q]) in [
        ("triangular", table(f32, 20, 20)),
        ("js:0", table(f32, 20, 20)),
        ("tv", table(f32, 20, 20)),
        ("kl", table(f32, 15, 20)),
        ("kl", table(f32, 20, 15)),
    ] {
        let measure = measures::named(name);
        let request = target.scorer().request(&measure);
        let fast = request.clone().precision(Precision::Fast);
        let scores = scored(fast.matrix(p.rows(), q.rows()), name);
        let paired = request.precision(Precision::Paired);
        let paired = scored(paired.matrix(p.rows(), q.rows()), name);
        assert_eq!(bits(scores.values()), bits(paired.values()), "{name}");
        assert_eq!(scores.error_bound(), None, "{name}");
    }
}

/// Many submissions, streams, memory of the caller, and a future: the same scores.
pub fn every_way(target: &Target) {
    let (k, lines, columns) = (24, 300, 170);
    let (p, q) = (ordinary("P", lines, k), ordinary("Q", columns, k));
    let (p, q) = (weights(&p, k), weights(&q, k));
    for measure in ["kl", "chi2", "js"].map(measures::named) {
        let request = target.scorer().request(&measure).precision(Precision::Fast);
        let expected = scored(request.matrix(p, q), "at once");
        let mut out = vec![0.0; lines * columns];
        let report = request.matrix_into(p, q, &mut out);
        let report = report.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(bits(&out), bits(expected.values()));
        assert_eq!(report.error_bound, expected.error_bound());
        #[cfg(feature = "gpu")]
        {
            let later = scored(pollster::block_on(request.matrix_async(p, q)), "later");
            assert_eq!(bits(later.values()), bits(expected.values()));
        }
        for execution in target.executions() {
            let scorer = small_scorer(target, execution);
            let request = scorer.request(&measure).precision(Precision::Fast);
            let checked = request.clone().verify(Verify::Sample(200));
            let found = scored(checked.matrix(p, q), "small");
            assert!(is_by_product(&found), "{}", execution.name());
            assert_eq!(bits(found.values()), bits(expected.values()));
            assert_eq!(found.verification().map(|found| found.failed), Some(None));
            let mut streamed: Vec<f32> = Vec::new();
            let report = request.stream_matrix(p, q, &mut streamed);
            let report = report.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(bits(&streamed), bits(expected.values()));
            // Of some rows of P the bound may be a little less than of all together, but for rounding.
            let [found, wanted] = [report.error_bound, expected.error_bound()].map(|bound| {
                let bound = bound.unwrap_or_else(|| panic!("no bound"));
                bound.of(1.0)
            });
            assert!((found - wanted).abs() <= 0.01 * wanted, "{found}, {wanted}");
        }
    }
    let token = CancelToken::new();
    token.cancel();
    let kl = Measure::KullbackLeibler;
    let request = target.scorer().request(&kl).precision(Precision::Fast);
    match request.cancel(&token).matrix(p, q) {
        Err(ScoreError::Cancelled { scores, .. }) => assert!(scores.is_empty()),
        other => panic!("{other:?}"),
    }
    let entropy = target.scorer().request(&Measure::Entropy);
    match entropy.precision(Precision::Fast).matrix(p, q) {
        Err(ScoreError::Argument(ArgumentError::QUnread { .. })) => {}
        other => panic!("{other:?}"),
    }
}
