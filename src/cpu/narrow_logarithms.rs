//! Short rows of logarithms from stored words to scores, a row in each lane.
//!
//! What surveys rows, brings them together and folds them is the same as for longer ones, and so are the bits.

use std::marker::PhantomData;

use super::dispatch::{Batch, Simd};
use super::domain::{DIRECT_MASSES, LogShares};
use super::matrix::{Margin, Side};
use super::row::Task;
use super::shares::SharesFold;
use super::side_by_side::{LaneSlots, NARROW, lane_slots, reduce_sides};
use super::survey::{SurveyRoom, survey_log_sides};
use super::tree::store;
use crate::math::{Add, LANES, Vector};
use crate::measure::{Kernel, Masses, Parts};

/// Scores rows of up to [`NARROW`] logarithms at one temperature, and adds the numbers of those that it leaves to a
/// list: all of a batch of fewer rows than a vector has lanes, and whatever stands for no distribution.
///
/// For measures whose sums are added without knowing drift or masses. `N` is one more than their number.
pub(crate) fn narrow_logarithms<const N: usize, K: Kernel<Merge = Add>, S: Simd>(
    simd: S,
    batch: &Batch<'_>,
    out: &mut [f32],
    left: &mut Vec<usize>,
) {
    const { assert!(!K::STEM.needs_drift && K::STEM.instead.is_none()) };
    const { assert!(!matches!(K::STEM.parts, Parts::Powers)) };
    simd.run(Rows::<N, K, S> {
        simd,
        batch: *batch,
        out,
        left,
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

/// Memory to be used again.
struct Room<const N: usize, S: Simd> {
    p: Margin,
    q: Margin,
    survey: SurveyRoom<S>,
    slots: LaneSlots<N, S>,
}

impl<const N: usize, K: Kernel<Merge = Add>, S: Simd> pulp::NullaryFnOnce for Rows<'_, N, K, S> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let width = S::Vector::WIDTH;
        if self.out.len() < width {
            self.left.extend(0..self.out.len());
            return;
        }
        let mut room = Room {
            p: [0.0; LANES * NARROW],
            q: [0.0; LANES * NARROW],
            survey: SurveyRoom::new(self.simd),
            slots: lane_slots(self.simd),
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

impl<const N: usize, K: Kernel<Merge = Add>, S: Simd> Rows<'_, N, K, S> {
    /// Scores as many rows as a vector has lanes, all but the first `known` of them for the first time.
    #[inline(always)]
    fn score(&mut self, from: usize, known: usize, room: &mut Room<N, S>) {
        let width = S::Vector::WIDTH;
        let Batch { task, p, q } = self.batch;
        let k = p.k();
        let (p, q) = (
            p.side(from, width, &mut room.p),
            q.side(from, width, &mut room.q),
        );
        // The same for all measures: here, it would be compiled for each.
        let (shares, good) = self.simd.run(BroughtTogether {
            simd: self.simd,
            task,
            sides: [p, q],
            k,
            room: &mut room.survey,
        });
        let fold = SharesFold::<N, K, S, LogShares<S::Vector>> {
            simd: self.simd,
            domain: LogShares::side_by_side(self.simd.token(), &shares),
            parameters: task.parameters,
            // No term of these measures takes a mass: they differ from lane to lane.
            masses: DIRECT_MASSES,
            measure: PhantomData,
        };
        let (all, [violations]) = reduce_sides::<false, N, 1, _>(fold, p, q, k, &mut room.slots);
        let mut sums = [[0.0; LANES]; N];
        store(all, &mut sums, 0);
        let mut violated = [0; LANES];
        S::Vector::store_bits(violations, &mut violated, 0);
        let infinite_on = K::infinite_on(&task.parameters);
        for l in known..width {
            if !good[l] {
                self.left.push(from + l);
                continue;
            }
            let mut sums_of_row = [0.0; 2];
            for w in 0..N - 1 {
                sums_of_row[w] = sums[w][l];
            }
            let masses = shares[l].masses();
            let masses = Masses {
                drift: sums[N - 1][l] / masses.mass,
                ..masses
            };
            self.out[from + l] = if violated[l] & infinite_on == 0 {
                task.score(K::finish::<S::Arith>(
                    &task.parameters,
                    &masses,
                    sums_of_row,
                ))
            } else {
                f32::INFINITY
            };
        }
    }
}

/// Both surveys, and what brings rows together, as a value, likewise.
struct BroughtTogether<'a, S: Simd> {
    simd: S,
    task: &'a Task,
    sides: [Side<'a>; 2],
    k: usize,
    room: &'a mut SurveyRoom<S>,
}

impl<S: Simd> pulp::NullaryFnOnce for BroughtTogether<'_, S> {
    type Output = ([LogShares<f32>; LANES], [bool; LANES]);

    #[inline(always)]
    fn call(self) -> Self::Output {
        let BroughtTogether {
            simd,
            task,
            sides: [p, q],
            k,
            room,
        } = self;
        let (of_p, p_good) = survey_log_sides(simd, &task.p, p, k, room);
        let (of_q, q_good) = survey_log_sides(simd, &task.q, q, k, room);
        let first = LogShares::new::<S::Arith>(&of_p[0], &of_q[0], task.p.inverse_temperature);
        let (mut shares, mut good) = ([first; LANES], [false; LANES]);
        for l in 0..S::Vector::WIDTH {
            shares[l] = LogShares::new::<S::Arith>(&of_p[l], &of_q[l], task.p.inverse_temperature);
            good[l] = p_good[l] & q_good[l];
        }
        (shares, good)
    }
}
