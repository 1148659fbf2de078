//! What is promised about errors, in one place: the tests and the verification both ask here.

use crate::measure::Measure;
use crate::options::Options;
use crate::rows::Row;

/// The largest error that the score of a pair of rows may have against exact arithmetic.
///
/// `score` is the exact score in the unit of the options; so is what is returned. An infinite score
/// has no room: it must be met exactly. Nothing is added for storing the score as f32: the promise
/// covers that, down to scores where it is absolute. Scores beyond the f32 maximum are stored as
/// `+inf`; callers see to that.
#[must_use]
pub fn allowed_error(options: &Options, p: &Row<'_>, q: &Row<'_>, score: f64) -> f64 {
    if score.is_infinite() {
        return 0.0;
    }
    let nats = options.nats();
    // The entropy does not read Q.
    let q = if options.measure.uses_q() { q } else { p };
    let domain = Domain::of(p, q);
    let score = score * nats;
    let allowed = if score > LARGE && is_power(&options.measure) {
        1e-5 * score
    } else {
        domain.base(score)
    };
    (allowed
        + first_order(&options.measure, domain)
        + of_generator(&options.measure, domain, score, p.k()))
        / nats
}

/// What generators of users may add: what their expression loses in f32, and what reaches a score that is not
/// bounded by the square of the differences.
fn of_generator(measure: &Measure, domain: Domain, score: f64, k: usize) -> f64 {
    let Some(generator) = measure.own_generator() else {
        return 0.0;
    };
    let errors = generator.errors;
    let large = score > LARGE && domain != Domain::Linear;
    match domain {
        _ if large => errors.relative_far * score,
        Domain::Mixed => {
            let first_order = 5.0 * errors.absolute + 2e-6 * errors.kink;
            let square = 2e-6 * (errors.bend * score).sqrt();
            errors.relative_mixed * score + first_order + square
        }
        _ => {
            let bins = if measure.is_raw() { k as f64 } else { 1.0 };
            errors.relative * score + errors.absolute * bins + 1e-13 * errors.kink
        }
    }
}

/// Beyond this, sums of powers have the errors of their exponents.
const LARGE: f64 = 1e6;

/// True for sums of powers of which no logarithm is taken.
fn is_power(measure: &Measure) -> bool {
    matches!(
        measure,
        Measure::ChiSquared | Measure::Neyman | Measure::Tsallis(_) | Measure::Alpha(_)
    )
}

/// How the logarithms of the bins of two rows come to be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Domain {
    /// Probabilities or weights on both sides.
    Linear,
    /// Log-probabilities or logits on both sides, at one temperature.
    Logarithmic,
    /// One of each, or two temperatures: the logarithms of the inputs are rounded.
    Mixed,
}

impl Domain {
    fn of(p: &Row<'_>, q: &Row<'_>) -> Domain {
        let (p, q) = (p.encoding(), q.encoding());
        match (p.is_logarithmic(), q.is_logarithmic()) {
            (false, false) => Domain::Linear,
            (true, true) if p.temperature() == q.temperature() => Domain::Logarithmic,
            _ => Domain::Mixed,
        }
    }

    /// What is allowed for every measure, in nats.
    fn base(self, score: f64) -> f64 {
        match self {
            Domain::Linear => 1e-6 * score + 1e-19,
            Domain::Logarithmic => 2e-6 * score + 1e-19,
            Domain::Mixed => 2e-6 * (score + score.sqrt()) + 1e-12,
        }
    }
}

/// What measures of first order in `q - p` may add: rounding that others square reaches their score.
fn first_order(measure: &Measure, domain: Domain) -> f64 {
    let (same, mixed) = match measure {
        Measure::TotalVariation => (1e-13, 2e-6),
        Measure::Renyi(order) if order.get() == f64::INFINITY => (1e-13, 1e-5),
        Measure::JensenShannonDistance(_) | Measure::Hellinger => (4e-10, 2e-6),
        _ => (0.0, 0.0),
    };
    match domain {
        Domain::Mixed => same + mixed,
        _ => same,
    }
}
