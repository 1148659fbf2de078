//! Functions that vanish to second order, without cancellation.

/// `e^t - 1 - t`, never negative, to full relative accuracy.
pub(super) fn exp_excess(t: f64) -> f64 {
    if t.abs() >= 0.5 {
        return t.exp_m1() - t;
    }
    // t^2/2 (1 + t/3 (1 + t/4 (1 + ...)))
    let nested = (3..18)
        .rev()
        .fold(1.0, |nested, n| 1.0 + nested * t / f64::from(n));
    t * t * 0.5 * nested
}

/// `u - ln(1 + u)`, never negative, to full relative accuracy; for `u > -1`.
pub(super) fn log_excess(u: f64) -> f64 {
    // With s = u/(2 + u), ln(1 + u) = 2 atanh(s) and u - 2 s = u s.
    let s = u / (2.0 + u);
    if s.abs() >= 0.26 {
        return u - u.ln_1p();
    }
    let z = s * s;
    let series = (0..16)
        .rev()
        .fold(0.0, |sum, j| sum * z + 1.0 / f64::from(2 * j + 3));
    s * (u - 2.0 * z * series)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excesses_join_where_the_method_changes() {
        for t in [0.5, -0.5] {
            let inside = exp_excess(t * (1.0 - f64::EPSILON));
            let outside = exp_excess(t);
            assert!((inside / outside - 1.0).abs() < 5e-15, "{inside} {outside}");
        }
        for s in [0.26, -0.26] {
            let u = 2.0 * s / (1.0 - s);
            let inside = log_excess(u * (1.0 - 1e-15));
            let outside = log_excess(u * (1.0 + 1e-15));
            assert!((inside / outside - 1.0).abs() < 2e-14, "{inside} {outside}");
        }
    }

    #[test]
    fn excesses_are_quadratic_near_zero() {
        for x in [1e-3, -1e-5, 1e-9, -1e-20] {
            let leading = x * x / 2.0;
            let cubic = x * x * x;
            assert!((exp_excess(x) - leading - cubic / 6.0).abs() <= leading * (x * x + 1e-15));
            assert!((log_excess(x) - leading + cubic / 3.0).abs() <= leading * (x * x + 1e-15));
        }
    }
}
