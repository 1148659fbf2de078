//! Two rows of which only one holds logarithms, or whose logarithms are at different temperatures, for powers.
//!
//! Other measures see the rounded logarithms that [`to_logarithms`](super::to_logarithms) makes. Powers of a
//! high order would multiply that rounding, so that here logarithms have two words.

use super::logarithmic::{below_words, shared_pair};
use super::{Centre, Domain, Truth};
use crate::cpu::survey::{Operand, Survey, is_zero, logarithm, two_difference};
use crate::math::{
    ABS, Arith, Bits, MIN_NORMAL, Number, OCTAVES, log2_far, log2_words, nearest_ratio,
};
use crate::measure::{Masses, Pair, Zeros};

/// How the words of a row become logarithms of what they are relative to the maximum.
#[derive(Clone, Copy)]
enum Side {
    Linear {
        max_bits: u32,
    },
    Log {
        max: f32,
        inverse_temperature: [f32; 2],
    },
}

impl Side {
    fn new(operand: &Operand, survey: &Survey) -> Self {
        match survey {
            Survey::Linear(linear) => Side::Linear {
                max_bits: linear.max_bits,
            },
            Survey::Log(log) => Side::Log {
                max: log.max,
                inverse_temperature: operand.inverse_temperature,
            },
        }
    }

    /// The logarithm to base 2 in two words, and whether the bin is zero.
    #[inline(always)]
    fn log2<A: Arith, B: Bits>(&self, bits: B) -> ([B::Number; 2], Truth<B>) {
        match *self {
            Side::Linear { max_bits } => {
                let max = bits.splat(max_bits);
                let bits = bits.and(bits.splat(ABS));
                let zero = bits.less_signed(bits.splat(MIN_NORMAL));
                let (a, b, k) = nearest_ratio(max, B::select(zero, max, bits));
                let (log2, ..) = log2_far::<A, B>(a, b, k, [0.0; 2]);
                (log2, zero)
            }
            Side::Log {
                max,
                inverse_temperature,
            } => {
                let zero = is_zero(bits);
                let z = logarithm(bits);
                let z = Number::select(zero, z.splat(max), z);
                (below_words::<A, _>(z, max, inverse_temperature), zero)
            }
        }
    }
}

/// The sum of a row without its maximum, over that.
fn rest(survey: &Survey) -> f32 {
    match survey {
        Survey::Linear(linear) => linear.rest / linear.max,
        Survey::Log(log) => log.rest,
    }
}

#[derive(Clone, Copy)]
pub(crate) struct MixedDomain {
    p: Side,
    q: Side,
    p_scale: f32,
    q_scale: f32,
    q_rest: f32,
    /// `log2` of the scale of P over that of Q, and a drift to be taken off.
    log2_scales: [f32; 2],
}

impl MixedDomain {
    pub(crate) fn new<A: Arith>(p: (&Operand, &Survey), q: (&Operand, &Survey)) -> Self {
        let (p_rest, q_rest) = (rest(p.1), rest(q.1));
        let (p_scale, q_scale) = (1.0 / (1.0 + p_rest), 1.0 / (1.0 + q_rest));
        let (a, b, k) = nearest_ratio(q_scale.to_bits(), p_scale.to_bits());
        let (log2_scales, ..) = log2_far::<A, u32>(a, b, k, [0.0; 2]);
        MixedDomain {
            p: Side::new(p.0, p.1),
            q: Side::new(q.0, q.1),
            p_scale,
            q_scale,
            q_rest,
            log2_scales,
        }
    }
}

impl Domain for MixedDomain {
    const PADDING: f32 = 0.0;
    const SKIPS_PADDING: bool = false;

    #[inline(always)]
    fn pair<A: Arith, B: Bits>(&self, p: B, q: B) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        self.power_pair::<A, B>(p, q)
    }

    #[inline(always)]
    fn power_pair<A: Arith, B: Bits>(&self, p: B, q: B) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        let (of_p, p_zero) = self.p.log2::<A, B>(p);
        let (of_q, q_zero) = self.q.log2::<A, B>(q);
        let zeros = Zeros {
            p: p_zero,
            q: q_zero,
        };
        let [high, low] = two_difference(of_p[0], of_q[0]);
        let low = low + (of_q[1] - of_p[1]);
        let [scales_high, scales_low] = self.log2_scales;
        let [high, more] = two_difference(high.splat(scales_high), high);
        let low = more + (low + -scales_low);
        let log2 = log2_words(high, low);
        // Within f32, whatever it is.
        let most = high.splat(1.5e36);
        let far = most.less(high.abs());
        let ln = (high + low) * (OCTAVES * std::f32::consts::LN_2);
        let positive = Number::select(high.less(high.splat(0.0)), -most, most) * 200.0;
        let x = Number::select(far, positive, ln);
        let scales = [self.p_scale, self.q_scale];
        let pair = shared_pair::<A, B::Number>(x, log2, [of_p, of_q], scales, zeros);
        (pair, zeros)
    }

    #[inline(always)]
    fn centred(self, drift: f32) -> Self {
        let centre = Centre::new(drift);
        MixedDomain {
            log2_scales: [self.log2_scales[0], self.log2_scales[1] + centre.log2],
            p_scale: centre.drift * self.p_scale + self.p_scale,
            ..self
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
