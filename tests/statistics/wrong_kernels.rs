//! Kernels of statistics that are wrong on purpose: each must be caught.

use kullback::{Fallback, Histogram, Measure, Scorer, Statistics, Summary};

use crate::common::backends::Target;
use crate::common::statistics::{Book, EDGES, LEVELS, all};
use crate::of_batches::{Data, ENCODINGS};

/// What is changed in a kernel, and to what.
const MUTANTS: [[&str; 3]; 23] = [
    ["a score counted twice", "finite += 1u;", "finite += 2u;"],
    [
        "an infinity among the bad",
        "infinities += 1u;",
        "bad += 1u;",
    ],
    [
        "the scores of a step left out",
        "i += step;",
        "i += 2u * step;",
    ],
    [
        "the least of some workgroup",
        "atomicMax(&state[LEAST], atomicLoad(&counts[LEAST]));",
        "atomicStore(&state[LEAST], atomicLoad(&counts[GREATEST]));",
    ],
    [
        "a greatest that is the least",
        "greatest = max(greatest, bits);",
        "greatest = min(greatest, bits);",
    ],
    [
        "statuses not looked at",
        "return statuses[i] >> 16u == parameters.epoch;",
        "return i > 0u;",
    ],
    [
        "a sum without its hidden bits",
        "select(0u, 0x800000u, exponent > 0u)",
        "0u",
    ],
    [
        "a sum at another place",
        "let place = max(exponent, 1u) - 1u;",
        "let place = max(exponent, 1u);",
    ],
    ["a lost upper part", "atomicAdd(&limbs[at + 2u], high);", ""],
    [
        "a lost carry",
        "carry = (sum >> 16u) + gathered[LIMBS + limb];",
        "",
    ],
    [
        "a copy left out",
        "for (var copy = 0u; copy < COPIES;",
        "for (var copy = 1u; copy < COPIES;",
    ],
    [
        "a bin with its upper edge",
        "if (edges[middle] <= score) {",
        "if (edges[middle] < score) {",
    ],
    [
        "a last bin without its upper edge",
        "select(low, parameters.bins, at_end)",
        "low",
    ],
    [
        "what is above in the last bin",
        "let bin = bin_of(bits);",
        "let bin = min(bin_of(bits), parameters.bins);",
    ],
    [
        "infinities in the histogram",
        "if (bits < INFINITE) {\n            let bin",
        "if (bits <= INFINITE) {\n            let bin",
    ],
    [
        "bins beyond those of a workgroup",
        "atomicAdd(&state[HISTOGRAM + bin], 1u);",
        "",
    ],
    [
        "a state without its epoch",
        "atomicMax(&state[EPOCH], parameters.epoch);",
        "",
    ],
    [
        "a workgroup that does not tell",
        "atomicAdd(&state[GROUPS_DONE], 1u);",
        "",
    ],
    [
        "scores with other bits among those of a target",
        "(bits ^ wanted) >> (parameters.shift + parameters.width)) == 0u",
        "(bits ^ wanted) >> 31u) == 0u",
    ],
    [
        "a rank one too high",
        "while (some < INVOCATIONS && rank >= sums[some]) {",
        "while (some < INVOCATIONS && rank > sums[some]) {",
    ],
    [
        "a digit too high",
        "rank >= digits[first + digit]",
        "rank + 1u >= digits[first + digit]",
    ],
    [
        "the rank among all scores",
        "targets[at + RANK] = rank;",
        "",
    ],
    [
        "counts that are not cleared",
        "digits[first + lane * EACH + i] = 0u;",
        "",
    ],
];

/// What is wrong with a summary, if anything is.
fn wrong(summary: &Summary, book: &Book) -> bool {
    let counts = (summary.finite(), summary.infinities(), summary.bad());
    let expected = (book.finite.len() as u64, book.infinities, book.bad);
    let quantiles = LEVELS.map(|level| book.quantile(level));
    let bins = book.counts(&EDGES);
    counts != expected
        || summary.sum() != Some(book.sum)
        || summary.mean() != Some(book.mean())
        || summary.min() != book.finite.first().copied()
        || summary.max() != book.finite.last().copied()
        || summary.quantiles() != Some(&quantiles[..])
        || summary.histogram().is_none_or(|found| {
            found.counts() != &bins[1..EDGES.len()]
                || [found.below(), found.above()] != [bins[0], bins[EDGES.len()]]
        })
}

pub fn are_caught(target: &Target) {
    let mut data = Data::new(ENCODINGS[1], 5, 6000);
    // Rows that are bad, infinite, and disjoint: total variation has an upper edge for these.
    data.p[7] = -1.0;
    for row in [9, 10, 11] {
        data.p[row * 5..row * 5 + 5].copy_from_slice(&[1.0, 0.0, 0.0, 0.0, 0.0]);
        data.q[row * 5..row * 5 + 5].copy_from_slice(&[0.0, 0.0, 2.0, 0.0, 0.0]);
    }
    let [p, q] = data.rows();
    let measures = [Measure::KullbackLeibler, Measure::TotalVariation];
    let scores = target.scorer().score_many(&measures, p, q);
    let scores = scores.unwrap_or_else(|error| panic!("{error}"));
    let books = [0, 1].map(|measure: usize| Book::of(scores[measure].values()));
    assert!(books[0].infinities > 0 && books[1].bad > 0);
    let fine: Vec<f32> = (0..=5000).map(|edge| edge as f32 / 5000.0).collect();
    let caught = |scorer: &Scorer| -> Option<String> {
        for (measure, book) in measures.iter().zip(&books) {
            match scorer.summarize(measure, &all(), p, q) {
                Err(error) => return Some(error.to_string()),
                Ok(summary) if wrong(&summary, book) => return Some("another summary".to_owned()),
                Ok(_) => {}
            }
        }
        let many = Statistics::new().histogram(&fine);
        let many = many.unwrap_or_else(|error| panic!("{error}"));
        match scorer.summarize(&measures[1], &many, p, q) {
            Err(error) => return Some(error.to_string()),
            Ok(summary) => {
                let bins = books[1].counts(&fine);
                let found = summary.histogram().map(Histogram::counts);
                if found != Some(&bins[1..fine.len()]) {
                    return Some("another histogram".to_owned());
                }
            }
        }
        None
    };
    let builder = || {
        let builder = target.builder(target.executions()[0]);
        builder.fallback(Fallback::None)
    };
    let unchanged = builder().build().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(caught(&unchanged), None);
    for [what, from, to] in MUTANTS {
        let scorer = builder().mutation(from, to).build();
        let scorer = scorer.unwrap_or_else(|error| panic!("{error}"));
        let found = caught(&scorer);
        let found = found.unwrap_or_else(|| panic!("{what}: it survived"));
        // It has run, or else the change was none.
        assert!(
            !found.contains("mutation") && !found.contains("compil"),
            "{what}: {found}"
        );
    }
}
