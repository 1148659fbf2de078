//! Short rows of logarithms, a row in each lane.

use super::{FlaggedPairs, Kind, Read, Reading, slots_of_rows};
use crate::cpu::dispatch::Simd;
use crate::cpu::domain::LogShares;
use crate::cpu::fold::{Fold, Of};
use crate::cpu::pairs::violations;
use crate::cpu::row::Task;
use crate::cpu::side_by_side::NARROW;
use crate::cpu::survey::{Log, Peak, PeakFold, alone, exp_below, is_no_distribution};
use crate::cpu::tree::{merge_components, merge_lane_slots};
use crate::math::{Bits, LANES, Max, MaxAndRest, Merge, Number, Two, Vector};

/// Logits, or log-probabilities, at one temperature.
pub(crate) struct Logarithms;

/// Rows with one in each lane, and the exponentials of what they hold.
pub(crate) struct Columns<S: Simd> {
    logarithms: [Of<S>; NARROW],
    exponentials: [Of<S>; NARROW],
}

/// What rows amount to.
#[derive(Clone, Copy)]
pub(crate) struct Found<V> {
    max: V,
    rest: V,
    is_plain: bool,
}

impl<S: Simd> Kind<S> for Logarithms {
    type Columns = Columns<S>;
    type Found = Found<Of<S>>;
    type Shares = LogShares<Of<S>>;

    #[inline(always)]
    fn columns(simd: S) -> Columns<S> {
        let any = <Of<S>>::load(simd.token(), &[0.0; LANES], 0);
        Columns {
            logarithms: [any; NARROW],
            exponentials: [any; NARROW],
        }
    }

    #[inline(always)]
    fn read(mut reading: Reading<'_, Self, S>) -> Read<Self::Found> {
        let (peak, mut good, is_plain) = reading.peaks();
        let rest = if reading.operand.inverse_temperature == [1.0, 0.0] {
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
        [p, q]: [&Columns<S>; 2],
        at: usize,
    ) -> FlaggedPairs<S> {
        let two = |columns: &[Of<S>; NARROW]| Two(columns[at], columns[at + 1]);
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

impl<S: Simd> Reading<'_, Logarithms, S> {
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
        let ends = self.ends;
        for at in (0..ends.longest).step_by(4) {
            self.side.ask_ahead::<S>(at);
            let quads = self.side.quads(self.simd, at);
            if at + 4 <= ends.shortest {
                for c in 0..4 {
                    columns[at + c] = quads[c];
                    let z = quads[c].bits();
                    fold.fold(&mut largest, &mut seen, z, z, every);
                }
                continue;
            }
            for (c, z) in quads.into_iter().enumerate().take(ends.longest - at) {
                // Behind the end of a row there may be anything.
                let present = ends.present::<S>(token, at + c);
                let z = Number::select(present, z, z.splat(f32::NEG_INFINITY));
                columns[at + c] = z;
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
        let inverse_temperature = self.operand.inverse_temperature;
        let (token, ends) = (self.simd.token(), self.ends);
        let slots = slots_of_rows::<2, MaxAndRest, S>(max, ends.longest, self.masses);
        let Columns {
            logarithms,
            exponentials,
        } = &mut *self.columns;
        for (slot, at) in slots.iter_mut().zip((0..ends.longest).step_by(4)) {
            // What has no exponential adds nothing, if it is no larger than a logarithm may be.
            ends.leave::<S, _>(
                token,
                at,
                &mut logarithms[at..at + 4],
                |present, z| match present {
                    Some(present) => Number::select(present, z, max),
                    None => max,
                },
            );
            let z = &logarithms[at..at + 4];
            let z = Two(Two(z[0], z[1]), Two(z[2], z[3]));
            let max = Two(Two(max, max), Two(max, max));
            let Two(Two(a, b), Two(c, d)) =
                exp_below::<AT_ONE, S::Arith, _>(z, max, inverse_temperature);
            let mut values = [a, b, c, d];
            let none = a.splat(0.0);
            ends.leave::<S, _>(token, at, &mut values, |present, value| match present {
                Some(present) => Number::select(present, value, none),
                None => none,
            });
            exponentials[at..at + 4].copy_from_slice(&values);
            *slot = merge_components::<2, MaxAndRest, S::Arith, _>(values.map(alone));
        }
        merge_lane_slots::<2, MaxAndRest, S::Arith, _>(slots);
        slots[0][1]
    }
}
