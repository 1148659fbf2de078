//! All pairs of two matrices in memory, some of them at a time.

use crate::error::{ArgumentError, StreamError};
use crate::rows::{Rows, grid};
use crate::scorer::ask::Ask;
use crate::scorer::sink::Sink;
use crate::scores::Report;
use crate::status::Numbers;

use super::Failed;
use super::run::{Run, Shape};

/// The most scores that are held at once: enough rows of P for those of Q to be sent for, and little memory.
const HELD: u64 = 16 << 20;

/// Scores each row of P against each of Q into a sink a measure, those of the first row of P first.
pub(crate) fn run_all_pairs(
    ask: &Ask<'_>,
    p: &Rows<'_>,
    q: &Rows<'_>,
    sinks: &mut [&mut dyn Sink],
) -> Result<Vec<Report>, Failed> {
    let engine = ask.check_all_pairs(p, q)?;
    let columns = q.rows();
    let total = p.rows().checked_mul(columns);
    let total = total.ok_or(ArgumentError::TooManyPairs {
        p_rows: p.rows(),
        q_rows: columns,
    })?;
    // Nothing of this kind can go wrong with some of them that does not with none.
    grid(&p.slice(0, 0), q)?;
    let measures = ask.options.len().max(1) as u64;
    let cap = ask.inner.host_memory.unwrap_or(u64::MAX) / (4 * measures);
    let held = HELD.min(cap).min(total).max(1) as usize;
    let mut scores = Vec::new();
    for _ in &ask.options {
        let mut room = Vec::new();
        let k = p.k();
        room.try_reserve_exact(held)
            .map_err(|_| StreamError::Allocation { rows: held, k })?;
        room.resize(held, 0.0_f32);
        scores.push(room);
    }
    let shape = Shape {
        k: p.k(),
        total: Some(total),
        p_encoding: p.encoding(),
        q_encoding: q.encoding(),
    };
    let mut run = Run::new(ask, engine, shape, scores, sinks);
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
            run.score_rows(of_p.slice(from, to), of_q.slice(from, to), numbers)?;
        }
        line = end;
    }
    run.finish()
}
