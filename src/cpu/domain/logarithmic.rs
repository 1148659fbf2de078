//! Two rows of logits or log-probabilities at one temperature.
//!
//! A row of another kind is turned into such logarithms first, see [`to_logarithms`].

use super::Domain;
use crate::cpu::survey::{
    Log, Operand, Survey, below_maximum, exp_below, is_zero, logarithm, two_difference,
};
use crate::math::{ABS, Arith, MIN_NORMAL, atanh_tail, expm1_small, ln_1p_ratio, ln_ratio};
use crate::measure::{Masses, Pair, Ratio};

#[derive(Clone, Copy)]
pub(crate) struct LogDomain {
    max_p: f32,
    max_q: f32,
    /// `max q - max p`, in two words.
    max_difference: [f32; 2],
    inverse_temperature: [f32; 2],
    /// `ln(Zq / Zp)`, of the normalisers relative to the maxima.
    ln_normalisers: f32,
    p_scale: f32,
    q_scale: f32,
    q_rest: f32,
}

/// Beyond this a logarithm has no use for its low word.
const HUGE: f32 = 1e30;
/// `2^-64` and `2^64`.
const DOWN: f32 = 5.421_011e-20;
const UP: f32 = 1.844_674_4e19;

/// Keeps a logarithm of a ratio finite.
#[inline(always)]
fn clamp(x: f32) -> f32 {
    let x = if x > 3e38 { 3e38 } else { x };
    if x < -3e38 { -3e38 } else { x }
}

impl LogDomain {
    #[inline(always)]
    pub(crate) fn new<A: Arith>(p: &Log, q: &Log, inverse_temperature: [f32; 2]) -> Self {
        LogDomain {
            max_p: p.max,
            max_q: q.max,
            max_difference: two_difference(p.max, q.max),
            inverse_temperature,
            ln_normalisers: ln_1p_ratio::<A>(p.rest, q.rest),
            p_scale: 1.0 / p.sum(),
            q_scale: 1.0 / q.sum(),
            q_rest: q.rest,
        }
    }
}

impl Domain for LogDomain {
    const PADDING: f32 = f32::NEG_INFINITY;
    const SKIPS_PADDING: bool = true;

    #[inline(always)]
    fn pair<A: Arith>(&self, p_bits: u32, q_bits: u32) -> Pair<f32> {
        let (p_zero, q_zero) = (is_zero(p_bits), is_zero(q_bits));
        let either_zero = p_zero | q_zero;
        let a = if p_zero {
            self.max_p
        } else {
            logarithm(p_bits)
        };
        let b = if q_zero {
            self.max_q
        } else {
            logarithm(q_bits)
        };

        let [high, low] = two_difference(a, b);
        let high = clamp(high - self.max_difference[0]);
        let low = low - self.max_difference[1];
        // An overflow leaves no low word.
        let low = if high.abs() < HUGE { low } else { 0.0 };
        let x = high + low;
        let x = A::mul_add(
            x,
            self.inverse_temperature[0],
            x * self.inverse_temperature[1],
        );
        let x = x - self.ln_normalisers;

        let below_q = below_maximum::<A>(b, self.max_q, self.inverse_temperature);
        let p = exp_below::<A>(a, self.max_p, self.inverse_temperature) * self.p_scale;
        let q = exp_below::<A>(b, self.max_q, self.inverse_temperature) * self.q_scale;
        let p = if p_zero { 0.0 } else { p };
        let q = if q_zero { 0.0 } else { q };

        let near = (x.abs() < 0.6875) & !either_zero;
        let inside = if near { x } else { 0.0 };
        let close = p * expm1_small::<A>(inside);
        let d = if near { close } else { q - p };
        let sum = p + q;
        let sum = if sum == 0.0 { 1.0 } else { sum };
        let s = d / sum;
        let z = s * s;
        let w = z * atanh_tail::<A, f32>(z);

        // Scaled down, logarithms beyond f32 still make products within it.
        let scaled_a = a * DOWN - self.max_p * DOWN;
        let scaled_b = b * DOWN - self.max_q * DOWN;
        let far_x = (scaled_b - scaled_a) * self.inverse_temperature[0];
        let t = if x.abs() < HUGE { x * DOWN } else { far_x };
        let t = if either_zero { 0.0 } else { t };
        let far_drop = -scaled_b * self.inverse_temperature[0];
        let drop = if below_q > -HUGE {
            -below_q * DOWN
        } else {
            far_drop
        };
        let ratio = Ratio {
            near,
            s,
            w,
            p_t: (p * UP) * t,
            q_t: (q * UP) * t,
        };
        Pair {
            p,
            q,
            d,
            excess: ratio.excess::<A>(p, d),
            reverse_excess: ratio.reverse_excess::<A>(q, d),
            p_drop: (p * UP) * drop,
            p_zero,
            q_zero,
        }
    }

    #[inline(always)]
    fn masses(&self) -> Masses {
        Masses {
            mass: 1.0,
            drift: 0.0,
            q_max: self.q_scale,
            q_rest: self.q_rest * self.q_scale,
        }
    }
}

/// Rewrites a row as natural logarithms at temperature 1, up to a constant.
///
/// For pairs of rows in different domains, or at different temperatures: what is left of the
/// accuracy is that of an f32 logarithm, as promised for them. Logarithms that already are at
/// temperature 1 stay as they are.
#[inline(always)]
pub(crate) fn to_logarithms<A: Arith>(
    operand: &Operand,
    survey: &Survey,
    row: &[f32],
    out: &mut Vec<f32>,
) -> Log {
    out.clear();
    match survey {
        Survey::Linear(linear) => {
            let max = linear.max_bits;
            out.extend(row.iter().map(|value| {
                let bits = value.to_bits() & ABS;
                let zero = bits < MIN_NORMAL;
                let safe = if zero { max } else { bits };
                let ln = -ln_ratio::<A, u32>(safe, max);
                if zero { f32::NEG_INFINITY } else { ln }
            }));
            Log {
                max: 0.0,
                rest: linear.rest / linear.max,
            }
        }
        Survey::Log(log) if operand.inverse_temperature == [1.0, 0.0] => {
            out.extend_from_slice(row);
            *log
        }
        Survey::Log(log) => {
            out.extend(row.iter().map(|value| {
                let bits = value.to_bits();
                let below =
                    below_maximum::<A>(logarithm(bits), log.max, operand.inverse_temperature);
                if is_zero(bits) {
                    f32::NEG_INFINITY
                } else {
                    below
                }
            }));
            Log {
                max: 0.0,
                rest: log.rest,
            }
        }
    }
}
