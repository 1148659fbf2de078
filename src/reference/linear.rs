//! The bins of two rows of probabilities or weights.

use super::bin::Bin;
use super::distribution::Distribution;
use super::double::Double;

/// Below this the words of a product lose digits, as does the ratio of a probability to one of 1.
const LEAST: f64 = 1e-250;

/// All bins that are not zero in both.
pub(super) fn bins(p: &Distribution, q: &Distribution) -> Vec<Bin> {
    let totals = (p.total * q.total).value();
    (0..p.k())
        .filter_map(|i| match (p.is_zero(i), q.is_zero(i)) {
            (true, true) => None,
            (true, false) => Some(Bin::only_q(q.mass[i])),
            (false, true) => Some(Bin::only_p(p.mass[i])),
            (false, false) => {
                let (p_mass, q_mass) = (p.mass[i], q.mass[i]);
                if p_mass.min(q_mass) < LEAST {
                    let ln = |row: &Distribution| row.ln_mass(i);
                    let (ln_p, ln_q) = (ln(p), ln(q));
                    return Some(Bin::with_logarithms(p_mass, q_mass, ln_p, ln_q - ln_p));
                }
                // Over the common denominator: dividing each row by its total first would leave
                // the rounding of two divisions in the difference.
                let difference =
                    Double::from(q.scaled(i)) * p.total - Double::from(p.scaled(i)) * q.total;
                let d = difference.value() / totals;
                Some(Bin::with_difference(p_mass, q_mass, d))
            }
        })
        .collect()
}
