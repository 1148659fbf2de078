//! Short rows of logarithms, a row in each lane.

use std::marker::PhantomData;

use super::exponentials::alone;
use crate::cpu::dispatch::{Batch, Simd};
use crate::cpu::domain::LogShares;
use crate::cpu::fold::{Fold, Of, Words};
use crate::cpu::matrix::{Margin, Side};
use crate::cpu::pairs::violations;
use crate::cpu::row::Found;
use crate::cpu::side_by_side::{LaneSlots, NARROW, lane_slots};
use crate::cpu::survey::{Log, Operand, Peak, PeakFold, exp_below, is_no_distribution};
use crate::cpu::tree::{merge_components, merge_lane_slots, store};
use crate::math::{Add, Bits, LANES, Max, MaxAndRest, Merge, Number, Two, Vector};
use crate::measure::{Kernel, Masses};

/// Rows of up to [`NARROW`] logarithms, as many as a vector has lanes or more: as a value, so that the loop over them
/// is compiled for one instruction set.
pub(super) struct NarrowRows<'a, const N: usize, K, S> {
    pub simd: S,
    pub batch: Batch<'a>,
    pub out: &'a mut [f32],
    pub left: &'a mut Vec<usize>,
    pub measure: PhantomData<K>,
}

/// Memory to be used again.
struct Room<const N: usize, S: Simd> {
    margin: [Margin; 2],
    operands: [Columns<S>; 2],
    masses: LaneSlots<2, S>,
    sums: LaneSlots<N, S>,
}

/// Rows with one in each lane: an element of all of them in each vector.
struct Columns<S: Simd> {
    logarithms: [Of<S>; NARROW],
    exponentials: [Of<S>; NARROW],
}

/// What rows amount to that have been read.
#[derive(Clone, Copy)]
struct Taken<V> {
    max: V,
    rest: V,
    /// Which stand for a distribution.
    good: [bool; LANES],
    is_plain: bool,
}

impl<const N: usize, K: Kernel<Merge = Add>, S: Simd> pulp::NullaryFnOnce
    for NarrowRows<'_, N, K, S>
{
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let width = S::Vector::WIDTH;
        let any = <Of<S>>::load(self.simd.token(), &[0.0; LANES], 0);
        let columns = || Columns {
            logarithms: [any; NARROW],
            exponentials: [any; NARROW],
        };
        let mut room = Room {
            margin: [[0.0; LANES * NARROW]; 2],
            operands: [columns(), columns()],
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

impl<const N: usize, K: Kernel<Merge = Add>, S: Simd> NarrowRows<'_, N, K, S> {
    /// Scores as many rows as a vector has lanes, all but the first `known` of them for the first time.
    #[inline(always)]
    fn score(&mut self, from: usize, known: usize, room: &mut Room<N, S>) {
        let width = S::Vector::WIDTH;
        let Batch { task, p, q } = self.batch;
        let k = p.k();
        let Room {
            margin: [p_margin, q_margin],
            operands: [of_p, of_q],
            masses,
            sums,
        } = room;
        let simd = self.simd;
        // The same for all measures: here, it would be compiled for each.
        let p_taken = simd.run(Taking {
            simd,
            operand: &task.p,
            side: p.side(from, width, p_margin),
            k,
            columns: &mut *of_p,
            masses: &mut *masses,
        });
        let q_taken = if task.uses_q {
            simd.run(Taking {
                simd,
                operand: &task.q,
                side: q.side(from, width, q_margin),
                k,
                columns: &mut *of_q,
                masses,
            })
        } else {
            p_taken
        };
        let operands = [&*of_p, if task.uses_q { &*of_q } else { &*of_p }];
        let shares = LogShares::new::<S::Arith>(
            [p_taken.max, q_taken.max],
            [p_taken.rest, q_taken.rest],
            task.p.inverse_temperature,
        );
        let is_plain = p_taken.is_plain & q_taken.is_plain;
        let none = p_taken.max.splat(0.0);
        let (mut all, mut flags) = self.fold_either(is_plain, &shares, none, operands, sums);
        if K::STEM.needs_drift {
            let drift = all[N - 1];
            (all, flags) = self.fold_either(is_plain, &shares, drift, operands, sums);
        }
        let mut sums = [[0.0; LANES]; N];
        store(all, &mut sums, 0);
        let mut of_q = [[0.0; LANES]; 2];
        store(shares.shares_of_q(), &mut of_q, 0);
        let mut violated = [0; LANES];
        S::Vector::store_bits(flags, &mut violated, 0);
        let mut scores = [0.0; LANES];
        for l in 0..width {
            let mut sums_of_row = [0.0; 2];
            for w in 0..N - 1 {
                sums_of_row[w] = sums[w][l];
            }
            let masses = Masses {
                mass: 1.0,
                drift: 0.0,
                q_max: of_q[0][l],
                q_rest: of_q[1][l],
            };
            let found = Found {
                difference: sums[N - 1][l],
                mass: 0.0,
                sums: sums_of_row,
                violations: violated[l],
            };
            scores[l] = super::score::<K, S>(task, masses, &found);
        }
        self.out[from..from + width].copy_from_slice(&scores[..width]);
        for l in known..width {
            if !(p_taken.good[l] & q_taken.good[l]) {
                self.left.push(from + l);
            }
        }
    }

    /// The sums of each row that has this drift, and flags of support violations.
    #[inline(always)]
    fn fold_either(
        &self,
        is_plain: bool,
        shares: &LogShares<Of<S>>,
        drift: Of<S>,
        operands: [&Columns<S>; 2],
        slots: &mut LaneSlots<N, S>,
    ) -> ([Of<S>; N], Words<Of<S>>) {
        if is_plain {
            self.fold::<false>(shares, drift, operands, slots)
        } else {
            self.fold::<true>(shares, drift, operands, slots)
        }
    }

    /// [`NarrowRows::fold_either`], `GUARDED` being false of rows that are plain.
    #[inline(always)]
    fn fold<const GUARDED: bool>(
        &self,
        shares: &LogShares<Of<S>>,
        drift: Of<S>,
        [p, q]: [&Columns<S>; 2],
        slots: &mut LaneSlots<N, S>,
    ) -> ([Of<S>; N], Words<Of<S>>) {
        let Batch { task, p: rows, .. } = self.batch;
        let k = rows.k();
        let zero = p.logarithms[0].splat(0.0);
        let mut seen = zero.bits();
        let drift = Two(drift, drift);
        let slots = slots_of_rows::<N, Add, S>(zero, k, slots);
        for (slot, at) in slots.iter_mut().zip((0..k).step_by(4)) {
            let mut sums = [[zero; N]; 4];
            for i in [0, 2] {
                let two = |columns: &[Of<S>; NARROW]| Two(columns[at + i], columns[at + i + 1]);
                let (a, b) = (two(&p.logarithms).bits(), two(&q.logarithms).bits());
                let (exp_p, exp_q) = (two(&p.exponentials), two(&q.exponentials));
                let (pair, zeros) = shares.pair_of::<GUARDED, S::Arith, _>(a, b, exp_p, exp_q);
                let terms = K::drifted_terms::<S::Arith, _>(&task.parameters, drift, &pair);
                for w in 0..N - 1 {
                    sums[i][w] = zero + terms[w].0;
                    sums[i + 1][w] = zero + terms[w].1;
                }
                sums[i][N - 1] = zero + pair.d.0;
                sums[i + 1][N - 1] = zero + pair.d.1;
                if GUARDED {
                    let flags = violations(a, zeros);
                    seen = seen.or(flags.0).or(flags.1);
                }
            }
            *slot = merge_components::<N, Add, S::Arith, _>(sums);
        }
        merge_lane_slots::<N, Add, S::Arith, _>(slots);
        (slots[0], seen)
    }
}

/// The slots that rows of so many bins reach, a power of two of them, all of them zero.
#[inline(always)]
fn slots_of_rows<const N: usize, M: Merge<N>, S: Simd>(
    any: Of<S>,
    k: usize,
    slots: &mut LaneSlots<N, S>,
) -> &mut [[Of<S>; N]] {
    let slots = &mut slots[..k.div_ceil(4).next_power_of_two()];
    slots.fill(M::ZERO.map(|zero| any.splat(zero)));
    slots
}

/// The reading of one operand as a value, likewise.
struct Taking<'a, S: Simd> {
    simd: S,
    operand: &'a Operand,
    side: Side<'a>,
    k: usize,
    columns: &'a mut Columns<S>,
    masses: &'a mut LaneSlots<2, S>,
}

impl<S: Simd> pulp::NullaryFnOnce for Taking<'_, S> {
    type Output = Taken<Of<S>>;

    #[inline(always)]
    fn call(mut self) -> Taken<Of<S>> {
        let (peak, good, is_plain) = self.peaks();
        let rest = if self.operand.inverse_temperature == [1.0, 0.0] {
            self.exponentials::<true>(peak)
        } else {
            self.exponentials::<false>(peak)
        };
        let mut taken = Taken {
            max: peak,
            rest,
            good,
            is_plain,
        };
        let (mut max, mut rest) = ([0.0; LANES], [0.0; LANES]);
        taken.max.store(&mut max, 0);
        taken.rest.store(&mut rest, 0);
        for l in 0..<Of<S>>::WIDTH {
            let log = Log {
                max: max[l],
                rest: rest[l],
            };
            taken.good[l] &= !is_no_distribution::<S>(self.operand, &log);
        }
        taken
    }
}

impl<S: Simd> Taking<'_, S> {
    /// Reads the rows: the largest logarithm of each, which have one and no number that is none, and whether all of
    /// them are plain.
    #[inline(always)]
    fn peaks(&mut self) -> (Of<S>, [bool; LANES], bool) {
        let token = self.simd.token();
        let fold = PeakFold { simd: self.simd };
        let any = <Of<S>>::load(token, &[0.0; LANES], 0);
        let mut largest = <Max as Merge<1>>::ZERO.map(|least| any.splat(least));
        let mut seen = [any.bits(); 2];
        let every = <Of<S>>::below(token, 0, LANES);
        let columns = &mut self.columns.logarithms;
        for at in (0..self.k).step_by(4) {
            let quads = self.side.quads::<S>(token, at);
            for c in 0..4 {
                columns[at + c] = quads[c];
                // Behind the end of a row there may be anything.
                if at + c < self.k {
                    let z = quads[c].bits();
                    fold.fold(&mut largest, &mut seen, z, z, every);
                }
            }
        }
        let mut max = [0.0; LANES];
        largest[0].store(&mut max, 0);
        let mut words = [[0; LANES]; 2];
        for w in 0..2 {
            <Of<S>>::store_bits(seen[w], &mut words[w], 0);
        }
        let (mut good, mut is_plain) = ([false; LANES], true);
        for l in 0..<Of<S>>::WIDTH {
            let peak = Peak::of(max[l], [words[0][l], words[1][l]]);
            good[l] = peak.is_ok();
            max[l] = peak.map_or(0.0, |peak| peak.max);
            is_plain &= peak.is_ok_and(|peak| peak.is_plain);
        }
        (<Of<S>>::load(token, &max, 0), good, is_plain)
    }

    /// The exponentials of all rows: returns the sum of all but the largest of each, which is 1.
    #[inline(always)]
    fn exponentials<const AT_ONE: bool>(&mut self, max: Of<S>) -> Of<S> {
        let inverse_temperature = self.operand.inverse_temperature;
        let slots = slots_of_rows::<2, MaxAndRest, S>(max, self.k, self.masses);
        let Columns {
            logarithms,
            exponentials,
        } = &mut *self.columns;
        // What has no exponential adds nothing, if it is no larger than a logarithm may be.
        logarithms[self.k..self.k.next_multiple_of(4)].fill(max);
        for (slot, at) in slots.iter_mut().zip((0..self.k).step_by(4)) {
            let z = &logarithms[at..at + 4];
            let z = Two(Two(z[0], z[1]), Two(z[2], z[3]));
            let max = Two(Two(max, max), Two(max, max));
            let Two(Two(a, b), Two(c, d)) =
                exp_below::<AT_ONE, S::Arith, _>(z, max, inverse_temperature);
            let mut values = [a, b, c, d];
            for value in values.iter_mut().skip(self.k - at) {
                *value = a.splat(0.0);
            }
            exponentials[at..at + 4].copy_from_slice(&values);
            *slot = merge_components::<2, MaxAndRest, S::Arith, _>(values.map(alone));
        }
        merge_lane_slots::<2, MaxAndRest, S::Arith, _>(slots);
        slots[0][1]
    }
}
