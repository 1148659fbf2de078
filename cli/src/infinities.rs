//! Why scores are infinite, and what would make them finite.

use kullback::{Measure, Support};

const ALONE: &str = "a bin is zero in one row alone";
const BEYOND: &str = "the score is beyond what float32 holds";

/// What may have made scores of this measure infinite, in words, with a remedy where there is one.
#[must_use]
pub fn reason(measure: &Measure, support: Support) -> String {
    if support != Support::Exact {
        return BEYOND.to_owned();
    }
    let smoothing = "--support smoothed:EPS (say, smoothed:1e-6)";
    match measure {
        Measure::SquaredEuclidean => BEYOND.to_owned(),
        Measure::GeneralizedKullbackLeibler | Measure::ItakuraSaito => {
            format!("{ALONE}, or {BEYOND}")
        }
        // A large order can raise what smoothing leaves beyond float32 again.
        Measure::Tsallis(_) | Measure::Alpha(_) => {
            format!("{ALONE}, or {BEYOND}; {smoothing} leaves no zeros")
        }
        Measure::ChiSquared | Measure::Neyman => {
            format!("{ALONE}, or {BEYOND}; {smoothing} makes these scores finite")
        }
        Measure::Bhattacharyya => disjoint(smoothing),
        Measure::Renyi(order) if order.get() < 1.0 => disjoint(smoothing),
        _ => format!("{ALONE}; {smoothing} makes these scores finite"),
    }
}

fn disjoint(smoothing: &str) -> String {
    format!("the rows have no bin in common; {smoothing} makes these scores finite")
}
