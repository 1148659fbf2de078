//! The bins of two rows of which at least one holds logarithms.
//!
//! A row of probabilities or weights takes part by its logarithms in two words. So one linear row
//! against one of logarithms, and two temperatures, are as accurate as two rows of logits.

use super::bin::Bin;
use super::distribution::Distribution;
use super::double::Double;
use super::sums;

/// All bins that are not zero in both.
pub(super) fn bins(p: &Distribution, q: &Distribution) -> Vec<Bin> {
    let (p_log, q_log) = (p.log_ratios(), q.log_ratios());
    let pairs = || (0..p.k()).map(|i| (i, q_log[i] - p_log[i]));
    // The logarithm of the ratio of the two normalisers, so far to one word.
    let centre = Double::sum(q.rest.ln_1p(), -p.rest.ln_1p());
    // The differences q - p must sum to zero; that they do not shows what the centre lacks. What
    // is left after that is relative to the differences, not to 1.
    let p_norm = Double::from(p.rest.ln_1p());
    let bin = |i: usize, t: Double| bin(p, q, i, p_log[i] - p_norm, t);
    let drift = sums::sum(pairs().filter_map(|(i, t)| Some(bin(i, t - centre)?.d)));
    let centre = centre + Double::from(drift.ln_1p());
    pairs().filter_map(|(i, t)| bin(i, t - centre)).collect()
}

fn bin(p: &Distribution, q: &Distribution, i: usize, ln_p: Double, t: Double) -> Option<Bin> {
    let (p_mass, q_mass) = (p.mass[i], q.mass[i]);
    match (p.is_zero(i), q.is_zero(i)) {
        (true, true) => None,
        (true, false) => Some(Bin::only_q(q_mass)),
        (false, true) => Some(Bin::only_p(p_mass)),
        (false, false) => Some(Bin::with_logarithms(p_mass, q_mass, ln_p, t)),
    }
}
