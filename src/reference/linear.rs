//! The bins of two rows of probabilities or weights.

use super::bin::Bin;
use super::distribution::Distribution;
use super::double::Double;

/// All bins that are not zero in both.
pub(super) fn bins(p: &Distribution, q: &Distribution) -> Vec<Bin> {
    let totals = (p.total * q.total).value();
    (0..p.k())
        .filter_map(|i| match (p.is_zero(i), q.is_zero(i)) {
            (true, true) => None,
            (true, false) => Some(Bin::only_q(q.mass[i])),
            (false, true) => Some(Bin::only_p(p.mass[i])),
            (false, false) => {
                // Over the common denominator: dividing each row by its total first would leave
                // the rounding of two divisions in the difference.
                let difference =
                    Double::from(q.value(i)) * p.total - Double::from(p.value(i)) * q.total;
                let d = difference.value() / totals;
                Some(Bin::with_difference(p.mass[i], q.mass[i], d))
            }
        })
        .collect()
}
