//! Rows made ready for products in f32, or for mixtures.

use super::Factors;
use std::ops::Range;

use super::form::{Form, InfiniteOn};
use super::row::{Decoded, UNIT};
use crate::rows::Rows;

/// Rows that lie together.
pub(crate) const PANEL: usize = 128;

/// Bins of a row are a multiple of this where rows lie bin by bin.
const BINS: usize = 8;

/// Rows that are stored together: of each bin a line of a cache.
const BLOCK: usize = 16;

/// Rows with larger factors, as of logits far apart, are left: they would widen the bound of all.
const LARGEST_FACTOR: f64 = 256.0;

/// Rows that bring more, or exponents that do, likewise.
const LARGEST_CONSTANT: f64 = 1024.0;

/// Rows that are off by more before they are rounded to f32 are left.
const LARGEST_ERROR: f64 = 1e-6;

/// How factors lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Row by row.
    Rows,
    /// Of each [`PANEL`] rows bin by bin, with zeros for rows and bins that there are not: as kernels read them, and
    /// mixtures on the CPU.
    Bins,
}

/// What factors of logarithms and of probabilities are taken from: a row near all of Q, and one near all of P.
#[derive(Debug)]
pub(crate) struct Centre {
    /// Of the operand of which probabilities are taken.
    shares: Vec<f64>,
    /// Of the other.
    logarithms: Vec<f64>,
}

/// The most of what is known of some rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Most {
    /// What a row brings to a score for itself: a number, or the exponent of its factors.
    pub(crate) constant: f64,
    /// The root of the sum of squares of its factors; or, of `m log2 m` for factors that are mixed, the sum where it is
    /// above 0.
    pub(crate) norm: f64,
    /// The relative error of its probabilities or factors, before they are rounded to f32.
    pub(crate) relative: f64,
    /// Of rows whose factors are logarithms, the largest of these with what has been taken from it.
    pub(crate) peak: f64,
    /// What else a row adds to the error of a score.
    pub(crate) error: f64,
}

/// Rows ready for products in f32.
#[derive(Debug)]
pub(crate) struct Ready {
    rows: usize,
    k: usize,
    layout: Layout,
    factors: Vec<f32>,
    constants: Vec<f32>,
    /// For each row a bit for each bin that makes a score infinite where the other row has one too, or, where none does,
    /// for each bin that is not zero; as factors lie.
    marks: Vec<u32>,
    /// Rows with a mark that makes scores infinite.
    marked: Vec<bool>,
    /// Rows whose scores f32 does not tell, or not as near as those of others.
    left: Vec<bool>,
    most: Most,
}

/// Rows of one panel, to be made ready on any thread.
struct Panel<'a> {
    factors: &'a mut [f32],
    constants: &'a mut [f32],
    marks: &'a mut [u32],
    marked: &'a mut [bool],
    left: &'a mut [bool],
}

/// What one row comes to, but for its factors.
struct Summary {
    constant: f64,
    norm: f64,
    relative: f64,
    peak: f64,
    error: f64,
}

impl Layout {
    /// Where a row begins that has so many numbers, and how far it is from one of them to the next.
    fn place(self, row: usize, numbers: usize) -> (usize, usize) {
        match self {
            Layout::Rows => (row * numbers, 1),
            Layout::Bins => (row / PANEL * PANEL * numbers + row % PANEL, PANEL),
        }
    }
}

impl Centre {
    /// The middle of those rows of P and of Q that are not bad.
    pub(crate) fn new(form: &Form, rows: [&Rows<'_>; 2], bad: [&[bool]; 2]) -> Self {
        let k = rows[0].k();
        let mut centre = Centre {
            shares: vec![0.0; k],
            logarithms: vec![0.0; k],
        };
        if matches!(form, Form::Power { .. } | Form::JensenShannon { .. }) {
            return centre;
        }
        let mut row = Decoded::new(k);
        for (which, (rows, bad)) in [Factors::OfP, Factors::OfQ]
            .into_iter()
            .zip(rows.into_iter().zip(bad))
        {
            let of_shares = form.takes_shares(which);
            let mean = match of_shares {
                true => &mut centre.shares,
                false => &mut centre.logarithms,
            };
            let mut counts = vec![0.0; k];
            for number in (0..bad.len()).filter(|&number| !bad[number]) {
                row.read(rows, number);
                for i in 0..k {
                    // Of logarithms those count that there are.
                    let counts_here = of_shares || !row.zero[i];
                    let value = if of_shares {
                        row.shares[i]
                    } else {
                        row.logarithms[i]
                    };
                    // Rows far from all others are left, and are no part of the middle.
                    if counts_here && value.abs() <= LARGEST_FACTOR / 2.0 {
                        mean[i] += value;
                        counts[i] += 1.0;
                    }
                }
            }
            for (mean, count) in mean.iter_mut().zip(counts) {
                *mean /= f64::max(count, 1.0);
            }
        }
        centre
    }
}

impl Ready {
    /// Bytes that so many rows take.
    pub(crate) fn bytes(rows: u64, k: usize, layout: Layout) -> u64 {
        let (rows, k) = match layout {
            Layout::Rows => (rows, k),
            Layout::Bins => (
                rows.checked_next_multiple_of(PANEL as u64).unwrap_or(rows),
                k.checked_next_multiple_of(BINS).unwrap_or(k),
            ),
        };
        let words = k.saturating_add(words(k)).saturating_add(2);
        rows.saturating_mul(4).saturating_mul(words as u64)
    }

    /// Makes rows ready, on the current rayon pool; of bad ones anything may come. `None` if there is no memory.
    pub(crate) fn new(
        form: &Form,
        which: Factors,
        centre: &Centre,
        rows: &Rows<'_>,
        bad: &[bool],
        layout: Layout,
    ) -> Option<Self> {
        let (count, k) = (bad.len(), rows.k());
        let (padded, bins) = match layout {
            Layout::Rows => (count, k),
            Layout::Bins => (count.next_multiple_of(PANEL), k.next_multiple_of(BINS)),
        };
        let mut ready = Ready {
            rows: count,
            k: bins,
            layout,
            factors: zeros(padded.checked_mul(bins)?)?,
            constants: zeros(padded)?,
            marks: zeros(padded.checked_mul(words(k))?)?,
            marked: zeros(padded)?,
            left: zeros(padded)?,
            most: Most::default(),
        };
        let panels = ready
            .factors
            .chunks_mut(PANEL * bins)
            .zip(ready.constants.chunks_mut(PANEL))
            .zip(ready.marks.chunks_mut(PANEL * words(k)))
            .zip(ready.marked.chunks_mut(PANEL))
            .zip(ready.left.chunks_mut(PANEL))
            .map(|((((factors, constants), marks), marked), left)| Panel {
                factors,
                constants,
                marks,
                marked,
                left,
            });
        let panels: Vec<(usize, Panel<'_>)> = panels.enumerate().collect();
        let maker = Maker {
            form,
            which,
            centre,
            layout,
            bins,
        };
        let work = |(i, panel): (usize, Panel<'_>)| {
            let from = i * PANEL;
            maker.fill(panel, rows, from, &bad[from..count.min(from + PANEL)])
        };
        #[cfg(feature = "parallel")]
        let most: Vec<Most> = {
            use rayon::prelude::*;
            panels.into_par_iter().map(work).collect()
        };
        #[cfg(not(feature = "parallel"))]
        let most: Vec<Most> = panels.into_iter().map(work).collect();
        ready.most = most.into_iter().fold(Most::default(), Most::or);
        Some(ready)
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Bins of a row as they lie.
    pub(crate) fn k(&self) -> usize {
        self.k
    }

    #[cfg(feature = "gpu")]
    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// All factors, as they lie.
    pub(crate) fn factors(&self) -> &[f32] {
        &self.factors
    }

    /// What each row brings to a score.
    pub(crate) fn constants(&self) -> &[f32] {
        &self.constants
    }

    /// The marks of all rows, as factors lie, [`Ready::words`] for each.
    pub(crate) fn marks(&self) -> &[u32] {
        &self.marks
    }

    /// Words of marks of a row.
    pub(crate) fn words(&self) -> usize {
        self.marks.len() / self.marked.len().max(1)
    }

    /// True if a row and one of the other operand mark the same bin.
    pub(crate) fn meets(&self, row: usize, other: &Ready, of_other: usize) -> bool {
        let words = self.words();
        let (first, step) = self.layout.place(row, words);
        let (of_other, step_of_other) = other.layout.place(of_other, words);
        let mut words = 0..words;
        words.any(|word| {
            self.marks[first + word * step] & other.marks[of_other + word * step_of_other] != 0
        })
    }

    /// Which rows have a mark that makes scores infinite.
    pub(crate) fn marked(&self) -> &[bool] {
        &self.marked[..self.rows]
    }

    /// Which rows are to be scored otherwise.
    pub(crate) fn left(&self) -> &[bool] {
        &self.left[..self.rows]
    }

    pub(crate) fn most(&self) -> &Most {
        &self.most
    }
}

impl Most {
    /// Of rows of length 1, and nothing else.
    pub(crate) fn unit() -> Most {
        Most {
            norm: 1.0,
            ..Most::default()
        }
    }

    pub(crate) fn or(self, other: Most) -> Most {
        Most {
            constant: self.constant.max(other.constant),
            norm: self.norm.max(other.norm),
            relative: self.relative.max(other.relative),
            peak: self.peak.max(other.peak),
            error: self.error.max(other.error),
        }
    }
}

/// What makes rows ready.
struct Maker<'a> {
    form: &'a Form,
    which: Factors,
    centre: &'a Centre,
    layout: Layout,
    bins: usize,
}

impl Maker<'_> {
    /// Makes the rows of a panel ready that are not bad.
    fn fill(&self, panel: Panel<'_>, rows: &Rows<'_>, from: usize, bad: &[bool]) -> Most {
        let k = rows.k();
        let words = words(k);
        let infinite = self.form.infinite_on() != InfiniteOn::None;
        // Of the operand whose zeros make scores infinite.
        let zeros_of = match self.form.infinite_on() {
            InfiniteOn::ZeroOfP => Some(Factors::OfP),
            InfiniteOn::ZeroOfQ => Some(Factors::OfQ),
            InfiniteOn::None => None,
        };
        let marks_zeros = zeros_of == Some(self.which);
        let mut row = Decoded::new(k);
        let mut factors = vec![0.0_f64; k];
        let unit = self.form.scale(k);
        let mut most = Most::default();
        // Of some rows, one behind the other, before they are stored as they are to lie.
        let mut block = vec![0.0_f32; BLOCK * self.bins];
        for from_line in (0..bad.len()).step_by(BLOCK) {
            let lines = from_line..bad.len().min(from_line + BLOCK);
            block.fill(0.0);
            for (line, block) in lines.clone().zip(block.chunks_exact_mut(self.bins)) {
                if bad[line] {
                    continue;
                }
                row.read(rows, from + line);
                let summary = self.row(&row, &mut factors);
                let held = summary.norm.is_finite()
                    && factors.iter().all(|x| x.abs() <= LARGEST_FACTOR * unit)
                    && summary.constant.abs() <= LARGEST_CONSTANT * unit
                    && summary.relative <= LARGEST_ERROR
                    && summary.error <= LARGEST_ERROR * unit;
                if !held {
                    panel.left[line] = true;
                    continue;
                }
                most = most.or(Most {
                    constant: summary.constant.abs(),
                    norm: summary.norm,
                    relative: summary.relative,
                    peak: summary.peak,
                    error: summary.error,
                });
                panel.constants[line] = summary.constant as f32;
                for (place, &factor) in block.iter_mut().zip(&factors) {
                    *place = factor as f32;
                }
                let (first, step) = self.layout.place(line, words);
                for (word, zero) in row.zero.chunks(32).enumerate() {
                    let bit = |bits, (i, &zero): (usize, &bool)| {
                        bits | u32::from(zero == marks_zeros) << i
                    };
                    let bits = zero.iter().enumerate().fold(0, bit);
                    panel.marks[first + word * step] = bits;
                    panel.marked[line] |= infinite && bits != 0;
                }
            }
            self.store(&block, lines, panel.factors);
        }
        most
    }

    /// Stores the factors of some lines.
    fn store(&self, block: &[f32], lines: Range<usize>, factors: &mut [f32]) {
        let all = lines.len() * self.bins;
        match self.layout {
            Layout::Rows => {
                factors[lines.start * self.bins..][..all].copy_from_slice(&block[..all])
            }
            Layout::Bins => {
                for (bin, places) in factors.chunks_exact_mut(PANEL).enumerate() {
                    for (i, place) in places[lines.clone()].iter_mut().enumerate() {
                        *place = block[i * self.bins + bin];
                    }
                }
            }
        }
    }

    /// The factors of a row.
    fn row(&self, row: &Decoded, factors: &mut [f64]) -> Summary {
        let Centre { shares, logarithms } = self.centre;
        let (form, errors) = (self.form, row.errors);
        if let Form::JensenShannon { weight, .. } = form {
            return self.row_to_mix(row, *weight, factors);
        }
        let sums = (factors.len() as f64 + 8.0) * UNIT;
        if let Form::Power { order, .. } = form {
            let order = match self.which {
                Factors::OfP => *order,
                Factors::OfQ => 1.0 - order,
            };
            let exponents = || row.logarithms.iter().map(|x| order * x).zip(&row.zero);
            let there = exponents().filter(|(_, zero)| !**zero).map(|(x, _)| x);
            let largest = there.fold(f64::NEG_INFINITY, f64::max);
            // Of the largest factor, which is then at most 1.
            let exponent = (largest * std::f64::consts::LOG2_E).ceil();
            let shift = exponent * std::f64::consts::LN_2;
            let mut peak = 0.0_f64;
            for (factor, (x, &zero)) in factors.iter_mut().zip(exponents()) {
                *factor = if zero { 0.0 } else { (x - shift).exp() };
                peak = peak.max(if zero { 0.0 } else { x.abs() });
            }
            return Summary {
                constant: exponent,
                norm: norm(factors),
                relative: order.abs() * errors.logarithms
                    + (6.0 + 4.0 * peak + 2.0 * shift.abs()) * UNIT,
                peak: 0.0,
                error: 0.0,
            };
        }
        if form.takes_shares(self.which) {
            let (mut own, mut of_centre, mut size) = (0.0, 0.0, 0.0);
            let row = row.shares.iter().zip(&row.logarithms);
            let centre = shares.iter().zip(logarithms);
            for ((factor, (share, logarithm)), (mean, of_logarithms)) in
                factors.iter_mut().zip(row).zip(centre)
            {
                *factor = share - mean;
                own += share * logarithm;
                of_centre += share * of_logarithms;
                size += share * (logarithm.abs() + of_logarithms.abs());
            }
            if *form == Form::CrossEntropy {
                own = 0.0;
            }
            return Summary {
                constant: own - of_centre,
                norm: norm(factors),
                relative: errors.shares + sums,
                peak: 0.0,
                error: 4.0 * (sums + errors.shares) * (size + 1.0) + 2.0 * errors.logarithms,
            };
        }
        // Bins that are zero have no logarithm and, where a score is finite, no share in the other row.
        let (mut mean, mut count) = (0.0, 0.0);
        let row = row.logarithms.iter().zip(&row.zero);
        for ((factor, (logarithm, &zero)), centre) in
            factors.iter_mut().zip(row.clone()).zip(logarithms)
        {
            let there = if zero { 0.0 } else { 1.0 };
            *factor = there * (logarithm - centre);
            mean += *factor;
            count += there;
        }
        // Probabilities sum to 1: what is taken from all logarithms comes back as it is.
        mean /= f64::max(count, 1.0);
        let (mut of_centre, mut size, mut peak) = (0.0, mean.abs(), 0.0_f64);
        let centre = shares.iter().zip(logarithms);
        for ((factor, (logarithm, &zero)), (share, of_logarithms)) in
            factors.iter_mut().zip(row).zip(centre)
        {
            *factor -= if zero { 0.0 } else { mean };
            of_centre += share * *factor;
            size += share * factor.abs();
            peak = peak.max(logarithm.abs() + of_logarithms.abs());
        }
        let peak = peak + mean.abs();
        Summary {
            constant: -of_centre - mean,
            norm: norm(factors),
            relative: 0.0,
            peak,
            error: 4.0 * sums * (size + peak) + 2.0 * errors.logarithms,
        }
    }
}

impl Maker<'_> {
    /// The shares of a row as parts of a mixture, where P has this weight.
    fn row_to_mix(&self, row: &Decoded, weight: f64, factors: &mut [f64]) -> Summary {
        let (errors, k) = (row.errors, factors.len());
        let weight = match self.which {
            Factors::OfP => weight,
            Factors::OfQ => 1.0 - weight,
        };
        let unit = self.form.scale(k);
        let scale = weight * unit;
        let exponent = unit.log2();
        let (mut sum, mut above, mut size) = (0.0, 0.0, 0.0);
        let bins = row.shares.iter().zip(&row.logarithms);
        for (factor, (share, logarithm)) in factors.iter_mut().zip(bins) {
            *factor = scale * share;
            let term = share * (logarithm * std::f64::consts::LOG2_E + exponent);
            sum += term;
            above += term.max(0.0);
            size += term.abs();
        }
        let sums = (k as f64 + 8.0) * UNIT;
        Summary {
            constant: scale * sum,
            norm: scale * above,
            relative: errors.shares + 4.0 * UNIT,
            peak: 0.0,
            error: scale * ((sums + errors.shares) * (size + exponent) + 1.5 * errors.logarithms),
        }
    }
}

/// The root of the sum of squares.
fn norm(factors: &[f64]) -> f64 {
    factors.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn words(k: usize) -> usize {
    k.div_ceil(32)
}

/// So many zeros, if there is memory.
fn zeros<T: Clone + Default>(count: usize) -> Option<Vec<T>> {
    let mut zeros = Vec::new();
    zeros.try_reserve_exact(count).ok()?;
    zeros.resize(count, T::default());
    Some(zeros)
}
