//! The CPU on each instruction set that this machine has, and software adapters beside it.
//!
//! A process reads `KULLBACK_ISA` once, so these tests run this very binary again, once a set, with
//! the one test that looks at it.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::process::Command;

use common::backends::{self, Target};
use common::batch::{Batch, Shape};
use common::check::judge_exact;
use common::exact::{Case, cases};
#[cfg(feature = "gpu")]
use common::harness;
use common::random::Random;
use common::settings;
use kullback::{Encoding, Measure, Options, Scorer, Support, Temperature};

const VARIABLE: &str = "KULLBACK_ISA";
const CHILD: &str = "the_set_in_use_meets_the_promise";

/// Rows of a batch.
const FEW: usize = 13;
/// Short rows are scored side by side, as many as a vector has lanes; here are two vectors of them and a rest.
const MORE_THAN_LANES: usize = 37;

/// What the child says of itself.
#[derive(Debug, PartialEq)]
struct Told {
    isa: String,
    cases: usize,
    rows: usize,
    /// A hash of the bits of all scores.
    bits: String,
}

#[test]
fn every_instruction_set_meets_the_promise() {
    let mut told = BTreeMap::new();
    for isa in available() {
        let child = told_by(isa);
        assert_eq!(child.isa, isa);
        assert_eq!(child.cases, cases().len(), "{isa}");
        assert!(child.rows > 1000, "{isa}: {child:?}");
        println!("{isa}: {child:?}");
        told.insert(isa, child.bits);
    }
    assert!(told.contains_key("portable"));
    // Those that fuse products into sums agree with one another.
    let fused: Vec<_> = told.iter().filter(|(isa, _)| **isa != "portable").collect();
    for pair in fused.windows(2) {
        assert_eq!(pair[0].1, pair[1].1, "{} and {}", pair[0].0, pair[1].0);
    }
}

#[test]
fn an_instruction_set_of_another_machine_is_not_taken() {
    let told = told_by("sve-of-elsewhere");
    assert!(available().contains(&told.isa.as_str()), "{told:?}");
}

/// The sets that the library should find on this machine.
fn available() -> Vec<&'static str> {
    let mut all = vec!["portable"];
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx2") && has!("fma") && has!("bmi1") && has!("bmi2") && has!("f16c") {
            all.push("avx2");
            if has!("avx512f")
                && has!("avx512bw")
                && has!("avx512cd")
                && has!("avx512dq")
                && has!("avx512vl")
            {
                all.push("avx512");
            }
        }
    }
    #[cfg(target_arch = "aarch64")]
    all.push("neon");
    all
}

fn told_by(isa: &str) -> Told {
    let output = run_again(CHILD, isa);
    let told = |key: &str| {
        let (_, rest) = output.split_once(&format!("{key}=")).unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    };
    Told {
        isa: told("isa"),
        cases: told("cases").parse().unwrap(),
        rows: told("rows").parse().unwrap(),
        bits: told("bits"),
    }
}

/// What one test of this binary prints on an instruction set.
fn run_again(test: &str, isa: &str) -> String {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(VARIABLE, isa)
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout).into_owned();
    let errors = String::from_utf8_lossy(&child.stderr);
    let status = child.status;
    assert!(status.success(), "{isa}, {status}:\n{output}\n{errors}");
    output
}

/// Adapters whose division and subtraction are those of IEEE 754, products rounded before sums, as
/// in the portable code. Cards may divide with an error of 2.5 units: they are held to the promise
/// alone.
#[cfg(feature = "gpu")]
const EXACT_ADAPTERS: [&str; 2] = ["llvmpipe", "swiftshader"];

/// Of so many batches, a slow adapter is given one in the small tiers: each takes kernels of its own, which it
/// compiles for seconds.
#[cfg(feature = "gpu")]
const SHARE: usize = 96;

/// Whether two scores may differ on an adapter although all others must not; the promise, which is
/// absolute there, holds all the same.
///
/// SwiftShader flushes what is smaller than the least normal number, 1.2e-38, and so do the terms of rows
/// that are all but equal: a score of 1e-32 loses digits, one of 1e-38 everything.
#[cfg(feature = "gpu")]
fn is_flushed(adapter: &str, measure: Measure, found: u32, expected: u32) -> bool {
    let is_root = matches!(
        measure,
        Measure::Hellinger | Measure::JensenShannonDistance(_)
    );
    let tiny = |bits| f32::from_bits(bits) < if is_root { 1e-14 } else { 1e-28 };
    adapter.contains("swiftshader") && tiny(found) && tiny(expected)
}

/// Whether two scores of powers may differ in their last digits: Mesa's compiler regroups sums of products, and
/// of those from which powers are made it still finds some. Seen in 2 of 14,430 rows on each of its adapters;
/// more than one in a thousand is a failure.
#[cfg(feature = "gpu")]
fn is_regrouped(adapter: &str, measure: Measure, found: u32, expected: u32) -> bool {
    let near = found != expected && found.abs_diff(expected) <= 4;
    adapter.contains("llvmpipe") && measure.order().is_some() && near
}

/// Why bits may differ on one of them; the promise holds there all the same.
///
/// GLSL, which naga writes for OpenGL, leaves it to the compiler to regroup sums of products, and Mesa's
/// does where the two halves of `js` are weighted differently. Seen in the last digits, 12 of 3120 rows.
///
/// Other rows than those below, 37 of each short batch instead of 13, showed two more on Vulkan: `js:0.1` of probabilities
/// by 2 units in 3 rows, and smoothed `tsallis:2` of mixed rows by 25 units of a score of 5e-17. It has not been found out
/// yet what is regrouped there.
#[cfg(feature = "gpu")]
fn may_differ(adapter: &str, measure: Measure) -> bool {
    let uneven = measure.weight().is_some_and(|weight| weight != 0.5);
    adapter.starts_with("gpu gl") && uneven
}

#[cfg(feature = "gpu")]
#[test]
fn software_adapters_have_the_bits_of_the_portable_cpu() {
    if std::env::var(VARIABLE).as_deref() != Ok("portable") {
        let name = "software_adapters_have_the_bits_of_the_portable_cpu";
        let output = run_again(name, "portable");
        assert!(output.contains("on the portable cpu:"), "{output}");
        print!("{output}");
        return;
    }
    assert_eq!(backends::isa(), "portable");
    let targets = backends::judged();
    let cpu = targets.iter().find(|target| target.is_cpu()).unwrap();
    let batches: Vec<(String, Batch, Vec<u32>)> = batches(FEW)
        .into_iter()
        .map(|(name, batch)| {
            let expected = batch.bits(cpu.scorer()).unwrap();
            (name, batch, expected)
        })
        .collect();
    let software: Vec<&Target> = targets
        .iter()
        .filter(|target| {
            let adapter = target.name().to_lowercase();
            EXACT_ADAPTERS.iter().any(|exact| adapter.contains(exact))
        })
        .collect();
    // Each compiles for itself, on one core.
    let all: Vec<Compared> = std::thread::scope(|scope| {
        let batches = &batches;
        let threads: Vec<_> = software
            .iter()
            .map(|target| scope.spawn(move || compared(target, batches)))
            .collect();
        let all = threads.into_iter().map(|thread| thread.join().unwrap());
        all.collect()
    });
    let rows: usize = batches.iter().map(|(.., expected)| expected.len()).sum();
    let sum = |of: fn(&Compared) -> usize| all.iter().map(of).sum::<usize>();
    let (compared, regrouped) = (sum(|all| all.rows), sum(|all| all.regrouped));
    let differ: Vec<&str> = all
        .iter()
        .flat_map(|all| &all.differ)
        .map(String::as_str)
        .collect();
    println!(
        "{rows} rows on the portable cpu: {compared} compared, {} differ",
        differ.len()
    );
    for (target, compared) in software.iter().zip(&all) {
        println!("{}: {} batches", target.name(), compared.batches);
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert!(
        regrouped * 1000 <= compared,
        "{regrouped} of {compared} regrouped"
    );
    // Nothing to compare with is no success where an adapter was set up.
    let expected = settings::variable("KULLBACK_EXPECT_ADAPTERS").is_some();
    assert!(compared > 0 || !expected && software.is_empty());
    assert!(all.iter().all(|compared| compared.batches > 0));
}

/// What an adapter makes of batches whose bits are known.
#[cfg(feature = "gpu")]
#[derive(Default)]
struct Compared {
    batches: usize,
    rows: usize,
    regrouped: usize,
    differ: Vec<String>,
}

#[cfg(feature = "gpu")]
fn compared(target: &Target, batches: &[(String, Batch, Vec<u32>)]) -> Compared {
    let adapter = target.name().to_lowercase();
    let mut all = Compared::default();
    for (name, batch, expected) in batches {
        let measure = batch.options().measure;
        if may_differ(&adapter, measure) || !harness::is_drawn(target.name(), name, SHARE) {
            continue;
        }
        let found = batch.bits(target.scorer()).unwrap();
        assert_eq!(found.len(), expected.len());
        all.batches += 1;
        all.rows += found.len();
        for (row, (&found, &expected)) in found.iter().zip(expected).enumerate() {
            if is_regrouped(&adapter, measure, found, expected) {
                all.regrouped += 1;
            } else if found != expected && !is_flushed(&adapter, measure, found, expected) {
                let on = target.name();
                all.differ.push(format!(
                    "{on}: row {row}: {found:08x}, not {expected:08x}: {name}"
                ));
            }
        }
    }
    all
}

/// Also a test of its own, of the set that is taken where none is named.
#[test]
fn the_set_in_use_meets_the_promise() {
    let cpu = backends::judged().into_iter().find(Target::is_cpu).unwrap();
    let mut hash = Hash(0xcbf2_9ce4_8422_2325);
    let mut exact = 0;
    let mut missed = Vec::new();
    for case in cases() {
        let score = score(cpu.scorer(), &case);
        let judged = judge_exact(score, case.exact, case.allowed());
        if let Err(wrong) = judged {
            missed.push(format!("{}: {wrong}", case.title()));
        }
        hash.add(&[score.to_bits()]);
        exact += 1;
    }
    let first = &missed[..missed.len().min(30)];
    assert!(
        missed.is_empty(),
        "{} cases: {}",
        missed.len(),
        first.join("\n")
    );
    let mut rows = 0;
    for (name, batch) in batches(MORE_THAN_LANES) {
        match batch.compare(&cpu, cpu.scorer()) {
            Ok(compared) => rows += compared,
            Err(wrong) => panic!("{name}: {wrong}"),
        }
        hash.add(&batch.bits(cpu.scorer()).unwrap());
    }
    let isa = backends::isa();
    println!("isa={isa} cases={exact} rows={rows} bits={:016x}", hash.0);
}

/// Fowler, Noll and Vo's hash of words.
struct Hash(u64);

impl Hash {
    fn add(&mut self, words: &[u32]) {
        for word in words {
            self.0 = (self.0 ^ u64::from(*word)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn score(scorer: &Scorer, case: &Case) -> f32 {
    let request = scorer.request(&case.options.measure);
    let request = request
        .unit(case.options.unit)
        .support(case.options.support);
    let scores = request.score(case.p_rows(), case.q_rows()).unwrap();
    scores.values()[0]
}

/// A batch of all kinds of rows for each domain, measure, support and a few lengths, so many of short ones.
fn batches(short: usize) -> Vec<(String, Batch)> {
    let warm = Encoding::Logits {
        temperature: Temperature::new(0.7).unwrap(),
    };
    let mut batches = Vec::new();
    for encodings in [
        [Encoding::Probabilities, Encoding::Probabilities],
        [Encoding::Weights, Encoding::Probabilities],
        [Encoding::LOGITS, Encoding::LogProbabilities],
        [warm, warm],
        [Encoding::Probabilities, Encoding::LOGITS],
        [Encoding::LOGITS, warm],
    ] {
        for measure in [
            Measure::KullbackLeibler,
            Measure::ReverseKullbackLeibler,
            Measure::jensen_shannon(0.5).unwrap(),
            Measure::jensen_shannon(0.1).unwrap(),
            Measure::TotalVariation,
            Measure::CrossEntropy,
            Measure::renyi(0.0).unwrap(),
            Measure::renyi(1e-6).unwrap(),
            Measure::renyi(0.3).unwrap(),
            Measure::renyi(0.5).unwrap(),
            Measure::renyi(0.999_999).unwrap(),
            Measure::renyi(1.5).unwrap(),
            Measure::renyi(5.0).unwrap(),
            Measure::renyi(f64::INFINITY).unwrap(),
            Measure::tsallis(0.0).unwrap(),
            Measure::tsallis(2.0).unwrap(),
            Measure::alpha(0.5).unwrap(),
            Measure::alpha(-1.0).unwrap(),
            Measure::alpha(-3.0).unwrap(),
        ] {
            for support in [Support::Exact, Support::Smoothed(1e-3)] {
                for k in [3, 64, 257, 1024, 4099] {
                    let rows = if k <= 256 { short } else { FEW };
                    let shape = Shape {
                        encodings,
                        k,
                        rows,
                        distinct: rows,
                    };
                    let options = Options {
                        support,
                        ..Options::new(measure)
                    };
                    let name = format!("{options:?} of {shape:?}");
                    let mut random = Random::named(settings::seed(), &name);
                    batches.push((name, Batch::draw(options, shape, &mut random)));
                }
            }
        }
    }
    batches
}
