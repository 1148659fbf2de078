//! The f64 oracle: plain and independent, for verification.
//!
//! It shares no arithmetic with the fast paths and reads rows through [`Row::value`] alone. Scores
//! down to 1e-12 have a relative error of at most 1e-8; the tests hold it to 1e-12 against committed
//! values from arbitrary precision, and 1e-15 is what it reaches. Mixed encodings need no wider bound:
//! a linear row meets logarithms, and one temperature another, through logarithms in two words.
//!
//! A pair of rows becomes two distributions, then bins with `q - p` and `ln(q/p)` to full relative
//! accuracy, then a sum of terms that are non-negative one by one. That takes 15 to 250 ns a bin.

mod bin;
mod cross_entropy;
mod distribution;
mod double;
mod jensen_shannon;
mod kullback_leibler;
mod linear;
mod logarithm;
mod logarithmic;
mod series;
mod smoothed;
mod sums;
mod total_variation;

use crate::measure::Measure;
use crate::options::Options;
use crate::rows::Row;
use crate::status::IssueKind;

use bin::Bin;
use distribution::Distribution;

/// What is wrong with either row of a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BadPair {
    /// What is wrong with the row of P, if anything.
    pub p: Option<IssueKind>,
    /// What is wrong with the row of Q, if anything.
    pub q: Option<IssueKind>,
}

/// The score of one pair of rows, or what is wrong with them.
///
/// The score is not rounded to f32: it may exceed the f32 maximum where a stored score is `+inf`.
/// Rows that differ in length have no score: it is NaN. The entropy neither reads nor judges the row of Q.
///
/// # Errors
/// [`BadPair`] if a row stands for no distribution.
pub fn score(options: &Options, p: &Row<'_>, q: &Row<'_>) -> Result<f64, BadPair> {
    let uses_q = options.measure.uses_q();
    let p = Distribution::new(p, options.tolerance);
    let q = uses_q.then(|| Distribution::new(q, options.tolerance));
    let (p, q) = match (p, q.transpose()) {
        (Ok(p), Ok(q)) => (p, q),
        (p, q) => {
            return Err(BadPair {
                p: p.err(),
                q: q.err(),
            });
        }
    };
    let q = q.as_ref().unwrap_or(&p);
    if p.k() != q.k() {
        return Ok(f64::NAN);
    }
    let score = nats(options, &p, q) / options.nats();
    // Removes rounding residue, and the sign of a zero.
    Ok(if score <= 0.0 { 0.0 } else { score })
}

/// The score in nats, where the measure has a unit.
fn nats(options: &Options, p: &Distribution, q: &Distribution) -> f64 {
    let eps = options.support.eps();
    match options.measure {
        Measure::KullbackLeibler => kullback_leibler::kullback_leibler(&bins(p, q, eps)),
        Measure::ReverseKullbackLeibler => kullback_leibler::kullback_leibler(&bins(q, p, eps)),
        Measure::JensenShannon(w) => jensen_shannon::jensen_shannon(&bins(p, q, eps), w.get()),
        Measure::TotalVariation => total_variation::total_variation(&bins(p, q, eps)),
        Measure::CrossEntropy | Measure::Entropy => match eps {
            None => cross_entropy::exact(p, q),
            Some(eps) => cross_entropy::smoothed(p, q, eps),
        },
        _ => f64::NAN,
    }
}

/// The bins that are not zero in both, in the domain of the rows.
fn bins(p: &Distribution, q: &Distribution, eps: Option<f64>) -> Vec<Bin> {
    let bins = if p.is_logarithmic() || q.is_logarithmic() {
        logarithmic::bins(p, q)
    } else {
        linear::bins(p, q)
    };
    match eps {
        None => bins,
        Some(eps) => smoothed::smoothed(bins, p.k(), eps),
    }
}
