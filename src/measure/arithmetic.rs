//! The numbers of a request as f32 arithmetic uses them, the same on the CPU and the GPU.

use super::kernel::{P_ABOVE_ZERO_Q, Q_ABOVE_ZERO_P};
use super::power::PowerParameters;
use super::{Measure, stem};
use crate::element::ElementType;
use crate::encoding::Encoding;
use crate::options::{Options, Unit};

/// Options and encodings, rounded once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arithmetic {
    /// `1 / T` in two words.
    pub p_inverse_temperature: [f32; 2],
    /// `1 / T` in two words.
    pub q_inverse_temperature: [f32; 2],
    /// True if the rows of P must sum to 1 within the tolerance.
    pub p_normalised: bool,
    /// True if the rows of Q must.
    pub q_normalised: bool,
    pub p_tolerance: f32,
    pub q_tolerance: f32,
    /// The weight on P.
    pub weight: f32,
    /// One minus the weight.
    pub weight_q: f32,
    /// What sums of powers need, if the measure or what stands in for it is one.
    pub power: PowerParameters,
    /// The exponent that the largest value of a linear row must have at least for the row to be folded as
    /// it is.
    pub least_exponent: i32,
    /// The smoothing constant; 0 for exact support.
    pub eps: f32,
    /// What turns nats, or their root, into the unit.
    pub unit: f32,
    /// True if the score is the root of what the stem computes.
    pub is_root: bool,
    /// False if P stands in the place of Q, whose faults are then not its own.
    pub uses_q: bool,
}

impl Arithmetic {
    pub(crate) fn new(
        options: &Options,
        p: (Encoding, ElementType),
        q: (Encoding, ElementType),
    ) -> Self {
        let tolerance =
            |element: ElementType| options.tolerance.unwrap_or(element.default_tolerance()) as f32;
        let weight = options.measure.weight().unwrap_or(0.5);
        let is_root = options.measure.is_root();
        let eps = options.support.eps().unwrap_or(0.0) as f32;
        Arithmetic {
            p_inverse_temperature: inverse_temperature(p.0),
            q_inverse_temperature: inverse_temperature(q.0),
            p_normalised: p.0.must_be_normalised(),
            q_normalised: q.0.must_be_normalised(),
            p_tolerance: tolerance(p.1),
            q_tolerance: tolerance(q.1),
            weight: weight as f32,
            weight_q: (1.0 - weight) as f32,
            power: power(options.measure),
            least_exponent: least_exponent(options.measure, eps),
            eps,
            unit: match options.unit {
                Unit::Nats => 1.0,
                Unit::Bits if is_root => std::f64::consts::LOG2_E.sqrt() as f32,
                Unit::Bits => std::f32::consts::LOG2_E,
            },
            is_root,
            uses_q: options.measure.uses_q(),
        }
    }
}

fn power(measure: Measure) -> PowerParameters {
    let (order, factor) = match measure {
        Measure::Renyi(order) => (order.get(), 1.0),
        Measure::Tsallis(order) => (order.get(), order.get()),
        Measure::Alpha(order) => (order.get(), 1.0),
        Measure::Bhattacharyya => (0.5, 0.5),
        Measure::ChiSquared => (2.0, 2.0),
        Measure::Neyman => (-1.0, 2.0),
        _ => return PowerParameters::default(),
    };
    let infinite_on = if order >= 1.0 {
        P_ABOVE_ZERO_Q
    } else if order <= 0.0 && matches!(measure, Measure::Alpha(_) | Measure::Neyman) {
        Q_ABOVE_ZERO_P
    } else {
        0
    };
    PowerParameters::new(order, factor, infinite_on)
}

/// Rows of up to 2^20 bins stay as they are. Beside a smoothing constant of 1e-30 even values of 1e-37 count;
/// and where the largest ratio decides, or a high power of it, the smallest bins may: these must keep all their
/// digits.
fn least_exponent(measure: Measure, eps: f32) -> i32 {
    const STEEP: f64 = 50.0;
    let steep = measure.stem() == &stem::RENYI_INFINITY
        || measure.order().is_some_and(|order| order.abs() > STEEP);
    match (steep, eps > 0.0) {
        (true, _) => 64,
        (false, true) => 0,
        (false, false) => -20,
    }
}

/// `1 / T` in two words.
fn inverse_temperature(encoding: Encoding) -> [f32; 2] {
    let inverse = 1.0 / encoding.temperature().get();
    let high = inverse as f32;
    [high, (inverse - f64::from(high)) as f32]
}
