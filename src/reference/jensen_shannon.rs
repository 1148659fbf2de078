//! The Jensen-Shannon divergence.

use super::bin::Bin;
use super::series::log_excess;
use super::sums;

/// `w KL(P, M) + (1-w) KL(Q, M)` with `M = w P + (1-w) Q`, in nats.
pub(super) fn jensen_shannon(bins: &[Bin], w: f64) -> f64 {
    if w == 0.0 || w == 1.0 {
        return 0.0;
    }
    let v = 1.0 - w;
    sums::sum(bins.iter().map(|bin| {
        if bin.t == f64::INFINITY {
            v * bin.q * -(-w).ln_1p()
        } else if bin.t == f64::NEG_INFINITY {
            w * bin.p * -w.ln()
        } else if bin.t.abs() < 0.5 {
            // m/p - 1 and m/q - 1; their first orders cancel between the two halves.
            let over_p = v * bin.t.exp_m1();
            let over_q = w * (-bin.t).exp_m1();
            w * bin.p * log_excess(over_p) + v * bin.q * log_excess(over_q)
        } else {
            -weighted(w * bin.p, || ln_mean(w, v, bin.t))
                - weighted(v * bin.q, || ln_mean(v, w, -bin.t))
        }
    }))
}

/// `mass * ln`, and 0 for no mass, however large the logarithm.
fn weighted(mass: f64, ln: impl FnOnce() -> f64) -> f64 {
    if mass == 0.0 { 0.0 } else { mass * ln() }
}

/// `ln(one + other e^t)` where `one + other = 1`.
fn ln_mean(one: f64, other: f64, t: f64) -> f64 {
    if t > 700.0 {
        // Where e^t overflows, 1 is nothing beside it.
        return other.ln() + t;
    }
    let above_one = other * t.exp_m1();
    if above_one > -0.5 {
        above_one.ln_1p()
    } else {
        (one + other * t.exp()).ln()
    }
}
