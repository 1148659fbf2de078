//! Two rows of logits or log-probabilities at one temperature.
//!
//! A row of another kind is turned into such logarithms first, see [`to_logarithms`].

use super::{Centre, Domain, Truth, marked};
use crate::cpu::dispatch::Simd;
use crate::cpu::kernels::Entry;
use crate::cpu::shares::FusedFold;
use crate::cpu::survey::{
    Log, Operand, Survey, below_maximum, exp_below, exponent_below, is_zero, logarithm,
    two_difference,
};
use crate::math::{
    ABS, Arith, Bits, LANES, MIN_NORMAL, Mask, Number, OCTAVES, Spread, Vector, exp2_of_whole,
    expm1_small, expm1_tail, extended, ln_1p_ratio, ln_ratio, ln_ratio_words, log2_of_natural,
    log2_words, product_error, times_exp2,
};
use crate::measure::{Masses, Pair, Powers, Zeros};

#[derive(Clone, Copy)]
pub(crate) struct LogDomain {
    shares: LogShares<f32>,
    /// `ln(Zq / Zp)` of the scales as they are multiplied in, in two words, and a drift to be taken off.
    ln_scales: [f32; 2],
}

/// What pairs of shares take of two rows, or, with vectors of numbers, of as many as a vector has lanes.
#[derive(Clone, Copy)]
pub(crate) struct LogShares<F> {
    max_p: F,
    max_q: F,
    /// `max q - max p`, in two words.
    max_difference: [F; 2],
    inverse_temperature: [f32; 2],
    /// `ln(Zq / Zp)`, of the normalisers relative to the maxima.
    ln_normalisers: F,
    p_scale: F,
    q_scale: F,
    q_rest: F,
}

/// Beyond this a logarithm has no use for its low word.
const HUGE: f32 = 1e30;
/// Beyond this neither has the logarithm of a power.
const FAR: f32 = 1e15;
/// `2^-64` and `2^64`.
const DOWN: f32 = 5.421_011e-20;
const UP: f32 = 1.844_674_4e19;

/// Keeps a logarithm of a ratio finite, with room for what is added.
#[inline(always)]
fn clamp<T: Number>(x: T) -> T {
    const MOST: f32 = 3e38;
    let (least, most) = (x.splat(-MOST), x.splat(MOST));
    least.larger(most.smaller(x))
}

impl LogDomain {
    #[inline(always)]
    pub(crate) fn new<A: Arith>(p: &Log, q: &Log, inverse_temperature: [f32; 2]) -> Self {
        let (max, rest) = ([p.max, q.max], [p.rest, q.rest]);
        let shares = LogShares::new::<A>(max, rest, inverse_temperature);
        LogDomain {
            shares,
            ln_scales: ln_ratio_words::<A>(shares.q_scale, shares.p_scale),
        }
    }
}

impl LogDomain {
    /// `ln(q/p)`, and what [`Powers`] has of it.
    #[inline(always)]
    fn ln_ratio<A: Arith, T: Number>(&self, a: T, b: T) -> (T, [T; 2]) {
        let zero = a.splat(0.0);
        // Each below the largest of its row, for what these have in common may be all that one word holds; and
        // half of each, so that no difference is infinite.
        let [below_p, p_low] = two_difference(a.splat(0.5 * self.shares.max_p), a * 0.5);
        let [below_q, q_low] = two_difference(a.splat(0.5 * self.shares.max_q), b * 0.5);
        let [below, low] = two_difference(below_p, below_q);
        // Where both first words are large and all but equal, the low ones may be most of what is left.
        let [below, low] = two_difference(p_low - q_low - low, below);
        let [twice_inverse, twice_low] = self.shares.inverse_temperature.map(|word| 2.0 * word);
        let inverse = a.splat(twice_inverse);
        let x = clamp(below * inverse);
        let error = product_error::<A, T>(below, inverse, x);
        let error = error + low.mul_add::<A>(inverse, below * twice_low);
        let [scales_high, scales_low] = self.ln_scales;
        let [y, rest] = two_difference(a.splat(scales_high), x);
        let counts = y.abs().less(a.splat(FAR));
        let rest = T::select(counts, rest + (error + -scales_low), zero);
        let [high, low] = log2_of_natural::<A, T>(T::select(counts, y, zero), rest);
        let [high, low] = log2_words(high, low);
        let far = far_log2(below * (1.0 / OCTAVES), twice_inverse);
        (y + rest, [T::select(counts, high, far), low])
    }
}

impl<F: Number> LogShares<F> {
    /// Of the largest logarithm of P and of Q, and of the sum of the other exponentials of each.
    #[inline(always)]
    pub(crate) fn new<A: Arith>(
        [max_p, max_q]: [F; 2],
        [p_rest, q_rest]: [F; 2],
        inverse_temperature: [f32; 2],
    ) -> Self {
        let one = max_p.splat(1.0);
        LogShares {
            max_p,
            max_q,
            max_difference: two_difference(max_p, max_q),
            inverse_temperature,
            ln_normalisers: ln_1p_ratio::<A, F>(p_rest, q_rest),
            p_scale: one / (p_rest + 1.0),
            q_scale: one / (q_rest + 1.0),
            q_rest,
        }
    }

    /// The largest logarithm of each row.
    #[inline(always)]
    pub(crate) fn largest(&self) -> [F; 2] {
        [self.max_p, self.max_q]
    }

    /// The largest share of Q, and the sum of the others, as [`Masses`] have them.
    #[inline(always)]
    pub(crate) fn shares_of_q(&self) -> [F; 2] {
        [self.q_scale, self.q_rest * self.q_scale]
    }
}

impl LogShares<f32> {
    /// [`Domain::masses`].
    #[inline(always)]
    pub(crate) fn masses(&self) -> Masses {
        let [q_max, q_rest] = self.shares_of_q();
        Masses {
            mass: 1.0,
            drift: 0.0,
            q_max,
            q_rest,
        }
    }
}

impl<F: Number> LogShares<F> {
    /// [`Domain::pair`].
    #[inline(always)]
    fn pair<A: Arith, B: Bits>(&self, p_bits: B, q_bits: B) -> (Pair<B::Number>, Zeros<Truth<B>>)
    where
        F: Spread<B::Number>,
    {
        let exponential = |bits: B, max: F| {
            let z = bits.stored();
            exp_below::<false, A, B::Number>(z, max.spread(z), self.inverse_temperature)
        };
        let (p, q) = (
            exponential(p_bits, self.max_p),
            exponential(q_bits, self.max_q),
        );
        self.pair_of::<true, A, B>(p_bits, q_bits, p, q)
    }

    /// The same where the exponential of each below its maximum is known. `GUARDED` is false only of rows that are
    /// plain, see [`Peak::is_plain`](crate::cpu::survey::Peak::is_plain).
    #[inline(always)]
    pub(crate) fn pair_of<const GUARDED: bool, A: Arith, B: Bits>(
        &self,
        p_bits: B,
        q_bits: B,
        exp_p: B::Number,
        exp_q: B::Number,
    ) -> (Pair<B::Number>, Zeros<Truth<B>>)
    where
        F: Spread<B::Number>,
    {
        let zero = exp_p.splat(0.0);
        let (max_p, max_q) = (self.max_p.spread(zero), self.max_q.spread(zero));
        let none = zero.less(zero);
        let (zeros, either_zero, a, b) = if GUARDED {
            let (p_zero, q_zero) = (is_zero(p_bits), is_zero(q_bits));
            let a = Number::select(p_zero, max_p, logarithm(p_bits));
            let b = Number::select(q_zero, max_q, logarithm(q_bits));
            let zeros = Zeros {
                p: p_zero,
                q: q_zero,
            };
            (zeros, p_zero.or(q_zero), a, b)
        } else {
            (
                Zeros { p: none, q: none },
                none,
                p_bits.stored(),
                q_bits.stored(),
            )
        };

        let [high, low] = two_difference(a, b);
        let high = high - self.max_difference[0].spread(zero);
        let low = low - self.max_difference[1].spread(zero);
        let x = if GUARDED {
            let high = clamp(high);
            // An overflow leaves no low word.
            high + Number::select(high.abs().less(zero.splat(HUGE)), low, zero)
        } else {
            high + low
        };
        let x = x.mul_add::<A>(
            zero.splat(self.inverse_temperature[0]),
            x * self.inverse_temperature[1],
        );
        let x = x - self.ln_normalisers.spread(zero);
        let p = exp_p * self.p_scale.spread(zero);
        let q = exp_q * self.q_scale.spread(zero);

        let near = x.abs().less(zero.splat(0.6875)).and_not(either_zero);
        let inside = if GUARDED {
            Number::select(near, x, zero)
        } else {
            x
        };
        let square = inside * inside;
        let tail = expm1_tail::<A, B::Number>(inside);
        let close = p * square.mul_add::<A>(tail, inside);
        let d = Number::select(near, close, q - p);
        // p (e^x - 1 - x), and q (e^-x - 1 + x), whose terms cancel nowhere.
        let near_excess = p * (square * tail);
        let near_reverse = q * (square * expm1_tail::<A, B::Number>(-inside));

        // Scaled down, logarithms beyond f32 still make products within it.
        let scaled_b = b * DOWN - max_q * DOWN;
        let (p_t, q_t) = if GUARDED {
            let scaled_a = a * DOWN - max_p * DOWN;
            let far_x = (scaled_b - scaled_a) * self.inverse_temperature[0];
            let t = Number::select(x.abs().less(zero.splat(HUGE)), x * DOWN, far_x);
            let t = Number::select(either_zero, zero, t);
            ((p * UP) * t, (q * UP) * t)
        } else {
            // The same bits where they are needed, far from 0.
            (p * x, q * x)
        };
        let below_q = below_maximum::<A, B::Number>(b, max_q, self.inverse_temperature);
        let far_drop = -scaled_b * self.inverse_temperature[0];
        let near_drop = -below_q * DOWN;
        let drop = Number::select(zero.splat(-HUGE).less(below_q), near_drop, far_drop);
        let t = if GUARDED { marked(clamp(x), zeros) } else { x };
        let pair = Pair {
            powers: Powers::none(p),
            p,
            q,
            d,
            t,
            excess: Number::select(near, near_excess, d - p_t),
            reverse_excess: Number::select(near, near_reverse, q_t - d),
            p_drop: (p * UP) * drop,
        };
        (pair, zeros)
    }
}

/// The logarithm to base 2 of `exp((z - max) / T)` in two words.
#[inline(always)]
pub(super) fn below_words<A: Arith, T: Number>(
    z: T,
    max: f32,
    inverse_temperature: [f32; 2],
) -> [T; 2] {
    let zero = z.splat(0.0);
    let [y, error] = exponent_below::<A, T>(z, z.splat(max), inverse_temperature);
    let counts = z.splat(-FAR).less(y);
    let y = T::select(counts, y, zero);
    let [high, low] = log2_of_natural::<A, T>(y, T::select(counts, error, zero));
    let scaled = z * (1.0 / OCTAVES) + -(max * (1.0 / OCTAVES));
    let far = far_log2(scaled, inverse_temperature[0]);
    [T::select(counts, high, far), low]
}

/// The pair of two bins given by logarithms to base 2 in two words, which are to be scaled, by the logarithm
/// `x` of their ratio, and by that to base 2.
#[inline(always)]
pub(super) fn shared_pair<A: Arith, T: Number>(
    x: T,
    log2: [T; 2],
    bins: [[T; 2]; 2],
    scales: [f32; 2],
    zeros: Zeros<T::Mask>,
) -> Pair<T> {
    let zero = x.splat(0.0);
    let (p, p_extended) = scaled_bin::<A, T>(bins[0], scales[0], zeros.p);
    let (q, q_extended) = scaled_bin::<A, T>(bins[1], scales[1], zeros.q);
    let near = x.abs().less(x.splat(0.6875)).and_not(zeros.p.or(zeros.q));
    let inside = T::select(near, x, zero);
    let close = p * expm1_small::<A, T>(inside);
    Pair {
        p,
        q,
        d: T::select(near, close, q - p),
        t: marked(x, zeros),
        excess: zero,
        reverse_excess: zero,
        p_drop: zero,
        powers: Powers {
            log2,
            p: p_extended,
            q: q_extended,
        },
    }
}

/// A scaled bin, and as [`Powers`] has it.
#[inline(always)]
fn scaled_bin<A: Arith, T: Number>(log2: [T; 2], scale: f32, is_zero: T::Mask) -> (T, [T; 2]) {
    let zero = log2[0].splat(0.0);
    let [scale, scale_exponent] = extended(scale.to_bits());
    let [value, exponent] = times_exp2::<A, T>(zero.splat(scale), log2, OCTAVES);
    let exponent = exponent + scale_exponent;
    let whole = exponent * OCTAVES;
    let least = zero.splat(-126.0);
    let gone = is_zero.or(whole.less(least));
    let power = exp2_of_whole(T::select(gone, zero, whole));
    let extended = [
        T::select(is_zero, zero, value),
        T::select(is_zero, zero, exponent),
    ];
    (T::select(gone, zero, value * power), extended)
}

/// The logarithm of what is so far away that it has no low word.
#[inline(always)]
fn far_log2<T: Number>(below: T, inverse_temperature: f32) -> T {
    const MOST: f32 = 1.5e38;
    let x = below * (inverse_temperature * std::f32::consts::LOG2_E);
    let (least, most) = (x.splat(-MOST), x.splat(MOST));
    least.larger(most.smaller(x))
}

impl Domain for LogDomain {
    const PADDING: f32 = f32::NEG_INFINITY;
    const SKIPS_PADDING: bool = true;

    #[inline(always)]
    fn pair<A: Arith, B: Bits>(&self, p_bits: B, q_bits: B) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        self.shares.pair::<A, B>(p_bits, q_bits)
    }

    #[inline(always)]
    fn power_pair<A: Arith, B: Bits>(
        &self,
        p_bits: B,
        q_bits: B,
    ) -> (Pair<B::Number>, Zeros<Truth<B>>) {
        let (p_zero, q_zero) = (is_zero(p_bits), is_zero(q_bits));
        let (a, b) = (logarithm(p_bits), logarithm(q_bits));
        let a = Number::select(p_zero, a.splat(self.shares.max_p), a);
        let b = Number::select(q_zero, a.splat(self.shares.max_q), b);

        let (x, log2) = self.ln_ratio::<A, B::Number>(a, b);
        let zeros = Zeros {
            p: p_zero,
            q: q_zero,
        };
        let bins = [
            below_words::<A, B::Number>(a, self.shares.max_p, self.shares.inverse_temperature),
            below_words::<A, B::Number>(b, self.shares.max_q, self.shares.inverse_temperature),
        ];
        let scales = [self.shares.p_scale, self.shares.q_scale];
        let pair = shared_pair::<A, B::Number>(x, log2, bins, scales, zeros);
        (pair, zeros)
    }

    #[inline(always)]
    fn centred(self, drift: f32) -> Self {
        let centre = Centre::new(drift);
        let p_scale = centre.drift * self.shares.p_scale + self.shares.p_scale;
        LogDomain {
            shares: LogShares {
                p_scale,
                ..self.shares
            },
            ln_scales: [self.ln_scales[0], self.ln_scales[1] + centre.ln],
        }
    }

    #[inline(always)]
    fn masses(&self) -> Masses {
        self.shares.masses()
    }

    fn fused<S: Simd>(entry: &Entry<S>) -> Option<FusedFold<S, Self>> {
        entry.logarithmic
    }
}

/// Rewrites a row as natural logarithms at temperature 1, up to a constant.
///
/// For pairs of rows in different domains, or at different temperatures: what is left of the
/// accuracy is that of an f32 logarithm, as promised for them. Logarithms that already are at
/// temperature 1 stay as they are.
pub(crate) fn to_logarithms<S: Simd>(
    simd: S,
    operand: &Operand,
    survey: &Survey,
    row: &[f32],
    out: &mut Vec<f32>,
) -> Log {
    let inverse_temperature = operand.inverse_temperature;
    let rest = match survey {
        Survey::Log(log) if inverse_temperature == [1.0, 0.0] => {
            out.clear();
            out.extend_from_slice(row);
            return *log;
        }
        Survey::Log(log) => log.rest,
        Survey::Linear(linear) => linear.rest / linear.max,
    };
    out.resize(row.len(), 0.0);
    simd.run(ToLogarithms {
        simd,
        survey,
        inverse_temperature,
        row,
        out,
    });
    Log { max: 0.0, rest }
}

/// The rewriting as a value, so that all of it is compiled for one instruction set.
struct ToLogarithms<'a, S> {
    simd: S,
    survey: &'a Survey,
    inverse_temperature: [f32; 2],
    row: &'a [f32],
    out: &'a mut [f32],
}

impl<S: Simd> pulp::NullaryFnOnce for ToLogarithms<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let out = std::mem::take(&mut self.out);
        let (from, from_rest) = self.row.as_chunks::<LANES>();
        let (to, to_rest) = out.as_chunks_mut::<LANES>();
        for (from, to) in from.iter().zip(to) {
            *to = self.logarithms_of(from);
        }
        let mut last = [0.0; LANES];
        last[..from_rest.len()].copy_from_slice(from_rest);
        to_rest.copy_from_slice(&self.logarithms_of(&last)[..from_rest.len()]);
    }
}

impl<S: Simd> ToLogarithms<'_, S> {
    #[inline(always)]
    fn logarithms_of(&self, values: &[f32; LANES]) -> [f32; LANES] {
        let mut logarithms = [0.0; LANES];
        for part in 0..LANES / S::Vector::WIDTH {
            let at = part * S::Vector::WIDTH;
            let bits = S::Vector::load(self.simd.token(), values, at).bits();
            let (zero, value) = match self.survey {
                Survey::Linear(linear) => {
                    let bits = bits.and(bits.splat(ABS));
                    let zero = bits.less_signed(bits.splat(MIN_NORMAL));
                    let max = bits.splat(linear.max_bits);
                    let safe = Bits::select(zero, max, bits);
                    (zero, -ln_ratio::<S::Arith, _>(safe, max))
                }
                Survey::Log(log) => {
                    let z = logarithm(bits);
                    let max = z.splat(log.max);
                    let below = below_maximum::<S::Arith, _>(z, max, self.inverse_temperature);
                    (is_zero(bits), below)
                }
            };
            let none = value.splat(f32::NEG_INFINITY);
            S::Vector::select(zero, none, value).store(&mut logarithms, at);
        }
        logarithms
    }
}
