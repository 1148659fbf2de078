//! The f64 oracle: plain and independent, for verification.
//!
//! It shares no arithmetic with the fast paths and reads rows through [`Row::value`] alone. Scores
//! down to 1e-12 have a relative error of at most 1e-8; the tests hold it to 1e-12 against committed
//! values from arbitrary precision. It reaches 1e-15, but for powers with large exponents, whose own
//! rounding leaves 1e-13. Mixed encodings need no wider bound: a linear row meets logarithms, and one
//! temperature another, through logarithms in two words.
//!
//! A pair of rows becomes two distributions, then bins with `q - p` and `ln(q/p)` to full relative
//! accuracy, then a sum of terms that are non-negative one by one. That takes 15 to 250 ns a bin.

mod bhattacharyya;
mod bin;
mod chi_squared;
mod cross_entropy;
mod distribution;
mod double;
mod generated;
mod hellinger;
mod jeffreys;
mod jensen_shannon;
mod kullback_leibler;
mod linear;
mod logarithm;
mod logarithmic;
mod power;
mod raw;
mod renyi;
mod series;
mod smoothed;
mod sums;
mod total_variation;
mod triangular;
mod tsallis;

use std::collections::BTreeSet;

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
/// Rows that differ in length, or that the options do not fit (see [`Options::check_for`]), have no
/// score: it is NaN. The entropy neither reads nor judges the row of Q.
///
/// # Errors
/// [`BadPair`] if a row stands for no distribution.
pub fn score(options: &Options, p: &Row<'_>, q: &Row<'_>) -> Result<f64, BadPair> {
    if options.check_for(p.encoding(), q.encoding()).is_err() {
        return Ok(f64::NAN);
    }
    let uses_q = options.measure.uses_q();
    if uses_q && p.k() != q.k() {
        return Ok(f64::NAN);
    }
    let bins = scored_bins(options, p, if uses_q { q } else { p });
    let p = Distribution::new(p, &bins, options.tolerance);
    let q = uses_q.then(|| Distribution::new(q, &bins, options.tolerance));
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
    let score = nats(options, &p, q) / options.nats();
    // Removes rounding residue, and the sign of a zero.
    Ok(if score <= 0.0 { 0.0 } else { score })
}

/// The bins that a score is of: all, but for those that two sparse rows are both silent on, where zeros are exact.
fn scored_bins(options: &Options, p: &Row<'_>, q: &Row<'_>) -> Vec<usize> {
    match (p.stored(), q.stored(), options.support.eps()) {
        (Some(p), Some(q), None) => {
            let either = p.iter().chain(q).map(|&bin| bin as usize);
            let either: BTreeSet<usize> = either.collect();
            either.into_iter().collect()
        }
        _ => (0..p.k()).collect(),
    }
}

/// The score in nats, where the measure has a unit.
fn nats(options: &Options, p: &Distribution, q: &Distribution) -> f64 {
    let eps = options.support.eps();
    let bins = || bins(p, q, eps);
    let exchanged = || self::bins(q, p, eps);
    // As the power family wants them.
    let in_order = |a: f64| {
        if a >= 0.5 {
            (bins(), 1.0 - a)
        } else {
            (exchanged(), a)
        }
    };
    match options.measure {
        Measure::KullbackLeibler => kullback_leibler::kullback_leibler(&bins()),
        Measure::ReverseKullbackLeibler => kullback_leibler::kullback_leibler(&exchanged()),
        Measure::Jeffreys => jeffreys::jeffreys(&bins()),
        Measure::JensenShannon(w) => jensen_shannon::jensen_shannon(&bins(), w.get()),
        Measure::JensenShannonDistance(w) => {
            jensen_shannon::jensen_shannon(&bins(), w.get()).sqrt()
        }
        Measure::Renyi(order) => {
            let (bins, b) = in_order(order.get());
            renyi::renyi(&bins, b, order.get())
        }
        Measure::Tsallis(order) => {
            let (bins, b) = in_order(order.get());
            tsallis::tsallis(&bins, b, order.get())
        }
        Measure::Alpha(order) => {
            let (bins, b) = in_order(order.get());
            power::alpha(&bins, b)
        }
        Measure::Hellinger => hellinger::squared(&bins()).sqrt(),
        Measure::HellingerSquared => hellinger::squared(&bins()),
        Measure::Bhattacharyya => bhattacharyya::bhattacharyya(&bins()),
        Measure::TotalVariation => total_variation::total_variation(&bins()),
        Measure::ChiSquared => chi_squared::chi_squared(&bins()),
        Measure::Neyman => chi_squared::chi_squared(&exchanged()),
        Measure::Triangular => triangular::triangular(&bins()),
        Measure::CrossEntropy | Measure::Entropy => match eps {
            None => cross_entropy::exact(p, q),
            Some(eps) => cross_entropy::smoothed(p, q, eps),
        },
        // The peak is the first of the largest values, and of a smoothed row the same.
        Measure::Top1Agreement => f64::from(u8::from(p.peak == q.peak)),
        Measure::GeneralizedKullbackLeibler => kullback_leibler::kullback_leibler(&raw::bins(p, q)),
        Measure::ItakuraSaito => raw::itakura_saito(&raw::bins(p, q)),
        Measure::SquaredEuclidean => raw::squared_euclidean(&raw::bins(p, q)),
        Measure::FDivergence(divergence) => generated::f_divergence(&bins(), divergence),
        Measure::Bregman(divergence) => generated::bregman(&raw::bins(p, q), divergence),
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
