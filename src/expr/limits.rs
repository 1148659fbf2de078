//! Limits at 0 and at infinity, worked out by going there.

use super::real::Real;
use super::wide::Wide;

/// What a function tends to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    Finite(f64),
    /// Infinite, with this sign.
    Infinite(f64),
    /// It moves too slowly to tell.
    Unknown,
}

impl Limit {
    /// The limit of what is less by a constant.
    pub(crate) fn less(self, constant: f64) -> Self {
        match self {
            Limit::Finite(value) => {
                let rest = value - constant;
                // What cancels to a rounding is nothing.
                let none = rest.abs() <= 1e-14 * value.abs().max(constant.abs());
                Limit::Finite(if none { 0.0 } else { rest })
            }
            Limit::Infinite(_) | Limit::Unknown => self,
        }
    }

    /// As a number.
    pub(crate) fn value(self) -> Option<f64> {
        match self {
            Limit::Finite(value) => Some(value),
            Limit::Infinite(sign) => Some(sign * f64::INFINITY),
            Limit::Unknown => None,
        }
    }
}

/// How far: from `2^-16` to `2^-(2^40)`, each step the square of the one before.
const FIRST: i32 = 4;
const LAST: i32 = 40;
/// What is no change, relative to the size of the function.
const SAME: f64 = 1e-12;
/// The same at the far end, where logarithms of 2^40 may have cancelled.
const SAME_AFAR: f64 = 1e-2;
/// What logarithms reach at the far end, and nothing slower does.
const LARGE: f64 = 1e6;

/// The limit of `f` as its argument tends to 0. `scale` is how large it is elsewhere.
pub(crate) fn at_zero(f: impl Fn(Wide) -> Wide, scale: f64) -> Limit {
    limit(|n| f(Wide::power_of_two(-n)), scale)
}

/// The limit of `f(t)/t` as its argument tends to infinity.
pub(crate) fn slope_at_infinity(f: impl Fn(Wide) -> Wide, scale: f64) -> Limit {
    let slope = |n| {
        let t = Wide::power_of_two(n);
        f(t).div(t)
    };
    limit(slope, scale)
}

fn limit(at: impl Fn(f64) -> Wide, scale: f64) -> Limit {
    let steps: Vec<Wide> = (FIRST..=LAST).map(|j| at(2f64.powi(j))).collect();
    if steps.iter().any(|step| step.is_none()) {
        return Limit::Unknown;
    }
    let values: Vec<f64> = steps.iter().map(|step| step.value()).collect();
    let (last, before) = (values[values.len() - 1], values[values.len() - 2]);
    if last.abs() > LARGE * (scale + values[0].abs()) && last.abs() >= 1.9 * before.abs()
        || last.is_infinite()
    {
        return Limit::Infinite(last.signum());
    }
    let settled = values.windows(3).find_map(|of| {
        if of.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let size = scale.max(of[2].abs());
        let same = |x: f64| (x - of[2]).abs() <= SAME * size;
        (same(of[0]) && same(of[1])).then_some((of[2], size))
    });
    match settled {
        Some((value, size)) if (last - value).abs() <= SAME_AFAR * size => {
            let none = value.abs() <= 1e-15 * size;
            Limit::Finite(if none { 0.0 } else { value })
        }
        _ => Limit::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Expr;

    #[test]
    fn limits_of_generators() {
        let inf = Some(f64::INFINITY);
        let half = Some(0.5);
        let log = std::f64::consts::LN_2 / 2.0;
        for (text, zero, infinity) in [
            ("t*ln(t)", Some(0.0), inf),
            ("-ln(t)", inf, Some(0.0)),
            ("(t - 1)^2", Some(1.0), inf),
            ("(sqrt(t) - 1)^2/2", half, half),
            ("abs(t - 1)/2", half, half),
            (
                "0.5*(t*ln(t) - (1 + t)*ln((1 + t)/2))",
                Some(log),
                Some(log),
            ),
            ("max(t - 2, 0)", Some(0.0), Some(1.0)),
            ("t^-0.01 - 1", inf, Some(0.0)),
            ("t^0.01", Some(0.0), Some(0.0)),
            ("t^1e-12", None, Some(0.0)),
            ("ln(1 + ln(1 + 1/t))", None, Some(0.0)),
            ("exp(t)", Some(1.0), inf),
            ("exp(exp(t))", Some(std::f64::consts::E), inf),
        ] {
            let f: Expr = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            let found = [
                at_zero(|t| f.value(t), 1.0).value(),
                slope_at_infinity(|t| f.value(t), 1.0).value(),
            ];
            for (found, expected) in found.into_iter().zip([zero, infinity]) {
                let same = match (found, expected) {
                    (Some(a), Some(b)) => a == b || (a - b).abs() < 1e-12,
                    (a, b) => a == b,
                };
                assert!(same, "{text}: {found:?} is not {expected:?}");
            }
        }
    }
}
