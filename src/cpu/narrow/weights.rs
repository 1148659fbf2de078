//! Short rows of weights, or of probabilities, a row in each lane.

use super::{FlaggedPairs, Kind, Read, Reading, slots_of_rows};
use crate::cpu::dispatch::Simd;
use crate::cpu::domain::LinearShares;
use crate::cpu::fold::{Of, Words};
use crate::cpu::pairs::violations;
use crate::cpu::row::Task;
use crate::cpu::side_by_side::NARROW;
use crate::cpu::survey::{Fault, Linear, alone, comfortable_shift, floor, scaled};
use crate::cpu::tree::{merge_components, merge_lane_slots};
use crate::math::{ABS, Bits, LANES, MaxAndRest, Number, Two, Vector};

/// Weights, or probabilities.
pub(crate) struct Weights;

/// Rows with one in each lane.
pub(crate) struct Columns<S: Simd>([Of<S>; NARROW]);

impl<S: Simd> Kind<S> for Weights {
    type Columns = Columns<S>;
    type Found = Linear<Of<S>>;
    type Shares = LinearShares<Of<S>>;

    #[inline(always)]
    fn columns(simd: S) -> Columns<S> {
        Columns([<Of<S>>::load(simd.token(), &[0.0; LANES], 0); NARROW])
    }

    #[inline(always)]
    fn read(mut reading: Reading<'_, Self, S>) -> Read<Self::Found> {
        let Seen {
            magnitude,
            word,
            least,
        } = reading.words();
        let shift = comfortable_shift(magnitude, reading.operand.least_exponent);
        let [max, rest] = reading.masses(shift);
        let linear = Linear {
            max_bits: magnitude,
            least,
            shift,
            max,
            rest,
        };
        let (mut magnitudes, mut words) = ([0; LANES], [0; LANES]);
        <Of<S>>::store_bits(magnitude, &mut magnitudes, 0);
        <Of<S>>::store_bits(word, &mut words, 0);
        let mut good = [true; LANES];
        for l in 0..<Of<S>>::WIDTH {
            good[l] = Fault::of_words(magnitudes[l], words[l]).is_none();
        }
        if reading.operand.encoding.must_be_normalised() {
            reading.judge_sums(&linear, &mut good);
        }
        Read {
            found: linear,
            good,
        }
    }

    #[inline(always)]
    fn shares(_: &Task, [p, q]: [Linear<Of<S>>; 2]) -> (LinearShares<Of<S>>, bool) {
        let shares = LinearShares::new::<S::Arith>(&p, &q);
        let guards = shares.need_guards([&p, &q]);
        let flags = Bits::select(guards, p.least.splat(1), p.least.splat(0));
        let mut lanes = [0; LANES];
        <Of<S>>::store_bits(flags, &mut lanes, 0);
        (shares, lanes.iter().fold(0, |all, flag| all | flag) == 0)
    }

    #[inline(always)]
    fn masses(shares: &LinearShares<Of<S>>) -> [Of<S>; 3] {
        let [q_max, q_rest] = shares.shares_of_q();
        [q_max + q_rest, q_max, q_rest]
    }

    #[inline(always)]
    fn pair<const GUARDED: bool>(
        shares: &LinearShares<Of<S>>,
        [p, q]: [&Columns<S>; 2],
        at: usize,
    ) -> FlaggedPairs<S> {
        let words = |columns: &Columns<S>| Two(columns.0[at], columns.0[at + 1]).bits();
        let (p, q) = (words(p), words(q));
        let (pair, zeros) = shares.pair::<GUARDED, S::Arith, _>(p, q);
        let flags = if GUARDED {
            violations(p, zeros)
        } else {
            p.splat(0)
        };
        (pair, flags)
    }
}

/// What was seen of each row: the largest magnitude, the largest word without a sign and the least with one.
struct Seen<V: Number> {
    magnitude: V::Bits,
    word: V::Bits,
    least: V::Bits,
}

impl<V: Number> Seen<V> {
    /// Adds a word of each row to the largest, and one to the least.
    #[inline(always)]
    fn add(&mut self, [largest, least]: [V::Bits; 2]) {
        self.magnitude = self.magnitude.max_signed(largest.and(largest.splat(ABS)));
        self.word = self.word.max_unsigned(largest);
        self.least = self.least.min_signed(least);
    }
}

impl<S: Simd> Reading<'_, Weights, S> {
    /// Reads the rows.
    #[inline(always)]
    fn words(&mut self) -> Seen<Of<S>> {
        let token = self.simd.token();
        let any = <Of<S>>::load(token, &[0.0; LANES], 0);
        let mut seen = Seen::<Of<S>> {
            magnitude: any.bits(),
            word: any.bits(),
            least: any.bits().splat(i32::MAX as u32),
        };
        let columns = &mut self.columns.0;
        let ends = self.ends;
        for at in (0..ends.longest).step_by(4) {
            self.side.ask_ahead::<S>(at);
            let quads = self.side.quads(self.simd, at);
            if at + 4 <= ends.shortest {
                for c in 0..4 {
                    columns[at + c] = quads[c];
                    let word = quads[c].bits();
                    seen.add([word, word]);
                }
                continue;
            }
            for (c, number) in quads.into_iter().enumerate() {
                // Behind the end of a row there may be anything. A number with which nothing goes wrong takes its place.
                columns[at + c] = any.splat(1.0);
                if at + c < ends.longest {
                    let present = ends.present::<S>(token, at + c);
                    columns[at + c] = Number::select(present, number, any.splat(1.0));
                    let word = number.bits();
                    let largest = Bits::select(present, word, word.splat(0));
                    let least = Bits::select(present, word, word.splat(i32::MAX as u32));
                    seen.add([largest, least]);
                }
            }
        }
        seen
    }

    /// The largest value of each row, and the sum of the others.
    #[inline(always)]
    fn masses(&mut self, shift: Words<Of<S>>) -> [Of<S>; 2] {
        let columns = &self.columns.0;
        let floor = floor(shift);
        let (token, ends) = (self.simd.token(), self.ends);
        let slots = slots_of_rows::<2, MaxAndRest, S>(columns[0], ends.longest, self.masses);
        for (slot, at) in slots.iter_mut().zip((0..ends.longest).step_by(4)) {
            let mut values = [columns[at]; 4];
            for c in 0..4 {
                values[c] = scaled(columns[at + c].bits(), shift, floor);
            }
            let none = values[0].splat(0.0);
            ends.leave::<S, _>(token, at, &mut values, |present, value| match present {
                Some(present) => Number::select(present, value, none),
                None => none,
            });
            *slot = merge_components::<2, MaxAndRest, S::Arith, _>(values.map(alone));
        }
        merge_lane_slots::<2, MaxAndRest, S::Arith, _>(slots);
        slots[0]
    }

    /// Finds rows that do not sum to 1.
    #[inline(always)]
    fn judge_sums(&self, linear: &Linear<Of<S>>, good: &mut [bool; LANES]) {
        let (mut shifts, mut sums) = ([0; LANES], [[0.0; LANES]; 2]);
        <Of<S>>::store_bits(linear.shift, &mut shifts, 0);
        linear.max.store(&mut sums[0], 0);
        linear.rest.store(&mut sums[1], 0);
        for l in 0..<Of<S>>::WIDTH {
            let of_row = Linear {
                max_bits: 0,
                least: 0,
                shift: shifts[l],
                max: sums[0][l],
                rest: sums[1][l],
            };
            good[l] &= of_row.is_normalised(self.operand.tolerance);
        }
    }
}
