//! What holds for all rows, on every backend and adapter.
//!
//! A failure prints the smallest case found and the seed that leads to it. What it teaches belongs
//! into `edges.rs`, so nothing is stored beside this file.

#![allow(clippy::unwrap_used)]

mod common;

use std::cell::Cell;
use std::f64::consts::LN_2;
use std::fmt::Debug;
use std::process::ExitCode;

use common::backends::{self, Execution, Target};
use common::batch::{Batch, Shape, bits, hex, row_of};
use common::check::{Verdict, check, equal_bits, judge_exact};
use common::harness::{self, Test};
use common::measures;
use common::pairs::Recipe;
use common::random::Random;
use common::settings::{self, Tier};
use kullback::{Encoding, Measure, Options, Rows, Scorer, Support, Temperature, Unit};
use kullback::{allowed_error, reference};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

const TESTS: [Test; 15] = [
    ("scores keep their range", scores_keep_their_range),
    ("equal rows score zero", equal_rows_score_zero),
    ("permuting rows permutes scores", permuting_rows),
    ("splitting a batch changes no bit", splitting_a_batch),
    (
        "neither threads nor strategy change a bit",
        ways_of_execution,
    ),
    ("js is symmetric at one half", js_is_symmetric),
    ("exchanging P and Q reverses kl", exchanging_reverses_kl),
    ("measures agree with one another", measures_agree),
    ("powers agree with one another", powers_agree),
    (
        "js-distance is a metric at one half",
        js_distance_is_a_metric,
    ),
    ("merging bins never increases kl or js", merging_bins),
    ("powers of two change no bit", powers_of_two),
    ("a constant added to logits", a_constant_added_to_logits),
    ("any bits give what the reference gives", any_bits),
    ("any bits among good values", any_bits_among_good_values),
];

fn main() -> ExitCode {
    harness::main(harness::on_each(&backends::judged(), &TESTS))
}

/// Tries a property on random cases, and fails if it was not tried as often as it should.
fn hold<S: Strategy>(
    target: &Target,
    strategy: S,
    property: impl Fn(&S::Value) -> Result<(), String>,
) where
    S::Value: Debug,
{
    let times = match settings::tier() {
        Tier::Fast => 1,
        Tier::Ci if target.is_gpu() => 1,
        Tier::Ci => 8,
        Tier::Exhaustive => 100,
    };
    // A case is up to ten new kernels, each of up to 0.65 seconds on a software adapter.
    let cases = times * if target.is_gpu() { 8 } else { 256 };
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(settings::seed()),
        max_shrink_iters: 10_000,
        ..Config::default()
    });
    let tried = Cell::new(0);
    let result = runner.run(&strategy, |case| {
        tried.set(tried.get() + 1);
        property(&case).map_err(TestCaseError::fail)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(tried.get() >= cases, "tried {} times", tried.get());
}

fn encodings() -> impl Strategy<Value = Encoding> {
    prop_oneof![
        Just(Encoding::Probabilities),
        Just(Encoding::Weights),
        Just(Encoding::LogProbabilities),
        Just(Encoding::LOGITS),
        Just(Encoding::Logits {
            temperature: Temperature::new(0.3).unwrap(),
        }),
    ]
}

/// Measures of shares of mass, at parameters that are tested elsewhere and at any.
fn measures() -> impl Strategy<Value = Measure> {
    let of_shares: Vec<Measure> = measures::all()
        .into_iter()
        .filter(|m| !m.is_raw())
        .collect();
    let orders = || prop_oneof![3 => 0.0..4.0, 1 => 4.0..10.0, 1 => 0.999..1.001];
    prop_oneof![
        8 => proptest::sample::select(of_shares),
        1 => (0.0..=1.0).prop_map(|w| Measure::jensen_shannon(w).unwrap()),
        1 => (0.0..=1.0).prop_map(|w| Measure::jensen_shannon_distance(w).unwrap()),
        1 => orders().prop_map(|order| Measure::renyi(order).unwrap()),
        1 => orders().prop_map(|order| Measure::tsallis(order).unwrap()),
        1 => (orders(), any::<bool>()).prop_map(|(order, negative)| {
            Measure::alpha(if negative { -order } else { order }).unwrap()
        }),
    ]
}

/// Measures of raw values.
fn raw_measures() -> impl Strategy<Value = Measure> {
    let raw: Vec<Measure> = measures::all()
        .into_iter()
        .filter(Measure::is_raw)
        .collect();
    proptest::sample::select(raw)
}

fn options() -> impl Strategy<Value = Options> {
    let supports = prop_oneof![
        3 => Just(Support::Exact),
        1 => Just(Support::Smoothed(1e-10)),
        1 => Just(Support::Smoothed(1e-2)),
    ];
    (measures(), any::<bool>(), supports).prop_map(|(measure, in_bits, support)| Options {
        unit: if in_bits && measure.is_logarithmic() {
            Unit::Bits
        } else {
            Unit::Nats
        },
        support,
        ..Options::new(measure)
    })
}

/// Numbers of bins, small ones most of the time.
fn bins() -> impl Strategy<Value = usize> {
    prop_oneof![6 => 1_usize..40, 3 => 40_usize..600, 1 => 600_usize..5000]
}

/// A batch of all kinds of rows, as what it is drawn from.
#[derive(Clone, Copy, Debug)]
struct Mixed {
    options: Options,
    shape: Shape,
    seed: u64,
}

impl Mixed {
    fn batch(&self) -> Batch {
        Batch::draw(self.options, self.shape, &mut Random::new(self.seed))
    }
}

fn mixed() -> impl Strategy<Value = Mixed> {
    let shares = (options(), encodings(), encodings());
    let raw = raw_measures().prop_map(|measure| {
        let weights = Encoding::Weights;
        (Options::new(measure), weights, weights)
    });
    let asked = prop_oneof![8 => shares, 1 => raw];
    let drawn = (asked, bins(), 1_usize..40, any::<u64>());
    drawn.prop_map(|((options, p, q), k, rows, seed)| Mixed {
        options,
        shape: Shape {
            encodings: [p, q],
            k,
            rows,
            distinct: rows,
        },
        seed,
    })
}

fn same(found: &[u32], expected: &[u32]) -> Result<(), String> {
    match found.iter().zip(expected).position(|(a, b)| a != b) {
        None if found.len() == expected.len() => Ok(()),
        None => Err(format!("{} rows, not {}", found.len(), expected.len())),
        Some(row) => Err(format!(
            "row {row}: bits {:08x}, not {:08x}",
            found[row], expected[row]
        )),
    }
}

fn scores_keep_their_range(target: &Target) {
    hold(target, mixed(), |mixed| {
        let compared = mixed.batch().compare(target, target.scorer())?;
        if compared != mixed.shape.rows {
            return Err(format!("{compared} rows compared"));
        }
        let most = measures::most(&mixed.options, mixed.shape.k);
        for bits in mixed.batch().bits(target.scorer())? {
            let score = f64::from(f32::from_bits(bits));
            let in_range = score >= 0.0 && score <= most + 2e-6 * most.max(1.0);
            if !(score.is_nan() || in_range) {
                return Err(format!("{score:e}, where {most} is the most"));
            }
        }
        Ok(())
    });
}

fn equal_rows_score_zero(target: &Target) {
    hold(target, mixed(), |mixed| {
        let mut mixed = *mixed;
        if !mixed.options.measure.is_divergence() {
            mixed.options.measure = Measure::KullbackLeibler;
        }
        mixed.shape.encodings[1] = mixed.shape.encodings[0];
        let mut random = Random::new(mixed.seed);
        let equal = [Recipe::Equal];
        let batch = Batch::of_recipes(mixed.options, mixed.shape, &equal, &mut random);
        same(&batch.bits(target.scorer())?, &vec![0; batch.rows()])
    });
}

fn permuting_rows(target: &Target) {
    hold(target, mixed(), |mixed| {
        let batch = mixed.batch();
        let mut order: Vec<usize> = (0..batch.rows()).collect();
        Random::new(mixed.seed).shuffle(&mut order);
        let straight = batch.bits(target.scorer())?;
        let expected: Vec<u32> = order.iter().map(|&row| straight[row]).collect();
        same(&batch.select(order).bits(target.scorer())?, &expected)
    });
}

fn splitting_a_batch(target: &Target) {
    hold(target, mixed(), |mixed| {
        let batch = mixed.batch();
        let cut = Random::new(mixed.seed).below(batch.rows() + 1);
        let mut parts = batch.select(0..cut).bits(target.scorer())?;
        parts.extend(batch.select(cut..batch.rows()).bits(target.scorer())?);
        // Each row alone as well.
        let alone = batch.select([cut.min(batch.rows() - 1)]);
        let whole = batch.bits(target.scorer())?;
        same(
            &alone.bits(target.scorer())?,
            &whole[cut.min(whole.len() - 1)..][..1],
        )?;
        same(&parts, &whole)
    });
}

fn ways_of_execution(target: &Target) {
    let mut ways: Vec<(String, Scorer)> = target
        .executions()
        .into_iter()
        .filter(|way| *way != Execution::Chosen)
        .map(|way| (way.name(), target.build(way)))
        .collect();
    for threads in [1, 2, 5] {
        let scorer = target.builder(Execution::Chosen).threads(threads).build();
        ways.push((format!("{threads} threads"), scorer.unwrap()));
    }
    // More values than a thread is handed at a time.
    let drawn = (mixed(), 1_usize..200);
    hold(target, drawn, |(mixed, rows)| {
        let mut mixed = *mixed;
        mixed.shape.rows = *rows;
        mixed.shape.distinct = (*rows).min(30);
        let batch = mixed.batch();
        let expected = batch.bits(target.scorer())?;
        for (name, scorer) in &ways {
            same(&batch.bits(scorer)?, &expected).map_err(|wrong| format!("{name}: {wrong}"))?;
        }
        Ok(())
    });
}

/// Two matrices of one row each.
#[derive(Clone, Debug)]
struct Pair {
    encodings: [Encoding; 2],
    p: Vec<f32>,
    q: Vec<f32>,
}

impl Pair {
    fn rows(&self) -> [Rows<'_>; 2] {
        let [p, q] = self.encodings;
        [
            Rows::new(p, &self.p, self.p.len()).unwrap(),
            Rows::new(q, &self.q, self.q.len()).unwrap(),
        ]
    }

    fn exchanged(self) -> Pair {
        let [p, q] = self.encodings;
        Pair {
            encodings: [q, p],
            p: self.q,
            q: self.p,
        }
    }

    /// The score, and how far from the exact one it may be.
    fn score(&self, target: &Target, options: &Options) -> Result<(f64, f64), String> {
        let [p, q] = self.rows();
        let request = target.scorer().request(&options.measure);
        let request = request.unit(options.unit).support(options.support);
        let scores = request.score(p, q).map_err(|error| error.to_string())?;
        let exact = reference::score(options, &p.row(0), &q.row(0));
        let exact = exact.map_err(|bad| format!("{bad:?}"))?;
        let score = f64::from(scores.values()[0]);
        Ok((score, allowed_error(options, &p.row(0), &q.row(0), exact)))
    }
}

/// A pair of good rows.
fn pairs() -> impl Strategy<Value = Pair> {
    let recipes = [
        Recipe::Random,
        Recipe::Near,
        Recipe::Masked,
        Recipe::Shifted,
        Recipe::Extreme,
        Recipe::OneHot,
        Recipe::Counts,
    ];
    let drawn = (encodings(), encodings(), bins(), any::<u64>());
    drawn.prop_map(move |(p, q, k, seed)| {
        let mut random = Random::new(seed);
        let recipe = random.pick(&recipes);
        let drawn = common::pairs::draw(recipe, [p, q], k, &mut random);
        Pair {
            encodings: [p, q],
            p: drawn.p,
            q: drawn.q,
        }
    })
}

fn js_is_symmetric(target: &Target) {
    let options = Options::new(Measure::jensen_shannon(0.5).unwrap());
    hold(target, pairs(), |pair| {
        let (straight, allowed) = pair.score(target, &options)?;
        let (back, _) = pair.clone().exchanged().score(target, &options)?;
        let most = LN_2 + 1e-6;
        let symmetric = (straight - back).abs() <= 2.0 * allowed;
        if symmetric && straight <= most && back <= most {
            Ok(())
        } else {
            Err(format!("{straight:e} and {back:e}, {allowed:e} allowed"))
        }
    });
}

/// Scores of one pair by several measures, each with what it may be off by.
fn scores<const N: usize>(
    target: &Target,
    pair: &Pair,
    names: [&str; N],
) -> Result<[(f64, f64); N], String> {
    let mut all = [(0.0, 0.0); N];
    for (score, name) in all.iter_mut().zip(names) {
        *score = pair.score(target, &Options::new(measures::named(name)))?;
    }
    Ok(all)
}

/// `left` is `right`, give or take what each may be off by. Equal infinities are.
fn agree(what: &str, (left, off): (f64, f64), (right, other): (f64, f64)) -> Result<(), String> {
    if left == right || (left - right).abs() <= off + other {
        Ok(())
    } else {
        Err(format!(
            "{what}: {left:e} and {right:e}, {:e} allowed",
            off + other
        ))
    }
}

/// `left` is at most `right`, give or take likewise.
fn at_most(what: &str, (left, off): (f64, f64), (right, other): (f64, f64)) -> Result<(), String> {
    if left <= right + off + other {
        Ok(())
    } else {
        Err(format!("{what}: {left:e} above {right:e}"))
    }
}

fn measures_agree(target: &Target) {
    hold(target, pairs(), |pair| {
        let names = ["kl", "reverse-kl", "jeffreys", "entropy", "cross-entropy"];
        let [kl, reverse, jeffreys, entropy, cross] = scores(target, pair, names)?;
        agree("jeffreys", jeffreys, (kl.0 + reverse.0, kl.1 + reverse.1))?;
        agree("cross-entropy", cross, (kl.0 + entropy.0, kl.1 + entropy.1))?;
        let names = ["hellinger", "hellinger-squared", "bhattacharyya", "tv"];
        let [root, square, distance, tv] = scores(target, pair, names)?;
        // The slope of the root and of the logarithm carries what the square is off by.
        agree(
            "hellinger",
            root,
            (
                square.0.sqrt(),
                square.1 / (2.0 * square.0.sqrt()).max(1e-9),
            ),
        )?;
        if square.0 < 0.99 {
            let off = square.1 / (1.0 - square.0);
            agree("bhattacharyya", distance, (-(-square.0).ln_1p(), off))?;
        }
        let bound = (kl.0 / 2.0).sqrt();
        at_most("Pinsker", tv, (bound, kl.1 / (4.0 * bound).max(1e-9)))
    });
}

fn powers_agree(target: &Target) {
    hold(target, pairs(), |pair| {
        let names = [
            "renyi:0.3",
            "renyi:0.7",
            "renyi:1",
            "renyi:2",
            "renyi:5",
            "renyi:inf",
            "kl",
        ];
        let renyi = scores(target, pair, names)?;
        for (orders, pair) in names.windows(2).zip(renyi[..6].windows(2)) {
            at_most(&orders.join(" to "), pair[0], pair[1])?;
        }
        agree("renyi of order 1", renyi[2], renyi[6])?;
        let names = [
            "chi2",
            "neyman",
            "alpha:2",
            "alpha:-1",
            "tsallis:2",
            "alpha:0.5",
            "hellinger-squared",
        ];
        let [chi2, neyman, two, minus_one, tsallis, half, hellinger] = scores(target, pair, names)?;
        let times = |factor: f64, (score, off): (f64, f64)| (factor * score, factor * off);
        // An infinite one may be a finite half.
        if chi2.0.is_finite() && neyman.0.is_finite() {
            agree("chi2", chi2, times(2.0, two))?;
            agree("neyman", neyman, times(2.0, minus_one))?;
            agree("tsallis", tsallis, chi2)?;
        }
        agree("alpha of order 1/2", half, times(4.0, hellinger))
    });
}

/// The Jensen-Shannon distance between three rows.
fn js_distance_is_a_metric(target: &Target) {
    let drawn = (encodings(), bins(), any::<u64>());
    hold(target, drawn, |(encoding, k, seed)| {
        let mut random = Random::new(*seed);
        let recipes = [Recipe::Random, Recipe::Near, Recipe::Masked, Recipe::OneHot];
        let recipe = random.pick(&recipes);
        let first = common::pairs::draw(recipe, [*encoding; 2], *k, &mut random);
        let second = common::pairs::draw(random.pick(&recipes), [*encoding; 2], *k, &mut random);
        let distance = |p: &[f32], q: &[f32]| {
            let pair = Pair {
                encodings: [*encoding; 2],
                p: p.to_vec(),
                q: q.to_vec(),
            };
            pair.score(target, &Options::new(measures::named("js-distance")))
        };
        let (a, b, c) = (&first.p, &first.q, &second.p);
        let [ab, bc, ac] = [distance(a, b)?, distance(b, c)?, distance(a, c)?];
        at_most("around", ac, (ab.0 + bc.0, ab.1 + bc.1))
    });
}

fn exchanging_reverses_kl(target: &Target) {
    let (kl, reverse) = (Measure::KullbackLeibler, Measure::ReverseKullbackLeibler);
    hold(target, pairs(), |pair| {
        let (straight, allowed) = pair.score(target, &Options::new(kl))?;
        let (back, _) = pair
            .clone()
            .exchanged()
            .score(target, &Options::new(reverse))?;
        if straight == back || (straight - back).abs() <= 2.0 * allowed {
            Ok(())
        } else {
            Err(format!("{straight:e} and {back:e}, {allowed:e} allowed"))
        }
    });
}

/// Counts, whose sums are exact.
fn merging_bins(target: &Target) {
    let counts = || prop_oneof![1 => Just(0_u32), 3 => 0_u32..20, 1 => 0_u32..4000];
    let bins = vec((counts(), counts(), -2_i32..3), 2..400);
    let drawn = (bins, any::<bool>(), any::<u64>());
    hold(target, drawn, |(bins, close, seed)| {
        let p: Vec<u32> = bins.iter().map(|bin| bin.0 + 1).collect();
        let q: Vec<u32> = if *close {
            // Large counts that differ by two at most.
            bins.iter()
                .map(|bin| (bin.0 + 1).saturating_add_signed(bin.2))
                .collect()
        } else {
            bins.iter().map(|bin| bin.1).collect()
        };
        let mut random = Random::new(*seed);
        let parts = 1 + random.below(p.len());
        let part: Vec<usize> = p.iter().map(|_| random.below(parts)).collect();
        let merged = |counts: &[u32]| {
            let mut merged = vec![0; parts];
            for (count, part) in counts.iter().zip(&part) {
                merged[*part] += count;
            }
            merged
        };
        if q.iter().all(|count| *count == 0) {
            return Ok(());
        }
        let pair = |p: &[u32], q: &[u32]| Pair {
            encodings: [Encoding::Weights; 2],
            p: p.iter().map(|&count| count as f32).collect(),
            q: q.iter().map(|&count| count as f32).collect(),
        };
        let (fine, coarse) = (pair(&p, &q), pair(&merged(&p), &merged(&q)));
        for measure in [
            Measure::KullbackLeibler,
            Measure::jensen_shannon(0.5).unwrap(),
            Measure::jensen_shannon(0.1).unwrap(),
            Measure::TotalVariation,
        ] {
            let options = Options::new(measure);
            let (before, allowed_before) = fine.score(target, &options)?;
            let (after, allowed_after) = coarse.score(target, &options)?;
            // The comparison fails for NaN.
            let increased = after - before > allowed_before + allowed_after;
            if before.is_nan() || after.is_nan() || increased {
                return Err(format!("{measure}: {before:e} became {after:e}"));
            }
        }
        Ok(())
    });
}

fn powers_of_two(target: &Target) {
    let weights = || vec(prop_oneof![1 => Just(0.0_f32), 6 => 1e-3_f32..1e3], 1..600);
    let drawn = (
        weights(),
        weights(),
        -100_i32..110,
        -100_i32..110,
        measures(),
    );
    hold(target, drawn, |(p, q, p_power, q_power, measure)| {
        // The root of an odd power of two is rounded, far out rows are scaled by any, and sums of powers are
        // judged by what f32 holds.
        let close_by = measure.order().is_some()
            || matches!(
                measure,
                Measure::Hellinger | Measure::HellingerSquared | Measure::Bhattacharyya
            );
        let even = |power: i32| if close_by { power % 10 / 2 * 2 } else { power };
        let (p_power, q_power) = (&even(*p_power), &even(*q_power));
        let k = p.len().min(q.len());
        let pair = |p: Vec<f32>, q: Vec<f32>| Pair {
            encodings: [Encoding::Weights; 2],
            p,
            q,
        };
        let scaled = |values: &[f32], power: i32| {
            let factor = 2.0_f64.powi(power);
            let scaled = |v: &f32| (f64::from(*v) * factor) as f32;
            values[..k].iter().map(scaled).collect()
        };
        let scores = |pair: &Pair| {
            let [p, q] = pair.rows();
            let scores = target.scorer().score(measure, p, q);
            scores.map(|scores| bits(scores.values()))
        };
        let before = scores(&pair(p[..k].to_vec(), q[..k].to_vec()));
        let after = scores(&pair(scaled(p, *p_power), scaled(q, *q_power)));
        same(&after.unwrap(), &before.unwrap())
    });
}

/// Logits in steps of 1/64, to which whole numbers are added exactly.
fn a_constant_added_to_logits(target: &Target) {
    let row = || vec(-640_i32..640, 1..600);
    let drawn = (row(), row(), any::<bool>(), -1000_i32..1000, measures());
    hold(target, drawn, |(p, q, close, constant, measure)| {
        let k = p.len().min(q.len());
        let logits = |steps: &[i32], constant: i32| -> Vec<f32> {
            let logit = |step: &i32| *step as f32 / 64.0 + constant as f32;
            steps[..k].iter().map(logit).collect()
        };
        let q = if *close {
            (p[..k].iter().zip(q)).map(|(p, q)| p + q / 300).collect()
        } else {
            q.clone()
        };
        let pair = |constant| Pair {
            encodings: [Encoding::LOGITS; 2],
            p: logits(p, 0),
            q: logits(&q, constant),
        };
        let options = Options::new(*measure);
        let (plain, allowed) = pair(0).score(target, &options)?;
        let (shifted, _) = pair(*constant).score(target, &options)?;
        let [p, q] = [pair(0), pair(*constant)].map(|pair| {
            let [p, q] = pair.rows();
            reference::score(&options, &p.row(0), &q.row(0)).unwrap()
        });
        if (p - q).abs() > 1e-9 * p {
            return Err(format!("the reference has {p:e} and {q:e}"));
        }
        judge_exact(plain as f32, p, allowed)?;
        judge_exact(shifted as f32, p, allowed)
    });
}

/// Compares all rows with the reference: scores, and which rows are bad in which way.
fn as_the_reference(
    target: &Target,
    options: &Options,
    encodings: [Encoding; 2],
    k: usize,
    [p, q]: [&[f32]; 2],
) -> Result<(), String> {
    let rows = p.len().min(q.len()) / k;
    let (p, q) = (&p[..rows * k], &q[..rows * k]);
    let p_rows = Rows::new(encodings[0], p, k).unwrap();
    let q_rows = Rows::new(encodings[1], q, k).unwrap();
    let request = target.scorer().request(&options.measure);
    let request = request.unit(options.unit).support(options.support);
    let scores = request.score(p_rows, q_rows).unwrap();
    let verdicts: Vec<Verdict> = (0..rows)
        .map(|row| {
            let at = row * k..(row + 1) * k;
            let equal = equal_bits((encodings[0], &p[at.clone()]), (encodings[1], &q[at]));
            let (p, q) = (p_rows.row(row as u64), q_rows.row(row as u64));
            Verdict::of(options, &p, &q, equal)
        })
        .collect();
    let compared = check(&scores, options, verdicts.iter()).map_err(|wrong| {
        let row = row_of(&wrong).unwrap_or_default();
        let at = row * k..(row + 1) * k;
        format!("{wrong}\n  P {}\n  Q {}", hex(&p[at.clone()]), hex(&q[at]))
    })?;
    match compared {
        compared if compared == rows => Ok(()),
        compared => Err(format!("{compared} rows compared")),
    }
}

/// Logarithms beyond 1e29 may miss the promise by some units in the last place where operands are mixed
/// or are divided by a temperature below 1: a known limit, see docs/numerics.md.
fn within_reach(encoding: Encoding, row: &[f32]) -> Vec<f32> {
    let near = |&value: &f32| match value {
        value if encoding.is_logarithmic() && value.is_finite() && value.abs() > 1e29 => {
            value * 1e-10
        }
        value => value,
    };
    row.iter().map(near).collect()
}

fn any_bits(target: &Target) {
    let row = || vec(any::<u32>().prop_map(f32::from_bits), 1..120);
    let drawn = (
        options(),
        encodings(),
        encodings(),
        1_usize..9,
        row(),
        row(),
    );
    hold(target, drawn, |(options, p_as, q_as, k, p, q)| {
        let (p, q) = (within_reach(*p_as, p), within_reach(*q_as, q));
        as_the_reference(target, options, [*p_as, *q_as], *k, [&p, &q])
    });
}

fn any_bits_among_good_values(target: &Target) {
    // Mostly of the range of weights and logits, so that most rows are good.
    let value = || {
        prop_oneof![
            1 => any::<u32>().prop_map(f32::from_bits),
            1 => any::<u32>().prop_map(|bits| f32::from_bits(bits & 0x807f_ffff)),
            2 => any::<u32>().prop_map(|bits| f32::from_bits(bits & 0x7fff_ffff)),
            40 => 0.0_f32..1.0,
            10 => 0.0_f32..1e6,
        ]
    };
    let row = || vec(value(), 1..200);
    let drawn = (
        options(),
        encodings(),
        encodings(),
        1_usize..9,
        row(),
        row(),
    );
    hold(target, drawn, |(options, p_as, q_as, k, p, q)| {
        let (p, q) = (within_reach(*p_as, p), within_reach(*q_as, q));
        as_the_reference(target, options, [*p_as, *q_as], *k, [&p, &q])
    });
}
