//! Element types: half-precision rows, and pairs of different types, on every backend and adapter; f64 on
//! the CPU and the reference.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::process::ExitCode;

use kullback::{
    ElementType, Encoding, Measure, Options, Rows, Support, Temperature, Verify, allowed_error,
    bf16, f16,
};
use libtest_mimic::Trial;

use common::backends::{self, Target};
use common::batch::bits;
use common::check::{Verdict, judge_exact};
use common::elements::{Case, cases};
use common::harness::{self, Test, trial};
use common::measures;
use common::random::Random;
use common::settings::{self, Tier};
use common::stored::{ALL_ELEMENTS, ELEMENTS, Stored};

const KL: Measure = Measure::KullbackLeibler;

const TESTS: [Test; 7] = [
    (
        "equal logits of 248 000 bins score exactly 0",
        equal_logits_of_a_vocabulary,
    ),
    ("halves score as the f32 that they are", halves_score_as_f32),
    ("subnormals", subnormals),
    ("padding of halves is not read", padding_is_not_read),
    ("each operand has its own tolerance", tolerances),
    ("streams of halves", streams),
    ("f64 is computed in f64, and not on a GPU", rows_of_f64),
];

/// Those of the backends that take f64.
const TESTS_OF_F64: [Test; 3] = [
    ("close rows of f64 keep their digits", close_rows_of_f64),
    ("bad rows of f64", bad_rows_of_f64),
    ("rows at the ends of f64", ends_of_f64),
];

fn main() -> ExitCode {
    let targets = backends::all();
    let mut trials = harness::on_each(&targets, &TESTS);
    let others = targets.iter().filter(|target| !target.is_gpu());
    let others: Vec<Target> = others.cloned().collect();
    trials.extend(harness::on_each(&others, &TESTS_OF_F64));
    for target in &targets {
        trials.extend(exact_values(target));
    }
    harness::main(trials)
}

/// Identical logits of a language model's vocabulary, and the same with one changed.
fn equal_logits_of_a_vocabulary(target: &Target) {
    let k = 248_000;
    let mut random = Random::new(7);
    let z: Vec<f32> = (0..k).map(|_| (8.0 * random.normal()) as f32).collect();
    for &element in elements(target) {
        let one = Stored::rounded(element, &z);
        let mut p = one.clone();
        p.append(&one);
        let mut changed = z.clone();
        changed[123_457] += 0.5;
        let mut q = one;
        q.append(&Stored::rounded(element, &changed));
        let (p, q) = (
            p.rows(Encoding::LOGITS, k, k),
            q.rows(Encoding::LOGITS, k, k),
        );
        let scores = target.scorer().score(&KL, p, q).unwrap();
        let report = scores.report();
        target.check(&report.scored_on, report.rows).unwrap();
        assert_eq!(scores.values()[0].to_bits(), 0, "{element}");
        assert!(scores.values()[1] > 0.0, "{element}: {:?}", scores.values());
    }
}

/// The element types that a target takes.
fn elements(target: &Target) -> &'static [ElementType] {
    if target.is_gpu() {
        &ELEMENTS
    } else {
        &ALL_ELEMENTS
    }
}

/// What is widened first and then scored has the same bits, wherever rows start and whatever P and Q are.
fn halves_score_as_f32(target: &Target) {
    let mut random = Random::new(8);
    for k in [1, 2, 3, 7, 8, 9, 63, 257, 1025, 4099] {
        let rows = 9;
        let mut values: Vec<f32> = (0..rows * k)
            .map(|_| random.between(0.01, 9.0) as f32)
            .collect();
        let mut others: Vec<f32> = values
            .iter()
            .map(|v| v + random.between(0.0, 0.3) as f32)
            .collect();
        for row in values.chunks_mut(k).chain(others.chunks_mut(k)) {
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|value| *value /= sum);
        }
        for p_element in ELEMENTS {
            for q_element in ELEMENTS {
                let p = Stored::rounded(p_element, &values);
                let q = Stored::rounded(q_element, &others);
                let [wide_p, wide_q] = [&p, &q].map(|stored| -> Vec<f32> {
                    stored.wide().into_iter().map(|v| v as f32).collect()
                });
                // Of each pair some encodings, since kernels cost much on adapters.
                let encodings = if p_element == q_element || p_element == ElementType::F16 {
                    &[Encoding::Probabilities, Encoding::LOGITS][..]
                } else {
                    &[Encoding::Weights]
                };
                for &encoding in encodings {
                    // Halves are allowed more by default.
                    let score = |p: Rows<'_>, q: Rows<'_>| {
                        let mut request = target.scorer().request(&KL);
                        if encoding.must_be_normalised() {
                            request = request.tolerance(0.05);
                        }
                        let scores = request.score(p, q).unwrap();
                        assert!(scores.issues().is_empty(), "{:?}", scores.issues());
                        scores
                    };
                    let narrow = score(p.rows(encoding, k, k), q.rows(encoding, k, k));
                    let wide = score(
                        Rows::new(encoding, &wide_p, k).unwrap(),
                        Rows::new(encoding, &wide_q, k).unwrap(),
                    );
                    assert_eq!(
                        bits(narrow.values()),
                        bits(wide.values()),
                        "{p_element} against {q_element}, {encoding}, K = {k}"
                    );
                }
            }
        }
    }
}

/// Those of f16 are numbers; those of bf16 are those of f32, and zero.
fn subnormals(target: &Target) {
    let tiny = [f16::from_bits(1), f16::from_bits(0x3ff)];
    let one = [f16::ONE, f16::from_bits(0x3ff)];
    let score = |p: Rows<'_>, q: Rows<'_>| {
        let scores = target.scorer().score(&KL, p, q).unwrap();
        assert!(scores.issues().is_empty(), "{:?}", scores.issues());
        f64::from(scores.values()[0])
    };
    let (a, b) = (1.0 / 1024.0_f64, 1023.0 / 1024.0);
    let (c, d) = (
        1.0 / (1.0 + 1023.0 * 2_f64.powi(-24)),
        1023.0 * 2_f64.powi(-24),
    );
    let d = d * c;
    let exact = a * (a / c).ln() + b * (b / d).ln();
    let found = score(
        Rows::weights(&tiny, 2).unwrap(),
        Rows::weights(&one, 2).unwrap(),
    );
    assert!(
        (found - exact).abs() <= 1e-6 * exact,
        "{found}, not {exact}"
    );

    let zero = [bf16::from_bits(0x7f), bf16::ONE, bf16::from_bits(0x8001)];
    let none = [bf16::ZERO, bf16::ONE, bf16::ZERO];
    let some = [bf16::MIN_POSITIVE, bf16::ONE, bf16::ZERO];
    let weights = |row| Rows::weights(row, 3).unwrap();
    assert_eq!(score(weights(&zero), weights(&none)), 0.0);
    assert_eq!(score(weights(&some), weights(&zero)), f64::INFINITY);
    // Of the smallest weight that is not zero a share of 1.2e-38.
    assert!(score(weights(&zero), weights(&some)) <= 1e-19);
    let bad = target
        .scorer()
        .score(&KL, weights(&[bf16::from_bits(0x7f); 3]), weights(&none))
        .unwrap();
    assert!(bad.values()[0].is_nan() && bad.issues().total() == 1);
}

/// Rows that start at odd elements, with NaN between them.
fn padding_is_not_read(target: &Target) {
    let (k, rows) = (37, 70);
    let mut random = Random::new(9);
    let mut values: Vec<f32> = (0..rows * k)
        .map(|_| random.between(0.0, 5.0) as f32)
        .collect();
    let mut others: Vec<f32> = values.iter().map(|v| v + 0.25).collect();
    for row in values.chunks_mut(k).chain(others.chunks_mut(k)) {
        let sum: f32 = row.iter().sum();
        row.iter_mut().for_each(|value| *value /= sum);
    }
    for element in ELEMENTS {
        let dense = Stored::rounded(element, &values);
        let mut padded = Stored::rounded(element, &[]);
        for row in values.chunks(k) {
            padded.append(&Stored::rounded(element, row));
            padded.append(&Stored::rounded(element, &[f32::NAN; 2]));
        }
        let q = Stored::rounded(element, &others);
        for encoding in [Encoding::Probabilities, Encoding::LOGITS] {
            let score = |p: Rows<'_>| {
                let q = q.rows(encoding, k, k);
                let scores = target.scorer().score(&KL, p, q).unwrap();
                assert!(scores.issues().is_empty(), "{:?}", scores.issues());
                bits(scores.values())
            };
            assert_eq!(
                score(padded.rows(encoding, k, k + 2)),
                score(dense.rows(encoding, k, k)),
                "{element} {encoding}"
            );
        }
    }
}

/// The sum 1.0156 is near enough to 1 for halves alone.
fn tolerances(target: &Target) {
    let values = [0.5, 0.515625];
    for p_element in ELEMENTS {
        for q_element in ELEMENTS {
            let (p, q) = (
                Stored::rounded(p_element, &values),
                Stored::rounded(q_element, &values),
            );
            let (p, q) = (
                p.rows(Encoding::Probabilities, 2, 2),
                q.rows(Encoding::Probabilities, 2, 2),
            );
            let scores = target.scorer().score(&KL, p, q).unwrap();
            let bad = [p_element, q_element]
                .iter()
                .filter(|element| element.size() == 4)
                .count();
            assert_eq!(
                scores.issues().total(),
                bad as u64,
                "{p_element}, {q_element}"
            );
            let strict = target.scorer().request(&KL).tolerance(1e-3);
            assert_eq!(strict.score(p, q).unwrap().issues().total(), 2);
            let lenient = target.scorer().request(&KL).tolerance(2e-2);
            let scores = lenient.score(p, q).unwrap();
            assert!(scores.values()[0] == 0.0, "{p_element}, {q_element}");
        }
    }
}

/// As a batch, through chunks of odd numbers of rows, and verified.
fn streams(target: &Target) {
    let (k, rows) = (33, 101);
    let mut random = Random::new(10);
    let values: Vec<f32> = (0..rows * k)
        .map(|_| random.between(-4.0, 4.0) as f32)
        .collect();
    let others: Vec<f32> = values.iter().map(|v| v * 1.25).collect();
    let (p, q) = (
        Stored::rounded(ELEMENTS[1], &values),
        Stored::rounded(ELEMENTS[2], &others),
    );
    let (p, q) = (
        p.rows(Encoding::LOGITS, k, k),
        q.rows(Encoding::LOGITS, k, k),
    );
    let whole = target.scorer().score(&KL, p, q).unwrap();
    let small = target
        .builder(backends::Execution::Chosen)
        .host_memory(4096)
        .verify(Verify::All)
        .build()
        .unwrap();
    let mut source = kullback::RowsSource::new(p, q).unwrap();
    let mut scores = Vec::new();
    let report = small.request(&KL).stream(&mut source, &mut scores).unwrap();
    assert_eq!(scores, whole.values());
    let verification = report.verification.unwrap();
    assert!(verification.rows == rows as u64 && verification.failed.is_none());
    // The halves of an iterator of arrays, against f32.
    let pairs = [([f16::ONE, f16::ONE], [1.0_f32, 3.0])];
    let mut source = kullback::RowSource::new(Encoding::Weights, Encoding::Weights, 2, pairs);
    let mut scores = Vec::new();
    let request = small.request(&Measure::TotalVariation);
    request.stream(&mut source, &mut scores).unwrap();
    assert_eq!(scores, [0.25]);
}

/// Digits that f32 does not have count, as do values beyond its range; a GPU that was asked for refuses.
fn rows_of_f64(target: &Target) {
    let (p, q) = ([0.5, 0.5], [0.5 + 1e-8, 0.5 - 1e-8]);
    let pair = || {
        (
            Rows::probabilities(&p, 2).unwrap(),
            Rows::probabilities(&q, 2).unwrap(),
        )
    };
    if target.is_gpu() {
        let narrow = [bf16::ONE; 2];
        for (p, q) in [
            pair(),
            (Rows::weights(&narrow, 2).unwrap(), pair().1),
            (pair().0, Rows::weights(&narrow, 2).unwrap()),
        ] {
            let scorer = target.scorer();
            let scored = scorer.score(&KL, p, q).map(|_| ()).unwrap_err().to_string();
            assert!(scored.contains("scored on the CPU"), "{scored}");
            let mut source = kullback::RowsSource::new(p, q).unwrap();
            let streamed = scorer.request(&KL).stream(&mut source, &mut Vec::new());
            assert_eq!(streamed.unwrap_err().to_string(), scored);
            assert!(scorer.request(&KL).prepare(&p, &q).is_err());
        }
        return;
    }
    let (p, q) = pair();
    let scores = target.scorer().score(&KL, p, q).unwrap();
    let score = f64::from(scores.values()[0]);
    assert!((score / 2e-16 - 1.0).abs() < 1e-6, "{score:e}");
    // An automatic choice takes the CPU, whatever adapters there are.
    let auto = kullback::Scorer::new();
    let scores = auto.score(&KL, p, q).unwrap();
    let on_cpu = matches!(scores.report().scored_on, kullback::ScoredOn::Cpu { .. });
    assert!(on_cpu, "{:?}", scores.report());
    let mut source = kullback::RowsSource::new(p, q).unwrap();
    let mut streamed = Vec::new();
    auto.request(&KL)
        .stream(&mut source, &mut streamed)
        .unwrap();
    assert_eq!(streamed, scores.values());

    let huge = [1e200, 3e200, 1e-310];
    let other = [1e-200, 1e-200, 0.0];
    let weights = |row| Rows::weights(row, 3).unwrap();
    let tv = Measure::TotalVariation;
    let scores = target.scorer().score(&tv, weights(&huge), weights(&other));
    let scores = scores.unwrap();
    assert_eq!(scores.values(), [0.25]);
    assert!(scores.issues().is_empty());
}

/// Rows that differ by one part in 2^45 have all digits of a score, whatever their masses are: a quotient of the
/// masses in one word, or rounded products, would show.
fn close_rows_of_f64(target: &Target) {
    let n = 2_f64.powi(45);
    // One over it is the difference of the bins over what Q has in them.
    let near = [3.0 * (n + 1.0), 3.0 * (n - 1.0)];
    let even = [1_234_577.0; 2];
    let e = 1.0 / n;
    // Terms of the fourth order are below 1e-27 of these.
    let weights = [
        ("kl", e * e / 2.0),
        ("reverse-kl", e * e / 2.0),
        ("jeffreys", e * e),
        ("js", e * e / 8.0),
        ("js:0.25", 3.0 / 32.0 * e * e),
        ("js-distance", e / 8.0_f64.sqrt()),
        ("tv", e / 2.0),
        ("triangular", e * e / 2.0),
        ("hellinger", e / 8.0_f64.sqrt()),
        ("hellinger-squared", e * e / 8.0),
        ("bhattacharyya", e * e / 8.0),
        ("chi2", e * e),
        ("neyman", e * e),
        ("renyi:2", e * e),
        ("renyi:inf", e),
        ("tsallis:0.5", e * e / 4.0),
        ("alpha:-3", e * e / 2.0),
    ];
    // The same by logarithms, far from 0.
    let (shifted, level) = ([1024.0 + 2.0 * 2_f64.powi(-41), 1024.0], [-3.0; 2]);
    let l = 2_f64.powi(-41);
    let logits = [("kl", l * l / 2.0), ("tv", l / 2.0), ("chi2", l * l)];
    let of_weights = weights.map(|(name, exact)| (name, Encoding::Weights, near, even, exact));
    let of_logits = logits.map(|(name, exact)| (name, Encoding::LOGITS, shifted, level, exact));
    for (name, encoding, p, q, exact) in of_weights.into_iter().chain(of_logits) {
        let measure = measures::named(name);
        let [p, q] = [&p, &q].map(|row| Rows::new(encoding, row, 2).unwrap());
        let scores = target.scorer().score(&measure, p, q).unwrap();
        let score = f64::from(scores.values()[0]);
        let error = (score / exact - 1.0).abs();
        assert!(
            error < 1.2e-7,
            "{name} of {encoding}: {score:e}, not {exact:e}"
        );
    }
}

/// As rows of f32 are judged, but that a sum of f64 does not overflow where one of f32 would.
fn bad_rows_of_f64(target: &Target) {
    use kullback::IssueKind::{Negative, NotFinite, NotNormalised, ZeroMass};
    let good = [1.0, 2.0];
    let q = Rows::weights(&good, 2).unwrap();
    let none = f64::NEG_INFINITY;
    for (encoding, row, kind) in [
        (Encoding::Probabilities, [0.5, f64::NAN], Some(NotFinite)),
        (Encoding::Weights, [-1.0, f64::INFINITY], Some(NotFinite)),
        (Encoding::LOGITS, [f64::INFINITY, 0.0], Some(NotFinite)),
        (Encoding::Weights, [1e300, -2.3e-308], Some(Negative)),
        (Encoding::Weights, [1e-310, -1e-310], Some(ZeroMass)),
        (Encoding::LOGITS, [none, none], Some(ZeroMass)),
        (
            Encoding::Probabilities,
            [0.5, 0.25],
            Some(NotNormalised { sum: 0.75 }),
        ),
        (
            Encoding::LogProbabilities,
            [0.0, 0.0],
            Some(NotNormalised { sum: 2.0 }),
        ),
        (Encoding::Probabilities, [0.5, 0.5009], None),
        (Encoding::Weights, [1e308, 1e308], None),
        (Encoding::LOGITS, [1e308, -1e308], None),
    ] {
        let rows = Rows::new(encoding, &row, 2).unwrap();
        for (p, q, of_it) in [(rows, q, 1), (q, rows, 1), (rows, rows, 2)] {
            let scores = target.scorer().score(&KL, p, q).unwrap();
            let found: Vec<_> = scores.issues().iter().map(|issue| issue.kind).collect();
            let expected = vec![kind; if kind.is_some() { of_it } else { 0 }];
            let nan = scores.values()[0].is_nan();
            assert!(
                nan == kind.is_some(),
                "{encoding} {row:?}: {:?}",
                scores.values()
            );
            let near = |found: &kullback::IssueKind, kind: &Option<kullback::IssueKind>| match (
                *found, *kind,
            ) {
                (NotNormalised { sum: a }, Some(NotNormalised { sum: b })) => (a - b).abs() < 1e-15,
                (found, kind) => Some(found) == kind,
            };
            let same = found.len() == expected.len()
                && found.iter().zip(&expected).all(|(a, b)| near(a, b));
            assert!(same, "{encoding} {row:?}: {found:?}");
        }
    }
}

/// Rows that fill the range of f64 have a score, whatever the order, and that of the reference.
fn ends_of_f64(target: &Target) {
    const NO: f64 = f64::NEG_INFINITY;
    const TINY: f64 = f64::MIN_POSITIVE;
    let linear = [
        [1.0, 0.0, 0.0],
        [0.0, 0.5, 0.5],
        [1e308, TINY, 0.0],
        [TINY, 1e308, TINY],
        [TINY, 2.0 * TINY, 3.0 * TINY],
        [0.25, 0.25, 0.5],
        [0.25, 0.25 + 1e-9, 0.5],
    ];
    let logarithmic = [
        [0.0, NO, NO],
        [NO, 0.0, 0.0],
        [1.7e308, -1.7e308, NO],
        [-1e300, 1e300, -1e300],
        [0.0, -750.0, -1e4],
        [0.0, -800.0, -1.1e4],
        [1.0, 1.0 + 1e-9, 0.5],
    ];
    let rows = linear.map(|row| (Encoding::Weights, row)).into_iter();
    // What is divided by a temperature may be beyond f64, too.
    let tempered = [
        (1e-6, -f64::MAX),
        (0.7, -f64::MAX),
        (3.0, -1.7e308),
        (1e6, -f64::MAX),
    ];
    let tempered = tempered.map(|(t, least)| {
        let temperature = Temperature::new(t).unwrap();
        (Encoding::Logits { temperature }, [5.0, least, 3.0])
    });
    let rows: Vec<_> = rows
        .chain(logarithmic.map(|row| (Encoding::LOGITS, row)))
        .chain(tempered)
        .collect();
    let extreme = [
        0.0,
        1e-310,
        1.0 - f64::EPSILON,
        1.0 + 1e-12,
        1e4,
        1e120,
        f64::MAX,
    ];
    let orders = extreme.into_iter().flat_map(|order| {
        [
            Measure::renyi(order),
            Measure::tsallis(order),
            Measure::alpha(order),
            Measure::alpha(-order),
        ]
    });
    let mut ordinary = measures::all().to_vec();
    ordinary.extend([1e-17, 1e-12].map(|w| Measure::jensen_shannon(w).unwrap()));
    let all = ordinary.iter().copied().chain(orders.flatten());
    for (number, measure) in all.enumerate() {
        for support in [Support::Exact, Support::Smoothed(1e-30)] {
            let options = Options {
                support,
                ..Options::new(measure)
            };
            for (p_as, p) in &rows {
                for (q_as, q) in &rows {
                    if options.check_for(*p_as, *q_as).is_err() {
                        continue;
                    }
                    let (p, q) = (
                        Rows::new(*p_as, p, 3).unwrap(),
                        Rows::new(*q_as, q, 3).unwrap(),
                    );
                    let request = target.scorer().request(&measure).support(support);
                    let scores = request.score(p, q).unwrap();
                    let (p, q) = (p.row(0), q.row(0));
                    let verdict = Verdict::of(&options, &p, &q, false);
                    let score = scores.values()[0];
                    // Powers of what a temperature takes beyond f64 may be anything.
                    let one = Temperature::ONE;
                    let beyond = (p_as.temperature(), q_as.temperature()) != (one, one);
                    let right = if number < ordinary.len() && !(measure.order().is_some() && beyond)
                    {
                        verdict.judge(score)
                    } else {
                        // The exponents of such orders have no digits to agree in.
                        (score >= 0.0).then_some(()).ok_or(format!("{score}"))
                    };
                    assert_eq!(right, Ok(()), "{measure}, {support}: {p:?} {q:?}");
                }
            }
        }
    }
}

/// A test for each measure. On an adapter, where kernels cost much, the small tiers run one pair of kinds
/// of rows of several.
fn exact_values(target: &Target) -> Vec<Trial> {
    let one_of = match settings::tier() {
        _ if !target.is_gpu() => 1,
        // OpenGL takes seconds a kernel once there are many.
        Tier::Fast | Tier::Ci if target.name().starts_with("gpu gl") => 32,
        Tier::Fast => 8,
        Tier::Ci => 4,
        Tier::Exhaustive => 1,
    };
    let mut by_measure: BTreeMap<&str, BTreeMap<String, Vec<Case>>> = BTreeMap::new();
    for case in cases(elements(target)) {
        let Case { options, p, q, .. } = &case;
        let support = options.support.eps().is_some();
        let kinds = format!("{} against {}, {support}", p.kind(), q.kind());
        let of_measure = by_measure.entry(options.measure.name()).or_default();
        of_measure.entry(kinds).or_default().push(case);
    }
    let chosen =
        |(i, (measure, kinds)): (usize, (&str, BTreeMap<String, Vec<Case>>))| -> Option<Trial> {
            let first = (settings::seed() as usize % 97) + 7 * i;
            let cases: Vec<Case> = kinds
                .into_values()
                .enumerate()
                .filter(|(kind, _)| (first + kind).is_multiple_of(one_of))
                .flat_map(|(_, cases)| cases)
                .collect();
            let target = target.clone();
            let name = format!("[{}] exact {measure}: {} cases", target.name(), cases.len());
            (!cases.is_empty()).then(|| trial(&name, move || run(&target, &cases)))
        };
    by_measure
        .into_iter()
        .enumerate()
        .filter_map(chosen)
        .collect()
}

fn run(target: &Target, cases: &[Case]) -> Result<(), String> {
    let mut batches: BTreeMap<String, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        let Case { options, p, q, .. } = case;
        let key = format!("{options:?} {} {} {}", p.kind(), q.kind(), p.values.len());
        batches.entry(key).or_default().push(case);
    }
    let mut missed = Vec::new();
    for batch in batches.values() {
        for (case, score) in batch.iter().zip(score(target, batch)?) {
            let (p, q) = (case.p.rows().row(0), case.q.rows().row(0));
            let mut allowed = allowed_error(&case.options, &p, &q, case.exact);
            if !target.is_gpu() {
                allowed = allowed.min(allowed_of_f64(case));
            }
            let wrong = judge_exact(score, case.exact, allowed).err();
            // Equal bits of one kind.
            let equal = case.p.kind() == case.q.kind()
                && case.p.values.bits() == case.q.values.bits()
                && case.options.measure.is_divergence();
            let wrong =
                wrong.or((equal && score != 0.0).then(|| format!("{score:e} of equal rows")));
            if let Some(wrong) = wrong {
                let (p, q) = (case.p.values.hex(), case.q.values.hex());
                missed.push(format!("{}: {wrong}\n  {p}\n  {q}", case.title()));
            }
        }
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{} of {}:\n{}",
            missed.len(),
            cases.len(),
            missed.join("\n")
        ))
    }
}

/// What f64 leaves beside the rounding of the score to f32, as `docs/numerics.md` says; infinite for other pairs.
fn allowed_of_f64(case: &Case) -> f64 {
    let Case {
        options,
        p,
        q,
        exact,
        ..
    } = case;
    if [p, q]
        .iter()
        .all(|row| row.values.element() != ElementType::F64)
    {
        return f64::INFINITY;
    }
    let first_order = ["tv", "js-distance", "hellinger"].contains(&options.measure.name())
        || options.measure == measures::named("renyi:inf");
    2e-7 * exact + 1e-13 * exact.sqrt() + if first_order { 1e-14 } else { 1e-28 }
}

/// The scores of cases of the same options, kinds and length.
fn score(target: &Target, batch: &[&Case]) -> Result<Vec<f32>, String> {
    let Options {
        measure,
        unit,
        support,
        ..
    } = batch[0].options;
    let k = batch[0].p.values.len();
    let mut values =
        [&batch[0].p, &batch[0].q].map(|row| Stored::rounded(row.values.element(), &[]));
    for case in batch {
        values[0].append(&case.p.values);
        values[1].append(&case.q.values);
    }
    let scores = target
        .scorer()
        .request(&measure)
        .unit(unit)
        .support(support)
        .score(
            values[0].rows(batch[0].p.encoding, k, k),
            values[1].rows(batch[0].q.encoding, k, k),
        )
        .map_err(|error| format!("not scored: {error}"))?;
    target.check(&scores.report().scored_on, scores.report().rows)?;
    if scores.len() != batch.len() || !scores.issues().is_empty() {
        return Err(format!("{}: {:?}", batch[0].title(), scores.report()));
    }
    Ok(scores.into_values())
}
