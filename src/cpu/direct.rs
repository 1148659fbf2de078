//! The first try at two rows of probabilities: one read, with the masses as they come.
//!
//! Rows that claim to sum to 1 mostly do, up to a rounding that the finish of a measure takes into
//! account. Whether it does so within the promise is known once the sums are. Rows for which it does
//! not, and rows with anything odd in them, go the long way.

use std::marker::PhantomData;

use super::dispatch::{Batch, Simd};
use super::domain::{DIRECT_MASSES, Direct, Domain};
use super::fold::{Fold, Truth, Words, reduce_inline};
use super::matrix::{Margin, Matrix};
use super::pairs::{ANY_ZERO, violations};
use super::row::{Found, Scratch, Task};
use super::side_by_side::{LaneSlots, NARROW, lane_slots, reduce_sides};
use super::tree::store;
use crate::math::{ABS, Add, Bits, LANES, MIN_NORMAL, Number, Two, Vector};
use crate::measure::{Kernel, Masses, Parameters, Zeros};

/// How far inside the tolerance a sum must be for its rounding not to matter.
const MARGIN: f32 = 1e-6;
/// How far from 1 it may be at most, whatever the tolerance.
const FARTHEST: f32 = 0.01;

/// What of a measure decides on a first try.
pub(crate) struct Judge {
    pub finish: fn(&Parameters, &Masses, [f32; 2]) -> f32,
    pub accepts: fn(&Parameters, &Masses, [f32; 2], f32) -> bool,
    /// Which support violations make the score infinite.
    pub infinite_on: u32,
}

/// The score of two rows of probabilities folded as they are, if that suffices.
#[inline(always)]
pub(crate) fn judge(
    task: &Task,
    judge: &Judge,
    found: &Found,
    p: &[f32],
    q: &[f32],
) -> Option<f32> {
    let (score, suffices) = judge_sums(task, judge, found.mass, found.difference, found.sums);
    let has_zero = found.violations & ANY_ZERO != 0;
    (suffices && !(has_zero && is_odd(judge.infinite_on, p, q))).then_some(score)
}

/// The score that sums amount to, and whether they suffice for it; without a branch, so that loops over rows
/// vectorise.
#[inline(always)]
fn judge_sums(
    task: &Task,
    judge: &Judge,
    mass: f32,
    difference: f32,
    sums: [f32; 2],
) -> (f32, bool) {
    let grown = mass + difference;
    let near = is_near_one(mass, task.p.tolerance) & is_near_one(grown, task.q.tolerance);
    let masses = Masses {
        mass,
        drift: difference / mass,
        q_max: 1.0,
        q_rest: grown - 1.0,
    };
    let score = (judge.finish)(&task.parameters, &masses, sums);
    let accepted = (judge.accepts)(&task.parameters, &masses, sums, score);
    (task.score(score), near & accepted)
}

/// Whether a sum is well inside its tolerance around 1.
#[inline(always)]
fn is_near_one(sum: f32, tolerance: f32) -> bool {
    let tolerance = if tolerance < FARTHEST {
        tolerance
    } else {
        FARTHEST
    };
    (sum - 1.0).abs() < tolerance - MARGIN
}

/// True if a word has a sign, be it that of -0, or a zero makes the score infinite.
#[inline(always)]
fn is_odd(infinite_on: u32, p: &[f32], q: &[f32]) -> bool {
    let mut odd = 0;
    for (p, q) in p.iter().zip(q) {
        let (p, q) = (p.to_bits(), q.to_bits());
        let zeros = Zeros {
            p: p & ABS < MIN_NORMAL,
            q: q & ABS < MIN_NORMAL,
        };
        let negative = (p > ABS) | (q > ABS);
        odd |= u32::from(negative) << 2 | violations(p, zeros) & infinite_on;
    }
    odd != 0
}

/// Scores all rows of a batch that a loop of a measure's own settles, and adds the numbers of the others to those that
/// are left.
pub(crate) type FusedRows<S> = fn(S, &Batch<'_>, &mut [f32], &mut Scratch);

/// [`FusedRows`] of a measure. `N` is two more than its sums.
pub(crate) fn fused_rows<const N: usize, K: Kernel, S: Simd>(
    simd: S,
    batch: &Batch<'_>,
    out: &mut [f32],
    scratch: &mut Scratch,
) {
    simd.run(Rows::<N, K, S> {
        simd,
        batch: *batch,
        out,
        left: &mut scratch.left,
        measure: PhantomData,
    });
}

/// The rows as a value, so that the loop over them is compiled for one instruction set.
struct Rows<'a, const N: usize, K, S> {
    simd: S,
    batch: Batch<'a>,
    out: &'a mut [f32],
    left: &'a mut Vec<usize>,
    measure: PhantomData<K>,
}

impl<const N: usize, K: Kernel, S: Simd> pulp::NullaryFnOnce for Rows<'_, N, K, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Batch { task, p, q } = self.batch;
        let fold = DirectFold::<N, K, S> {
            simd: self.simd,
            task,
            kind: PhantomData,
        };
        let of_measure = Judge {
            finish: K::finish::<S::Arith>,
            accepts: K::accepts_with,
            infinite_on: K::infinite_on(&task.parameters),
        };
        let mut next = 0;
        let width = S::Vector::WIDTH;
        if p.is_narrow(NARROW) && q.is_narrow(NARROW) && width <= self.out.len() {
            let mut room = Room {
                p: Margin::EMPTY,
                q: Margin::EMPTY,
                slots: lane_slots(self.simd),
            };
            // The last few are taken once more with others before them.
            while next < self.out.len() {
                let from = next.min(self.out.len() - width);
                let sides = Sides {
                    task,
                    judge: &of_measure,
                    from,
                    known: next - from,
                };
                sides.score(fold, [p, q], &mut room, self.out, self.left);
                next = from + width;
            }
        }
        for (i, score) in self.out.iter_mut().enumerate().skip(next) {
            let (p, q) = (p.row(i), q.row(i));
            let (all, [least]) = reduce_inline(fold, p, q);
            let mut sums = [0.0; 2];
            sums[..N - 2].copy_from_slice(&all[..N - 2]);
            let found = Found {
                difference: all[N - 2],
                mass: all[N - 1],
                sums,
                violations: if (least as i32) < MIN_NORMAL as i32 {
                    ANY_ZERO
                } else {
                    0
                },
            };
            match judge(task, &of_measure, &found, p, q) {
                Some(value) => *score = value,
                None => self.left.push(i),
            }
        }
    }
}

/// Memory that short rows use again.
struct Room<const N: usize, S: Simd> {
    p: Margin,
    q: Margin,
    slots: LaneSlots<N, S>,
}

/// As many short rows as a vector has lanes, from number `from` on; the first `known` of them have been judged.
struct Sides<'a> {
    task: &'a Task,
    judge: &'a Judge,
    from: usize,
    known: usize,
}

impl Sides<'_> {
    #[inline(always)]
    fn score<const N: usize, K: Kernel, S: Simd>(
        &self,
        fold: DirectFold<'_, N, K, S>,
        [p, q]: [Matrix<'_>; 2],
        room: &mut Room<N, S>,
        out: &mut [f32],
        left: &mut Vec<usize>,
    ) {
        let width = S::Vector::WIDTH;
        let ends = p.ends(self.from, width);
        let sides = [
            p.side(self.from, width, &ends, &mut room.p),
            q.side(self.from, width, &ends, &mut room.q),
        ];
        let (all, [least]) =
            reduce_sides::<N, 1, _>(fold, sides[0], sides[1], &ends, &mut room.slots);
        let mut sums = [[0.0; LANES]; N];
        store(all, &mut sums, 0);
        let mut word = [0; LANES];
        S::Vector::store_bits(least, &mut word, 0);
        let (mut scores, mut settled) = ([0.0; LANES], [false; LANES]);
        for l in 0..width {
            let mut sums_of_row = [0.0; 2];
            for w in 0..N - 2 {
                sums_of_row[w] = sums[w][l];
            }
            let (difference, mass) = (sums[N - 2][l], sums[N - 1][l]);
            (scores[l], settled[l]) =
                judge_sums(self.task, self.judge, mass, difference, sums_of_row);
        }
        out[self.from..self.from + width].copy_from_slice(&scores[..width]);
        let mut all_settled = true;
        for l in 0..width {
            all_settled &= settled[l] & (word[l] as i32 >= MIN_NORMAL as i32);
        }
        if all_settled {
            return;
        }
        for l in self.known..width {
            let row = self.from + l;
            let zero = (word[l] as i32) < MIN_NORMAL as i32;
            if !settled[l] || (zero && is_odd(self.judge.infinite_on, p.row(row), q.row(row))) {
                left.push(row);
            }
        }
    }
}

struct DirectFold<'a, const N: usize, K, S> {
    simd: S,
    task: &'a Task,
    kind: PhantomData<K>,
}

impl<const N: usize, K, S: Simd> Clone for DirectFold<'_, N, K, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const N: usize, K, S: Simd> Copy for DirectFold<'_, N, K, S> {}

/// Sums: those of the measure, the drift, the mass of P. Word: the least of both rows, negative ones
/// below zero.
impl<const N: usize, K: Kernel, S: Simd> Fold<N, 1> for DirectFold<'_, N, K, S> {
    type Simd = S;
    type Merge = Add;

    const UNSEEN: [u32; 1] = [i32::MAX as u32];
    const PADDING: f32 = 0.0;
    const IN_STEP: bool = true;
    const FASTER_NEAR: bool = K::FASTER_NEAR;

    #[inline(always)]
    fn simd(&self) -> S {
        self.simd
    }

    #[inline(always)]
    fn fold(
        &self,
        sums: &mut [S::Vector; N],
        [least]: &mut [Words<S::Vector>; 1],
        p: Words<S::Vector>,
        q: Words<S::Vector>,
        present: Truth<S::Vector>,
    ) {
        let pair = Direct.pair::<S::Arith, _>(p, q).0;
        let terms = K::terms::<S::Arith, _>(&self.task.parameters, &DIRECT_MASSES, &pair);
        let zero = pair.d.splat(0.0);
        let terms = terms.map(|term| S::Vector::select(present, term, zero));
        let d = S::Vector::select(present, pair.d, zero);
        add_terms(sums, terms, d, p.stored());
        let smaller = p.min_signed(q);
        *least = least.min_signed(Bits::select(present, smaller, *least));
    }

    #[inline(always)]
    fn fold_four<const ALL_NEAR: bool>(
        &self,
        sums: &mut [S::Vector; N],
        [least]: &mut [Words<S::Vector>; 1],
        p: [Words<S::Vector>; 4],
        q: [Words<S::Vector>; 4],
    ) {
        let (terms, d) = self.four::<ALL_NEAR>(p, q);
        for i in 0..4 {
            add_terms(sums, terms[i], d[i], p[i].stored());
            *least = least.min_signed(p[i].min_signed(q[i]));
        }
    }

    #[inline(always)]
    fn fold_each<const ALL_NEAR: bool>(
        &self,
        sums: &mut [[S::Vector; N]; 4],
        [least]: &mut [Words<S::Vector>; 1],
        p: [Words<S::Vector>; 4],
        q: [Words<S::Vector>; 4],
    ) {
        // Four in step, with sums of their own, are more than AVX2 has registers for.
        let (terms, d) = if S::Vector::WIDTH == LANES {
            self.four::<ALL_NEAR>(p, q)
        } else {
            self.two_by_two::<ALL_NEAR>(p, q)
        };
        for i in 0..4 {
            add_terms(&mut sums[i], terms[i], d[i], p[i].stored());
            *least = least.min_signed(p[i].min_signed(q[i]));
        }
    }

    #[inline(always)]
    fn gather([a]: [u32; 1], [b]: [u32; 1]) -> [u32; 1] {
        [a.min_signed(b)]
    }
}

/// The terms of four vectors of pairs, and the differences of their bins.
type FourTerms<V> = ([[V; 2]; 4], [V; 4]);

impl<const N: usize, K: Kernel, S: Simd> DirectFold<'_, N, K, S> {
    /// Four in step.
    #[inline(always)]
    fn four<const ALL_NEAR: bool>(
        &self,
        p: [Words<S::Vector>; 4],
        q: [Words<S::Vector>; 4],
    ) -> FourTerms<S::Vector> {
        let ([a, b], d) = self.terms::<ALL_NEAR, _>(in_step(p), in_step(q));
        let (a, b) = (one_by_one(a), one_by_one(b));
        let terms = [[a[0], b[0]], [a[1], b[1]], [a[2], b[2]], [a[3], b[3]]];
        (terms, one_by_one(d))
    }

    /// Two in step, then the other two.
    #[inline(always)]
    fn two_by_two<const ALL_NEAR: bool>(
        &self,
        p: [Words<S::Vector>; 4],
        q: [Words<S::Vector>; 4],
    ) -> FourTerms<S::Vector> {
        let ([a, b], d) = self.terms::<ALL_NEAR, _>(Two(p[0], p[1]), Two(q[0], q[1]));
        let ([e, f], g) = self.terms::<ALL_NEAR, _>(Two(p[2], p[3]), Two(q[2], q[3]));
        let terms = [[a.0, b.0], [a.1, b.1], [e.0, f.0], [e.1, f.1]];
        (terms, [d.0, d.1, g.0, g.1])
    }

    /// The terms of pairs, and the differences of their bins.
    #[inline(always)]
    fn terms<const ALL_NEAR: bool, B: Bits>(&self, p: B, q: B) -> ([B::Number; 2], B::Number) {
        let pair = Direct.pair::<S::Arith, _>(p, q).0;
        let parameters = &self.task.parameters;
        let terms = if ALL_NEAR {
            K::near_terms::<S::Arith, _>(parameters, &DIRECT_MASSES, &pair)
        } else {
            K::terms::<S::Arith, _>(parameters, &DIRECT_MASSES, &pair)
        };
        (terms, pair.d)
    }
}

#[inline(always)]
fn in_step<T>([a, b, c, d]: [T; 4]) -> Two<Two<T>> {
    Two(Two(a, b), Two(c, d))
}

#[inline(always)]
fn one_by_one<T>(Two(Two(a, b), Two(c, d)): Two<Two<T>>) -> [T; 4] {
    [a, b, c, d]
}

/// Adds the terms that the sums have room for, the difference, and the bin of P.
#[inline(always)]
fn add_terms<const N: usize, V: Vector>(sums: &mut [V; N], terms: [V; 2], d: V, p: V) {
    for w in 0..N - 2 {
        sums[w] = sums[w] + terms[w];
    }
    sums[N - 2] = sums[N - 2] + d;
    sums[N - 1] = sums[N - 1] + p;
}
