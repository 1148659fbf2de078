//! Short rows from stored words to scores, a row in each lane, by measures that are wanted often.
//!
//! The bits are those of the long way ([`super::row`]), which takes what is left.

mod logarithms;
mod pairs;
mod weights;

use std::marker::PhantomData;

use super::dispatch::{Batch, Simd};
use super::fold::{Of, Words};
use super::matrix::{Ends, Margin, Matrix, Side};
use super::prefetch::Behind;
use super::row::{Found, Task};
use super::side_by_side::{LaneSlots, WIDE, lane_slots};
use super::survey::{Operand, alone};
use super::tree::{FOLD, store};
use crate::math::{Add, LANES, MaxAndRest, Merge, Number, Two, Vector};
use crate::measure::{Kernel, Masses, Pair};

pub(crate) use logarithms::Logarithms;
use pairs::NarrowPairs;
pub(crate) use weights::Weights;

/// Pairs of two elements of all rows, and flags of support violations.
type FlaggedPairs<S> = (Pair<Two<Of<S>>>, Two<Words<Of<S>>>);

/// What rows hold that are read side by side.
pub(crate) trait Kind<S: Simd>: 'static {
    /// Four elements of rows that have been read, in each vector one of all rows.
    type Quad: Copy;
    /// What rows amount to.
    type Found: Copy;
    /// What pairs of their shares take.
    type Shares: Copy;

    /// Whether the fold over pairs is to ask for the next rows, for it computes most.
    const FOLD_ASKS: bool;

    /// A quad to be overwritten.
    fn quad(simd: S) -> Self::Quad;

    /// Reads rows.
    fn read<const FOLDS: bool>(reading: Reading<'_, FOLDS, Self, S>) -> Read<Self::Found>;

    /// Brings the rows of P and Q together; true of rows whose pairs need no guard.
    fn shares(task: &Task, both: [Self::Found; 2]) -> (Self::Shares, bool);

    /// Of each row the mass of Q, its largest share, and the others.
    fn masses(shares: &Self::Shares) -> [Of<S>; 3];

    /// The pairs of elements `i` and `i + 1` of quads of all rows, and flags of support violations, which there are none of
    /// where it is not `GUARDED`. Whatever is behind the end of the rows makes pairs that are not added.
    fn pair<const GUARDED: bool>(
        shares: &Self::Shares,
        both: [&Self::Quad; 2],
        i: usize,
    ) -> FlaggedPairs<S>;
}

/// The reading of one operand as a value, so that all of it is compiled for one instruction set, and once for all
/// measures.
pub(crate) struct Reading<'a, const FOLDS: bool, R: Kind<S> + ?Sized, S: Simd> {
    simd: S,
    operand: &'a Operand,
    side: Side<'a>,
    ends: &'a Ends,
    quads: &'a mut [R::Quad],
    /// Memory for the masses.
    masses: &'a mut LaneSlots<2, S>,
}

impl<const FOLDS: bool, R: Kind<S>, S: Simd> pulp::NullaryFnOnce for Reading<'_, FOLDS, R, S> {
    type Output = Read<R::Found>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        R::read::<FOLDS>(self)
    }
}

/// Rows that have been read.
#[derive(Clone, Copy)]
pub(crate) struct Read<F> {
    /// What they amount to.
    pub found: F,
    /// Which of them stand for a distribution.
    pub good: [bool; LANES],
}

/// Scores rows side by side, and adds the numbers of those that stand for no distribution to those that are left.
/// False if they are too long for it, or too few.
///
/// For measures whose sums are added. `N` is one more than their number.
pub(crate) fn score_side_by_side<const N: usize, K, R, S>(
    simd: S,
    batch: &Batch<'_>,
    out: &mut [f32],
    left: &mut Vec<usize>,
) -> bool
where
    K: Kernel<Merge = Add>,
    R: Kind<S>,
    S: Simd,
{
    let Batch { p, q, .. } = batch;
    let suits = out.len() >= S::Vector::WIDTH && p.is_narrow(WIDE) && q.is_narrow(WIDE);
    if suits {
        let batch = *batch;
        let measure = PhantomData;
        if p.k().max(q.k()) <= FOLD {
            simd.run(NarrowRows::<N, false, K, R, S> {
                simd,
                batch,
                out,
                left,
                measure,
            });
        } else {
            simd.run(NarrowRows::<N, true, K, R, S> {
                simd,
                batch,
                out,
                left,
                measure,
            });
        }
    }
    suits
}

/// Rows of up to [`WIDE`] elements, as many as a vector has lanes or more: as a value, so that the loop over them is
/// compiled for one instruction set. Without `FOLDS` they have one fold at most: a loop in a loop takes longer.
struct NarrowRows<'a, const N: usize, const FOLDS: bool, K, R, S> {
    simd: S,
    batch: Batch<'a>,
    out: &'a mut [f32],
    left: &'a mut Vec<usize>,
    measure: PhantomData<(K, R)>,
}

/// Memory to be used again.
struct Room<const N: usize, R: Kind<S>, S: Simd> {
    operands: [Held<R, S>; 2],
    masses: LaneSlots<2, S>,
    sums: LaneSlots<N, S>,
}

/// Rows of one operand.
struct Held<R: Kind<S>, S: Simd> {
    margin: Margin,
    quads: Vec<R::Quad>,
    /// What the quads hold.
    read: Option<Read<R::Found>>,
    /// What comes next.
    behind: Behind,
}

impl<R: Kind<S>, S: Simd> Held<R, S> {
    /// Nothing yet.
    #[inline(always)]
    fn new(simd: S, k: usize) -> Self {
        Held {
            margin: Margin::EMPTY,
            quads: vec![R::quad(simd); k.div_ceil(4)],
            read: None,
            behind: Behind::NOTHING,
        }
    }

    /// Reads as many rows as a vector has lanes; one that all are only once.
    #[inline(always)]
    fn read<const FOLDS: bool>(
        &mut self,
        simd: S,
        operand: &Operand,
        rows: Matrix<'_>,
        (from, ends): (usize, &Ends),
        masses: &mut LaneSlots<2, S>,
    ) -> Read<R::Found> {
        if let Some(read) = self.read.filter(|_| rows.are_one()) {
            return read;
        }
        let side = rows.side(from, S::Vector::WIDTH, ends, &mut self.margin);
        self.behind = side.behind();
        *self.read.insert(simd.run(Reading::<FOLDS, R, S> {
            simd,
            operand,
            side,
            ends,
            quads: &mut self.quads,
            masses,
        }))
    }
}

impl<const N: usize, const FOLDS: bool, K: Kernel<Merge = Add>, R: Kind<S>, S: Simd>
    pulp::NullaryFnOnce for NarrowRows<'_, N, FOLDS, K, R, S>
{
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let width = S::Vector::WIDTH;
        let mut room = Room::<N, R, S> {
            operands: [self.batch.p.k(), self.batch.q.k()].map(|k| Held::new(self.simd, k)),
            masses: lane_slots(self.simd),
            sums: lane_slots(self.simd),
        };
        let mut next = 0;
        while next < self.out.len() {
            // The last few are taken once more with others before them.
            let from = next.min(self.out.len() - width);
            self.score(from, next - from, &mut room);
            next = from + width;
        }
    }
}

impl<const N: usize, const FOLDS: bool, K: Kernel<Merge = Add>, R: Kind<S>, S: Simd>
    NarrowRows<'_, N, FOLDS, K, R, S>
{
    /// Scores as many rows as a vector has lanes, all but the first `known` of them for the first time.
    #[inline(always)]
    fn score(&mut self, from: usize, known: usize, room: &mut Room<N, R, S>) {
        let width = S::Vector::WIDTH;
        let Batch { task, p, q } = self.batch;
        let Room {
            operands: [of_p, of_q],
            masses,
            sums,
        } = room;
        let ends = p.ends(from, width);
        let p_read = of_p.read::<FOLDS>(self.simd, &task.p, p, (from, &ends), masses);
        let q_read = if task.uses_q {
            of_q.read::<FOLDS>(self.simd, &task.q, q, (from, &ends), masses)
        } else {
            p_read
        };
        let of_p = &*of_p;
        let (quads, mut behind) = match task.uses_q {
            true => ([&*of_p.quads, &*of_q.quads], [of_p.behind, of_q.behind]),
            false => ([&*of_p.quads; 2], [of_p.behind, Behind::NOTHING]),
        };
        if !R::FOLD_ASKS {
            behind = [Behind::NOTHING; 2];
        }
        let (shares, is_plain) = R::shares(task, [p_read.found, q_read.found]);
        let of_masses = R::masses(&shares);
        let none = of_masses[0].splat(0.0);
        let mut pairs = NarrowPairs::<N, K, R, S> {
            simd: self.simd,
            parameters: task.parameters,
            shares,
            drift: none,
            quads,
            behind,
            ends,
            measure: PhantomData,
        };
        let (mut all, mut flags) = pairs.fold::<FOLDS>(is_plain, sums);
        if K::STEM.needs_drift {
            pairs.drift = all[N - 1] / of_masses[0];
            pairs.behind = [Behind::NOTHING; 2];
            (all, flags) = pairs.fold::<FOLDS>(is_plain, sums);
        }
        let mut sums = [[0.0; LANES]; N];
        store(all, &mut sums, 0);
        let mut of_rows = [[0.0; LANES]; 3];
        store(of_masses, &mut of_rows, 0);
        let mut violated = [0; LANES];
        S::Vector::store_bits(flags, &mut violated, 0);
        let mut scores = [0.0; LANES];
        for l in 0..width {
            let mut sums_of_row = [0.0; 2];
            for w in 0..N - 1 {
                sums_of_row[w] = sums[w][l];
            }
            let masses = Masses {
                mass: of_rows[0][l],
                drift: 0.0,
                q_max: of_rows[1][l],
                q_rest: of_rows[2][l],
            };
            let found = Found {
                difference: sums[N - 1][l],
                mass: 0.0,
                sums: sums_of_row,
                violations: violated[l],
            };
            scores[l] = score::<K, S>(task, masses, &found);
        }
        self.out[from..from + width].copy_from_slice(&scores[..width]);
        for l in known..width {
            if !(p_read.good[l] & q_read.good[l]) {
                self.left.push(from + l);
            }
        }
    }
}

/// The slots that rows of so many bins reach, a power of two of them, all of them zero.
#[inline(always)]
fn slots_of_rows<const N: usize, M: Merge<N>, S: Simd>(
    any: Of<S>,
    k: usize,
    slots: &mut LaneSlots<N, S>,
) -> &mut [[Of<S>; N]] {
    let slots = &mut slots[..k.min(FOLD).div_ceil(4).next_power_of_two()];
    slots.fill(M::ZERO.map(|zero| any.splat(zero)));
    slots
}

/// Adds four values of each row to the largest of each component of a slot, and the sum of the others.
#[inline(always)]
fn add_values<S: Simd>(sums: &mut [[Of<S>; 2]; 4], values: [Of<S>; 4]) {
    for (sums, value) in sums.iter_mut().zip(values) {
        *sums = MaxAndRest::merge::<S::Arith, _>(*sums, alone(value));
    }
}

/// What sums amount to.
#[inline(always)]
pub(crate) fn score<K: Kernel, S: Simd>(task: &Task, masses: Masses, found: &Found) -> f32 {
    let parameters = &task.parameters;
    let masses = Masses {
        drift: found.difference / masses.mass,
        ..masses
    };
    let score = task.score(K::finish::<S::Arith>(parameters, &masses, found.sums));
    if found.violations & K::infinite_on(parameters) == 0 {
        score
    } else {
        f32::INFINITY
    }
}
