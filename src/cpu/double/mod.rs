//! Rows of f64, or one such row and another: plain f64 arithmetic, for those who need what f32 lacks.
//!
//! Where the fast path brings sums of f32 to a millionth of the score, f64 leaves room to spare, so that
//! every measure is a sum over bins as its definition has it. Only what would cancel is written otherwise:
//! terms that are of second order where P and Q are close. It shares no arithmetic with the reference, which
//! verifies it. What it reaches is said in `docs/numerics.md`.

mod bin;
mod entropy;
mod functions;
mod generated;
mod linear;
mod logarithmic;
mod measures;
mod pair;
mod power;
mod raw;
mod row;

use crate::measure::Measure;
use crate::options::Options;
use crate::rows::Rows;
use crate::status::{IssueKind, Issues, Numbered};

use pair::Pair;
use row::Row;

/// Bins of a piece of work for one thread.
pub(super) const PIECE: usize = 4096;

/// Scores row `i` of `p` against row `i` of `q` into `out[i]`, and adds to the issues, where `number` tells what the
/// rows are called.
///
/// The caller has checked the options, the shapes and the length of `out`.
pub(super) fn score(
    options: &Options,
    p: &Rows<'_>,
    q: &Rows<'_>,
    number: impl Fn(usize) -> Numbered,
    out: &mut [f32],
    issues: &mut Issues,
) {
    for (row, out) in out.iter_mut().enumerate() {
        let found = score_row(options, p, q, row, out);
        let [of_p, of_q] = found.map(|kind| kind.map(|kind| move || kind));
        issues.record(number(row), of_p, of_q);
    }
}

/// The score of one pair of rows, or NaN and what is wrong with each.
fn score_row(
    options: &Options,
    p: &Rows<'_>,
    q: &Rows<'_>,
    row: usize,
    out: &mut f32,
) -> [Option<IssueKind>; 2] {
    *out = f32::NAN;
    let p = Row::new(p, row, options.tolerance);
    // Where Q is not read, it is not judged either.
    let q = options
        .measure
        .uses_q()
        .then(|| Row::new(q, row, options.tolerance))
        .transpose();
    match (p, q) {
        (Ok(p), Ok(q)) => {
            let score = nats(options, &p, q.as_ref().unwrap_or(&p)) / options.nats();
            // Removes rounding residue, and the sign of a zero. Beyond the f32 maximum it is infinite.
            *out = if score <= 0.0 { 0.0 } else { score as f32 };
            [None, None]
        }
        (p, q) => [p.err(), q.err()],
    }
}

/// The score in nats, where the measure has a unit.
fn nats(options: &Options, p: &Row, q: &Row) -> f64 {
    use measures as m;
    let eps = options.support.eps();
    let pair = || Pair::of_distributions(p, q, eps);
    let weights = || Pair::of_weights(p, q);
    match options.measure {
        Measure::KullbackLeibler => m::kullback_leibler(&pair()),
        Measure::ReverseKullbackLeibler => m::kullback_leibler(&pair().exchanged()),
        Measure::Jeffreys => m::jeffreys(&pair()),
        Measure::JensenShannon(w) => m::jensen_shannon(&pair(), w.get()),
        Measure::JensenShannonDistance(w) => m::jensen_shannon(&pair(), w.get()).sqrt(),
        Measure::TotalVariation => m::total_variation(&pair()),
        Measure::Triangular => m::triangular(&pair()),
        Measure::Renyi(order) => power::renyi(pair(), order.get()),
        Measure::Tsallis(order) => power::tsallis(pair(), order.get()),
        Measure::Alpha(order) => power::alpha(pair(), order.get()),
        Measure::Hellinger => m::hellinger_squared(&pair()).sqrt(),
        Measure::HellingerSquared => m::hellinger_squared(&pair()),
        // These are of the family, up to a factor.
        Measure::Bhattacharyya => power::renyi(pair(), 0.5) / 2.0,
        Measure::ChiSquared => 2.0 * power::alpha(pair(), 2.0),
        Measure::Neyman => 2.0 * power::alpha(pair(), -1.0),
        Measure::CrossEntropy | Measure::Entropy => match eps {
            None => entropy::exact(p, q),
            Some(eps) => entropy::smoothed(p, q, eps),
        },
        Measure::Top1Agreement => f64::from(u8::from(p.top_at == q.top_at)),
        Measure::GeneralizedKullbackLeibler => m::kullback_leibler(&weights()),
        Measure::ItakuraSaito => m::itakura_saito(&weights()),
        Measure::SquaredEuclidean => m::squared_euclidean(&weights()),
        Measure::FDivergence(own) => generated::divergence(own.0, &pair()),
        Measure::Bregman(own) => generated::divergence(own.0, &weights()),
    }
}
