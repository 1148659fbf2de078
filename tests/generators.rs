//! Divergences of generators that users give: equal to the measures that the library knows by name, as exact as
//! is promised, and refused where they are none.

#![allow(clippy::unwrap_used)]

mod common;

use std::process::ExitCode;

use common::backends::{self, Target};
use common::batch::{Batch, Shape};
use common::harness::{self, Test, trial};
use common::measures::named;
use common::pairs::{RECIPES, Recipe};
use common::random::Random;
use kullback::{
    ArgumentError, Bregman, ElementType, Encoding, Expr, FDivergence, GeneratorError, Measure,
    Options, Rows, Support,
};
use libtest_mimic::Trial;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Generators, and what the library calls their divergences.
const EQUALS: [(&str, &str); 24] = [
    ("f:t*ln(t)", "kl"),
    ("f:t*ln(t) - t + 1", "kl"),
    ("f:-ln(t)", "reverse-kl"),
    ("f:(t - 1)*ln(t)", "jeffreys"),
    ("f:(t*ln(t) - (1 + t)*ln((1 + t)/2))/2", "js"),
    (
        "f:0.25*t*ln(t) - (0.75 + 0.25*t)*ln(0.75 + 0.25*t)",
        "js:0.25",
    ),
    ("f:(sqrt(t) - 1)^2/2", "hellinger-squared"),
    ("f:1 - sqrt(t)", "hellinger-squared"),
    ("f:abs(t - 1)/2", "tv"),
    ("f:max(t - 1, 0)", "tv"),
    ("f:1 - min(t, 1)", "tv"),
    ("f:(t - 1)^2", "chi2"),
    ("f:t^2 - 1", "chi2"),
    ("f:(t - 1)^2/t", "neyman"),
    ("f:1/t - 1", "neyman"),
    ("f:(t - 1)^2/(t + 1)", "triangular"),
    ("f:(t^3 - 1)/6", "alpha:3"),
    ("f:(t^1.5 - 1)/0.75", "alpha:1.5"),
    ("f:(t^(-3) - 1)/12", "alpha:-3"),
    ("f:(t^0.7 - 1)/-0.3", "tsallis:0.7"),
    ("bregman:t*ln(t)", "generalized-kl"),
    ("bregman:t*ln(t) - t", "generalized-kl"),
    ("bregman:-ln(t)", "itakura-saito"),
    ("bregman:t^2/2", "squared-euclidean"),
];

/// Generators of no other name.
const OTHERS: [&str; 15] = [
    "f:t^4 - 1",
    "f:exp(t - 1) - t",
    "f:max(t - 2, 0)",
    "f:max(t - 1.02, 0)",
    "f:max(t - 1.02, 0) + t*ln(t)",
    "f:10*max(t - 2, 0)",
    "f:1e-9*max(t - 2, 0)",
    "f:t*ln(t) + 100*(t - 1)",
    "f:sqrt(1 + 25*(t - 1)^2) - 1",
    "f:abs(t - 1) + (t - 1)^2",
    "f:t*exp(-t)*0 + max(t - 1, 0)^2",
    "f:abs(ln(t))*abs(t - 1)",
    "bregman:exp(t)",
    "bregman:t^2 + 7",
    "bregman:t^3",
];

const TESTS: [Test; 3] = [
    (
        "generators are as exact as is promised",
        as_exact_as_promised,
    ),
    ("zeros take the limits", zeros_take_the_limits),
    (
        "rows of f64 are as exact, also where they are as close as f64 allows",
        rows_of_f64,
    ),
];

fn main() -> ExitCode {
    let targets = backends::all();
    let mut trials = harness::on_each(&targets, &TESTS);
    let reference = targets.into_iter().find(Target::is_reference).unwrap();
    trials.push(trial("generators of named measures", move || {
        generators_of_named_measures(&reference)
    }));
    let alone: [(&str, fn()); 5] = [
        ("hostile generators are refused", hostile_generators),
        ("limits are worked out or asked for", limits),
        ("names read back", names_read_back),
        ("arguments that do not fit", arguments_that_do_not_fit),
        ("no text panics", no_text_panics),
    ];
    trials.extend(alone.map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    }));
    harness::main(trials)
}

/// Encodings that a measure takes.
fn encodings(measure: &Measure) -> Vec<[Encoding; 2]> {
    use Encoding::{LogProbabilities, Probabilities, Weights};
    if measure.is_raw() {
        return vec![[Weights; 2]];
    }
    vec![
        [Probabilities; 2],
        [Weights; 2],
        [Encoding::LOGITS; 2],
        [LogProbabilities; 2],
        [Weights, Encoding::LOGITS],
        [LogProbabilities, Probabilities],
    ]
}

/// Batches of every kind of rows, the same for every measure.
fn batches(measure: Measure, rows: usize) -> Vec<Batch> {
    let mut all = Vec::new();
    for (i, encodings) in encodings(&measure).into_iter().enumerate() {
        for k in [1, 2, 3, 64, 300, 1100] {
            let shape = Shape {
                encodings,
                k,
                rows,
                distinct: rows,
            };
            let supports = [Support::Exact, Support::Smoothed(1e-4)];
            let supports = if measure.is_raw() || k == 1 || i % 2 == 1 {
                &supports[..1]
            } else {
                &supports[..]
            };
            for &support in supports {
                let options = Options {
                    support,
                    ..Options::new(measure)
                };
                let mut random = Random::named(common::settings::seed(), &format!("{i} {k}"));
                // Bins of logarithms that are too small for f32 in both rows count as nothing, however large
                // their ratio: known, and documented.
                let logarithms = encodings.iter().any(|e| e.is_logarithmic());
                let recipes = RECIPES.into_iter();
                let recipes = recipes.filter(|r| !(logarithms && *r == Recipe::Extreme));
                let recipes: Vec<Recipe> = recipes.collect();
                all.push(Batch::of_recipes(options, shape, &recipes, &mut random));
            }
        }
    }
    all
}

/// The reference of a generator says what that of the measure says, which is held to arbitrary precision.
fn generators_of_named_measures(reference: &Target) -> Result<(), String> {
    let mut compared = 0;
    for (own, known) in EQUALS {
        for (own, known) in batches(named(own), 39)
            .iter()
            .zip(batches(named(known), 39))
        {
            let scores = [own, &known].map(|batch| batch.bits(reference.scorer()).unwrap());
            for (row, (a, b)) in scores[0].iter().zip(&scores[1]).enumerate() {
                let [a, b] = [*a, *b].map(f32::from_bits);
                let close = (a - b).abs() <= 2e-7 * b + 1e-20;
                if a.to_bits() != b.to_bits() && !close {
                    let options = own.options();
                    let wrong = format!(
                        "{}, {}: row {row}: {a:e}, not {b:e}",
                        options.measure, options.support
                    );
                    return Err(format!("{wrong}\n{}", own.describe_row(row)));
                }
                compared += 1;
            }
        }
    }
    println!("{compared} rows compared");
    Ok(())
}

fn as_exact_as_promised(target: &Target) {
    // Each costs a pipeline.
    let (step, rows, skipped) = if target.is_gpu() {
        (4, 26, 3)
    } else {
        (1, 65, 1)
    };
    let equals = EQUALS.iter().map(|(own, _)| *own);
    let mut wrong = Vec::new();
    for own in equals.chain(OTHERS).step_by(skipped) {
        let measure = named(own);
        for batch in batches(measure, rows).iter().step_by(step) {
            if let Err(error) = batch.compare(target, target.scorer()) {
                wrong.push(format!("{own}, {}: {error}", batch.options().support));
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
}

fn rows_of_f64(target: &Target) {
    if target.is_gpu() {
        let own = named("f:t*ln(t)");
        let rows = Rows::weights(&[1.0_f64, 2.0], 2).unwrap();
        assert!(target.scorer().score(&own, rows, rows).is_err());
        return;
    }
    let mut wrong = Vec::new();
    for own in EQUALS.iter().map(|(own, _)| *own).chain(OTHERS) {
        for elements in [[ElementType::F64; 2], [ElementType::F32, ElementType::F64]] {
            for batch in batches(named(own), 26) {
                let batch = batch.rounded(elements);
                if let Err(error) = batch.compare(target, target.scorer()) {
                    wrong.push(format!("{own}, {}: {error}", batch.options().support));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));

    // One bin moved by a part in 1e12: scores of 1e-24 that the named measures know.
    let p = [0.25_f64, 0.125, 0.5, 0.125];
    let mut q = p;
    q[2] += 1e-12;
    q[0] -= 1e-12;
    let score = |name: &str, p, q| {
        let (p, q) = (Rows::weights(p, 4).unwrap(), Rows::weights(q, 4).unwrap());
        target.scorer().score(&named(name), p, q).unwrap().values()[0]
    };
    for (own, known) in EQUALS {
        assert_eq!(score(own, &p, &p), 0.0, "{own}");
        let (own_score, score) = (score(own, &p, &q), score(known, &p, &q));
        let close = (own_score - score).abs() <= 2e-6 * score;
        assert!(close, "{own}: {own_score:e}, not {score:e}");
    }
}

fn score(target: &Target, measure: &str, p: &[f32], q: &[f32]) -> f32 {
    let measure = named(measure);
    let rows = |values| Rows::weights(values, p.len()).unwrap();
    let scores = target.scorer().score(&measure, rows(p), rows(q)).unwrap();
    scores.values()[0]
}

fn zeros_take_the_limits(target: &Target) {
    let (p, q) = ([1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0]);
    for (measure, expected) in [
        ("f:t*ln(t)", f32::INFINITY),
        ("f:-ln(t)", f32::INFINITY),
        ("f:(sqrt(t) - 1)^2/2", 0.5),
        ("f:abs(t - 1)/2", 0.5),
        ("f:max(t - 2, 0)", 0.5),
        ("f:(t - 1)^2/(t + 1)", 1.0),
        ("f:t^-0.5 - 1", f32::INFINITY),
        (
            "f:ln(1 + ln(1 + 1/t)) - ln(1 + ln(2));at_zero=inf",
            f32::INFINITY,
        ),
        ("bregman:t*ln(t)", f32::INFINITY),
        ("bregman:-ln(t)", f32::INFINITY),
        ("bregman:t^2/2", 1.0),
        ("bregman:t^2 + 7", 2.0),
        ("bregman:exp(t)", 0.718_281_8 + 1.0),
    ] {
        let found = score(target, measure, &p, &q);
        let close = (found - expected).abs() <= 3e-6 * expected;
        assert!(
            found == expected || close,
            "{measure}: {found} is not {expected}"
        );
        assert_eq!(score(target, measure, &p, &p), 0.0, "{measure}");
    }
    let finite = score(target, "bregman:t*ln(t)", &[0.0, 1.0], &[2.0, 1.0]);
    assert!((finite - 2.0).abs() < 3e-6, "{finite}");
}

fn refused(text: &str) -> GeneratorError {
    let error = match text.split_once(':') {
        Some(("bregman", generator)) => generator.parse::<Bregman>().err(),
        _ => text.parse::<FDivergence>().err(),
    };
    match error {
        Some(error) => error,
        None => panic!("{text} is not refused"),
    }
}

fn hostile_generators() {
    use GeneratorError as E;
    type Is = fn(&GeneratorError) -> bool;
    let syntax: Is = |e| matches!(e, E::Syntax { .. });
    let large: Is = |e| matches!(e, E::TooLarge);
    let constant: Is = |e| matches!(e, E::Constant { .. });
    let undefined: Is = |e| matches!(e, E::Undefined { .. });
    let not_zero: Is = |e| matches!(e, E::NotZeroAtOne { .. });
    let not_convex: Is = |e| matches!(e, E::NotConvex { .. });
    let not_smooth: Is = |e| matches!(e, E::NotSmooth { .. });
    let limit: Is = |e| matches!(e, E::Limit { .. });
    let wrong_limit: Is = |e| matches!(e, E::WrongLimit { .. });
    let impossible: Is = |e| matches!(e, E::ImpossibleLimit { .. });
    let inaccurate: Is = |e| matches!(e, E::Inaccurate { .. });
    let deep = "ln(".repeat(1000) + "t" + &")".repeat(1000);
    let wide = "t*".repeat(500) + "t - 1";
    for (text, is) in [
        ("", syntax),
        (" ", syntax),
        ("(t - 1", syntax),
        ("t - 1)", syntax),
        ("t - 1; discard", syntax),
        ("fn main() {}", syntax),
        (deep.as_str(), large),
        (wide.as_str(), large),
        ("NaN*t", syntax),
        ("t*1e999 - 1", constant),
        ("1e-200*(t - 1)^2", constant),
        ("ln(-1)", undefined),
        ("sqrt(t - 2)", undefined),
        ("ln(t - 1)", undefined),
        ("1/(t - 1)", undefined),
        ("(t - 1)/(t - 1) - 1", undefined),
        ("0/0*t", undefined),
        ("(1 - t)^0.5", undefined),
        ("1/(t - 3)^2 - 0.25", not_convex),
        ("1/(t - 3.7)^2 - 1/7.29", not_convex),
        ("t*ln(t) + 1", not_zero),
        ("exp(t)", not_zero),
        ("exp(exp(exp(t)))", not_zero),
        ("-t*t + 1", not_convex),
        ("ln(t)", not_convex),
        ("-abs(t - 1)", not_convex),
        ("min(t, 1/t) - 1", not_convex),
        ("(t - 1)^3", not_convex),
        ("-abs(t - 5) + 4", not_convex),
        ("1.5 - max(t, 1.5)", not_convex),
        (
            "(t - 1)^2 + (1 - exp(-1000*(t - 1.5)^2))/100 - (1 - exp(-250))/100",
            not_convex,
        ),
        ("sqrt((t - 1)^2)", not_smooth),
        ("bregman:t^2 + 100*abs(t - 103)", not_smooth),
        ("max(2 - t, 0)^1.5 - 1 - max(t - 2, 0)^2", not_convex),
        ("exp(t^2) - exp(t)", undefined),
        ("ln(1 + ln(1 + 1/t)) - ln(1 + ln(2));at_zero=-5", impossible),
        (
            "ln(1 + ln(1 + 1/t)) - ln(1 + ln(2));at_zero=-inf",
            impossible,
        ),
        (
            "ln(1 + ln(1 + 1/t)) - ln(1 + ln(2));at_zero=0.5",
            impossible,
        ),
        ("ln(1 + ln(1 + 1/t)) - ln(1 + ln(2))", limit),
        ("1 - t^1e-12", limit),
        ("t^1e-12 - 1;at_zero=0", not_convex),
        ("t*ln(t);at_zero=1", wrong_limit),
        ("t*ln(t);at_infinity=7", wrong_limit),
        ("1 - t^1e-12;at_zero=nan", limit),
        ("t*ln(t);at_zero", syntax),
        ("t*ln(t);at_zero=0;at_zero=0", syntax),
        ("t*ln(t);slope_at_zero=0", syntax),
        ("(1e7 + (t - 1)^2) - 1e7", inaccurate),
        ("bregman:ln(1 + exp(t))", inaccurate),
        ("bregman:abs(t - 1)", not_smooth),
        ("bregman:-t^2", not_convex),
        ("bregman:ln(1 + ln(1 + 1/t));at_zero=-5", impossible),
        ("bregman:sqrt(t)", not_convex),
        ("bregman:ln(t - 1)", undefined),
        ("bregman:t*ln(t);at_infinity=0", syntax),
    ] {
        let error = refused(text);
        let shown = &text[..text.len().min(60)];
        assert!(is(&error), "{shown}: {error:?}");
        assert!(error.to_string().len() > 20, "{error}");
    }
}

fn limits() {
    let inf = f64::INFINITY;
    let of = |text: &str| text.parse::<FDivergence>().unwrap().limits();
    assert_eq!(of("t*ln(t)"), [0.0, inf]);
    assert_eq!(of("-ln(t)"), [inf, 0.0]);
    assert_eq!(of("(t - 1)^2"), [1.0, inf]);
    assert_eq!(of("abs(t - 1)"), [1.0, 1.0]);
    let bregman = |text: &str| text.parse::<Bregman>().unwrap().limits();
    assert_eq!(bregman("t*ln(t)"), [0.0, -inf]);
    assert_eq!(bregman("-ln(t)"), [inf, -inf]);
    assert_eq!(bregman("t^2 + 3"), [3.0, 0.0]);
    let slow = "ln(1 + ln(1 + 1/t)) - ln(1 + ln(2))";
    let builder = FDivergence::builder(&slow.parse().unwrap());
    let given = builder.at_zero(inf).build().unwrap();
    assert_eq!(given.to_string(), format!("f:{slow};at_zero=inf"));
}

fn names_read_back() {
    for (own, _) in EQUALS {
        let measure = named(own);
        assert_eq!(measure.to_string(), own);
        assert_eq!(named(&measure.to_string()), measure);
        assert_eq!(own.split(':').next(), Some(measure.name()));
    }
    assert_eq!(named("f:t*ln(t)"), named("f: t * ln( t ) "));
    assert_ne!(named("f:t*ln(t)"), named("f:t*ln(t) - t + 1"));
    let t = Expr::t;
    let built = FDivergence::new(&(t() * t().ln())).unwrap();
    assert_eq!(Measure::from(built), named("f:t*ln(t)"));
    let half = Expr::constant(0.5);
    let built = half * (t().sqrt() - 1.0).powi(2) + t().exp() * 0.0 + t().abs() * 0.0;
    let built = FDivergence::new(&built.max(0.0)).unwrap();
    assert_eq!(built.limits(), [0.5, 0.5]);
    for (text, part) in [
        ("f", "as in `f:t*ln(t)`"),
        ("bregman", "as in `f:t*ln(t)`"),
        ("f:", "ends too early"),
        ("f:-t^2 + 1", "not convex"),
    ] {
        let error = text.parse::<Measure>().unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    let error = "f:t".parse::<Measure>();
    assert!(matches!(error, Err(ArgumentError::Generator(_))));
}

fn arguments_that_do_not_fit() {
    let own = named("bregman:t^2/2");
    let smoothed = Options {
        support: Support::Smoothed(1e-3),
        ..Options::new(own)
    };
    assert!(matches!(
        smoothed.check(),
        Err(ArgumentError::SupportUnused { .. })
    ));
    let bits = Options {
        unit: kullback::Unit::Bits,
        ..Options::new(named("f:t*ln(t)"))
    };
    assert!(matches!(
        bits.check(),
        Err(ArgumentError::UnitUnused { .. })
    ));
}

/// Text that is nearly an expression, as often as not.
fn texts() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "t",
        "ln(",
        "exp(",
        "sqrt(",
        "abs(",
        "min(",
        "max(",
        "(",
        ")",
        ",",
        "+",
        "-",
        "*",
        "/",
        "^",
        "1",
        "2",
        "0.5",
        "1e9",
        "1e-9",
        " ",
        ";at_zero=",
        "inf",
        "nan",
        "\u{e9}",
        "\0",
        "{",
    ]);
    let words = prop::collection::vec(word, 0..24).prop_map(|words| words.concat());
    prop_oneof![any::<String>(), words]
}

/// An expression, and what makes a generator of it as often as may be.
fn expressions() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        Just(Expr::t()),
        (-3.0..3.0f64).prop_map(Expr::constant),
        Just(Expr::constant(1.0)),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (inner.clone(), 0..6).prop_map(|(x, op)| match op {
                0 => x.ln(),
                1 => x.exp(),
                2 => x.sqrt(),
                3 => x.abs(),
                4 => -x,
                _ => x.powf(1.7),
            }),
            (two, 0..6).prop_map(|((a, b), op)| match op {
                0 => a + b,
                1 => a - b,
                2 => a * b,
                3 => a / b,
                4 => a.min(b),
                _ => a.max(b),
            }),
        ]
    })
}

fn no_text_panics() {
    let mut runner = TestRunner::deterministic();
    runner
        .run(&texts(), |text| {
            if let Ok(parsed) = text.parse::<Expr>() {
                let written = parsed.to_string();
                prop_assert_eq!(written.parse::<Expr>(), Ok(parsed));
            }
            let _ = text.parse::<FDivergence>();
            let _ = text.parse::<Bregman>();
            Ok(())
        })
        .unwrap();
    runner
        .run(&expressions(), |expression| {
            let written = expression.to_string();
            let read = written.parse::<Expr>();
            prop_assert_eq!(read.map(|e| e.to_string()), Ok(written));
            let at_one = format!("{expression}");
            let _ = FDivergence::new(&expression);
            let _ = Bregman::new(&expression);
            let _ = format!("{at_one};at_zero=0").parse::<FDivergence>();
            Ok(())
        })
        .unwrap();
}
