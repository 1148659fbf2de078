//! The numbers of a request as f32 arithmetic uses them, the same on the CPU and the GPU.

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
        Arithmetic {
            p_inverse_temperature: inverse_temperature(p.0),
            q_inverse_temperature: inverse_temperature(q.0),
            p_normalised: p.0.must_be_normalised(),
            q_normalised: q.0.must_be_normalised(),
            p_tolerance: tolerance(p.1),
            q_tolerance: tolerance(q.1),
            weight: weight as f32,
            weight_q: (1.0 - weight) as f32,
            eps: options.support.eps().unwrap_or(0.0) as f32,
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

/// `1 / T` in two words.
fn inverse_temperature(encoding: Encoding) -> [f32; 2] {
    let inverse = 1.0 / encoding.temperature().get();
    let high = inverse as f32;
    [high, (inverse - f64::from(high)) as f32]
}
