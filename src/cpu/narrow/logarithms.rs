//! Short rows of logarithms, a row in each lane.

use super::{FlaggedPairs, Kind, Read, Reading, add_values, slots_of_rows};
use crate::cpu::dispatch::Simd;
use crate::cpu::domain::LogShares;
use crate::cpu::fold::{Fold, Of};
use crate::cpu::matrix::Ends;
use crate::cpu::pairs::violations;
use crate::cpu::row::Task;
use crate::cpu::survey::{Log, Operand, Peak, PeakFold, alone, exp_below, is_no_distribution};
use crate::cpu::tree::{FOLD, merge_components, merge_lane_slots};
use crate::math::{Bits, LANES, Max, MaxAndRest, Merge, Number, Two, Vector};

/// Logits, or log-probabilities, at one temperature.
pub(crate) struct Logarithms;

/// Four elements of rows with one in each lane, and their exponentials.
#[derive(Clone, Copy)]
pub(crate) struct Quad<V> {
    logarithms: [V; 4],
    exponentials: [V; 4],
}

/// What rows amount to.
#[derive(Clone, Copy)]
pub(crate) struct Found<V> {
    max: V,
    rest: V,
    is_plain: bool,
}

impl<S: Simd> Kind<S> for Logarithms {
    type Quad = Quad<Of<S>>;
    type Found = Found<Of<S>>;
    type Shares = LogShares<Of<S>>;

    // The exponentials do.
    const FOLD_ASKS: bool = false;

    #[inline(always)]
    fn quad(simd: S) -> Quad<Of<S>> {
        let any = <Of<S>>::load(simd.token(), &[0.0; LANES], 0);
        Quad {
            logarithms: [any; 4],
            exponentials: [any; 4],
        }
    }

    #[inline(always)]
    fn read<const FOLDS: bool>(mut reading: Reading<'_, FOLDS, Self, S>) -> Read<Self::Found> {
        let (peak, mut good, is_plain) = reading.peaks();
        let at_one = reading.operand.inverse_temperature == [1.0, 0.0];
        let rest = if at_one {
            reading.exponentials::<true>(peak)
        } else {
            reading.exponentials::<false>(peak)
        };
        let (mut max, mut others) = ([0.0; LANES], [0.0; LANES]);
        peak.store(&mut max, 0);
        rest.store(&mut others, 0);
        for l in 0..<Of<S>>::WIDTH {
            let log = Log {
                max: max[l],
                rest: others[l],
            };
            good[l] &= !is_no_distribution::<S>(reading.operand, &log);
        }
        let found = Found {
            max: peak,
            rest,
            is_plain,
        };
        Read { found, good }
    }

    #[inline(always)]
    fn shares(task: &Task, [p, q]: [Found<Of<S>>; 2]) -> (LogShares<Of<S>>, bool) {
        let (max, rest) = ([p.max, q.max], [p.rest, q.rest]);
        let shares = LogShares::new::<S::Arith>(max, rest, task.p.inverse_temperature);
        (shares, p.is_plain & q.is_plain)
    }

    #[inline(always)]
    fn masses(shares: &LogShares<Of<S>>) -> [Of<S>; 3] {
        let [q_max, q_rest] = shares.shares_of_q();
        [q_max.splat(1.0), q_max, q_rest]
    }

    #[inline(always)]
    fn pair<const GUARDED: bool>(
        shares: &LogShares<Of<S>>,
        [p, q]: [&Quad<Of<S>>; 2],
        i: usize,
    ) -> FlaggedPairs<S> {
        let two = |quad: &[Of<S>; 4]| Two(quad[i], quad[i + 1]);
        let (a, b) = (two(&p.logarithms).bits(), two(&q.logarithms).bits());
        let (exp_p, exp_q) = (two(&p.exponentials), two(&q.exponentials));
        let (pair, zeros) = shares.pair_of::<GUARDED, S::Arith, _>(a, b, exp_p, exp_q);
        let flags = if GUARDED {
            violations(a, zeros)
        } else {
            a.splat(0)
        };
        (pair, flags)
    }
}

impl<const FOLDS: bool, S: Simd> Reading<'_, FOLDS, Logarithms, S> {
    /// Reads the rows: the largest logarithm of each, which have one and no number that is none, and whether all of
    /// them are plain.
    #[inline(always)]
    fn peaks(&mut self) -> (Of<S>, [bool; LANES], bool) {
        let token = self.simd.token();
        let fold = PeakFold {
            simd: self.simd,
            ahead: 0,
        };
        let any = <Of<S>>::load(token, &[0.0; LANES], 0);
        let mut largest = <Max as Merge<1>>::ZERO.map(|least| any.splat(least));
        let mut seen = [any.bits(); 2];
        let every = <Of<S>>::below(token, 0, LANES);
        let columns = &mut *self.quads;
        let ends = self.ends;
        for at in (0..ends.longest).step_by(4) {
            let read = self.side.quads(self.simd, at);
            let quad = &mut columns[at / 4];
            if at + 4 <= ends.shortest {
                quad.logarithms = read;
                for z in read.map(Number::bits) {
                    fold.fold(&mut largest, &mut seen, z, z, every);
                }
                continue;
            }
            for (c, z) in read.into_iter().enumerate().take(ends.longest - at) {
                let (mut z, mut present) = (z, every);
                if at + c >= ends.shortest {
                    // Behind the end of a row there may be anything.
                    present = ends.present::<S>(token, at + c);
                    z = Number::select(present, z, z.splat(f32::NEG_INFINITY));
                }
                quad.logarithms[c] = z;
                fold.fold(&mut largest, &mut seen, z.bits(), z.bits(), present);
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
        let (k, behind) = (self.ends.longest, self.side.behind());
        let slots = slots_of_rows::<2, MaxAndRest, S>(max, k, self.masses);
        for (slot, first) in slots.iter_mut().zip((0..k).step_by(4)) {
            let (quads, ends) = (&mut *self.quads, self.ends);
            let (simd, operand) = (self.simd, self.operand);
            behind.ask::<S>(first);
            let values = four::<AT_ONE, S>(simd, operand, &mut quads[first / 4], ends, first, max);
            let mut sums = values.map(alone);
            if FOLDS {
                for at in (first + FOLD..k).step_by(FOLD) {
                    behind.ask::<S>(at);
                    let values =
                        four::<AT_ONE, S>(simd, operand, &mut quads[at / 4], ends, at, max);
                    add_values::<S>(&mut sums, values);
                }
            }
            *slot = merge_components::<2, MaxAndRest, S::Arith, _>(sums);
        }
        merge_lane_slots::<2, MaxAndRest, S::Arith, _>(slots);
        slots[0][1]
    }
}

/// The exponentials of four elements of all rows, from `at` on, to their quad; 0 behind the end of a row.
#[inline(always)]
fn four<const AT_ONE: bool, S: Simd>(
    simd: S,
    operand: &Operand,
    quad: &mut Quad<Of<S>>,
    ends: &Ends,
    at: usize,
    max: Of<S>,
) -> [Of<S>; 4] {
    let token = simd.token();
    let z = &mut quad.logarithms;
    // What has no exponential adds nothing, if it is no larger than a logarithm may be.
    ends.leave::<S, _>(token, at, z, |present, z| match present {
        Some(present) => Number::select(present, z, max),
        None => max,
    });
    let z = Two(Two(z[0], z[1]), Two(z[2], z[3]));
    let max = Two(Two(max, max), Two(max, max));
    let Two(Two(a, b), Two(c, d)) =
        exp_below::<AT_ONE, S::Arith, _>(z, max, operand.inverse_temperature);
    let none = a.splat(0.0);
    let mut values = [a, b, c, d];
    ends.leave::<S, _>(token, at, &mut values, |present, value| match present {
        Some(present) => Number::select(present, value, none),
        None => none,
    });
    quad.exponentials = values;
    values
}
