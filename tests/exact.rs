//! The f64 reference against arbitrary precision, and the judgement of bad rows.

mod common;

use common::elements;
use common::exact::{Case, cases, generators};
use common::stored::ALL_ELEMENTS;
use kullback::reference::{self, BadPair};
use kullback::{
    Encoding, IssueKind, Measure, Options, Row, Rows, Support, Temperature, Unit, allowed_error,
};

#[test]
fn the_reference_meets_arbitrary_precision() {
    let mut worst: Vec<(String, f64, String)> = Vec::new();
    let mut missed = Vec::new();
    let cases = cases();
    for case in &cases {
        let (p, q) = case.pair();
        let score = match reference::score(&case.options, &p, &q) {
            Ok(score) => score,
            Err(bad) => panic!("{}: {bad:?}", case.title()),
        };
        if !meets(score, case.exact) {
            missed.push(format!("{}: {score:e}, not {:e}", case.title(), case.exact));
        }
        if case.exact.is_finite() && case.exact >= 1e-12 {
            let error = (score - case.exact).abs() / case.exact;
            note(&mut worst, domain(case), error, case.title());
        }
    }
    for (domain, error, title) in &worst {
        println!("{domain}: relative error at most {error:.1e} ({title})");
    }
    println!("{} cases", cases.len());
    assert!(missed.is_empty(), "{}\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn the_reference_meets_arbitrary_precision_by_generators() {
    let mut missed = Vec::new();
    let cases = generators();
    for case in &cases {
        let (p, q) = case.pair();
        let score = match reference::score(&case.options, &p, &q) {
            Ok(score) => score,
            Err(bad) => panic!("{}: {bad:?}", case.title()),
        };
        // Close to a kink an expression cancels.
        let close = (score - case.exact).abs() <= 1e-10 * case.exact;
        if !meets(score, case.exact) && !close {
            missed.push(format!("{}: {score:e}, not {:e}", case.title(), case.exact));
        }
    }
    println!("{} cases", cases.len());
    assert_eq!(cases.len(), 712);
    assert!(missed.is_empty(), "{}\n{}", missed.len(), missed.join("\n"));
}

/// A hundred times closer than the promise of the reference asks, since its users lean on it.
fn meets(score: f64, exact: f64) -> bool {
    if exact.is_infinite() {
        return score == exact;
    }
    score >= 0.0 && (score - exact).abs() <= 1e-12 * exact + 1e-28
}

fn note(worst: &mut Vec<(String, f64, String)>, domain: String, error: f64, title: String) {
    match worst.iter_mut().find(|known| known.0 == domain) {
        Some(known) if known.1 < error => *known = (domain, error, title),
        Some(_) => {}
        None => worst.push((domain, error, title)),
    }
}

fn domain(case: &Case) -> String {
    let (p, q) = (case.p_encoding, case.q_encoding);
    let name = match (p.is_logarithmic(), q.is_logarithmic()) {
        (false, false) => "linear",
        (true, true) if p.temperature() == q.temperature() => "logarithmic",
        (true, true) => "two temperatures",
        _ => "mixed",
    };
    format!("{name} {}", case.options.measure.name())
}

const ENCODINGS: [Encoding; 4] = [
    Encoding::Probabilities,
    Encoding::Weights,
    Encoding::LogProbabilities,
    Encoding::LOGITS,
];

#[test]
fn the_reference_meets_arbitrary_precision_in_every_element_type() {
    let cases = elements::cases(&ALL_ELEMENTS);
    let mut missed = Vec::new();
    for case in &cases {
        let (p, q) = (case.p.rows().row(0), case.q.rows().row(0));
        let score = match reference::score(&case.options, &p, &q) {
            Ok(score) => score,
            Err(bad) => panic!("{}: {bad:?}", case.title()),
        };
        // Rows of f64 may be apart by their own rounding, and these measures are of first order in that.
        let first_order = matches!(
            case.options.measure.name(),
            "tv" | "js-distance" | "hellinger"
        );
        let rounding = if first_order { 1e-24 } else { 0.0 };
        if !meets(score, case.exact) && (score - case.exact).abs() > rounding {
            missed.push(format!("{}: {score:e}, not {:e}", case.title(), case.exact));
        }
    }
    println!("{} cases", cases.len());
    assert_eq!(cases.len(), 3484);
    assert!(missed.is_empty(), "{}\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn the_cases_cover_every_pair_of_encodings_with_every_measure() {
    let cases = cases();
    for name in kullback::measure::NAMES {
        let of: Vec<&Case> = cases
            .iter()
            .filter(|case| case.options.measure.name() == name)
            .collect();
        let raw = of.iter().any(|case| case.options.measure.is_raw());
        let infinite = of.iter().any(|case| case.exact.is_infinite());
        assert_eq!(infinite, may_be_infinite(name), "{name}");
        for p in ENCODINGS {
            for q in ENCODINGS {
                let count = |wanted: fn(f64) -> bool| {
                    of.iter()
                        .filter(|case| case.p_encoding == p && case.q_encoding == q)
                        .filter(|case| wanted(case.exact))
                        .count()
                };
                if raw && [p, q] != [Encoding::Weights; 2] {
                    assert_eq!(count(|_| true), 0, "{p} against {q}: {name}");
                    continue;
                }
                assert!(count(f64::is_finite) >= 16, "{p} against {q}: {name}");
                if infinite {
                    assert!(count(f64::is_infinite) >= 2, "{p} against {q}: {name}");
                }
            }
        }
    }
    for k in [
        1,
        2,
        3,
        4,
        5,
        7,
        16,
        33,
        100,
        1000,
        1024,
        4099,
        50257,
        1 << 20,
    ] {
        assert!(cases.iter().any(|case| case.p.len() == k), "K = {k}");
    }
}

/// By definition, not because f32 or f64 ends.
fn may_be_infinite(name: &str) -> bool {
    !matches!(
        name,
        "js" | "js-distance"
            | "hellinger"
            | "hellinger-squared"
            | "tv"
            | "triangular"
            | "entropy"
            | "top1-agreement"
            | "squared-euclidean"
    )
}

#[test]
fn equal_rows_score_zero() {
    let linear = [0.1_f32, 0.0, 0.3, 0.6 + 5e-4, 1e-20];
    let logarithmic = [-0.1_f32, f32::NEG_INFINITY, -3.0, -3.1, -80.0];
    for encoding in ENCODINGS {
        let values = if encoding.is_logarithmic() {
            logarithmic
        } else {
            linear
        };
        for measure in measures().into_iter().filter(Measure::is_divergence) {
            for support in [Support::Exact, Support::Smoothed(1e-10)] {
                let options = Options {
                    support,
                    ..Options::new(measure)
                };
                if options.check_for(encoding, encoding).is_err() {
                    continue;
                }
                let score = score(&options, encoding, &values, encoding, &values);
                assert_eq!(score, Ok(0.0), "{measure} of {encoding}, {support}");
            }
        }
    }
}

/// All measures, those with a parameter at the ends of its range and in between.
fn measures() -> Vec<Measure> {
    let plain = kullback::measure::NAMES.into_iter().map(str::parse);
    let mut all: Vec<Measure> = plain.filter_map(Result::ok).collect();
    let weights = [0.0, 1e-6, 0.25, 1.0];
    all.extend(weights.map(Measure::jensen_shannon).into_iter().flatten());
    let distances = weights.map(Measure::jensen_shannon_distance);
    all.extend(distances.into_iter().flatten());
    for order in ORDERS {
        all.extend(Measure::renyi(order));
        all.extend(Measure::tsallis(order));
        all.extend(Measure::alpha(order));
        all.extend(Measure::alpha(-order));
    }
    all
}

const ORDERS: [f64; 15] = [
    0.0,
    1e-310,
    1e-6,
    0.25,
    0.5,
    0.75,
    1.0 - 1e-7,
    1.0 - f64::EPSILON,
    1.0,
    1.0 + 1e-12,
    2.0,
    1e4,
    1e120,
    f64::MAX,
    f64::INFINITY,
];

#[test]
fn every_pair_of_good_rows_has_a_score() {
    const NO: f32 = f32::NEG_INFINITY;
    let linear: [&[f32]; 6] = [
        &[1.0, 0.0, 0.0],
        &[0.0, 0.5, 0.5],
        &[1.0, 1.2e-38, 0.0],
        &[1.2e-38, 1.0, 1.2e-38],
        &[0.25, 0.25, 0.5],
        &[0.25, 0.250_000_03, 0.5],
    ];
    let logarithmic: [&[f32]; 6] = [
        &[0.0, NO, NO],
        &[NO, 0.0, 0.0],
        &[3e38, -3e38, NO],
        &[-3e38, 3e38, -3e38],
        &[0.0, -750.0, -1e4],
        &[1.0, 1.000_000_1, 0.5],
    ];
    let rows = linear.map(|row| (Encoding::Weights, row));
    let rows = [rows, logarithmic.map(|row| (Encoding::LOGITS, row))].concat();
    for measure in measures() {
        for support in [Support::Exact, Support::Smoothed(1e-30)] {
            let options = Options {
                support,
                ..Options::new(measure)
            };
            for (p, p_row) in &rows {
                for (q, q_row) in &rows {
                    if options.check_for(*p, *q).is_err() {
                        continue;
                    }
                    let score = score(&options, *p, p_row, *q, q_row);
                    let title = || format!("{measure} of {p} {p_row:?}, {q} {q_row:?}, {support}");
                    match score {
                        Ok(score) => assert!(score >= 0.0, "{}: {score}", title()),
                        Err(bad) => panic!("{}: {bad:?}", title()),
                    }
                }
            }
        }
    }
}

#[test]
fn bins_too_small_for_f64_still_count() {
    const NO: f32 = f32::NEG_INFINITY;
    // mpmath at 60 digits.
    let cases: [(&str, &[f32], &[f32], f64); 11] = [
        (
            "chi2",
            &[0.0, -750.0],
            &[0.0, -1510.0],
            22_026.465_794_806_718,
        ),
        (
            "alpha:2",
            &[0.0, -750.0],
            &[0.0, -1510.0],
            11_013.232_897_403_359,
        ),
        (
            "renyi:2",
            &[0.0, -750.0],
            &[0.0, -1510.0],
            10.000_045_398_899_216,
        ),
        (
            "neyman",
            &[0.0, -1510.0],
            &[0.0, -750.0],
            22_026.465_794_806_718,
        ),
        (
            "tsallis:1500",
            &[0.0, -720.0],
            &[0.0, -720.5],
            4_323_998_984.612_622,
        ),
        (
            "renyi:1500",
            &[0.0, -720.0],
            &[0.0, -720.5],
            0.019_679_786_524_349_67,
        ),
        ("bhattacharyya", &[0.0, -2000.0], &[-2400.0, 0.0], 1000.0),
        ("renyi:0.25", &[0.0, -2000.0], &[-2400.0, 0.0], 2000.0 / 3.0),
        ("renyi:0.75", &[0.0, -2000.0], &[-2400.0, 0.0], 2400.0),
        (
            "renyi:0",
            &[0.0, -900.0, NO],
            &[-900.0, -1000.0, 0.0],
            900.0,
        ),
        (
            "tsallis:0",
            &[0.0, -900.0, NO],
            &[-900.0, -1000.0, 0.0],
            1.0,
        ),
    ];
    for (name, p, q, exact) in cases {
        let options = Options::new(measure(name));
        let score = score(&options, Encoding::LOGITS, p, Encoding::LOGITS, q);
        let near = score.is_ok_and(|score| (score - exact).abs() <= 1e-12 * exact);
        assert!(near, "{name} of {p:?}, {q:?}: {score:?}, not {exact}");
    }
}

#[test]
fn what_does_not_fit_has_no_score() {
    let (w, p) = (Encoding::Weights, Encoding::Probabilities);
    let raw = Options::new(Measure::SquaredEuclidean);
    let smoothed = Options {
        support: Support::Smoothed(0.5),
        ..raw
    };
    let of = |options: &Options, p, q: &[f32]| score(options, p, &[0.5, 0.5], w, q);
    assert_eq!(of(&raw, w, &[0.5, 1.5]), Ok(0.5));
    for none in [
        of(&raw, p, &[0.5, 1.5]),
        of(&smoothed, w, &[0.5, 1.5]),
        of(&raw, w, &[0.5, 1.5, 0.5]),
    ] {
        assert!(none.is_ok_and(f64::is_nan), "{none:?}");
    }
}

#[test]
fn orders_reach_their_limits() {
    let (p, q): (&[f32], &[f32]) = (&[3.0, 1.0, 0.0, 4.0], &[1.0, 1.0, 2.0, 4.0]);
    let w = Encoding::Weights;
    let of = |name: &str| match score(&Options::new(measure(name)), w, p, w, q) {
        Ok(score) => score,
        Err(bad) => panic!("{name}: {bad:?}"),
    };
    for (near, limit) in [
        ("renyi:1e-310", "renyi:0"),
        ("renyi:1e-15", "renyi:0"),
        ("renyi:0.999999999999999", "kl"),
        ("renyi:1", "kl"),
        ("renyi:1.000000000000001", "kl"),
        ("renyi:1e15", "renyi:inf"),
        ("renyi:1e300", "renyi:inf"),
        ("tsallis:1e-15", "tsallis:0"),
        ("tsallis:1.000000000000001", "kl"),
        ("alpha:1.000000000000001", "kl"),
        ("alpha:1", "kl"),
        ("neyman", "reverse-kl"),
    ] {
        let (near, limit) = (of(near), of(limit));
        let same = near == limit || (near - limit).abs() < 1e-12 * limit;
        assert!(same, "{near} and {limit}");
    }
    for (name, exact) in [
        ("renyi:0", -0.75_f64.ln()),
        ("tsallis:0", 0.25),
        ("renyi:inf", 3.0_f64.ln()),
        ("alpha:0.5", 2.0 * of("tsallis:0.5")),
    ] {
        let near = (of(name) - exact).abs() <= 1e-15 * exact;
        assert!(near, "{name}: {}, not {exact}", of(name));
    }
    assert!(of("alpha:0").is_infinite() && of("alpha:-1e-300").is_infinite());
    assert!(of("renyi:1e-6").is_finite() && of("alpha:1e-300").is_finite());
}

fn measure(name: &str) -> Measure {
    name.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn bad_rows_are_named_by_the_first_kind_that_applies() {
    use Encoding::{LogProbabilities, Probabilities, Weights};
    use IssueKind::{Negative, NotFinite, ZeroMass};
    const LOGITS: Encoding = Encoding::LOGITS;
    const NAN: f32 = f32::NAN;
    const INF: f32 = f32::INFINITY;
    let bad: [(Encoding, &[f32], IssueKind); 22] = [
        (Probabilities, &[0.5, NAN, 0.5], NotFinite),
        (Probabilities, &[0.5, INF, 0.5], NotFinite),
        (Probabilities, &[-1.0, -INF, 0.5], NotFinite),
        (Weights, &[-1.0, 1.0, NAN], NotFinite),
        (Weights, &[0.0, 0.0, -INF], NotFinite),
        (LogProbabilities, &[-0.1, NAN, -INF], NotFinite),
        (LogProbabilities, &[INF, 0.0, -INF], NotFinite),
        (LOGITS, &[INF, 1.0, 2.0], NotFinite),
        (LOGITS, &[-INF, -INF, NAN], NotFinite),
        (Probabilities, &[0.5, 0.6, -0.1], Negative),
        (Probabilities, &[0.0, 0.0, -0.1], Negative),
        (Weights, &[-2e-38, 1.0, 0.0], Negative),
        (Weights, &[0.0, -0.0, 0.0], ZeroMass),
        (Weights, &[1e-40, -1e-40, 0.0], ZeroMass),
        (Probabilities, &[0.0, 0.0, 1e-40], ZeroMass),
        (LogProbabilities, &[-INF, -INF, -INF], ZeroMass),
        (LOGITS, &[-INF, -INF, -INF], ZeroMass),
        (Probabilities, &[0.5, 0.25, 0.125], sum_of(0.875)),
        (
            Probabilities,
            &[3e38, 3e38, 0.0],
            sum_of(2.0 * f64::from(3e38_f32)),
        ),
        (LogProbabilities, &[0.0, 0.0, -INF], sum_of(2.0)),
        (LogProbabilities, &[-1e5, -1e5, -1e5], sum_of(0.0)),
        (LogProbabilities, &[1e5, 0.0, 0.0], sum_of(f64::INFINITY)),
    ];
    let good: (Encoding, &[f32]) = (Weights, &[1.0, 2.0, 3.0]);
    let options = Options::new(Measure::KullbackLeibler);
    for (encoding, values, kind) in bad {
        let as_p = score(&options, encoding, values, good.0, good.1);
        let p = Some(kind);
        assert_eq!(as_p, Err(BadPair { p, q: None }), "{encoding} {values:?}");
        let as_q = score(&options, good.0, good.1, encoding, values);
        let q = Some(kind);
        assert_eq!(as_q, Err(BadPair { p: None, q }), "{encoding} {values:?}");
        let both = score(&options, encoding, values, encoding, values);
        assert_eq!(both, Err(BadPair { p, q }), "{encoding} {values:?}");
    }
}

fn sum_of(sum: f64) -> IssueKind {
    IssueKind::NotNormalised { sum }
}

#[test]
fn the_tolerance_decides_what_is_normalised() {
    let rows: [(Encoding, [f32; 2], f64); 3] = [
        (Encoding::Probabilities, [0.5, 0.5078125], 0.0078125),
        (Encoding::Probabilities, [0.5, 0.49609375], 0.00390625),
        (Encoding::LogProbabilities, [0.0, -3.0], 0.0498),
    ];
    for (encoding, values, off) in rows {
        let judged = |tolerance| {
            let options = Options {
                tolerance,
                ..Options::new(Measure::TotalVariation)
            };
            score(&options, encoding, &values, encoding, &values)
        };
        assert_eq!(judged(Some(off)), Ok(0.0), "{values:?} within {off}");
        assert!(judged(Some(off * 0.99)).is_err(), "{values:?} beyond {off}");
        assert!(judged(None).is_err(), "{values:?} beyond the default");
    }
    // Weights and logits need no sum.
    let options = Options {
        tolerance: Some(0.0),
        ..Options::new(Measure::TotalVariation)
    };
    for encoding in [Encoding::Weights, Encoding::LOGITS] {
        let judged = score(&options, encoding, &[5.0, 1.0], encoding, &[5.0, 1.0]);
        assert_eq!(judged, Ok(0.0));
    }
}

#[test]
fn the_promise_knows_domain_measure_and_unit() {
    let nats = |name| Options::new(measure(name));
    let kl = nats("kl");
    let in_bits = |name| Options {
        unit: Unit::Bits,
        ..nats(name)
    };
    let (w, z) = (Encoding::Weights, Encoding::LOGITS);
    let hot = Encoding::Logits {
        temperature: Temperature::new(2.0).unwrap_or(Temperature::ONE),
    };
    let linear = 2.5e-7 + 1e-19;
    let mixed = 2e-6 * (0.25 + 0.5) + 1e-12;
    let ln_2 = std::f64::consts::LN_2;
    let root = ln_2.sqrt();
    for (options, p, q, score, allowed) in [
        (kl, w, Encoding::Probabilities, 0.25, linear),
        (kl, z, Encoding::LogProbabilities, 0.25, 5e-7 + 1e-19),
        (kl, w, z, 0.25, mixed),
        (kl, z, w, 0.25, mixed),
        (kl, z, hot, 0.25, mixed),
        (kl, hot, hot, 0.25, 5e-7 + 1e-19),
        (kl, z, w, f64::INFINITY, 0.0),
        (in_bits("kl"), z, w, 0.25 / ln_2, mixed / ln_2),
        (in_bits("kl"), w, w, 0.0, 1e-19 / ln_2),
        (nats("tv"), w, w, 0.25, linear + 1e-13),
        (nats("tv"), w, z, 0.25, mixed + 1e-13 + 2e-6),
        (nats("renyi:inf"), w, w, 0.25, linear + 1e-13),
        (nats("renyi:inf"), w, z, 0.25, mixed + 1e-13 + 1e-5),
        (nats("renyi:1e300"), w, z, 0.25, mixed),
        (nats("hellinger"), w, w, 0.25, linear + 4e-10),
        (nats("hellinger"), z, hot, 0.25, mixed + 4e-10 + 2e-6),
        (nats("hellinger-squared"), w, z, 0.25, mixed),
        (nats("js-distance"), w, w, 0.25, linear + 4e-10),
        (nats("js-distance"), w, z, 0.25, mixed + 4e-10 + 2e-6),
        (
            in_bits("js-distance"),
            w,
            w,
            0.25 / root,
            (linear + 4e-10) / root,
        ),
        (nats("chi2"), w, w, 1e6, 1.0),
        (nats("chi2"), w, w, 1e7, 100.0),
        (nats("neyman"), w, z, 1e30, 1e25),
        (nats("tsallis:3"), z, z, 1e30, 1e25),
        (nats("alpha:-3"), z, z, 1e30, 1e25),
        (nats("itakura-saito"), w, w, 1e30, 1e24),
        (nats("entropy"), w, z, 0.25, linear),
        (nats("entropy"), z, w, 0.25, 5e-7 + 1e-19),
    ] {
        let given = with_rows(p, &[0.0], q, &[0.0], |p, q| {
            allowed_error(&options, p, q, score)
        });
        assert!(
            (given - allowed).abs() <= 1e-12 * allowed,
            "{} of {p} and {q} at {score}: {given:e}, not {allowed:e}",
            options.measure
        );
    }
}

fn score(
    options: &Options,
    p_encoding: Encoding,
    p: &[f32],
    q_encoding: Encoding,
    q: &[f32],
) -> Result<f64, BadPair> {
    with_rows(p_encoding, p, q_encoding, q, |p, q| {
        reference::score(options, p, q)
    })
}

fn with_rows<T>(
    p_encoding: Encoding,
    p: &[f32],
    q_encoding: Encoding,
    q: &[f32],
    f: impl FnOnce(&Row<'_>, &Row<'_>) -> T,
) -> T {
    let rows = (
        Rows::new(p_encoding, p, p.len()),
        Rows::new(q_encoding, q, q.len()),
    );
    match rows {
        (Ok(p), Ok(q)) => f(&p.row(0), &q.row(0)),
        (p, q) => panic!("no rows: {p:?} {q:?}"),
    }
}
