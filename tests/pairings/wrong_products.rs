//! Kernels of products that are wrong on purpose: each must be caught.

use kullback::gpu::Fault;
use kullback::{Fallback, Precision, Rows, ScoreError, ScoredOn, Scorer, Verify};

use crate::common::backends::Target;
use crate::common::measures;

/// What is changed in a kernel by a measure, to what, and what that makes of it.
const MUTANTS: [[&str; 4]; 27] = [
    [
        "a bin left out",
        "kl",
        "add_bin(sums, of_p + 7u * QUADS, of_q + 7u * QUADS);",
        "",
    ],
    [
        "a bin of P with another of Q",
        "kl",
        "of_p + 2u * QUADS, of_q",
        "of_p + 3u * QUADS, of_q",
    ],
    [
        "the same bins of P again",
        "kl",
        "p_at += 256u;",
        "p_at += 0u;",
    ],
    [
        "the bins before",
        "kl",
        "here = 512u - here;",
        "here = 0u;\n        if step > 1u { continue; }",
    ],
    [
        "the last bins left out",
        "kl",
        "step < parameters.steps",
        "step + 1u < parameters.steps",
    ],
    [
        "a quad of Q twice",
        "kl",
        "let d = tiles[of_q + 16u];",
        "let d = tiles[of_q];",
    ],
    [
        "a quad of P twice",
        "kl",
        "let c = tiles[of_p + 16u];",
        "let c = tiles[of_p];",
    ],
    [
        "what another row of P brings",
        "kl",
        "put(line + 65u, at, c.y",
        "put(line + 65u, at, c.x",
    ],
    [
        "what another row of Q brings",
        "kl",
        "q_panel * QUADS + column;\n    let a",
        "q_panel * QUADS + row;\n    let a",
    ],
    [
        "scores below 0",
        "kl",
        "max((of_p + of_q) - sums, vec4<f32>(0.0))",
        "((of_p + of_q) - sums)",
    ],
    [
        "marks of another line",
        "kl",
        "marked(c.x, b, 4u)",
        "marked(c.x, b, 5u)",
    ],
    [
        "marks of the first word alone",
        "chi2",
        "word < parameters.words",
        "word < 1u",
    ],
    [
        "marks of another panel",
        "reverse-kl",
        "let step = parameters.words * QUADS;",
        "let step = QUADS;",
    ],
    [
        "exponents forgotten",
        "hellinger",
        "1.0 - sums * power_of_two(exponents)",
        "1.0 - sums",
    ],
    [
        "sums of nothing",
        "renyi:0.5",
        "or_left(score, sums > vec4<f32>(SMALLEST_SUM))",
        "or_left(score, sums > vec4<f32>(-1.0))",
    ],
    [
        "an old epoch",
        "kl",
        "done[group] = parameters.epoch;",
        "done[group] = parameters.epoch ^ 1u;",
    ],
    [
        "a difference from another number",
        "chi2",
        "power_of_two(exponents) - 1.0)",
        "power_of_two(exponents) - 0.5)",
    ],
    [
        "the factor forgotten",
        "tsallis:2.5",
        "- 1.0) * parameters.scale",
        "- 1.0)",
    ],
    [
        "marks of the first quad for the second",
        "kl",
        "hit.second, bit)",
        "hit.first, bit)",
    ],
    [
        "what the first quad of Q brings, for the second",
        "kl",
        "finish(of_p, of_q[1], sums[1])",
        "finish(of_p, of_q[0], sums[1])",
    ],
    [
        "no marks",
        "kl",
        "select(scores, vec4<u32>(INFINITY)",
        "select(scores, scores",
    ],
    [
        "powers of two off by one",
        "bhattacharyya",
        "(of_p + of_q) * LN_2",
        "(of_p + of_q + 1.0) * LN_2",
    ],
    [
        "a mixture of P alone",
        "js",
        "let mixtures = p + q;",
        "let mixtures = p + 0.0 * q;",
    ],
    [
        "logarithms of mixtures to another base",
        "js:0.2",
        "mixtures * log2_of(mixtures)",
        "mixtures * log2_of(mixtures) * 0.6931472",
    ],
    [
        "the root forgotten",
        "js-distance",
        "bitcast<vec4<u32>>(sqrt(square))",
        "bitcast<vec4<u32>>(square)",
    ],
    [
        "what a row of Q brings, under the root",
        "js-distance:0.4",
        "let square = max((of_p + of_q) - sums,",
        "let square = max(of_p - sums,",
    ],
    [
        "mixtures of a bin left out",
        "js",
        "add_bin(sums, of_p + 7u * QUADS, of_q + 7u * QUADS);",
        "",
    ],
];

const K: usize = 40;

/// Rows of some panels: with zeros, equal to one another, and with no bin in common.
fn table(rows: usize, seed: usize) -> Vec<f32> {
    let mut values: Vec<f32> = (0..rows * K)
        .map(|i| 1.0 + (i.wrapping_mul(7919 * seed + 2) % 1009) as f32)
        .collect();
    for (i, row) in values.chunks_exact_mut(K).enumerate() {
        match i % 7 {
            1 => row[(i * 7 + seed) % K] = 0.0,
            // The same in both tables.
            2 => row
                .iter_mut()
                .enumerate()
                .for_each(|(bin, x)| *x = 1.0 + ((bin * i) % 17) as f32),
            5 => row.iter_mut().enumerate().for_each(|(bin, x)| {
                if bin % 2 == seed % 2 {
                    *x = 0.0;
                }
            }),
            _ => {}
        }
    }
    values
}

/// What is wrong with all pairs by this scorer, if anything.
fn wrong(scorer: &Scorer, measure: &str) -> Option<String> {
    let (p, q) = (table(140, 1), table(270, 2));
    let rows =
        |values| -> Rows<'_> { Rows::weights(values, K).unwrap_or_else(|error| panic!("{error}")) };
    let measure = measures::named(measure);
    let request = scorer.request(&measure).precision(Precision::Fast);
    match request.verify(Verify::All).matrix(rows(&p), rows(&q)) {
        Ok(scores) => {
            let verification = scores.verification();
            let failed = verification.and_then(|found| found.failed);
            failed.map(|failed| format!("{failed:?}"))
        }
        Err(ScoreError::Gpu { source, .. }) => Some(source.to_string()),
        Err(error) => panic!("{error}"),
    }
}

pub fn are_caught(target: &Target) {
    let mut unchanged = Vec::new();
    for [what, measure, from, to] in MUTANTS {
        let builder = || {
            target
                .builder(target.executions()[0])
                .fallback(Fallback::None)
        };
        if !unchanged.contains(&measure) {
            unchanged.push(measure);
            let scorer = builder().build().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(wrong(&scorer, measure), None, "{measure}");
        }
        let scorer = builder().mutation(from, to).build();
        let scorer = scorer.unwrap_or_else(|error| panic!("{error}"));
        let found = wrong(&scorer, measure);
        let found = found.unwrap_or_else(|| panic!("{what}: it survived"));
        // It has run, or else the change was none.
        assert!(
            !found.contains("mutation") && !found.contains("compil"),
            "{what}: {found}"
        );
    }
}

/// A GPU that fails at any step, at once or later: the CPU scores the rest, or the error keeps what is finished.
pub fn failures_are_borne(target: &Target) {
    let (p, q) = (table(600, 1), table(270, 2));
    let rows =
        |values| -> Rows<'_> { Rows::weights(values, K).unwrap_or_else(|error| panic!("{error}")) };
    let kl = measures::named("kl");
    for step in [
        "compile", "allocate", "upload", "record", "submit", "wait", "map", "epoch",
    ] {
        for after in [0, 2] {
            let what = format!("{step} after {after}");
            let builder = || {
                let builder = target.builder(target.executions()[0]).tiny_limits();
                builder.fault(Fault::new(step, after, u32::MAX))
            };
            let scorer = builder().fallback(Fallback::Cpu).build();
            let scorer = scorer.unwrap_or_else(|error| panic!("{error}"));
            let request = scorer.request(&kl).precision(Precision::Fast);
            let scores = request
                .verify(Verify::Sample(300))
                .matrix(rows(&p), rows(&q));
            let scores = scores.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(scores.len(), 600 * 270);
            let failed = scores.verification().map(|found| found.failed);
            assert_eq!(failed, Some(None), "{what}");
            let on_cpu = match &scores.report().scored_on {
                ScoredOn::Gpu { cpu_rows, .. } => *cpu_rows,
                _ => 0,
            };
            // One kernel does for all.
            let fails = step != "compile" || after == 0;
            assert_eq!(on_cpu > 0, fails, "{what}: {on_cpu}");
            let scorer = builder().fallback(Fallback::None).build();
            let scorer = scorer.unwrap_or_else(|error| panic!("{error}"));
            let request = scorer.request(&kl).precision(Precision::Fast);
            match request.matrix(rows(&p), rows(&q)) {
                Ok(_) => assert!(!fails, "{what}"),
                Err(ScoreError::Gpu { scores: found, .. }) => {
                    assert_eq!(found.values(), &scores.values()[..found.len()], "{what}");
                    assert!(after > 0 || found.is_empty(), "{what}");
                }
                Err(error) => panic!("{what}: {error}"),
            }
        }
    }
}
