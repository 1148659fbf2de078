//! All pairs by a product in f32, or by entropies of mixtures.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::cpu;
use crate::element::ElementType;
use crate::options::Options;
use crate::product::{
    Centre, ErrorBound, Factors, Finish, Form, InfiniteOn, Layout, Most, Ready, TERMS_IN_A_ROW,
};
use crate::rows::Rows;
use crate::status::{Issues, Numbers};

use super::engine::Engine;

/// Fewer rows of either, or bins of each, are not worth a product.
const FEW: u64 = 16;

/// Factors of Q take no more than this.
const MOST_BYTES: u64 = 1 << 30;

/// Pairs of a step on the CPU, after which one looks up, and bytes of P made ready for it.
const STEP: usize = 4 << 20;
const BYTES_OF_P: u64 = 32 << 20;

/// Rows of P that a thread of the CPU should have at least.
const FEWEST_LINES: usize = 8;

/// Bounds beyond this, of a score of 1, are no use.
const LARGEST_BOUND: f64 = 0.01;

/// Rows of which the middle is taken.
const SAMPLE: u64 = 64;

/// Pairs of whole lines of which those that are left are scored together.
const PIECE: usize = 1 << 18;

/// Rows of Q ready for products with any rows of P.
#[derive(Debug)]
pub(crate) struct Fast {
    form: Form,
    pub(crate) finish: Finish,
    centre: Centre,
    pub(crate) q: Ready,
    bad: Vec<bool>,
    on_cpu: bool,
    /// The most additions that a term goes through.
    sums: usize,
    /// Rows of P that a GPU takes at a time.
    #[cfg(feature = "gpu")]
    pub(crate) lines_of_gpu: usize,
    /// Pairs that have been scored, and those of them that products have not told.
    pairs: AtomicU64,
    pairs_left: AtomicU64,
    given_up: AtomicBool,
    /// What the scores of rows of P that have been made ready may miss.
    told: Mutex<Option<ErrorBound>>,
    #[cfg(feature = "gpu")]
    pub(crate) resident: std::sync::OnceLock<crate::gpu::Resident>,
}

/// Some rows of P, ready.
pub(crate) struct OfP {
    pub(crate) ready: Ready,
    bad: Vec<bool>,
    /// What their scores may miss.
    pub(crate) bound: ErrorBound,
}

impl Fast {
    /// Makes all rows of Q ready, on the current rayon pool; `None` where pairs are to be scored for themselves: the
    /// measure has no [`Form`], rows are few, short or f64, or those of Q too many for [`MOST_BYTES`], for the device, or
    /// for what memory there may be.
    pub(crate) fn new(
        options: &Options,
        p: &Rows<'_>,
        q: &Rows<'_>,
        engine: &Engine,
        most_bytes: u64,
    ) -> Option<Self> {
        let form = Form::of(options)?;
        let k = p.k();
        let finish = Finish::new(&form, options, k);
        // What K and the order come to, whatever the rows.
        let on_cpu = matches!(engine, Engine::Cpu);
        let sums = sums(&form, k, on_cpu);
        let unit = Most::unit();
        let least = finish.bound(&unit, &unit, k, sums).of(1.0);
        let enough = [p.rows(), q.rows(), k as u64];
        let in_f64 = [p, q].map(Rows::element_type).contains(&ElementType::F64);
        let layout = match engine {
            Engine::Cpu if form.is_of_mixtures() => Layout::Bins,
            Engine::Cpu => Layout::Rows,
            #[cfg(feature = "gpu")]
            Engine::Gpu(_) => Layout::Bins,
            _ => return None,
        };
        let bytes = Ready::bytes(q.rows(), k, layout);
        if in_f64
            || least.is_nan()
            || least > LARGEST_BOUND
            || enough.iter().any(|&n| n < FEW)
            || bytes > most_bytes.min(MOST_BYTES)
        {
            return None;
        }
        #[cfg(feature = "gpu")]
        let lines_of_gpu = match engine {
            Engine::Gpu(gpu) => {
                let row = Ready::bytes(1, k, layout) / crate::product::PANEL as u64;
                let columns = q.rows() as usize;
                gpu.lines_of_products(&form, [columns, k], row, bytes)?
            }
            _ => 0,
        };
        let centre = centre(&form, options, [p, q])?;
        let bad = cpu::bad(options, q);
        let ready = Ready::new(&form, Factors::OfQ, &centre, q, &bad, layout)?;
        let left = ready.left().iter().filter(|&&left| left).count();
        if left > bad.len() / 2 {
            return None;
        }
        Some(Fast {
            form,
            finish,
            centre,
            q: ready,
            bad,
            on_cpu,
            sums,
            #[cfg(feature = "gpu")]
            lines_of_gpu,
            pairs: AtomicU64::new(0),
            pairs_left: AtomicU64::new(0),
            given_up: AtomicBool::new(false),
            told: Mutex::default(),
            #[cfg(feature = "gpu")]
            resident: std::sync::OnceLock::new(),
        })
    }

    /// True if this is ready for the CPU.
    pub(crate) fn is_for_cpu(&self) -> bool {
        self.on_cpu
    }

    /// How many rows of P are worth a step on the CPU.
    pub(crate) fn lines_of_cpu(&self, threads: usize) -> usize {
        let of_memory = BYTES_OF_P / Ready::bytes(1, self.q.k(), Layout::Rows);
        let lines = (STEP / self.bad.len().max(1)).min(of_memory as usize);
        lines.max(FEWEST_LINES * threads)
    }

    /// True once products have not told most scores: the rest is better scored as pairs.
    pub(crate) fn has_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Takes no more products.
    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    /// Gives up once most pairs so far have been left.
    fn take_note(&self, pairs: usize, left: usize) {
        let add = |all: &AtomicU64, more: usize| {
            let more = more as u64;
            all.fetch_add(more, Ordering::Relaxed) + more
        };
        if add(&self.pairs_left, left) > add(&self.pairs, pairs) / 2 {
            self.give_up();
        }
    }

    /// Makes rows of P ready, on the current rayon pool; `None` if there is no memory.
    pub(crate) fn ready(&self, options: &Options, p: &Rows<'_>) -> Option<OfP> {
        let bad = cpu::bad(options, p);
        let layout = match self.on_cpu {
            true => Layout::Rows,
            false => Layout::Bins,
        };
        let ready = Ready::new(&self.form, Factors::OfP, &self.centre, p, &bad, layout)?;
        let [p, q] = [ready.most(), self.q.most()];
        let bound = self.finish.bound(p, q, self.q.k(), self.sums);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        *told = Some(told.map_or(bound, |told| told.or(bound)));
        drop(told);
        Some(OfP { ready, bad, bound })
    }

    /// What the scores of all rows of P that have been made ready may miss.
    pub(crate) fn told(&self) -> Option<ErrorBound> {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Scores rows of P that are ready, on the CPU.
    pub(crate) fn multiply(&self, p: &OfP, out: &mut [f32]) {
        cpu::multiply_fast(&p.ready, &self.q, self.finish, out);
    }

    /// Scores those pairs for themselves which the product left, and gives the issues of bad rows.
    pub(crate) fn settle(
        &self,
        options: &Options,
        [p, q]: [&Rows<'_>; 2],
        of_p: &OfP,
        numbers: Numbers,
        out: &mut [f32],
    ) -> Issues {
        let columns = self.bad.len();
        let left_of_p = of_p.ready.left();
        let left_of_q = self.q.left();
        let any_left = left_of_p.contains(&true) || left_of_q.contains(&true);
        if any_left || matches!(self.form, Form::Power { .. }) {
            let lines = (PIECE / columns).max(1);
            // Where zeros make no score infinite, marks are of bins that are none, and a sum of powers may be of nothing.
            let may_be_apart =
                !self.form.is_of_mixtures() && self.form.infinite_on() == InfiniteOn::None;
            let work = |(piece, out): (usize, &mut [f32])| {
                let from = piece * lines;
                let mut left = Vec::new();
                for (line, scores) in out.chunks_exact_mut(columns).enumerate() {
                    let row = from + line;
                    if of_p.bad[row] {
                        continue;
                    }
                    for (column, score) in scores.iter_mut().enumerate() {
                        let row_left = left_of_p[row] || left_of_q[column];
                        if !(score.is_nan() || row_left) || self.bad[column] {
                            continue;
                        }
                        if !row_left && may_be_apart && !of_p.ready.meets(row, &self.q, column) {
                            *score = self.finish.of_nothing();
                            continue;
                        }
                        left.push((line as u64, column as u64));
                    }
                }
                let some = p.slice(from, from + out.len() / columns);
                cpu::score_left(options, [&some, q], &left, out);
                left.len()
            };
            #[cfg(feature = "parallel")]
            let left: usize = {
                use rayon::prelude::*;
                let pieces = out.par_chunks_mut(lines * columns);
                pieces.enumerate().map(work).sum()
            };
            #[cfg(not(feature = "parallel"))]
            let left: usize = out.chunks_mut(lines * columns).enumerate().map(work).sum();
            self.take_note(out.len(), left);
        } else {
            self.take_note(out.len(), 0);
        }
        cpu::issues(options, [p, q], [&of_p.bad, &self.bad], numbers, out)
    }
}

/// The most additions that a term of a sum over `k` bins goes through.
fn sums(form: &Form, k: usize, on_cpu: bool) -> usize {
    match form.is_of_mixtures() && on_cpu {
        true => k.min(TERMS_IN_A_ROW) + k.div_ceil(TERMS_IN_A_ROW),
        // A crate's product or a kernel's, in whatever order.
        false => k,
    }
}

/// The middle of rows that lie evenly among all.
fn centre(form: &Form, options: &Options, rows: [&Rows<'_>; 2]) -> Option<Centre> {
    let numbers = rows.map(|rows| -> Vec<u64> {
        let step = rows.rows().div_ceil(SAMPLE).max(1);
        (0..rows.rows()).step_by(step as usize).collect()
    });
    let [p, q] = [0, 1].map(|i| rows[i].selected(&numbers[i]).ok());
    let rows = [p?, q?];
    let bad = [0, 1].map(|i| cpu::bad(options, &rows[i]));
    Some(Centre::new(form, [&rows[0], &rows[1]], [&bad[0], &bad[1]]))
}
