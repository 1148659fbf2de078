//! A fold's worth of pairs in the first-level cache, between a domain that makes them and a measure that
//! adds them up.
//!
//! So the loops of domains and of measures are compiled once each, not once for every combination. Those
//! who call each other here meet at the edges of a fold, through function pointers.

use std::marker::PhantomData;

use super::dispatch::Simd;
use super::domain::Domain;
use super::tree::{FOLD, Sums, VECTORS, load, store};
use crate::math::{Add, Bits, LANES, Mask, Merge, Number, Two, Vector};
use crate::measure::{
    Kernel, Masses, P_ABOVE_ZERO_Q, Pair, Parameters, Parts, Powers, Q_ABOVE_ZERO_P, Zeros,
};

/// One part of all pairs.
type Part = [[f32; LANES]; VECTORS];

/// The pairs of a fold, part by part; see [`Pair`].
#[repr(align(64))]
pub(crate) struct Pairs {
    p: Part,
    q: Part,
    d: Part,
    t: Part,
    excess: Part,
    reverse_excess: Part,
    p_drop: Part,
    log2: [Part; 2],
    p_extended: [Part; 2],
    q_extended: [Part; 2],
}

/// One part of all pairs, one after the other.
fn flat(part: &Part) -> &[f32] {
    part.as_flattened()
}

impl Pairs {
    /// `p`, `q`, `d` and `t` of all pairs.
    pub(crate) fn bins(&self) -> [&[f32]; 4] {
        [flat(&self.p), flat(&self.q), flat(&self.d), flat(&self.t)]
    }
}

impl Default for Pairs {
    fn default() -> Self {
        const NONE: Part = [[0.0; LANES]; VECTORS];
        Pairs {
            p: NONE,
            q: NONE,
            d: NONE,
            t: NONE,
            excess: NONE,
            reverse_excess: NONE,
            p_drop: NONE,
            log2: [NONE; 2],
            p_extended: [NONE; 2],
            q_extended: [NONE; 2],
        }
    }
}

/// Pairs are made and added two vectors at a time.
pub(crate) const STEP: usize = 2 * LANES;

/// The first vector, and the lane, of each step through pairs of vectors that hold so many elements. One loop, for one
/// over lanes inside another would be unrolled.
#[inline(always)]
fn steps<S: Simd>(elements: usize) -> impl Iterator<Item = (usize, usize)> {
    let parts = LANES / S::Vector::WIDTH;
    (0..elements.div_ceil(STEP) * parts)
        .map(move |step| (step / parts * 2, step % parts * S::Vector::WIDTH))
}

/// What makes pairs, from the domain and up to a fold of stored words of P and Q. Adds the differences,
/// and the words of P where these are masses, to the sums, and returns flags of support violations. Where
/// the drift has been taken off, nothing is left to add.
pub(crate) type Fill<S, D> = fn(S, &D, &[f32], &[f32], &mut Pairs, &mut [Sums<2>]) -> u32;

/// The one that makes all of these parts, which powers take alone.
pub(crate) fn filling<S: Simd, D: Domain>(all: impl Iterator<Item = Parts> + Clone) -> Fill<S, D> {
    let wanted = |parts| all.clone().any(|wanted| wanted == parts);
    match (wanted(Parts::Ratios), wanted(Parts::Drops)) {
        _ if wanted(Parts::Powers) => fill::<S, D, false, false, true>,
        (false, false) => fill::<S, D, false, false, false>,
        (true, false) => fill::<S, D, true, false, false>,
        (false, true) => fill::<S, D, false, true, false>,
        (true, true) => fill::<S, D, true, true, false>,
    }
}

fn fill<S: Simd, D: Domain, const RATIOS: bool, const DROPS: bool, const POWERS: bool>(
    simd: S,
    domain: &D,
    p: &[f32],
    q: &[f32],
    pairs: &mut Pairs,
    sums: &mut [Sums<2>],
) -> u32 {
    simd.run(Filling::<S, D, RATIOS, DROPS, POWERS> {
        simd,
        domain: *domain,
        p,
        q,
        pairs,
        sums,
    })
}

/// The making of pairs as a value, so that all of it is compiled for one instruction set.
struct Filling<'a, S, D, const RATIOS: bool, const DROPS: bool, const POWERS: bool> {
    simd: S,
    domain: D,
    p: &'a [f32],
    q: &'a [f32],
    pairs: &'a mut Pairs,
    sums: &'a mut [Sums<2>],
}

impl<S: Simd, D: Domain, const RATIOS: bool, const DROPS: bool, const POWERS: bool>
    pulp::NullaryFnOnce for Filling<'_, S, D, RATIOS, DROPS, POWERS>
{
    type Output = u32;

    #[inline(always)]
    fn call(self) -> u32 {
        let k = self.p.len();
        let (mut p_part, mut q_part) = ([D::PADDING; FOLD], [D::PADDING; FOLD]);
        let (mut p, mut q) = (self.p, self.q);
        if !k.is_multiple_of(STEP) {
            p_part[..k].copy_from_slice(p);
            q_part[..k].copy_from_slice(q);
            (p, q) = (&p_part, &q_part);
        }
        let (p, q) = (p.as_chunks::<LANES>().0, q.as_chunks::<LANES>().0);
        let token = self.simd.token();
        let none = S::Vector::load_bits(token, &[0; LANES], 0);
        let mut seen = Two(none, none);
        let pairs = self.pairs;
        for (v, at) in steps::<S>(k) {
            let words = (two::<S>(self.simd, p, v, at), two::<S>(self.simd, q, v, at));
            let (words_of_p, words_of_q) = (words.0.bits(), words.1.bits());
            let (mut pair, mut zeros) = if POWERS {
                self.domain
                    .power_pair::<S::Arith, _>(words_of_p, words_of_q)
            } else {
                self.domain.pair::<S::Arith, _>(words_of_p, words_of_q)
            };
            if !D::SKIPS_PADDING && k < (v + 2) * LANES {
                let present = present::<S>(self.simd, v, at, k);
                pair = blanked(&pair, present);
                zeros.p = zeros.p.and(present);
                zeros.q = zeros.q.and(present);
            }
            seen = seen.or(violations(seen, zeros));
            if D::TAKES_MASS {
                let flag = seen.splat(ANY_ZERO);
                let any = Bits::select(zeros.p.or(zeros.q), flag, seen.splat(0));
                seen = seen.or(any);
            }
            put(pair.p, &mut pairs.p, v, at);
            put(pair.q, &mut pairs.q, v, at);
            put(pair.d, &mut pairs.d, v, at);
            if RATIOS || POWERS {
                put(pair.t, &mut pairs.t, v, at);
            }
            if RATIOS {
                put(pair.excess, &mut pairs.excess, v, at);
                put(pair.reverse_excess, &mut pairs.reverse_excess, v, at);
            }
            if DROPS {
                put(pair.p_drop, &mut pairs.p_drop, v, at);
            }
            if POWERS {
                for part in 0..2 {
                    put(pair.powers.log2[part], &mut pairs.log2[part], v, at);
                    put(pair.powers.p[part], &mut pairs.p_extended[part], v, at);
                    put(pair.powers.q[part], &mut pairs.q_extended[part], v, at);
                }
                if !D::TAKES_MASS {
                    continue;
                }
            }
            let mass = if D::TAKES_MASS {
                words.0
            } else {
                words.0.splat(0.0)
            };
            let [first, second] = [[pair.d.0, mass.0], [pair.d.1, mass.1]];
            add::<S>(self.simd, first, &mut self.sums[v], at);
            add::<S>(self.simd, second, &mut self.sums[v + 1], at);
        }
        let mut flags = [[0; LANES]; 2];
        S::Vector::store_bits(seen.0, &mut flags[0], 0);
        S::Vector::store_bits(seen.1, &mut flags[1], 0);
        flags.as_flattened().iter().fold(0, |all, flag| all | flag)
    }
}

/// In place of [`Fill`] where only the drift is wanted that powers take off: adds its two parts.
pub(crate) fn fill_drift<S: Simd, D: Domain>(
    simd: S,
    domain: &D,
    p: &[f32],
    q: &[f32],
    _: &mut Pairs,
    sums: &mut [Sums<2>],
) -> u32 {
    simd.run(Drifting {
        simd,
        domain: *domain,
        p,
        q,
        sums,
    });
    0
}

/// From lane `at` on of vectors `v` and `v + 1`, whether an element is one of the first `count`.
#[inline(always)]
fn present<S: Simd>(
    simd: S,
    v: usize,
    at: usize,
    count: usize,
) -> Two<<S::Vector as Number>::Mask> {
    let first = count.saturating_sub(v * LANES).min(LANES);
    let second = count.saturating_sub((v + 1) * LANES).min(LANES);
    Two(
        S::Vector::below(simd.token(), at, first),
        S::Vector::below(simd.token(), at, second),
    )
}

/// The adding of the drift as a value, likewise.
struct Drifting<'a, S, D> {
    simd: S,
    domain: D,
    p: &'a [f32],
    q: &'a [f32],
    sums: &'a mut [Sums<2>],
}

impl<S: Simd, D: Domain> pulp::NullaryFnOnce for Drifting<'_, S, D> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let k = self.p.len();
        let (mut p, mut q) = ([D::PADDING; FOLD], [D::PADDING; FOLD]);
        p[..k].copy_from_slice(self.p);
        q[..k].copy_from_slice(self.q);
        let (p, q) = (p.as_chunks::<LANES>().0, q.as_chunks::<LANES>().0);
        for (v, at) in steps::<S>(k) {
            let words = (two::<S>(self.simd, p, v, at), two::<S>(self.simd, q, v, at));
            let (words_of_p, words_of_q) = (words.0.bits(), words.1.bits());
            let mut parts = self.domain.drift::<S::Arith, _>(words_of_p, words_of_q);
            if !D::SKIPS_PADDING {
                let present = present::<S>(self.simd, v, at, k);
                let zero = parts[0].splat(0.0);
                parts = parts.map(|part| Number::select(present, part, zero));
            }
            let [whole, rest] = parts;
            let [first, second] = [[whole.0, rest.0], [whole.1, rest.1]];
            add::<S>(self.simd, first, &mut self.sums[v], at);
            add::<S>(self.simd, second, &mut self.sums[v + 1], at);
        }
    }
}

#[inline(always)]
fn add<S: Simd>(simd: S, terms: [S::Vector; 2], sums: &mut Sums<2>, at: usize) {
    let so_far = load::<2, S>(simd, sums, at);
    store(Add::merge::<S::Arith, _>(so_far, terms), sums, at);
}

/// Vectors `v` and `v + 1`, from lane `at` on.
#[inline(always)]
fn two<S: Simd>(simd: S, from: &[[f32; LANES]], v: usize, at: usize) -> Two<S::Vector> {
    Two(
        S::Vector::load(simd.token(), &from[v], at),
        S::Vector::load(simd.token(), &from[v + 1], at),
    )
}

#[inline(always)]
fn put<V: Vector>(value: Two<V>, part: &mut Part, v: usize, at: usize) {
    value.0.store(&mut part[v], at);
    value.1.store(&mut part[v + 1], at);
}

/// A pair that adds nothing where none is present.
#[inline(always)]
fn blanked<T: Number>(pair: &Pair<T>, present: T::Mask) -> Pair<T> {
    let zero = pair.d.splat(0.0);
    let kept = |part| T::select(present, part, zero);
    Pair {
        p: kept(pair.p),
        q: kept(pair.q),
        d: kept(pair.d),
        t: kept(pair.t),
        excess: kept(pair.excess),
        reverse_excess: kept(pair.reverse_excess),
        p_drop: kept(pair.p_drop),
        powers: pair.powers.map(kept),
    }
}

/// Flag of a zero bin, beside those of support violations.
pub(crate) const ANY_ZERO: u32 = 4;

/// Flags of a zero bin that meets one above zero, as [`Kernel::infinite_on`] has them.
#[inline(always)]
pub(crate) fn violations<B: Bits>(words: B, zeros: Zeros<<B::Number as Number>::Mask>) -> B {
    let flag = |mask, word| B::select(mask, words.splat(word), words.splat(0));
    let p_above = flag(zeros.q.and_not(zeros.p), P_ABOVE_ZERO_Q);
    p_above.or(flag(zeros.p.and_not(zeros.q), Q_ABOVE_ZERO_P))
}

/// What adds up the terms of a measure over the first so many pairs.
pub(crate) type AddTerms<S> = fn(S, &Parameters, &Masses, &Pairs, usize, &mut [Sums<2>]);

/// [`AddTerms`] of one measure.
pub(crate) fn add_terms<K: Kernel, S: Simd>(
    simd: S,
    parameters: &Parameters,
    masses: &Masses,
    pairs: &Pairs,
    count: usize,
    sums: &mut [Sums<2>],
) {
    simd.run(Terms::<K, S> {
        simd,
        parameters: *parameters,
        masses: *masses,
        pairs,
        count,
        sums,
        measure: PhantomData,
    });
}

/// The adding as a value, so that all of it is compiled for one instruction set.
struct Terms<'a, K, S> {
    simd: S,
    parameters: Parameters,
    masses: Masses,
    pairs: &'a Pairs,
    count: usize,
    sums: &'a mut [Sums<2>],
    measure: PhantomData<K>,
}

impl<K, S: Simd> Terms<'_, K, S> {
    /// Vectors `v` and `v + 1` of two parts.
    #[inline(always)]
    fn both(&self, parts: &[Part; 2], v: usize, at: usize) -> [Two<S::Vector>; 2] {
        let [first, second] = parts;
        [
            two::<S>(self.simd, first, v, at),
            two::<S>(self.simd, second, v, at),
        ]
    }
}

impl<K: Kernel, S: Simd> pulp::NullaryFnOnce for Terms<'_, K, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let pairs = self.pairs;
        for (v, at) in steps::<S>(self.count) {
            // Parts that the measure does not use are not even read.
            let pair = Pair {
                p: two::<S>(self.simd, &pairs.p, v, at),
                q: two::<S>(self.simd, &pairs.q, v, at),
                d: two::<S>(self.simd, &pairs.d, v, at),
                t: two::<S>(self.simd, &pairs.t, v, at),
                excess: two::<S>(self.simd, &pairs.excess, v, at),
                reverse_excess: two::<S>(self.simd, &pairs.reverse_excess, v, at),
                p_drop: two::<S>(self.simd, &pairs.p_drop, v, at),
                powers: Powers {
                    log2: self.both(&pairs.log2, v, at),
                    p: self.both(&pairs.p_extended, v, at),
                    q: self.both(&pairs.q_extended, v, at),
                },
            };
            let [x, y] = K::terms::<S::Arith, _>(&self.parameters, &self.masses, &pair);
            for (sums, term) in self.sums[v..v + 2].iter_mut().zip([[x.0, y.0], [x.1, y.1]]) {
                let so_far = load::<2, S>(self.simd, sums, at);
                store(K::Merge::merge::<S::Arith, _>(so_far, term), sums, at);
            }
        }
    }
}
