//! Divergences of generators that users give, in 64 bits: a polynomial where bins are close, the expression
//! elsewhere, sixteen bins at a time.

use super::dispatch::Simd;
use super::pairs::Pairs;
use super::tree::{FOLD, Sums};
use crate::expr::{Bending, Curve, Generator, Program, Real, STEEP, Series, Wide};
use crate::math::LANES;
use crate::measure::{Masses, ONLY_P, ONLY_Q, Own, Parameters};

/// Which zeros make a score infinite.
pub(crate) fn infinite_on(parameters: &Parameters) -> u32 {
    parameters.generator.map_or(0, |Own(of)| of.infinite_on)
}

/// Adds the terms of the first so many pairs.
pub(crate) fn add_terms<S: Simd>(
    simd: S,
    parameters: &Parameters,
    masses: &Masses,
    pairs: &Pairs,
    count: usize,
    sums: &mut [Sums<2>],
) {
    let Some(Own(generator)) = parameters.generator else {
        return;
    };
    let [p, q, d, t] = pairs.bins().map(|part| &part[..count]);
    simd.run(Terms {
        generator,
        masses: *masses,
        p,
        q,
        d,
        t,
        sums,
    });
}

/// The adding as a value, so that all of it is compiled for one instruction set.
struct Terms<'a> {
    generator: &'static Generator,
    masses: Masses,
    p: &'a [f32],
    q: &'a [f32],
    d: &'a [f32],
    t: &'a [f32],
    sums: &'a mut [Sums<2>],
}

impl pulp::NullaryFnOnce for Terms<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let mut terms = [0.0f64; FOLD];
        let count = self.p.len();
        match &self.generator.bending {
            Bending::AtOne(series, f) => self.at_one(series, f, &mut terms),
            Bending::Everywhere(curve) => self.everywhere(curve, &mut terms),
        }
        for (sums, terms) in self.sums.iter_mut().zip(terms[..count].chunks(LANES)) {
            for (sum, term) in sums[0].iter_mut().zip(terms) {
                *sum += *term as f32;
            }
        }
    }
}

impl Terms<'_> {
    /// The terms of an f-divergence, as shares of the mass.
    #[inline(always)]
    fn at_one(&self, series: &Series, f: &Program, terms: &mut [f64; FOLD]) {
        let drift = f64::from(self.masses.drift);
        let share = 1.0 / f64::from(self.masses.mass);
        // The masses are brought together to the last bit.
        let bins = |i: usize| {
            let p = f64::from(self.p[i]);
            let (q, d) = (f64::from(self.q[i]), f64::from(self.d[i]));
            (p + drift * p, q, d - drift * p)
        };
        let mut far = Waiting::default();
        for (i, term) in terms[..self.p.len()].iter_mut().enumerate() {
            let (p, q, d) = bins(i);
            let sum = p + q;
            let s = -d / if sum == 0.0 { 1.0 } else { sum };
            *term = -d * share * series.value(s);
            if s.abs() >= series.radius {
                far.push(i);
            }
        }
        let memory = &mut Vec::new();
        for at in far.groups() {
            let ratio = Group::of(at, |i| {
                let (p, q, _) = bins(i);
                p / q
            });
            let values = series.direct(f, ratio, memory).0;
            for (&i, value) in at.iter().zip(values) {
                let (p, q, _) = bins(i);
                terms[i] = share * self.far_term(i, p, q, value, series, f);
            }
        }
    }

    /// The term of bins far from one another, of which the generator is known unless it is beyond f64.
    fn far_term(&self, i: usize, p: f64, q: f64, value: f64, series: &Series, f: &Program) -> f64 {
        if self.t[i] == ONLY_Q {
            return q * self.generator.only_q;
        }
        if self.t[i] == ONLY_P {
            return p * self.generator.only_p;
        }
        // Masses that have come out as zero, or next to it, are not.
        let exact = p >= f64::from(f32::MIN_POSITIVE) && q >= f64::from(f32::MIN_POSITIVE);
        let term = q * value;
        if exact && term.is_finite() {
            return term;
        }
        let t = if exact {
            Wide::from(p).div(Wide::from(q))
        } else {
            Wide::from(-f64::from(self.t[i])).exp()
        };
        wide_term(series, f, t, [p, q])
    }

    /// The terms of a Bregman divergence, of values as they are.
    #[inline(always)]
    fn everywhere(&self, curve: &Curve, terms: &mut [f64; FOLD]) {
        let bins = |i: usize| {
            (
                f64::from(self.p[i]),
                f64::from(self.q[i]),
                -f64::from(self.d[i]),
            )
        };
        let (mut near, mut far) = (Waiting::default(), Waiting::default());
        for i in 0..self.p.len() {
            let (p, q, d) = bins(i);
            if self.d[i] == 0.0 {
                continue;
            }
            if d.abs() <= curve.radius * p.max(q) {
                near.push(i);
            } else {
                far.push(i);
            }
        }
        let memory = &mut Vec::new();
        for at in near.groups() {
            let [q, d] = [Group::of(at, |i| bins(i).1), Group::of(at, |i| bins(i).2)];
            let p_bends = curve.bend.run(Group::of(at, |i| bins(i).0), memory).0;
            let q_bends = curve.bend.run(q, memory).0;
            let values = curve.near(q, d, memory).0;
            for (lane, (&i, value)) in at.iter().zip(values).enumerate() {
                if value.is_finite() && Curve::is_even([p_bends[lane], q_bends[lane]]) {
                    terms[i] = value;
                } else {
                    far.push(i);
                }
            }
        }
        for at in far.groups() {
            let p = Group::of(at, |i| bins(i).0);
            let [q, d] = [Group::of(at, |i| bins(i).1), Group::of(at, |i| bins(i).2)];
            for (&i, value) in at.iter().zip(curve.far(p, q, d, memory).0) {
                let (p, q, d) = bins(i);
                terms[i] = self.far_bregman(i, [p, q, d], value, curve);
            }
        }
    }

    fn far_bregman(&self, i: usize, [p, q, d]: [f64; 3], value: f64, curve: &Curve) -> f64 {
        if self.t[i] == ONLY_Q {
            bregman_only_q(self.generator, curve, q)
        } else if self.t[i] == ONLY_P {
            bregman_only_p(self.generator, curve, p)
        } else if value.is_finite() {
            value
        } else {
            wide_bregman(curve, [p, q, d])
        }
    }
}

/// What a bin adds to an f-divergence whose ratio may be beyond f64, over whichever of the two is larger.
pub(super) fn wide_term(series: &Series, f: &Program, ratio: Wide, [p, q]: [f64; 2]) -> f64 {
    let value = series.direct(f, ratio, &mut Vec::new());
    let term = if p < q {
        value.mul(Wide::from(q))
    } else {
        value.div(ratio).mul(Wide::from(p))
    };
    infinite_if_none(term)
}

/// What a bin that is zero in P adds to a Bregman divergence.
pub(super) fn bregman_only_q(generator: &Generator, curve: &Curve, q: f64) -> f64 {
    let (q, memory) = (Wide::from(q), &mut Vec::new());
    let [phi, slope] = [&curve.phi, &curve.slope].map(|of| of.run(q, memory));
    infinite_if_none(Wide::from(generator.only_q).add(slope.mul(q)).sub(phi))
}

/// What one adds that is zero in Q.
pub(super) fn bregman_only_p(generator: &Generator, curve: &Curve, p: f64) -> f64 {
    let p = Wide::from(p);
    let line = Wide::from(generator.only_q).add(Wide::from(generator.only_p).mul(p));
    infinite_if_none(curve.phi.run(p, &mut Vec::new()).sub(line))
}

/// What one adds that both fill, beyond f64 at least in between.
pub(super) fn wide_bregman(curve: &Curve, bins: [f64; 3]) -> f64 {
    let memory = &mut Vec::new();
    let [p, q, d] = bins.map(Wide::from);
    if [p, q].iter().any(|x| curve.phi.run(*x, memory).is_beyond()) {
        return f64::INFINITY;
    }
    let bends = [p, q].map(|x| curve.bend.run(x, memory));
    let steep = Wide::from(STEEP);
    let even = [(0, 1), (1, 0)].map(|(a, b)| bends[a].sub(steep.mul(bends[b])).value() <= 0.0);
    let size = d.abs().sub(p.max(q).mul(Wide::from(curve.radius)));
    infinite_if_none(if even == [true; 2] && size.value() <= 0.0 {
        curve.near(q, d, memory)
    } else {
        curve.far(p, q, d, memory)
    })
}

/// Numbers beyond all size cancel to nothing that means anything: the term is infinite.
fn infinite_if_none(term: Wide) -> f64 {
    if term.is_none() {
        f64::INFINITY
    } else {
        term.value()
    }
}

/// Bins that wait to be taken sixteen at a time.
struct Waiting {
    bins: [usize; FOLD],
    count: usize,
}

impl Default for Waiting {
    fn default() -> Self {
        Waiting {
            bins: [0; FOLD],
            count: 0,
        }
    }
}

impl Waiting {
    #[inline(always)]
    fn push(&mut self, i: usize) {
        self.bins[self.count] = i;
        self.count += 1;
    }

    fn groups(&self) -> impl Iterator<Item = &[usize]> {
        self.bins[..self.count].chunks(LANES)
    }
}

/// Sixteen numbers side by side.
#[derive(Clone, Copy)]
struct Group([f64; LANES]);

impl Group {
    /// Of these bins, and 1 for whatever is missing.
    #[inline(always)]
    fn of(bins: &[usize], value: impl Fn(usize) -> f64) -> Self {
        let mut group = [1.0; LANES];
        for (one, &i) in group.iter_mut().zip(bins) {
            *one = value(i);
        }
        Group(group)
    }

    #[inline(always)]
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Group(self.0.map(f))
    }

    #[inline(always)]
    fn with(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        Group(std::array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

impl Real for Group {
    fn constant(self, value: f64) -> Self {
        Group([value; LANES])
    }

    fn neg(self) -> Self {
        self.map(|x| -x)
    }

    fn ln(self) -> Self {
        self.map(f64::ln)
    }

    fn exp(self) -> Self {
        self.map(f64::exp)
    }

    fn sqrt(self) -> Self {
        self.map(f64::sqrt)
    }

    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }

    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }

    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }

    fn div(self, other: Self) -> Self {
        self.with(other, |a, b| a / b)
    }

    fn where_less(self, other: Self, x: Self, y: Self) -> Self {
        Group(std::array::from_fn(|i| {
            if self.0[i] < other.0[i] {
                x.0[i]
            } else {
                y.0[i]
            }
        }))
    }

    fn root_power(self, exponent: f64) -> Self {
        self.map(|x| x.powf(exponent))
    }
}
