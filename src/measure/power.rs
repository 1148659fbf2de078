//! Sums of powers `sum p^a q^(1-a)`, which Renyi, Tsallis and alpha divergences of all orders have in common.
//!
//! With `A = (sum p^a q^(1-a) - 1) / (a (a-1))`, the alpha divergence, Tsallis' is `a A` and Renyi's is
//! `ln(1 + a (a-1) A) / (a-1)`. Each bin adds what it has in `A` less the first order, which cancels over all
//! bins:
//!
//! ```text
//! phi = (d - p ((q/p)^c - 1) / c) / a,  c = 1 - a
//! ```
//!
//! It is never negative, of second order at `p = q`, and at `c = 0` the excess of KL. Orders below one half are
//! those above it with the rows exchanged, so that nothing is divided by less than one half.

use super::Pair;
use super::kernel::{Masses, Parameters};
use crate::math::{
    Arith, Mask, NO_EXPONENT, Number, OCTAVES, SPAN, exp2_of_whole, expm1_small, expm1_tail,
    times_exp2, upper,
};

/// How many coefficients the series near `p = q` has.
pub(crate) const COEFFICIENTS: usize = 13;

/// What sums of powers need of the order, and what multiplies them. Rounded once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PowerParameters {
    /// True if the rows are exchanged.
    pub exchanged: bool,
    /// Which support violations make the score infinite.
    pub infinite_on: u32,
    /// The order that was asked for, and one less.
    pub order: f32,
    pub order_less_one: f32,
    /// The order `a` of the rows as they are taken, at least one half.
    pub a: f32,
    pub inverse_a: f32,
    /// `c = 1 - a`, also in two words of which the first has 12 bits and which turn the unit of logarithms,
    /// [`OCTAVES`], into that of exponents, [`SPAN`].
    pub c: f32,
    pub c_words: [f32; 2],
    pub inverse_c: f32,
    /// `max(1, |c|)`: the series is one in `t` times that.
    pub stretch: f32,
    /// What multiplies the divergence.
    pub factor: f32,
    /// What multiplies a sum of powers that makes an alpha divergence: a number in [1, 2) and an exponent.
    pub far_factor: f32,
    pub far_exponent: f32,
    /// Of the series.
    pub coefficients: [f32; COEFFICIENTS],
}

/// What turns the unit of logarithms into that of exponents.
const UNITS: f32 = OCTAVES / SPAN;
/// Beyond this an order is a power of ten as good as any other: sums overflow, or rows are equal.
const GREATEST_ORDER: f64 = 1e30;

impl PowerParameters {
    /// Those of `factor` times a divergence of an order. Only the alpha divergence asks for `far_factor`.
    pub(crate) fn new(order: f64, factor: f64, infinite_on: u32) -> Self {
        let order = order.clamp(-GREATEST_ORDER, GREATEST_ORDER);
        let exchanged = order < 0.5;
        let (a, c) = if exchanged {
            (1.0 - order, order)
        } else {
            (order, 1.0 - order)
        };
        let c_high = upper(c as f32);
        let stretch = c.abs().max(1.0);
        let far = factor / (a * c).abs();
        let far_exponent = if far.is_normal() {
            (far.to_bits() >> 52) as i32 - 1023
        } else {
            0
        };
        PowerParameters {
            exchanged,
            infinite_on,
            order: order as f32,
            order_less_one: (order - 1.0) as f32,
            a: a as f32,
            inverse_a: (1.0 / a) as f32,
            c: c as f32,
            c_words: [c_high * UNITS, (c - f64::from(c_high)) as f32 * UNITS],
            inverse_c: (1.0 / c).clamp(-3e38, 3e38) as f32,
            stretch: stretch as f32,
            factor: factor as f32,
            far_factor: (far * 2f64.powi(-far_exponent)) as f32,
            far_exponent: far_exponent as f32,
            coefficients: coefficients(c, stretch),
        }
    }
}

/// Bernoulli's numbers over factorials: the coefficients of `t / (e^t - 1)`.
const BERNOULLI: [f64; COEFFICIENTS] = [
    1.0,
    -0.5,
    1.0 / 12.0,
    0.0,
    -1.0 / 720.0,
    0.0,
    1.0 / 30_240.0,
    0.0,
    -1.0 / 1_209_600.0,
    0.0,
    1.0 / 47_900_160.0,
    0.0,
    -691.0 / 1_307_674_368_000.0,
];

/// Those of `phi / (d t)` in powers of `stretch t`: the quotient of the series of `phi / (p t^2)`, whose
/// coefficients are `(1 + c + ... + c^m) / (m + 2)!`, and of `d / (p t)`.
fn coefficients(c: f64, stretch: f64) -> [f32; COEFFICIENTS] {
    let mut of_phi = [0.0; COEFFICIENTS];
    let (mut sum, mut power, mut factorial) = (0.0, 1.0, 1.0);
    for (m, coefficient) in of_phi.iter_mut().enumerate() {
        sum = power + c / stretch * sum;
        power /= stretch;
        factorial *= (m + 1) as f64;
        *coefficient = sum / (factorial * (m + 2) as f64);
    }
    let mut coefficients = [0.0; COEFFICIENTS];
    for (m, coefficient) in coefficients.iter_mut().enumerate() {
        let products = (0..=m).map(|j| of_phi[j] * BERNOULLI[m - j] / stretch.powi((m - j) as i32));
        *coefficient = products.sum::<f64>() as f32;
    }
    coefficients
}

/// A pair of bins as the order takes it: exchanged or not.
struct Bins<T: Number> {
    p: T,
    d: T,
    t: T,
    log2: [T; 2],
    extended: [T; 2],
    p_zero: T::Mask,
    q_zero: T::Mask,
}

impl<T: Number> Bins<T> {
    #[inline(always)]
    fn new(u: &PowerParameters, pair: &Pair<T>) -> Self {
        let zero = pair.p.splat(0.0);
        let powers = &pair.powers;
        let p_zero = powers.p[0].equals(zero);
        let q_zero = powers.q[0].equals(zero);
        let t = T::select(p_zero.or(q_zero), zero, pair.t);
        let [high, low] = powers.log2;
        if u.exchanged {
            Bins {
                p: pair.q,
                d: -pair.d,
                t: -t,
                log2: [-high, -low],
                extended: powers.q,
                p_zero: q_zero,
                q_zero: p_zero,
            }
        } else {
            Bins {
                p: pair.p,
                d: pair.d,
                t,
                log2: [high, low],
                extended: powers.p,
                p_zero,
                q_zero,
            }
        }
    }

    /// `p (q/p)^c` as a number near 1 and a whole exponent, without meaning where either is zero.
    #[inline(always)]
    fn power<A: Arith>(&self, u: &PowerParameters) -> [T; 2] {
        // Beyond this a power is beyond everything.
        const MOST: f32 = 1.5e38;
        let [high, low] = self.log2;
        let (least, most) = (high.splat(-MOST), high.splat(MOST));
        let product = high * u.c_words[0];
        let product = least.larger(most.smaller(product));
        let rest = low.mul_add::<A>(low.splat(u.c_words[0]), (high + low) * u.c_words[1]);
        let [value, exponent] = times_exp2::<A, T>(self.extended[0], [product, rest], SPAN);
        [value, exponent + self.extended[1] * UNITS]
    }
}

/// What makes masses about 1, a power of two: `phi` may be a mass over next to nothing.
#[inline(always)]
fn unit(masses: &Masses) -> f32 {
    f32::from_bits(0x7f00_0000 - (masses.q_max.to_bits() & 0x7f80_0000))
}

/// `t` times the stretch up to which the series holds.
const NEAR: f32 = 1.8;

/// `phi`, in units of the mass, and the power.
#[inline(always)]
pub(super) fn terms<A: Arith, T: Number>(
    parameters: &Parameters,
    masses: &Masses,
    pair: &Pair<T>,
) -> [T; 2] {
    let u = &parameters.power;
    let unit = unit(masses);
    let bins = Bins::new(u, pair);
    let Bins { p, d, t, .. } = bins;
    let zero = p.splat(0.0);

    let v = t * u.stretch;
    let mut series = p.splat(u.coefficients[COEFFICIENTS - 1]);
    for coefficient in u.coefficients[..COEFFICIENTS - 1].iter().rev() {
        series = series.times_plus::<A>(v, *coefficient);
    }
    let near_phi = (d * t) * series;
    let near_power = p
        .splat(u.c)
        .mul_add::<A>(p.splat(-u.a).mul_add::<A>(near_phi, d), p);

    let [value, exponent] = bins.power::<A>(u);
    let (least, most) = (p.splat(-126.0), p.splat(100.0));
    let exponent = exponent * SPAN;
    let inside = exponent.smaller(most).larger(least);
    let far_power = T::select(exponent.less(least), zero, value * exp2_of_whole(inside));
    let y = t * u.c;
    let small = y.abs().less(p.splat(0.72));
    let y = T::select(small, y, zero);
    let slow = (p * t) * y.times_plus::<A>(expm1_tail::<A, T>(y), 1.0);
    let fast = (far_power - p) * u.inverse_c;
    let far_phi = (d - T::select(small, slow, fast)) * u.inverse_a;

    let near = v.abs().less(p.splat(NEAR));
    let phi = T::select(near, near_phi, far_phi) * unit;
    let power = T::select(near, near_power, far_power);
    let phi = T::select(bins.p_zero, (d * unit) * u.inverse_a, phi);
    let phi = T::select(bins.q_zero, (p * unit) * u.inverse_c, phi);
    let phi = T::select(bins.p_zero.and(bins.q_zero), zero, phi);
    let power = T::select(bins.p_zero.or(bins.q_zero), zero, power);
    [phi, power]
}

/// The exponent of the power, and what it multiplies: terms of a [`ScaledSum`](crate::math::ScaledSum).
#[inline(always)]
pub(super) fn far_terms<A: Arith, T: Number>(parameters: &Parameters, pair: &Pair<T>) -> [T; 2] {
    let bins = Bins::new(&parameters.power, pair);
    let [value, exponent] = bins.power::<A>(&parameters.power);
    let zero = value.splat(0.0);
    let none = bins.p_zero.or(bins.q_zero);
    [
        T::select(none, value.splat(NO_EXPONENT), exponent),
        T::select(none, zero, value),
    ]
}

/// What the sums amount to.
pub(super) struct Settled {
    /// The alpha divergence.
    pub alpha: f32,
    /// The sum of powers.
    pub power: f32,
    /// What that is relative to.
    pub mass: f32,
}

/// Settles the sums of [`terms`]. Where the drift `D` has not been taken off,
/// `A = (sum phi / S) G - R` with `G = (1+D)^(a-1)` and `R = (1 - G (1 - (a-1) D)) / (a (a-1))`.
#[inline(always)]
pub(super) fn settled<A: Arith>(
    parameters: &Parameters,
    masses: &Masses,
    [phi, power]: [f32; 2],
) -> Settled {
    let u = &parameters.power;
    let grown = 1.0 + masses.drift;
    let (mass, drift) = if u.exchanged {
        (masses.mass * grown, -masses.drift / grown)
    } else {
        (masses.mass, masses.drift)
    };
    let first = -u.c * drift;
    let growth = 1.0 + expm1_small::<A, f32>(first - 0.5 * first * drift);
    let w = first - drift;
    let rest = A::mul_add(w, 1.0 / 30.0, 0.125);
    let rest = A::mul_add(w, rest, 1.0 / 3.0);
    let rest = drift * drift * A::mul_add(w, rest, 0.5);
    let alpha = phi / (mass * unit(masses)) * growth - rest;
    Settled {
        alpha: if alpha > 0.0 { alpha } else { 0.0 },
        power: power * growth,
        mass,
    }
}

/// From here on a sum of powers is not to be relied on: a term was beyond what it may be.
pub(super) const BEYOND: f32 = 3.1e29;

/// Whether a first try may count: the drift must be small for the order, too, and is known to 1e-7 only.
#[inline(always)]
pub(super) fn accepts(parameters: &Parameters, masses: &Masses, [phi, _]: [f32; 2]) -> bool {
    let c = parameters.power.c.abs();
    let drift = masses.drift;
    c <= 4.5 && drift.abs() <= 1e-4 && 2.0 * drift * drift <= phi && c * drift.abs() <= 0.1
}
