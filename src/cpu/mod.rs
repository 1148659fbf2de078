//! The CPU backend: f32 arithmetic over fixed-size lanes, rows in parallel.

mod direct;
mod dispatch;
mod domain;
mod double;
mod fold;
mod generated;
mod kernels;
mod matrix;
mod merging;
mod pairs;
mod prefetch;
mod row;
mod shares;
#[cfg(test)]
mod shares_tests;
mod survey;
mod tree;

use crate::element::ElementType;
use crate::measure::{Arithmetic, Own, Parameters};
use crate::options::Options;
use crate::rows::Rows;
use crate::status::{IssueKind, Issues};

use dispatch::Batch;
pub(crate) use dispatch::Isa;
use matrix::Widened;
use row::{Scratch, Task};
use survey::{Fault, Operand};

/// The instruction set in use: `avx512`, `avx2`, `neon` or `portable`.
pub(crate) fn isa() -> &'static str {
    Isa::detect().name()
}

/// Scores row `i` of `p` against row `i` of `q` into `out[i]`, on the current rayon pool.
///
/// The caller has checked the options, the shapes and the length of `out`. Issues carry row
/// numbers that start at `first_row`.
pub(crate) fn score(
    options: &Options,
    p: &Rows<'_>,
    q: &Rows<'_>,
    first_row: u64,
    out: &mut [f32],
) -> Issues {
    if [p, q]
        .iter()
        .any(|rows| rows.element_type() == ElementType::F64)
    {
        return double::score(options, p, q, first_row, out);
    }
    let task = task(options, p, q);
    let isa = Isa::detect();
    // Enough to outweigh the hand-over of a piece of work to another thread; rows that are widened first
    // should still be in the cache when they are scored.
    let values = match (p.element_type(), q.element_type()) {
        (ElementType::F32, ElementType::F32) => 64 * 1024,
        _ => 16 * 1024,
    };
    let piece = (values / p.k().max(1)).clamp(1, 4096);
    let score_piece = |memory: &mut Memory, (index, out): (usize, &mut [f32])| {
        let from = index * piece;
        let mut issues = Issues::default();
        let p = p.slice(from, from + out.len());
        let q = q.slice(from, from + out.len());
        let of_p = memory.p.matrix(&p);
        let batch = Batch {
            task: &task,
            p: of_p,
            // Where Q is not read, P stands in its place.
            q: if task.uses_q {
                memory.q.matrix(&q)
            } else {
                of_p
            },
        };
        isa.score_rows(
            batch,
            &mut memory.scratch,
            options.measure,
            out,
            |row, faults| {
                let [of_p, of_q] = faults;
                issues.record(
                    first_row + (from + row) as u64,
                    of_p.map(|fault| describe(fault, &p, row)),
                    of_q.filter(|_| task.uses_q)
                        .map(|fault| describe(fault, &q, row)),
                );
            },
        );
        issues
    };
    in_pieces(out, piece, score_piece)
}

/// Scores so many rows at a time, with memory that pieces of work use again, on the current rayon pool if there
/// is one, and gives the issues of all in their order.
fn in_pieces<M: Default>(
    out: &mut [f32],
    piece: usize,
    score: impl Fn(&mut M, (usize, &mut [f32])) -> Issues + Send + Sync,
) -> Issues {
    #[cfg(feature = "parallel")]
    let found: Vec<Issues> = {
        use rayon::prelude::*;
        let pieces = out.par_chunks_mut(piece).enumerate();
        pieces.map_init(M::default, score).collect()
    };
    #[cfg(not(feature = "parallel"))]
    let found: Vec<Issues> = {
        let mut memory = M::default();
        let pieces = out.chunks_mut(piece).enumerate();
        pieces.map(|piece| score(&mut memory, piece)).collect()
    };
    let mut issues = Issues::default();
    for later in found {
        issues.append(later);
    }
    issues
}

/// What pieces of work use again.
#[derive(Default)]
struct Memory {
    p: Widened,
    q: Widened,
    scratch: Scratch,
}

fn describe(fault: Fault, rows: &Rows<'_>, row: usize) -> IssueKind {
    match fault {
        Fault::NotFinite => IssueKind::NotFinite,
        Fault::Negative => IssueKind::Negative,
        Fault::ZeroMass => IssueKind::ZeroMass,
        Fault::NotNormalised => IssueKind::NotNormalised {
            sum: rows.row(row as u64).mass(),
        },
    }
}

fn task(options: &Options, p: &Rows<'_>, q: &Rows<'_>) -> Task {
    let a = Arithmetic::new(options, p.kind(), q.kind());
    Task {
        p: Operand {
            encoding: p.encoding(),
            inverse_temperature: a.p_inverse_temperature,
            tolerance: a.p_tolerance,
            least_exponent: a.least_exponent,
        },
        q: Operand {
            encoding: q.encoding(),
            inverse_temperature: a.q_inverse_temperature,
            tolerance: a.q_tolerance,
            least_exponent: a.least_exponent,
        },
        parameters: Parameters {
            weight: a.weight,
            weight_q: a.weight_q,
            power: a.power,
            generator: options.measure.own_generator().map(Own),
        },
        eps: a.eps,
        unit: a.unit,
        is_root: a.is_root,
        uses_q: a.uses_q,
    }
}
