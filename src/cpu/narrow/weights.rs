//! Short rows of weights, or of probabilities, a row in each lane.

use super::{FlaggedPairs, Kind, Read, Reading, add_values, slots_of_rows};
use crate::cpu::dispatch::Simd;
use crate::cpu::domain::LinearShares;
use crate::cpu::fold::{Of, Words};
use crate::cpu::matrix::Ends;
use crate::cpu::pairs::violations;
use crate::cpu::row::Task;
use crate::cpu::survey::{Fault, Linear, MOST_OF_PLAIN, alone, comfortable_shift, floor, scaled};
use crate::cpu::tree::{FOLD, merge_components, merge_lane_slots};
use crate::math::{Bits, LANES, MaxAndRest, Number, Two, Vector};

/// Weights, or probabilities.
pub(crate) struct Weights;

impl<S: Simd> Kind<S> for Weights {
    type Quad = [Of<S>; 4];
    type Found = Linear<Of<S>>;
    type Shares = LinearShares<Of<S>>;

    const FOLD_ASKS: bool = true;

    #[inline(always)]
    fn quad(simd: S) -> [Of<S>; 4] {
        [<Of<S>>::load(simd.token(), &[0.0; LANES], 0); 4]
    }

    #[inline(always)]
    fn read<const FOLDS: bool>(mut reading: Reading<'_, FOLDS, Self, S>) -> Read<Self::Found> {
        let seen = reading.words();
        let (word, least) = (seen.word, seen.least);
        let is_plain = seen.is_plain();
        let magnitude = if is_plain { word } else { reading.magnitudes() };
        let shift = comfortable_shift(magnitude, reading.operand.least_exponent);
        let [max, rest] = if is_plain && are_zero::<Of<S>>(shift) {
            reading.masses::<true>(shift)
        } else {
            reading.masses::<false>(shift)
        };
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
        [p, q]: [&[Of<S>; 4]; 2],
        i: usize,
    ) -> FlaggedPairs<S> {
        let words = |quad: &[Of<S>; 4]| Two(quad[i], quad[i + 1]).bits();
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

/// What was seen of each row: the largest word without a sign, the least with one, and the largest one negated.
struct Seen<V: Number> {
    word: V::Bits,
    least: V::Bits,
    negated: V::Bits,
}

impl<V: Vector> Seen<V> {
    /// Adds a word of each row to the largest ones, and one to the least.
    #[inline(always)]
    fn add(&mut self, [largest, least]: [V::Bits; 2]) {
        self.word = self.word.max_unsigned(largest);
        self.least = self.least.min_signed(least);
        self.negated = self.negated.max_unsigned(largest.splat(0).minus(largest));
    }

    /// Whether all rows count as they are stored, see [`MOST_OF_PLAIN`].
    #[inline(always)]
    fn is_plain(&self) -> bool {
        let above = |word: V::Bits, most: u32| {
            let most = word.splat(most);
            word.max_unsigned(most).minus(most)
        };
        let [word, negated] = MOST_OF_PLAIN;
        are_zero::<V>(above(self.word, word).or(above(self.negated, negated)))
    }
}

/// Whether all words are zero.
#[inline(always)]
fn are_zero<V: Vector>(words: V::Bits) -> bool {
    let mut lanes = [0; LANES];
    V::store_bits(words, &mut lanes, 0);
    lanes.iter().fold(0, |all, word| all | word) == 0
}

impl<const FOLDS: bool, S: Simd> Reading<'_, FOLDS, Weights, S> {
    /// Reads the rows.
    #[inline(always)]
    fn words(&mut self) -> Seen<Of<S>> {
        let token = self.simd.token();
        let any = <Of<S>>::load(token, &[0.0; LANES], 0);
        let mut seen = Seen::<Of<S>> {
            word: any.bits(),
            least: any.bits().splat(i32::MAX as u32),
            negated: any.bits(),
        };
        let columns = &mut *self.quads;
        let ends = self.ends;
        for at in (0..ends.longest).step_by(4) {
            let quads = self.side.quads(self.simd, at);
            if at + 4 <= ends.shortest {
                for c in 0..4 {
                    columns[at / 4][c] = quads[c];
                    let word = quads[c].bits();
                    seen.add([word, word]);
                }
                continue;
            }
            for (c, number) in quads.into_iter().enumerate() {
                // Behind the end of a row there may be anything. A number with which nothing goes wrong takes its place.
                columns[at / 4][c] = any.splat(1.0);
                if at + c < ends.longest {
                    let present = ends.present::<S>(token, at + c);
                    columns[at / 4][c] = Number::select(present, number, any.splat(1.0));
                    let word = number.bits();
                    let largest = Bits::select(present, word, word.splat(0));
                    let least = Bits::select(present, word, word.splat(i32::MAX as u32));
                    seen.add([largest, least]);
                }
            }
        }
        seen
    }

    /// The largest magnitude of each row.
    #[inline(always)]
    fn magnitudes(&self) -> Words<Of<S>> {
        let token = self.simd.token();
        let none = <Of<S>>::load(token, &[0.0; LANES], 0);
        let mut largest = none.bits();
        for (quad, at) in self.quads.iter().zip((0..self.ends.longest).step_by(4)) {
            let mut quad = *quad;
            self.ends
                .leave::<S, _>(token, at, &mut quad, |present, number| match present {
                    Some(present) => Number::select(present, number, none),
                    None => none,
                });
            for number in quad {
                largest = largest.max_signed(number.abs().bits());
            }
        }
        largest
    }

    /// The largest value of each row, and the sum of the others; `AS_STORED` of plain rows without a shift.
    #[inline(always)]
    fn masses<const AS_STORED: bool>(&mut self, shift: Words<Of<S>>) -> [Of<S>; 2] {
        let quads = &*self.quads;
        let (k, floor) = (self.ends.longest, floor(shift));
        let slots = slots_of_rows::<2, MaxAndRest, S>(quads[0][0], k, self.masses);
        for (slot, first) in slots.iter_mut().zip((0..k).step_by(4)) {
            let values = four::<AS_STORED, S>(
                self.simd,
                &quads[first / 4],
                self.ends,
                first,
                [shift, floor],
            );
            let mut sums = values.map(alone);
            if FOLDS {
                for at in (first + FOLD..k).step_by(FOLD) {
                    let quad = &quads[at / 4];
                    let values =
                        four::<AS_STORED, S>(self.simd, quad, self.ends, at, [shift, floor]);
                    add_values::<S>(&mut sums, values);
                }
            }
            *slot = merge_components::<2, MaxAndRest, S::Arith, _>(sums);
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

/// Four elements of all rows, from `at` on, at the scale of the row, 0 behind the end of a row.
#[inline(always)]
fn four<const AS_STORED: bool, S: Simd>(
    simd: S,
    quad: &[Of<S>; 4],
    ends: &Ends,
    at: usize,
    [shift, floor]: [Words<Of<S>>; 2],
) -> [Of<S>; 4] {
    let none = quad[0].splat(0.0);
    let mut values = [none; 4];
    for (value, column) in values.iter_mut().zip(quad) {
        *value = if AS_STORED {
            *column
        } else {
            scaled(column.bits(), shift, floor)
        };
    }
    ends.leave::<S, _>(
        simd.token(),
        at,
        &mut values,
        |present, value| match present {
            Some(present) => Number::select(present, value, none),
            None => none,
        },
    );
    values
}
