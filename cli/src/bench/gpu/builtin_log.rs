//! The same kernels with WGSL's builtin `log` in place of our own arithmetic.

use kullback::{Measure, Scorer, Weight};

use super::builder;
use crate::Failure;
use crate::adapters::Adapter;

/// How far scores may be from ours, relative and absolute: the builtin is exact to 2^-21 or so.
const RELATIVE: f32 = 0.05;
const ABSOLUTE: f32 = 1e-4;

/// Measures with a logarithm a bin, the line of their shader that has it, and that line with `log`.
const LINES: [(Measure, &str, &str); 4] = [
    (
        Measure::KullbackLeibler,
        "return vec2<f32>(pair.excess, 0.0);",
        "return vec2<f32>(select(pair.d + pair.p * log(pair.p / pair.q), pair.d, \
         pair.p_zero || pair.q_zero), 0.0);",
    ),
    (
        Measure::ReverseKullbackLeibler,
        "return vec2<f32>(pair.reverse_excess, 0.0);",
        "return vec2<f32>(select(pair.q * log(pair.q / pair.p) - pair.d, -pair.d, \
         pair.p_zero || pair.q_zero), 0.0);",
    ),
    (
        Measure::JensenShannon(Weight::HALF),
        "return vec2<f32>(term, term * twice_x);",
        "let builtin = 2.0 * (select(pair.p * log(2.0 * pair.p / sum), 0.0, pair.p_zero) \
         + select(pair.q * log(2.0 * pair.q / sum), 0.0, pair.q_zero)); \
         return vec2<f32>(builtin, builtin * twice_x);",
    ),
    (
        Measure::CrossEntropy,
        "return vec2<f32>(pair.p_drop, 0.0);",
        "return vec2<f32>(select(pair.p * log(masses.q_max / pair.q), 0.0, pair.q_zero), 0.0);",
    ),
];

/// A scorer for each of these measures.
pub(super) fn scorers(adapter: &Adapter) -> Result<Vec<(Measure, Scorer)>, Failure> {
    LINES
        .iter()
        .map(|(measure, ours, builtin)| {
            let scorer = builder(adapter).mutation(ours, builtin).build();
            Ok((*measure, scorer.map_err(Failure::new)?))
        })
        .collect()
}

/// True if these scores are ours but for the rounding of the builtin.
pub(super) fn are_near(builtin: &[f32], ours: &[f32]) -> bool {
    builtin.len() == ours.len()
        && builtin
            .iter()
            .zip(ours)
            .all(|(a, b)| (a - b).abs() <= ABSOLUTE + RELATIVE * b)
}
