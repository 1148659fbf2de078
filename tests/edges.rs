//! Cases that broke earlier drafts, and the ends of every range, on every backend.

#![allow(clippy::unwrap_used)]

mod common;

use std::f64::consts::{LN_2, LOG2_E};
use std::process::ExitCode;

use common::backends::{self, Target};
use common::batch::bits;
use common::check::{Verdict, check, equal_bits, judge_exact};
use common::harness::{self, Test};
use common::random::Random;
use kullback::{
    Encoding, Issue, IssueKind, Issues, Measure, Operand, Options, Rows, Scorer, Scores, Support,
    Temperature, Unit,
};

const KL: Measure = Measure::KullbackLeibler;
const RKL: Measure = Measure::ReverseKullbackLeibler;
const TV: Measure = Measure::TotalVariation;
const CE: Measure = Measure::CrossEntropy;
const TOP1: Measure = Measure::Top1Agreement;

const TESTS: [Test; 37] = [
    ("weights scaled by 1919.7", weights_scaled_by_1919_7),
    (
        "probabilities that sum to 1.0009",
        probabilities_that_sum_to_1_0009,
    ),
    ("weights of 1e30 and 1e-20", weights_of_1e30_and_1e_20),
    ("four weights of 3e38", four_weights_of_3e38),
    ("multiples of a row", multiples_of_a_row),
    (
        "logits rounded after a shift by 1000",
        logits_shifted_by_1000,
    ),
    ("a light first logit far off", a_light_first_logit_far_off),
    ("a spread of 1000", a_spread_of_1000),
    ("logits as large as f32", logits_as_large_as_f32),
    ("entropy near one-hot", entropy_near_one_hot),
    ("one bin has no entropy", one_bin_has_no_entropy),
    ("the label at the argmax", the_label_at_the_argmax),
    ("the first of the largest", the_first_of_the_largest),
    ("peaks anywhere in long rows", peaks_anywhere),
    ("disjoint rows", disjoint_rows),
    ("negative zero and subnormals", negative_zero_and_subnormals),
    (
        "log-probabilities of -90 and -170",
        log_probabilities_of_90_and_170,
    ),
    ("2^20 equal terms", equal_terms),
    ("one bin of 1 and 2^20 of 1e-12", one_bin_of_1_and_dust),
    ("the rounded softmax of the logits", rounded_softmax),
    ("zeros decide infinities", zeros_decide_infinities),
    ("smoothing is finite", smoothing_is_finite),
    ("bits are nats over ln 2", bits_are_nats_over_ln_2),
    ("scores beyond f32 are infinite", scores_beyond_f32),
    ("every kind of bad row", every_kind_of_bad_row),
    ("bad rows among good ones", bad_rows_among_good_ones),
    ("the tolerance", the_tolerance),
    ("ratios near 4/3 and 3/4", ratios_near_4_3),
    ("masses a millionth apart", masses_a_millionth_apart),
    ("sums far from 1 within a tolerance", sums_far_from_1),
    ("padding plays no part", padding_plays_no_part),
    ("padding of short rows", padding_of_short_rows),
    ("an empty batch", an_empty_batch),
    ("one bin", one_bin),
    ("ten thousand issues are kept", ten_thousand_issues_are_kept),
    ("a bin that hides in the mass", a_bin_that_hides),
    ("a few odd rows among many", odd_rows_among_many),
];

fn main() -> ExitCode {
    harness::main(harness::on_each(&backends::all(), &TESTS))
}

/// Rows of one matrix and what they stand for.
#[derive(Clone, Copy, Debug)]
struct Given<'a>(Encoding, &'a [f32]);

const fn probabilities(values: &[f32]) -> Given<'_> {
    Given(Encoding::Probabilities, values)
}

const fn weights(values: &[f32]) -> Given<'_> {
    Given(Encoding::Weights, values)
}

const fn logs(values: &[f32]) -> Given<'_> {
    Given(Encoding::LogProbabilities, values)
}

const fn logits(values: &[f32]) -> Given<'_> {
    Given(Encoding::LOGITS, values)
}

impl<'a> Given<'a> {
    fn rows(self, k: usize) -> Rows<'a> {
        Rows::new(self.0, self.1, k).unwrap()
    }
}

/// The score of one pair of rows, which is also compared with the reference.
fn score(target: &Target, options: impl Into<Asked>, p: Given<'_>, q: Given<'_>) -> f64 {
    let scores = scores(target, options, p, q, p.1.len());
    assert_eq!(scores.len(), 1);
    f64::from(scores.values()[0])
}

/// The scores of pairs of rows of `k` bins, all compared with the reference.
fn scores(
    target: &Target,
    options: impl Into<Asked>,
    p: Given<'_>,
    q: Given<'_>,
    k: usize,
) -> Scores {
    let Asked(options) = options.into();
    let (p_rows, q_rows) = (p.rows(k), q.rows(k));
    let request = target.scorer().request(&options.measure);
    let mut request = request.unit(options.unit).support(options.support);
    if let Some(tolerance) = options.tolerance {
        request = request.tolerance(tolerance);
    }
    let scores = request.score(p_rows, q_rows).unwrap();
    target
        .check(&scores.report().scored_on, scores.report().rows)
        .unwrap();
    let verdicts: Vec<Verdict> = (0..p_rows.rows())
        .map(|i| {
            let at = i as usize * k..(i as usize + 1) * k;
            let equal = equal_bits((p.0, &p.1[at.clone()]), (q.0, &q.1[at]));
            Verdict::of(&options, &p_rows.row(i), &q_rows.row(i), equal)
        })
        .collect();
    let checked = check(&scores, &options, verdicts.iter());
    assert_eq!(checked, Ok(verdicts.len()), "{options:?}");
    scores
}

/// Options, from which a measure is made that asks for nothing else.
struct Asked(Options);

impl From<Measure> for Asked {
    fn from(measure: Measure) -> Self {
        Asked(Options::new(measure))
    }
}

impl From<Options> for Asked {
    fn from(options: Options) -> Self {
        Asked(options)
    }
}

fn smoothed(measure: Measure, eps: f64) -> Options {
    Options {
        support: Support::Smoothed(eps),
        ..Options::new(measure)
    }
}

fn in_bits(measure: Measure) -> Options {
    Options {
        unit: Unit::Bits,
        ..Options::new(measure)
    }
}

fn js(weight: f64) -> Measure {
    Measure::jensen_shannon(weight).unwrap()
}

fn measures() -> Vec<Measure> {
    vec![KL, RKL, js(0.5), js(0.25), js(1e-6), TV, CE]
}

/// Fails unless a score is within a part of a known value, the error of writing that down included.
#[track_caller]
fn near(score: f64, known: f64, part: f64) {
    assert!(
        (score - known).abs() <= part * known,
        "{score:e}, not {known:e}"
    );
}

fn weights_scaled_by_1919_7(target: &Target) {
    let mut random = Random::new(1);
    let (mut p, mut q) = (Vec::new(), Vec::new());
    for _ in 0..400 {
        let value = random.between(0.01, 1.0) as f32;
        let factor = 1919.7 * (1.0 + 2e-6 * random.normal());
        p.push(value);
        q.push((f64::from(value) * factor) as f32);
    }
    for measure in measures() {
        let found = scores(target, measure, weights(&p), weights(&q), 4);
        if measure == KL {
            let small = found
                .values()
                .iter()
                .filter(|s| (1e-13..1e-11).contains(*s));
            assert!(small.count() > 50, "{:?}", found.values());
        }
    }
}

fn probabilities_that_sum_to_1_0009(target: &Target) {
    let mut random = Random::new(2);
    let z: Vec<f64> = (0..64).map(|_| random.between(0.5, 1.5)).collect();
    let sum: f64 = z.iter().sum();
    let p: Vec<f32> = z.iter().map(|z| (z / sum * 1.0009) as f32).collect();
    let noise: Vec<f64> = z.iter().map(|_| 1.0 + 1.4e-6 * random.normal()).collect();
    let q: Vec<f32> = z
        .iter()
        .zip(&noise)
        .map(|(z, n)| (z / sum * n) as f32)
        .collect();
    for measure in measures() {
        score(target, measure, probabilities(&p), probabilities(&q));
    }
    let kl = score(target, KL, probabilities(&p), probabilities(&q));
    assert!((2e-13..5e-12).contains(&kl), "{kl:e}");
}

fn weights_of_1e30_and_1e_20(target: &Target) {
    let (p, q) = (weights(&[1.0, 1.0]), weights(&[1e30, 1e-20]));
    // ln(1/2) + 25 ln 10.
    near(score(target, KL, p, q), 56.871_480_148_9, 2e-6);
    near(score(target, RKL, q, p), 56.871_480_148_9, 2e-6);
    for measure in measures() {
        assert!(score(target, measure, p, q).is_finite());
        assert!(score(target, measure, q, p).is_finite());
    }
}

fn four_weights_of_3e38(target: &Target) {
    let huge = [3e38; 4];
    let uneven = [3e38, 3e38, 3e38, 1.5e38];
    for measure in measures() {
        score(target, measure, weights(&huge), weights(&uneven));
        let ones = score(target, measure, weights(&huge), weights(&[1.0; 4]));
        let expected = if measure == CE { 4.0_f64.ln() } else { 0.0 };
        assert!((ones - expected).abs() < 2e-6, "{measure}: {ones:e}");
    }
    // 1/2 |1/4 - 1/3.5| over three bins and |1/4 - 1/7| in the last.
    near(
        score(target, TV, weights(&huge), weights(&uneven)),
        3.0 / 28.0,
        1e-6,
    );
}

fn multiples_of_a_row(target: &Target) {
    for (p, q) in [
        ([3.0, 6.0, 9.0], [1.0, 2.0, 3.0]),
        ([1.0, 2.0, 3.0], [3.0, 6.0, 9.0]),
        ([7.0, 14.0, 21.0], [3.0, 6.0, 9.0]),
    ] {
        for measure in [KL, RKL, js(0.5), js(0.25), js(1e-6)] {
            let score = score(target, measure, weights(&p), weights(&q));
            assert!((0.0..=1e-19).contains(&score), "{measure}: {score:e}");
        }
        let tv = score(target, TV, weights(&p), weights(&q));
        assert!((0.0..=1.01e-13).contains(&tv), "{tv:e}");
    }
}

fn logits_shifted_by_1000(target: &Target) {
    let mut random = Random::new(3);
    for k in [2, 5, 64, 1000, 4099] {
        let a: Vec<f32> = (0..k).map(|_| (4.0 * random.normal()) as f32).collect();
        let b: Vec<f32> = a.iter().map(|a| a + 1000.0).collect();
        for measure in measures() {
            score(target, measure, logits(&a), logits(&b));
            score(target, measure, logits(&b), logits(&a));
        }
        // What the rounding of the shift leaves.
        let kl = score(target, KL, logits(&a), logits(&b));
        assert!((1e-13..1e-8).contains(&kl), "K = {k}: {kl:e}");
    }
}

fn a_light_first_logit_far_off(target: &Target) {
    for k in [8, 100, 1024, 3000] {
        let mut random = Random::new(k as u64);
        let mut a: Vec<f32> = (0..k).map(|_| random.normal() as f32).collect();
        a[0] = -30.0;
        let mut b: Vec<f32> = a.iter().map(|a| a + 2e-6).collect();
        b[0] = -29.0;
        for measure in measures() {
            score(target, measure, logits(&a), logits(&b));
            score(target, measure, logits(&b), logits(&a));
        }
    }
}

fn a_spread_of_1000(target: &Target) {
    let a = [0.0, -1000.0, -300.0, -1000.0];
    let b = [-1400.0, 0.0, -1400.0, -700.0];
    near(score(target, KL, logits(&a), logits(&b)), 1400.0, 3e-6);
    near(score(target, RKL, logits(&a), logits(&b)), 1000.0, 3e-6);
    near(score(target, js(0.5), logits(&a), logits(&b)), LN_2, 3e-6);
    for measure in measures() {
        assert!(score(target, measure, logits(&a), logits(&b)).is_finite());
    }
}

fn logits_as_large_as_f32(target: &Target) {
    let most = Measure::renyi(f64::INFINITY).unwrap();
    // What is left of the rows' maxima has no room beside them in one word.
    let (p, q) = (logits(&[9.6295e24, 0.0]), logits(&[-1e19, 0.0]));
    near(score(target, most, p, q), 1e19, 1e-6);
    // Almost infinite, and infinite only beyond.
    let (p, q) = (logits(&[0.0, -1.0]), logits(&[-3.1e38, 0.0]));
    near(score(target, most, p, q), 3.1e38, 1e-6);
    let (p, q) = (logits(&[1e38, -1.0]), logits(&[-3.1e38, 1e38]));
    assert_eq!(score(target, most, p, q), f64::INFINITY);
    // Differences of logits are beyond f32; of ratios nothing is left.
    let (p, q) = (logits(&[3e38, 2e38]), logits(&[-2e38, -3e38]));
    for order in [0.5, 2.0, 10.0, f64::INFINITY] {
        let renyi = Measure::renyi(order).unwrap();
        assert_eq!(score(target, renyi, p, p), 0.0);
        assert_eq!(score(target, renyi, p, q), 0.0, "{order}");
    }
}

fn entropy_near_one_hot(target: &Target) {
    // 1 - 1e-8 is no f32: as weights, and as the logarithm of 1e-8 against 0.
    let entropy = 1e-8 * (1e8_f64.ln() + 1.0);
    let row = weights(&[1.0, 1e-8]);
    near(score(target, CE, row, row), entropy, 3e-6);
    let row = logits(&[0.0, -18.420_68]);
    near(score(target, CE, row, row), entropy, 1e-5);
    let row = probabilities(&[1.0, 1e-8]);
    near(score(target, CE, row, row), entropy, 3e-6);
}

fn one_bin_has_no_entropy(target: &Target) {
    for row in [
        probabilities(&[0.9995]),
        weights(&[1e-30]),
        logs(&[-5e-4]),
        logits(&[77.7]),
    ] {
        assert_eq!(score(target, CE, row, row), 0.0);
        assert_eq!(score(target, in_bits(CE), row, row), 0.0);
    }
    let alone = probabilities(&[0.0, 0.9995, 0.0]);
    assert_eq!(score(target, CE, alone, alone), 0.0);
}

fn the_label_at_the_argmax(target: &Target) {
    for k in [2, 10, 1000, 50_257] {
        for gap in [1.0_f32, 15.0, 25.0, 60.0] {
            let mut label = vec![0.0; k];
            label[k / 2] = 1.0;
            let mut model = vec![-gap; k];
            model[k / 2] = 0.0;
            let rest = (k - 1) as f64 * f64::from(-gap).exp();
            let found = score(target, CE, probabilities(&label), logits(&model));
            // Mixed operands: absolute below 1e-12, and 2e-6 of the root.
            let allowed = 2e-6 * (rest.ln_1p() + rest.ln_1p().sqrt()) + 1e-12;
            judge_exact(found as f32, rest.ln_1p(), allowed).unwrap();

            let mut one_hot = vec![f32::NEG_INFINITY; k];
            one_hot[k / 2] = 0.0;
            near(
                score(target, CE, logits(&one_hot), logits(&model)),
                rest.ln_1p(),
                3e-6,
            );
            let model: Vec<f32> = model.iter().map(|z| z.exp()).collect();
            score(target, CE, weights(&label), weights(&model));
        }
    }
}

fn the_first_of_the_largest(target: &Target) {
    let inf = f32::NEG_INFINITY;
    let (tiny, least) = (-1e-40, -f32::MAX);
    // Next to one another in f32, and one product by the other's mass.
    let (below, above) = (1.0 - f32::EPSILON / 2.0, 1.0);
    for (p, q, expected) in [
        (weights(&[1.0, 3.0, 3.0]), weights(&[0.0, 2.0, 1.0]), 1.0),
        (weights(&[1.0, 3.0, 3.0]), weights(&[0.0, 1.0, 2.0]), 0.0),
        (weights(&[5.0, 5.0, 5.0]), weights(&[7.0, 7.0, 7.0]), 1.0),
        (weights(&[5.0, 5.0, 5.0]), weights(&[6.0, 7.0, 7.0]), 0.0),
        (weights(&[below, above]), weights(&[1e30, 1.1e30]), 1.0),
        (weights(&[above, below]), weights(&[1e30, 1.1e30]), 0.0),
        (
            weights(&[3e38, 3e38, 3.1e38]),
            weights(&[0.0, -0.0, 1e-37]),
            1.0,
        ),
        (probabilities(&[0.5, 0.5]), probabilities(&[0.5, 0.5]), 1.0),
        (probabilities(&[0.4, 0.6]), probabilities(&[0.6, 0.4]), 0.0),
        (logits(&[tiny, 0.0, -1.0]), logits(&[2.0, 1.0, 1.0]), 1.0),
        (logits(&[0.0, 1e-40, -0.0]), logits(&[2.0, 1.0, 1.0]), 1.0),
        (logits(&[inf, least]), logits(&[inf, 3.0]), 1.0),
        (logits(&[inf, least]), logits(&[3.0, inf]), 0.0),
        (logits(&[1000.0, 1000.0]), logits(&[0.0, 1e-30]), 0.0),
        (logs(&[inf, 0.0, inf]), logs(&[-3.0, -0.052, -8.0]), 1.0),
        (
            probabilities(&[0.0, 0.0, 1.0]),
            logits(&[-9.0, 4.0, 4.5]),
            1.0,
        ),
        (
            probabilities(&[0.0, 0.0, 1.0]),
            logits(&[-9.0, 4.5, 4.5]),
            0.0,
        ),
        (logs(&[0.0, inf]), weights(&[1e-30, 9e-31]), 1.0),
    ] {
        for asked in [
            Options::new(TOP1),
            smoothed(TOP1, 1e-3),
            smoothed(TOP1, 1e6),
        ] {
            assert_eq!(score(target, asked, p, q), expected, "{p:?}, {q:?}");
            assert_eq!(score(target, asked, q, p), expected, "{q:?}, {p:?}");
        }
    }
    // A temperature moves no peak.
    for temperature in [0.01, 1.0, 1000.0] {
        let temperature = Temperature::new(temperature).unwrap();
        let hot = Encoding::Logits { temperature };
        let (p, q) = (Given(hot, &[3.0, 3.0, 2.0]), logits(&[1.0, 0.5, 0.0]));
        assert_eq!(score(target, TOP1, p, q), 1.0);
    }
}

fn peaks_anywhere(target: &Target) {
    let mut random = Random::new(20_261_126);
    for k in [7, 65, 300, 1025, 5000, 70_001] {
        for encode in [weights, logits] {
            for _ in 0..12 {
                let place = |random: &mut Random| random.below(k);
                let (first, other) = (place(&mut random), place(&mut random));
                let row = |peaks: &[usize], random: &mut Random| {
                    let mut row: Vec<f32> = (0..k).map(|_| random.unit() as f32).collect();
                    peaks.iter().for_each(|&peak| row[peak] = 1.5);
                    row
                };
                let p = row(&[first, other], &mut random);
                let q = row(&[first], &mut random);
                let expected = if first <= other { 1.0 } else { 0.0 };
                let found = score(target, TOP1, encode(&p), encode(&q));
                assert_eq!(found, expected, "K = {k}: {first}, {other}");
            }
        }
    }
}

fn disjoint_rows(target: &Target) {
    let inf = f32::NEG_INFINITY;
    for (p, q) in [
        (weights(&[1.0, 0.0, 3.0]), weights(&[0.0, 2.0, 0.0])),
        (
            probabilities(&[1.0, 0.0, 0.0]),
            probabilities(&[0.0, 1.0, 0.0]),
        ),
        (logits(&[1.0, inf, inf]), logits(&[inf, 5.0, 6.0])),
        (weights(&[1.0, 0.0]), logits(&[inf, 500.0])),
    ] {
        near(score(target, in_bits(js(0.5)), p, q), 1.0, 1e-6);
        near(score(target, js(0.5), p, q), LN_2, 2e-6);
        let h = -(0.25 * 0.25_f64.ln() + 0.75 * 0.75_f64.ln());
        near(score(target, js(0.25), p, q), h, 2e-6);
        near(score(target, TV, p, q), 1.0, 1e-6);
        for measure in [KL, RKL, CE] {
            assert_eq!(score(target, measure, p, q), f64::INFINITY);
        }
    }
}

fn negative_zero_and_subnormals(target: &Target) {
    let clean = [0.0, 0.25, 0.0, 0.75];
    for dirt in [
        -0.0,
        -1e-40,
        1e-40,
        f32::from_bits(1),
        f32::from_bits(0x807f_ffff),
    ] {
        let dirty = [dirt, 0.25, dirt, 0.75];
        let other = [0.5, 0.25, 0.0, 0.25];
        for encode in [probabilities, weights] {
            for measure in measures() {
                for (p, q) in [(&clean, &other), (&other, &clean)] {
                    let swap = |row: &[f32; 4]| if *row == clean { dirty } else { *row };
                    let expected = score(target, measure, encode(p), encode(q));
                    let found = score(target, measure, encode(&swap(p)), encode(&swap(q)));
                    assert_eq!(found, expected, "{measure}: {dirt:e}");
                }
            }
            let kl = score(target, KL, encode(&other), encode(&dirty));
            assert_eq!(kl, f64::INFINITY);
        }
        // A logarithm that small is that of 1.
        let kl = score(target, KL, logits(&[dirt, -1.0]), logits(&[0.0, -1.0]));
        assert_eq!(kl, 0.0);
        assert_eq!(score(target, CE, logs(&[dirt]), logs(&[-0.0])), 0.0);
    }
    // The smallest normal number is no zero.
    let least = f32::MIN_POSITIVE;
    assert!(score(target, KL, weights(&[1.0, least]), weights(&[1.0, least])) == 0.0);
    let kl = score(target, KL, weights(&[1.0, 1.0]), weights(&[1.0, least]));
    assert!((40.0..50.0).contains(&kl), "{kl}");
}

fn log_probabilities_of_90_and_170(target: &Target) {
    let (p, q) = (logs(&[0.0, -90.0]), logs(&[0.0, -170.0]));
    for measure in measures() {
        score(target, measure, p, q);
        score(target, measure, q, p);
    }
    // Neither is zero: e^-90 (80 - 1), below what the promise covers but never infinite.
    assert!(score(target, KL, p, q).is_finite());
    assert!(score(target, RKL, p, q).is_finite());
    // Where they are all there is, they are not zero either.
    let (p, q) = (logits(&[-90.0, -170.0]), logits(&[-170.0, -90.0]));
    near(score(target, KL, p, q), 80.0, 3e-6);
}

fn equal_terms(target: &Target) {
    let k = 1 << 20;
    let p = vec![1.0_f32; k];
    let mut q = vec![1.0_f32; k];
    q.iter_mut().step_by(2).for_each(|q| *q = 3.0);
    for measure in measures() {
        score(target, measure, weights(&p), weights(&q));
    }
    near(
        score(target, KL, weights(&p), weights(&q)),
        0.5 * (4.0_f64 / 3.0).ln(),
        1e-6,
    );
    near(score(target, TV, weights(&p), weights(&q)), 0.25, 1e-6);
    near(
        score(target, CE, weights(&p), weights(&p)),
        20.0 * LN_2,
        1e-6,
    );
    let z = vec![-7.5_f32; k];
    near(score(target, CE, logits(&z), logits(&z)), 20.0 * LN_2, 2e-6);
    let half: Vec<f32> = q.iter().map(|q| q.ln()).collect();
    near(
        score(target, KL, logits(&z), logits(&half)),
        0.5 * (4.0_f64 / 3.0).ln(),
        2e-6,
    );
}

fn one_bin_of_1_and_dust(target: &Target) {
    let k = (1 << 20) + 1;
    let dust = |value: f32, at: usize| {
        let mut row = vec![value; k];
        row[at] = 1.0;
        row
    };
    let p = dust(1e-12, 0);
    for (q, least) in [(dust(3e-12, 0), 1e-7), (dust(1e-12, k - 1), 20.0)] {
        for measure in measures() {
            score(target, measure, weights(&p), weights(&q));
            score(target, measure, weights(&q), weights(&p));
        }
        let kl = score(target, KL, weights(&p), weights(&q));
        assert!(kl > least, "{kl:e}");
        let log = |row: &[f32]| row.iter().map(|v| v.ln()).collect::<Vec<_>>();
        score(target, KL, logits(&log(&p)), logits(&log(&q)));
    }
}

fn rounded_softmax(target: &Target) {
    let mut random = Random::new(4);
    for k in [2, 16, 100, 1000, 50_257] {
        let z: Vec<f32> = (0..k).map(|_| (3.0 * random.normal()) as f32).collect();
        let mass: f64 = z.iter().map(|z| f64::from(*z).exp()).sum();
        let p: Vec<f32> = z
            .iter()
            .map(|z| (f64::from(*z).exp() / mass) as f32)
            .collect();
        for measure in measures() {
            score(target, measure, probabilities(&p), logits(&z));
            score(target, measure, logits(&z), probabilities(&p));
        }
        let kl = score(target, KL, probabilities(&p), logits(&z));
        assert!(kl <= 2e-12, "{kl:e}");
    }
}

fn zeros_decide_infinities(target: &Target) {
    let inf = f32::NEG_INFINITY;
    let (p, q) = ([0.5, 0.5, 0.0], [0.5, 0.0, 0.5]);
    let (full, lp, lq) = ([0.25, 0.25, 0.5], [0.0, 0.0, inf], [0.0, inf, 0.0]);
    let full_log = [1.0, 1.0, 2.0];
    for (p, q, full) in [
        (probabilities(&p), probabilities(&q), probabilities(&full)),
        (weights(&p), weights(&q), weights(&full)),
        (logits(&lp), logits(&lq), logits(&full_log)),
        (weights(&p), logits(&lq), logits(&full_log)),
    ] {
        let mut infinite = 0;
        for (measure, a, b, expected) in [
            (KL, p, q, true),
            (KL, p, full, false),
            (KL, full, p, true),
            (RKL, p, full, true),
            (RKL, full, p, false),
            (CE, p, full, false),
            (CE, full, q, true),
            (js(0.5), p, q, false),
            (js(0.0), p, q, false),
            (js(1.0), p, q, false),
            (TV, p, q, false),
        ] {
            let found = score(target, measure, a, b).is_infinite();
            assert_eq!(found, expected, "{measure}");
            infinite += usize::from(found);
        }
        assert_eq!(infinite, 4);
        assert_eq!(score(target, js(0.0), p, q), 0.0);
        assert_eq!(score(target, js(1.0), p, q), 0.0);
    }
}

fn smoothing_is_finite(target: &Target) {
    let (p, q) = ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
    for eps in [1e-30, 1e-10, 1e-3, 1.0, 1e6] {
        for measure in measures() {
            let finite = score(target, smoothed(measure, eps), weights(&p), weights(&q));
            assert!(finite.is_finite(), "{measure} at {eps}: {finite}");
            let logs = [0.0, f32::NEG_INFINITY, f32::NEG_INFINITY];
            let finite = score(
                target,
                smoothed(measure, eps),
                logits(&logs),
                logits(&[-1e3, 1e3, 0.0]),
            );
            assert!(finite.is_finite(), "{measure} at {eps}: {finite}");
        }
        // Where weights are huge, many bins and much that is added would be beyond f32.
        let heavy = [3e38, 2.9e38, 1e-30].repeat(340);
        let other = [2.9e38, 3e38, 1e-30].repeat(340);
        for measure in measures() {
            let finite = score(
                target,
                smoothed(measure, eps),
                weights(&heavy),
                weights(&other),
            );
            assert!(finite.is_finite(), "{measure} at {eps}: {finite}");
        }
        // Bins where both are zero dilute.
        let mut with_zeros = vec![0.0; 1000];
        with_zeros[0] = 1.0;
        let mut other = with_zeros.clone();
        other.swap(0, 999);
        let tv = score(
            target,
            smoothed(TV, eps),
            weights(&with_zeros),
            weights(&other),
        );
        near(tv, 1.0 / (1.0 + 1000.0 * eps), 2e-6);
    }
}

fn bits_are_nats_over_ln_2(target: &Target) {
    let (p, q) = (weights(&[1.0, 2.0, 5.0]), weights(&[4.0, 2.0, 1.0]));
    for measure in [KL, RKL, js(0.5), js(0.25), CE] {
        let nats = score(target, measure, p, q);
        near(score(target, in_bits(measure), p, q), nats * LOG2_E, 4e-7);
    }
}

fn scores_beyond_f32(target: &Target) {
    // A difference of logarithms of 6e38.
    let (a, b) = (logits(&[3e38, -3e38]), logits(&[-3e38, 3e38]));
    for measure in [KL, RKL, CE] {
        assert_eq!(score(target, measure, a, b), f64::INFINITY, "{measure}");
    }
    near(score(target, js(0.5), a, b), LN_2, 3e-6);
    let (a, b) = (logits(&[1e38, -1e38]), logits(&[-1e38, 1e38]));
    near(score(target, KL, a, b), f64::from(1e38_f32) * 2.0, 3e-6);
}

/// A bad row, what it stands for, and what is wrong with it first.
type Bad = (Encoding, [f32; 3], IssueKind);

fn bad_rows() -> Vec<Bad> {
    use Encoding::{LogProbabilities, Probabilities, Weights};
    use IssueKind::{Negative, NotFinite, ZeroMass};
    const LOGITS: Encoding = Encoding::LOGITS;
    const NAN: f32 = f32::NAN;
    const INF: f32 = f32::INFINITY;
    let sum = |sum| IssueKind::NotNormalised { sum };
    let mut all = Vec::new();
    for e in [Probabilities, Weights] {
        all.extend([
            (e, [0.5, NAN, 0.5], NotFinite),
            (e, [0.5, 0.5, -NAN], NotFinite),
            (e, [f32::from_bits(0x7f80_0001), 0.5, 0.5], NotFinite),
            (e, [INF, 0.5, 0.5], NotFinite),
            (e, [0.5, -INF, 0.5], NotFinite),
            (e, [-1.0, NAN, 0.0], NotFinite),
            (e, [0.0, 0.0, -INF], NotFinite),
            (e, [0.5, 0.6, -0.1], Negative),
            (e, [0.5, 0.5, -f32::MIN_POSITIVE], Negative),
            (e, [0.0, -1.0, 0.0], Negative),
            (e, [f32::MIN, f32::MAX, f32::MAX], Negative),
            (e, [0.0, 0.0, 0.0], ZeroMass),
            (e, [-0.0, 1e-40, -1e-40], ZeroMass),
        ]);
    }
    for e in [LogProbabilities, LOGITS] {
        all.extend([
            (e, [-1.0, NAN, -1.0], NotFinite),
            (e, [-1.0, -INF, INF], NotFinite),
            (e, [-INF, -INF, NAN], NotFinite),
            (e, [-INF, -INF, -INF], ZeroMass),
        ]);
    }
    all.extend([
        (Probabilities, [0.5, 0.25, 0.125], sum(0.875)),
        (Probabilities, [0.5, 0.5, 0.125], sum(1.125)),
        (
            Probabilities,
            [3e38, 3e38, 0.0],
            sum(2.0 * f64::from(3e38_f32)),
        ),
        (Probabilities, [1e-30, 0.0, 0.0], sum(f64::from(1e-30_f32))),
        (LogProbabilities, [0.0, 0.0, -INF], sum(2.0)),
        (LogProbabilities, [-1e5, -1e5, -1e5], sum(0.0)),
        (LogProbabilities, [1e5, 0.0, 0.0], sum(f64::INFINITY)),
    ]);
    all
}

/// Each kind in P, in Q and in both, against each encoding. Several kinds of one row: the first counts.
fn every_kind_of_bad_row(target: &Target) {
    let good = [
        probabilities(&[0.25, 0.25, 0.5]),
        weights(&[1.0, 2.0, 3.0]),
        logs(&[0.0, f32::NEG_INFINITY, f32::NEG_INFINITY]),
        logits(&[1.0, 2.0, 3.0]),
    ];
    let (mut tried, table) = (0, bad_rows());
    for (encoding, values, kind) in &table {
        let bad = Given(*encoding, values);
        let found = |p, q| {
            let scores = scores(target, KL, p, q, 3);
            assert!(scores.values()[0].is_nan());
            let issues = scores.issues();
            assert_eq!(issues.bad_rows(), 1);
            let kinds = issues.iter().map(|i| (i.row, i.operand, i.kind));
            kinds.collect::<Vec<_>>()
        };
        let same = |found: &[(u64, Operand, IssueKind)], operands: &[Operand]| {
            let right = found.len() == operands.len()
                && found.iter().zip(operands).all(|(found, operand)| {
                    (found.0, found.1) == (0, *operand) && like(found.2, *kind)
                });
            assert!(right, "{encoding} {values:?}: {found:?}");
        };
        for good in good {
            same(&found(bad, good), &[Operand::P]);
            same(&found(good, bad), &[Operand::Q]);
            tried += 2;
        }
        same(&found(bad, bad), &[Operand::P, Operand::Q]);
    }
    assert_eq!(tried, table.len() * 8);
}

fn like(found: IssueKind, expected: IssueKind) -> bool {
    match (found, expected) {
        (IssueKind::NotNormalised { sum: a }, IssueKind::NotNormalised { sum: b }) => {
            a == b || (a - b).abs() <= 1e-6 * b
        }
        _ => found == expected,
    }
}

fn bad_rows_among_good_ones(target: &Target) {
    let k = 3;
    for encoding in [Encoding::Probabilities, Encoding::LogProbabilities] {
        let good: [f32; 3] = match encoding {
            Encoding::Probabilities => [0.25, 0.5, 0.25],
            _ => [-LN_2, -2.0 * LN_2, -2.0 * LN_2].map(|l| l as f32),
        };
        let table = bad_rows();
        let bad: Vec<&Bad> = table.iter().filter(|bad| bad.0 == encoding).collect();
        let (mut p, mut q, mut issues) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..600_usize {
            let sick = bad[row % bad.len()];
            let (in_p, in_q) = (row % 7 == 3, row % 5 == 1);
            p.extend(if in_p { sick.1 } else { good });
            q.extend(if in_q { sick.1 } else { good });
            for (operand, is_bad) in [(Operand::P, in_p), (Operand::Q, in_q)] {
                if is_bad {
                    let (row, kind) = (row as u64, sick.2);
                    issues.push(Issue { row, operand, kind });
                }
            }
        }
        for measure in measures() {
            let scores = scores(target, measure, Given(encoding, &p), Given(encoding, &q), k);
            let found: Vec<&Issue> = scores.issues().iter().collect();
            assert_eq!(found.len(), issues.len());
            for (found, issue) in found.into_iter().zip(&issues) {
                assert_eq!((found.row, found.operand), (issue.row, issue.operand));
                assert!(like(found.kind, issue.kind), "{found}, not {issue}");
            }
            let nan = scores
                .values()
                .iter()
                .filter(|score| score.is_nan())
                .count();
            assert_eq!(nan as u64, scores.issues().bad_rows());
            assert!(scores.into_result().is_err());
        }
    }
}

fn the_tolerance(target: &Target) {
    let with = |tolerance| Options {
        tolerance,
        ..Options::new(TV)
    };
    let row = [0.5, 0.507_812_5];
    let bad = |tolerance, encoding: Encoding, values: &[f32]| {
        let row = Given(encoding, values);
        score(target, with(tolerance), row, row).is_nan()
    };
    let p = Encoding::Probabilities;
    assert!(bad(None, p, &row));
    assert!(bad(Some(0.007), p, &row));
    assert!(!bad(Some(0.008), p, &row));
    assert!(!bad(Some(1e30), p, &[7.0, 7.0]));
    assert!(!bad(Some(0.0), p, &[0.5, 0.5]));
    assert!(bad(Some(0.0), p, &[0.5, 0.499_999_9]));
    assert!(!bad(None, p, &[0.5, 0.500_9]));
    assert!(bad(None, p, &[0.5, 0.501_2]));
    let l = Encoding::LogProbabilities;
    assert!(bad(None, l, &[0.0, -6.0]));
    assert!(bad(Some(0.002), l, &[0.0, -6.0]));
    assert!(!bad(Some(0.003), l, &[0.0, -6.0]));
    assert!(!bad(None, l, &[0.0, -7.0]));
    // Weights and logits need no sum.
    assert!(!bad(Some(0.0), Encoding::Weights, &row));
    assert!(!bad(Some(0.0), Encoding::LOGITS, &row));
}

/// Half of the bins with a ratio that leaves an exponent of 1 or -1, if rounded to the nearest, and little
/// else: what the exponent adds must not cancel.
fn ratios_near_4_3(target: &Target) {
    let row = |a: u32, b: u32| [f32::from_bits(a), f32::from_bits(b)];
    let p = row(0x3c3d_dda2, 0x3f7d_0889);
    let q = row(0x3c7e_b89b, 0x3f7c_051e);
    near(
        score(target, KL, probabilities(&p), probabilities(&q)),
        5.611_047_303_382_77e-4,
        1e-6,
    );
    let mut random = Random::new(7);
    let (mut p, mut q) = (Vec::new(), Vec::new());
    for _ in 0..300 {
        let small = random.between(0.005, 0.05);
        let ratio = random.between(0.65, 0.8);
        let ratio = if random.one_in(2) { ratio } else { 1.0 / ratio };
        p.extend([small as f32, (1.0 - small) as f32]);
        q.extend([(small * ratio) as f32, (1.0 - small * ratio) as f32]);
    }
    for measure in measures() {
        scores(target, measure, probabilities(&p), probabilities(&q), 2);
        scores(target, measure, probabilities(&q), probabilities(&p), 2);
    }
}

/// Near rows whose masses differ by up to 2e-5, more or less than what they differ by otherwise.
fn masses_a_millionth_apart(target: &Target) {
    let mut random = Random::new(8);
    for k in [2, 3, 33] {
        let (mut p, mut q) = (Vec::new(), Vec::new());
        for _ in 0..100 {
            let z: Vec<f64> = (0..k).map(|_| random.between(0.1, 1.0)).collect();
            let sum: f64 = z.iter().sum();
            let apart = 1.0 + random.between(-1.0, 1.0) * random.pick(&[1e-6, 4e-6, 2e-5]);
            let distance = 10.0_f64.powf(random.between(-6.5, -4.5));
            for z in z {
                let noise = 1.0 + distance * random.normal();
                p.push((z / sum) as f32);
                q.push((z / sum * noise * apart) as f32);
            }
        }
        for measure in measures() {
            scores(target, measure, probabilities(&p), probabilities(&q), k);
        }
    }
}

fn sums_far_from_1(target: &Target) {
    let with = |measure, tolerance| Options {
        tolerance: Some(tolerance),
        ..Options::new(measure)
    };
    let half = [0.5, 0.5];
    for (q, tolerance) in [
        ([0.005, 0.005], 1.0),
        ([0.05, 0.05], 0.95),
        ([0.15, 0.15], 0.75),
        ([0.498, 0.498], 0.02),
    ] {
        let (p, q) = (probabilities(&half), probabilities(&q));
        near(score(target, with(CE, tolerance), p, q), LN_2, 2e-6);
    }
    let p = [3.0, 5.0, 7.0, 1.3];
    for (part, tolerance) in [(3.9e-6, 100.0), (3e-5, 1e30)] {
        let mut q = p.map(|v| (f64::from(v) * (1.0 + part)) as f32);
        q[1] = 5.0;
        for measure in measures() {
            let asked = with(measure, tolerance);
            score(target, asked, probabilities(&p), probabilities(&q));
        }
    }
    // A zero that makes a score infinite, and a negative bin, whatever the tolerance.
    let (p, one_hot) = (probabilities(&half), probabilities(&[1.0, 0.0]));
    assert_eq!(score(target, with(KL, 1e31), p, one_hot), f64::INFINITY);
    let negative = probabilities(&[1.5, -0.5]);
    assert!(score(target, with(KL, 1e31), p, negative).is_nan());
}

/// Bins that take off what a sum is told of them.
fn a_bin_that_hides(target: &Target) {
    let k = 64;
    for hidden in [-(2.0_f32.powi(100)), -1.0, f32::NAN, f32::INFINITY, -0.5] {
        let mut p = vec![0.0; k];
        let q = vec![1.0 / k as f32; k];
        p[4..12].fill(0.125);
        p[0] = hidden;
        for (p, q, operand) in [(&p, &q, Operand::P), (&q, &p, Operand::Q)] {
            let scores = scores(target, KL, probabilities(p), probabilities(q), k);
            let score = scores.values()[0];
            assert!(score.is_nan(), "{hidden} in {operand}: {score}");
            let issue = scores.issues().as_slice()[0];
            let wanted = if hidden.is_finite() {
                IssueKind::Negative
            } else {
                IssueKind::NotFinite
            };
            assert_eq!((issue.operand, issue.kind), (operand, wanted), "{hidden}");
        }
    }
}

/// Of long rows and of short ones, which the CPU takes side by side. On a GPU few workgroups look for what a first try
/// left, each at several groups, up to 256, as else of a million rows.
fn odd_rows_among_many(target: &Target) {
    for k in [260, 21] {
        for looking in [1, 40] {
            odd_rows(target, looking, 20_000, k);
        }
    }
}

#[cfg(feature = "gpu")]
fn few_looking(target: &Target, workgroups: u64) -> Option<Scorer> {
    let builder = target.builder(backends::Execution::Chosen);
    let builder = builder.looking_for_rows_left(workgroups);
    target.is_gpu().then(|| builder.build().unwrap())
}

#[cfg(not(feature = "gpu"))]
fn few_looking(_: &Target, _: u64) -> Option<Scorer> {
    None
}

fn odd_rows(target: &Target, looking: u64, rows: usize, k: usize) {
    let mut random = Random::new(17);
    let mut row = || {
        let values: Vec<f32> = (0..k).map(|_| random.between(0.1, 1.0) as f32).collect();
        let sum: f32 = values.iter().sum();
        values.into_iter().map(move |x| x / sum)
    };
    let distinct: Vec<Vec<f32>> = (0..7).map(|_| row().collect()).collect();
    let matrix = |from: usize| -> Vec<f32> {
        (0..rows)
            .flat_map(|i| distinct[(i + from) % 7].clone())
            .collect()
    };
    let (p, mut q) = (matrix(0), matrix(1));
    for i in 0..rows {
        let row = &mut q[i * k..(i + 1) * k];
        if i % 97 == 0 || (5000..5100).contains(&i) {
            row[1] += row[0];
            row[0] = 0.0;
        }
        if i % 389 == 5 {
            row[2] = -row[2];
        }
    }
    let found = scores(target, KL, probabilities(&p), probabilities(&q), k);
    if let Some(scorer) = few_looking(target, looking) {
        let (p, q) = (probabilities(&p).rows(k), probabilities(&q).rows(k));
        let again = scorer.score(&KL, p, q).unwrap();
        let (again, found) = (bits(again.values()), bits(found.values()));
        assert_eq!(again, found, "{looking} workgroups looking");
    }
    let mut seen = [None; 7];
    for (i, &score) in found.values().iter().enumerate() {
        if i % 389 == 5 {
            assert!(score.is_nan(), "row {i}: {score}");
        } else if i % 97 == 0 || (5000..5100).contains(&i) {
            assert_eq!(score, f32::INFINITY, "row {i}");
        } else {
            assert!(score.is_finite() && score > 0.0, "row {i}: {score}");
            // Rows repeat, and a score depends on its row alone.
            let same = seen[i % 7].get_or_insert(score);
            assert_eq!(score, *same, "row {i}");
        }
    }
}

fn padding_plays_no_part(target: &Target) {
    let mut random = Random::new(5);
    for (k, p_stride, q_stride) in [
        (1, 2, 1),
        (3, 4, 7),
        (5, 5, 8),
        (64, 65, 64),
        (257, 300, 259),
    ] {
        let rows = 9;
        let draw = |random: &mut Random| -> Vec<f32> {
            (0..rows * k)
                .map(|_| random.between(0.1, 1.0) as f32)
                .collect()
        };
        let (p, q) = (draw(&mut random), draw(&mut random));
        // Each row followed by what would make it bad; the last without its padding.
        let padded = |dense: &[f32], stride: usize| {
            let mut padded = Vec::new();
            for row in dense.chunks(k) {
                padded.extend_from_slice(row);
                padded.extend(vec![f32::NAN; stride - k]);
            }
            padded.truncate((rows - 1) * stride + k);
            padded
        };
        let (wide_p, wide_q) = (padded(&p, p_stride), padded(&q, q_stride));
        for measure in measures() {
            let dense = scores(target, measure, weights(&p), weights(&q), k);
            let wide = target.scorer().score(
                &measure,
                Rows::strided(Encoding::Weights, &wide_p, k, p_stride).unwrap(),
                Rows::strided(Encoding::Weights, &wide_q, k, q_stride).unwrap(),
            );
            let wide = wide.unwrap();
            assert!(wide.issues().is_empty());
            assert_eq!(wide.len(), rows);
            assert_eq!(
                bits(wide.values()),
                bits(dense.values()),
                "{measure}, K = {k}"
            );
        }
    }
}

/// Of rows that are scored side by side.
fn padding_of_short_rows(target: &Target) {
    let mut random = Random::new(6);
    let rows = 35;
    for (k, stride) in [(1, 3), (3, 4), (5, 8), (22, 23), (64, 200), (250, 251)] {
        let mut draw = || -> Vec<f32> {
            (0..rows * k)
                .map(|_| random.between(0.1, 1.0) as f32)
                .collect()
        };
        let shares = |values: &[f32]| -> Vec<f32> {
            let share = |row: &[f32]| {
                let sum: f32 = row.iter().sum();
                row.iter().map(|x| x / sum).collect::<Vec<f32>>()
            };
            values.chunks(k).flat_map(share).collect()
        };
        let (p, q) = (draw(), draw());
        for (encoding, p, q) in [
            (Encoding::Probabilities, shares(&p), shares(&q)),
            (Encoding::LOGITS, p, q),
        ] {
            let wide = |dense: &[f32]| -> Vec<f32> {
                let padding = vec![f32::NAN; stride - k];
                let row = |row: &[f32]| [row, &padding].concat();
                let mut wide: Vec<f32> = dense.chunks(k).flat_map(row).collect();
                wide.truncate((rows - 1) * stride + k);
                wide
            };
            let (wide_p, wide_q) = (wide(&p), wide(&q));
            for measure in [KL, RKL, js(0.5), TV, CE] {
                let scorer = target.scorer();
                let dense = scorer.score(
                    &measure,
                    Rows::new(encoding, &p, k).unwrap(),
                    Rows::new(encoding, &q, k).unwrap(),
                );
                let padded = scorer.score(
                    &measure,
                    Rows::strided(encoding, &wide_p, k, stride).unwrap(),
                    Rows::strided(encoding, &wide_q, k, stride).unwrap(),
                );
                let (dense, padded) = (dense.unwrap(), padded.unwrap());
                assert!(padded.issues().is_empty());
                assert_eq!(
                    bits(padded.values()),
                    bits(dense.values()),
                    "{measure} of {encoding}, K = {k}"
                );
            }
        }
    }
}

fn an_empty_batch(target: &Target) {
    for k in [1, 4, 1 << 20] {
        for encode in [probabilities, weights, logs, logits] {
            let scores = scores(target, KL, encode(&[]), encode(&[]), k);
            assert!(scores.is_empty() && scores.issues().is_empty());
            assert_eq!((scores.infinities(), scores.report().rows), (0, 0));
            assert!(scores.into_result().is_ok());
        }
    }
}

fn one_bin(target: &Target) {
    let linear = weights(&[1.0, 1e-30, 3e38, 7.0, 0.0, 0.3]);
    let logarithmic = logits(&[0.0, -300.0, 3e38, f32::NEG_INFINITY, 1.0, -1e-40]);
    for (p, q, bad) in [
        (linear, linear, 1),
        (logarithmic, logarithmic, 1),
        (linear, logarithmic, 2),
        (logarithmic, linear, 2),
    ] {
        for measure in measures() {
            for asked in [Options::new(measure), smoothed(measure, 0.5)] {
                let scores = scores(target, asked, p, q, 1);
                assert_eq!(scores.issues().bad_rows(), bad);
                let good = scores.values().iter().filter(|score| !score.is_nan());
                let zero = good.filter(|score| **score <= 1e-12).count();
                assert_eq!(zero as u64, 6 - bad, "{measure}: {:?}", scores.values());
            }
        }
    }
}

fn ten_thousand_issues_are_kept(target: &Target) {
    // Rows 3 and 4 of every five are bad, the second of them twice.
    let rows = 40_000_usize;
    let (mut p, mut q) = (vec![1.0_f32; rows * 2], vec![2.0_f32; rows * 2]);
    for row in 0..rows {
        if row % 5 >= 3 {
            p[row * 2] = -1.0;
        }
        if row % 5 == 4 {
            q[row * 2 + 1] = f32::NAN;
        }
    }
    let scores = scores(target, KL, weights(&p), weights(&q), 2);
    let issues = scores.issues();
    assert_eq!((issues.total(), issues.bad_rows()), (24_000, 16_000));
    assert_eq!(issues.as_slice().len(), Issues::KEPT);
    let last = issues.as_slice()[Issues::KEPT - 1];
    assert_eq!((last.row, last.operand), (16_668, Operand::P));
    let good = scores
        .values()
        .iter()
        .filter(|score| **score == 0.0)
        .count();
    assert_eq!(good, 24_000);
}
