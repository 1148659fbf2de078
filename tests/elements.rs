//! Element types: half-precision rows, and pairs of different types, on every backend and adapter.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::process::ExitCode;

use kullback::{Encoding, Measure, Options, Rows, Verify, allowed_error, bf16, f16};
use libtest_mimic::Trial;

use common::backends::{self, Target};
use common::batch::bits;
use common::check::judge_exact;
use common::elements::{Case, cases};
use common::harness::{self, Test, trial};
use common::random::Random;
use common::settings::{self, Tier};
use common::stored::{ELEMENTS, Stored};

const KL: Measure = Measure::KullbackLeibler;

const TESTS: [Test; 6] = [
    (
        "equal logits of 248 000 bins score exactly 0",
        equal_logits_of_a_vocabulary,
    ),
    ("halves score as the f32 that they are", halves_score_as_f32),
    ("subnormals", subnormals),
    ("padding of halves is not read", padding_is_not_read),
    ("each operand has its own tolerance", tolerances),
    ("streams of halves", streams),
];

fn main() -> ExitCode {
    let targets = backends::all();
    let mut trials = harness::on_each(&targets, &TESTS);
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
    for element in ELEMENTS {
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
                for encoding in [Encoding::Probabilities, Encoding::Weights, Encoding::LOGITS] {
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

/// A test for each measure. On an adapter, where kernels cost much, the small tiers run one pair of kinds
/// of rows of several.
fn exact_values(target: &Target) -> Vec<Trial> {
    let one_of = match settings::tier() {
        _ if !target.is_gpu() => 1,
        Tier::Fast => 8,
        Tier::Ci => 3,
        Tier::Exhaustive => 1,
    };
    let mut by_measure: BTreeMap<&str, BTreeMap<String, Vec<Case>>> = BTreeMap::new();
    for case in cases(&ELEMENTS) {
        let Case { options, p, q, .. } = &case;
        let support = options.support.eps().is_some();
        let kinds = format!("{} against {}, {support}", p.kind(), q.kind());
        let of_measure = by_measure.entry(options.measure.name()).or_default();
        of_measure.entry(kinds).or_default().push(case);
    }
    let chosen = |(i, (measure, kinds)): (usize, (&str, BTreeMap<String, Vec<Case>>))| {
        let first = i + settings::seed() as usize;
        let cases: Vec<Case> = kinds
            .into_values()
            .enumerate()
            .filter(|(kind, _)| (first + kind).is_multiple_of(one_of))
            .flat_map(|(_, cases)| cases)
            .collect();
        let target = target.clone();
        let name = format!("[{}] exact {measure}: {} cases", target.name(), cases.len());
        trial(&name, move || run(&target, &cases))
    };
    by_measure.into_iter().enumerate().map(chosen).collect()
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
            let allowed = allowed_error(&case.options, &p, &q, case.exact);
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
