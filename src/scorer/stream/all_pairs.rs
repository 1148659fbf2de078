//! All pairs of two matrices in memory, some of them at a time.

use crate::error::{ArgumentError, StreamError};
use crate::options::Backend;
use crate::rows::{Rows, grid};
use crate::scorer::ask::Ask;
use crate::scorer::engine::Engine;
use crate::scorer::product::Product;
use crate::scorer::sink::Sink;
use crate::scores::Report;
use crate::status::Numbers;

use super::Failed;
use super::run::{Run, Shape};

/// The most scores that are held at once: enough rows of P for those of Q to be sent for, and little memory.
const HELD: u64 = 16 << 20;

/// On the CPU as many as its cache holds, of so many rows of P at least.
const HELD_ON_CPU: u64 = 4 << 20;
const LINES: u64 = 16;

/// The most scores that are worth holding, of all pairs with so many rows of Q where they are that.
pub(crate) fn most_held(engine: &Engine, columns: Option<u64>) -> u64 {
    let lines = columns.unwrap_or(0).saturating_mul(LINES);
    match engine.backend() {
        Backend::Cpu => HELD_ON_CPU.max(lines).min(HELD),
        _ => HELD,
    }
}

/// All pairs that are to be scored into sinks, with nothing wrong with them.
pub(crate) struct AllPairs<'a> {
    ask: &'a Ask<'a>,
    p: Rows<'a>,
    q: Rows<'a>,
    engine: &'a Engine,
    total: u64,
    /// Scores that are held at once.
    held: usize,
    product: Option<Product>,
}

impl<'a> AllPairs<'a> {
    pub(crate) fn new(ask: &'a Ask<'a>, p: Rows<'a>, q: Rows<'a>) -> Result<Self, ArgumentError> {
        let engine = ask.check_all_pairs(&p, &q)?;
        let total = p.rows().checked_mul(q.rows());
        let total = total.ok_or(ArgumentError::TooManyPairs {
            p_rows: p.rows(),
            q_rows: q.rows(),
        })?;
        // Nothing else of this kind can go wrong with some of them that does not with none.
        grid(&p.slice(0, 0), &q)?;
        let measures = ask.options.len().max(1) as u64;
        let cap = ask.inner.host_memory.unwrap_or(u64::MAX) / (4 * measures);
        let most = most_held(engine, Some(q.rows()));
        let held = |cap: u64| most.min(cap).min(total).max(1);
        // Half of the memory is for the product, if there is one; part of a line has no use for it.
        let product = (q.rows() <= held(cap / 2)).then(|| ask.product_of(&p, &q, engine));
        let product = product.flatten();
        let cap = if product.is_some() { cap / 2 } else { cap };
        Ok(AllPairs {
            ask,
            p,
            q,
            engine,
            total,
            held: held(cap) as usize,
            product,
        })
    }

    /// What scores come from, whole lines at a time, where that is a product: they may then differ from those of paired
    /// rows.
    pub(crate) fn product(&self) -> Option<&Product> {
        self.product.as_ref()
    }

    /// Scores each row of P against each of Q into a sink a measure, those of the first row of P first.
    pub(crate) fn run(&self, sinks: &mut [&mut dyn Sink]) -> Result<Vec<Report>, Failed> {
        let (p, q) = (&self.p, &self.q);
        let (columns, held, k) = (q.rows(), self.held, p.k());
        let mut scores = Vec::new();
        for _ in &self.ask.options {
            let room = Vec::<f32>::new().try_reserve_exact(held);
            room.map_err(|_| StreamError::Allocation { rows: held, k })?;
            // Zeros that are asked for as such come as they are used, by all threads.
            scores.push(vec![0.0_f32; held]);
        }
        let shape = Shape {
            k,
            total: Some(self.total),
            p_encoding: p.encoding(),
            q_encoding: q.encoding(),
        };
        let mut run = Run::new(self.ask, self.engine, shape, scores, sinks);
        let lines = (held as u64 / columns.max(1)).max(1);
        let mut line = 0;
        while line < p.rows() && columns > 0 {
            let end = p.rows().min(line + lines);
            let [of_p, of_q] = grid(&p.slice(line as usize, end as usize), q)?;
            let pairs = of_p.rows() as usize;
            // All of the lines, or part of one that is longer than what is held.
            for from in (0..pairs).step_by(held.min(pairs)) {
                let to = pairs.min(from + held);
                let numbers = Numbers {
                    first: line * columns + from as u64,
                    columns: Some(columns),
                };
                let (of_p, of_q) = if to - from == pairs {
                    (of_p, of_q)
                } else {
                    (of_p.slice(from, to), of_q.slice(from, to))
                };
                run.score_rows(of_p, of_q, numbers, self.product.as_ref())?;
            }
            line = end;
        }
        run.finish()
    }
}
