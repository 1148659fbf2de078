//! The Renyi divergence.

use super::bin::Bin;
use super::power;

/// Orders beyond this are infinite: a logarithm over such an order is nothing.
const INFINITE_ORDER: f64 = 1e100;

/// `ln(sum p^a q^(1-a)) / (a-1)` in nats, of bins and `b` as [`power::alpha`] has them for the order
/// `a`.
pub(super) fn renyi(bins: &[Bin], b: f64, a: f64) -> f64 {
    if a >= 1.0 && bins.iter().any(|bin| bin.t == f64::NEG_INFINITY) {
        return f64::INFINITY;
    }
    if a >= INFINITE_ORDER {
        return bins.iter().map(|bin| -bin.t).fold(0.0, f64::max);
    }
    if a < power::NO_ORDER {
        return -logarithm(bins, 0.0, -power::mass_without_q(bins));
    }
    let alpha = power::alpha(bins, b);
    if a == 1.0 {
        return alpha;
    }
    logarithm(bins, b, (b - 1.0) * (b * alpha)) / (a - 1.0)
}

/// `ln sum p^(1-b) q^b`. The excess is that sum less 1, and precise where it is small.
fn logarithm(bins: &[Bin], b: f64, excess: f64) -> f64 {
    if excess.abs() <= 0.5 {
        excess.ln_1p()
    } else {
        power::ln_sum(bins, b)
    }
}
