//! Jensen-Shannon divergence with equal weights, symmetric in its operands.
//!
//! With `s = p + q`, `x = |d|/s` and `u = 1 - x = 2 min(p, q)/s`, a pair of bins adds a quarter of
//! `s [(2-u) ln(2-u) + u ln u]`: an even series in `x` where the bins are near, one logarithm
//! elsewhere. The mixture is never divided by.

use super::Pair;
use super::jensen_shannon::JensenShannon;
use super::kernel::{Kernel, Masses, Parameters, accepts_second_order};
use super::stem::{self, Stem};
use crate::math::{Add, Arith, Bits, LN_2_OF_EXPONENT, MIN_NORMAL, Number};

pub(crate) struct JensenShannonHalf;

impl Kernel for JensenShannonHalf {
    const STEM: &'static Stem = &stem::JENSEN_SHANNON_HALF;
    type Merge = Add;

    const FASTER_NEAR: bool = true;

    /// Four times what the bins add, and that times `2 d/s`.
    #[inline(always)]
    fn terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        let sum = pair.p + pair.q;
        let inverse = twice_inverse(sum);
        let twice_x = pair.d * inverse;
        let z = twice_x * twice_x;
        let near = near_term::<A, T>(pair.d, twice_x, z);
        let smaller = pair.p.bits().min_signed(pair.q.bits());
        let u = smaller.stored() * inverse;
        let far = sum * u.mul_add::<A>(ln_of_share::<A, T>(u), common_part::<A, T>(u));
        let term = T::select(z.less(z.splat(1.44)), near, far);
        [term, term * twice_x]
    }

    #[inline(always)]
    fn near_terms<A: Arith, T: Number>(_: &Parameters, _: &Masses, pair: &Pair<T>) -> [T; 2] {
        let twice_x = pair.d * twice_inverse(pair.p + pair.q);
        let term = near_term::<A, T>(pair.d, twice_x, twice_x * twice_x);
        [term, term * twice_x]
    }

    #[inline(always)]
    fn finish<A: Arith>(u: &Parameters, masses: &Masses, [x, odd]: [f32; 2]) -> f32 {
        // The share of Q is less by an odd function of d/s, which is between 0.33 and 0.44 of d/s. The
        // share only meets the drift, so that this will do.
        let of_q = 0.25 * (x - 0.18 * odd);
        JensenShannon::finish::<A>(u, masses, [0.25 * x, of_q])
    }

    #[inline(always)]
    fn accepts(masses: &Masses, [x, _]: [f32; 2], _score: f32) -> bool {
        accepts_second_order(masses.drift, 0.25 * x, 1e-6)
    }
}

/// `2/s`. A sum of two zeros must not be divided by; any other is larger than the least.
#[inline(always)]
fn twice_inverse<T: Number>(sum: T) -> T {
    let bits = sum.bits();
    sum.splat(2.0) / bits.max_signed(bits.splat(MIN_NORMAL)).stored()
}

/// The term from `2x` and its square `z <= 1.44`.
#[inline(always)]
fn near_term<A: Arith, T: Number>(d: T, twice_x: T, z: T) -> T {
    (d * twice_x) * half_even_series::<A, T>(z)
}

/// Half of `[(1+x) ln(1+x) + (1-x) ln(1-x)] / x^2` as a function of `z = (2x)^2 <= 1.44`, to 4e-8.
#[inline(always)]
fn half_even_series<A: Arith, T: Number>(z: T) -> T {
    let z_2 = z * z;
    let low = z.linear::<A>(2.083_419_6e-2, 0.5);
    let middle = z.linear::<A>(2.971_714_7e-4, 2.076_740_4e-3);
    let high = z.linear::<A>(1.850_543_2e-5, 2.153_696_4e-5);
    let high = high.mul_add::<A>(z_2, middle);
    high.mul_add::<A>(z_2, low)
}

/// `(2-u) ln(2-u)` for `u` in [0, 0.4], to 4e-9.
#[inline(always)]
fn common_part<A: Arith, T: Number>(u: T) -> T {
    let u_2 = u * u;
    let low = u.linear::<A>(-1.693_146_6, 1.386_294_4);
    let middle = u.linear::<A>(4.185_352_5e-2, 0.249_981_76);
    let high = u.linear::<A>(4.830_945e-3, 9.565_77e-3);
    let high = high.mul_add::<A>(u_2, middle);
    high.mul_add::<A>(u_2, low)
}

/// `ln u` for `u` in (0, 0.4], to 4e-8; some finite number for `u = 0`.
#[inline(always)]
fn ln_of_share<A: Arith, T: Number>(u: T) -> T {
    const ROOT_HALF: u32 = 0x3f35_04f3;
    let bits = u.bits();
    let k = bits
        .minus(bits.splat(ROOT_HALF))
        .and(bits.splat(0xff80_0000));
    let f = bits.minus(k).stored() + -1.0;
    let f_2 = f * f;
    let low = f.linear::<A>(-0.333_352_63, 0.500_005_84);
    let middle = f.linear::<A>(-0.198_882_77, 0.249_614_66);
    let high = f.linear::<A>(-0.163_356_41, 0.173_259_94);
    let high = f_2.mul_add::<A>(f.splat(0.100_346_13), high);
    let high = high.mul_add::<A>(f_2, middle);
    let h = high.mul_add::<A>(f_2, low);
    let ln = (-f_2).mul_add::<A>(h, f);
    k.rounded().mul_add::<A>(u.splat(LN_2_OF_EXPONENT), ln)
}

#[cfg(test)]
mod tests {
    use super::super::kernel::NEAR;
    use super::super::pair::Powers;
    use super::*;
    use crate::math::{Fused, Unfused};

    fn same<A: Arith>(p: f32, q: f32) {
        let pair = Pair {
            powers: Powers::none(p),
            p,
            q,
            d: q - p,
            t: 0.0,
            excess: 0.0,
            reverse_excess: 0.0,
            p_drop: 0.0,
        };
        let u = Parameters::default();
        let masses = Masses {
            mass: 1.0,
            drift: 0.0,
            q_max: 1.0,
            q_rest: 0.0,
        };
        let whole = JensenShannonHalf::terms::<A, f32>(&u, &masses, &pair);
        let near = JensenShannonHalf::near_terms::<A, f32>(&u, &masses, &pair);
        assert_eq!(whole.map(f32::to_bits), near.map(f32::to_bits), "{p} {q}");
    }

    #[test]
    fn near_terms_are_the_same_as_far_apart_as_words_may_be() {
        let farthest = NEAR - 1;
        for exponent in [1, 2, 64, 120, 126] {
            for mantissa in (0..1 << 23)
                .step_by(997)
                .chain([0x3f_ffff, 0x40_0000, 0x7f_ffff])
            {
                let word = exponent << 23 | mantissa;
                for other in [word + farthest, word + 1, word, word + farthest / 3] {
                    let (p, q) = (f32::from_bits(word), f32::from_bits(other));
                    same::<Fused>(p, q);
                    same::<Unfused>(p, q);
                    same::<Unfused>(q, p);
                }
            }
        }
    }
}
