//! The CPU backend: f32 arithmetic over fixed-size lanes, rows in parallel.

mod agreement;
mod direct;
mod dispatch;
mod domain;
mod double;
mod fold;
mod generated;
mod group;
mod kernels;
mod logarithms;
mod matrix;
mod merging;
mod narrow;
mod pace;
mod pairs;
mod pieces;
mod prefetch;
mod product;
mod row;
mod shares;
#[cfg(test)]
mod shares_tests;
mod side_by_side;
mod survey;
mod tree;
mod uneven;
mod weights;

use crate::element::ElementType;
use crate::measure::{Arithmetic, Own, Parameters};
use crate::options::Options;
use crate::rows::{Rows, UnevenPairs};
use crate::status::{IssueKind, Issues, Numbered, Numbers};

pub(crate) use dispatch::Isa;
use group::{Asked, groups};
use matrix::Widened;
pub(crate) use pace::nanoseconds_a_pair;
use pieces::{Lines, cut, in_pieces};
pub(crate) use product::{Product, bad, issues, multiply_fast, score_left};
use row::{Scratch, Task};
use survey::{Fault, Operand};

/// The instruction set in use: `avx512`, `avx2`, `neon` or `portable`.
pub(crate) fn isa() -> &'static str {
    Isa::detect().name()
}

/// Scores row `i` of `p` against row `i` of `q` into element `i` of one output a measure, on the current rayon
/// pool, and gives the issues of each.
///
/// The caller has checked the options, the shapes and the lengths of `out`.
pub(crate) fn score(
    options: &[Options],
    p: &Rows<'_>,
    q: &Rows<'_>,
    numbers: Numbers,
    out: &mut [&mut [f32]],
) -> Vec<Issues> {
    let work = Work::new(options, p, q);
    if let Some(pairs) = UnevenPairs::new(options, p, q) {
        return uneven::score(&work, &pairs, numbers, out);
    }
    // Enough to outweigh the hand-over of a piece of work to another thread; rows that are widened or put together
    // first, or scored by several measures, should still be in the cache when they are read again.
    let lines = Lines::of(p);
    let as_they_lie = lines.is_some() || [p, q].iter().all(|rows| rows.list().is_none());
    let values = match (p.element_type(), q.element_type()) {
        (ElementType::F32, ElementType::F32) if options.len() < 2 && as_they_lie => 64 * 1024,
        (ElementType::F64, _) | (_, ElementType::F64) => double::PIECE,
        _ => 16 * 1024,
    };
    let piece = (values / p.k().max(1)).clamp(1, MOST_ROWS);
    let rows = p.rows() as usize;
    let turn = |row| lines.map_or(0, |lines| lines.turn(row, piece));
    let score_piece = |memory: &mut Memory, from: usize, out: &mut [&mut [f32]]| {
        let rows = out.first().map_or(0, |out| out.len());
        let p = p.slice(from, from + rows);
        let q = q.slice(from, from + rows);
        let mut issues = vec![Issues::default(); out.len()];
        let number = |row| numbers.of(from + row);
        work.score(memory, [&p, &q], number, out, &mut issues);
        issues
    };
    in_pieces(out, &cut(rows, piece, lines), turn, score_piece)
}

/// Rows of a piece of work at most.
const MOST_ROWS: usize = 4096;

/// What is to be done with rows of two kinds.
struct Work<'o> {
    options: &'o [Options],
    /// The outputs of measures of rows of f64, which have arithmetic of their own.
    in_f64: Vec<usize>,
    /// The other measures.
    groups: Vec<Vec<Asked>>,
    /// True if any of those reads Q.
    reads_q: bool,
    isa: Isa,
}

impl<'o> Work<'o> {
    fn new(options: &'o [Options], p: &Rows<'_>, q: &Rows<'_>) -> Self {
        let (mut in_f32, mut in_f64) = (Vec::new(), Vec::new());
        for (output, options) in options.iter().enumerate() {
            let q = options.second(p, q);
            if [p, q].map(Rows::element_type).contains(&ElementType::F64) {
                in_f64.push(output);
            } else {
                let (measure, task) = (options.measure, task(options, p, q));
                in_f32.push(Asked {
                    measure,
                    task,
                    output,
                });
            }
        }
        Work {
            options,
            in_f64,
            reads_q: in_f32.iter().any(|asked| asked.task.uses_q),
            groups: groups(in_f32),
            isa: Isa::detect(),
        }
    }

    /// Scores row `i` of P against row `i` of Q into element `i` of each output, and adds to the issues of each, where
    /// `number` tells what the rows are called.
    fn score(
        &self,
        memory: &mut Memory,
        [p, q]: [&Rows<'_>; 2],
        number: impl Fn(usize) -> Numbered,
        out: &mut [&mut [f32]],
        issues: &mut [Issues],
    ) {
        for &output in &self.in_f64 {
            let (options, out) = (&self.options[output], &mut *out[output]);
            double::score(options, p, q, &number, out, &mut issues[output]);
        }
        if self.groups.is_empty() {
            return;
        }
        let rows = out.first().map_or(0, |out| out.len());
        let of_p = memory.p.matrix(p);
        let of_q = if self.reads_q {
            memory.q.matrix(q)
        } else {
            of_p
        };
        memory.scratch.begin(rows, self.options.len());
        for group in &self.groups {
            let q_in_place = *self.options[group[0].output].second(&of_p, &of_q);
            let scratch = &mut memory.scratch;
            self.isa.score_rows(
                group,
                [of_p, q_in_place],
                scratch,
                out,
                |asked, row, faults| {
                    let [of_p, of_q] = faults;
                    let of_q = of_q.filter(|_| asked.task.uses_q);
                    issues[asked.output].record(
                        number(row),
                        of_p.map(|fault| describe(fault, p, row)),
                        of_q.map(|fault| describe(fault, q, row)),
                    );
                },
            );
        }
    }
}

/// What pieces of work use again.
#[derive(Default)]
struct Memory {
    p: Widened,
    q: Widened,
    scratch: Scratch,
}

/// What finds out what is wrong with a row that has a fault.
fn describe(fault: Fault, rows: &Rows<'_>, row: usize) -> impl FnOnce() -> IssueKind {
    move || match fault {
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
