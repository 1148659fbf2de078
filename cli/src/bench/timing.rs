//! Interleaved repetitions of all kernels over one set of rows.

use std::time::Instant;

use kullback::{Rows, Scorer, Verify};

use super::Figure;
use super::check::{Check, same_bits};
use super::data::Matrices;
use super::plain_sum::PlainSum;
use super::table::{Cell, Set};
use crate::Failure;

/// The plain sums and the measures over one set of rows.
pub(super) struct Timed {
    pub(super) sums: Vec<SumFigure>,
    pub(super) figures: Vec<Figure>,
}

/// What a plain sum reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct SumFigure {
    pub(super) name: &'static str,
    pub(super) bytes_per_second: f64,
}

/// Checks and times everything on one set of rows.
pub(super) fn time(
    scorer: &Scorer,
    matrices: &Matrices,
    set: &Set,
    repetitions: u32,
) -> Result<Timed, Failure> {
    let (p, q) = matrices.operands(set);
    let (p_words, q_words) = (p.words(), q.words());
    let bytes = p.bytes() + q.bytes();
    let (p, q) = matrices.rows(set)?;

    let mut out = vec![0.0; p.rows() as usize];
    let mut checked = Vec::new();
    for measure in &set.measures {
        let check = Check::run(scorer, measure, p, q, &mut out)?;
        checked.push((*measure, check, out.clone()));
    }

    let all_sums = PlainSum::of(set.element, set.pairs);
    let mut sum_seconds = vec![Vec::new(); all_sums.len()];
    let mut seconds = vec![Vec::new(); checked.len()];
    for _ in 0..repetitions {
        for (sum, seconds) in all_sums.iter().zip(&mut sum_seconds) {
            seconds.push(stopwatch(|| sum.run(p_words, q_words)));
        }
        for ((measure, check, scores), seconds) in checked.iter_mut().zip(&mut seconds) {
            let mut end = Ok(());
            seconds.push(stopwatch(|| {
                end = score(scorer, measure, p, q, &mut out);
            }));
            end?;
            check.right &= same_bits(&out, scores);
        }
    }

    let rows = p.rows();
    let rate = |seconds: Vec<f64>| bytes as f64 / median(seconds).max(1e-9);
    let sums = all_sums.iter().zip(sum_seconds);
    let measures = checked.into_iter().zip(seconds);
    Ok(Timed {
        sums: sums
            .map(|(sum, seconds)| SumFigure {
                name: sum.name(),
                bytes_per_second: rate(seconds),
            })
            .collect(),
        figures: measures
            .map(|((measure, check, _), seconds)| {
                let rate = check.right.then(|| rate(seconds));
                Figure {
                    cell: Cell {
                        measure,
                        encoding: set.encoding,
                        k: set.k,
                    },
                    rows,
                    bytes_per_second: rate,
                    rows_per_second: rate.map(|rate| rate * rows as f64 / bytes as f64),
                    bare_copy_over_time: None,
                    time_over_builtin_log: None,
                    check,
                }
            })
            .collect(),
    })
}

/// Scores once, as a user would.
pub(super) fn score(
    scorer: &Scorer,
    measure: &kullback::Measure,
    p: Rows<'_>,
    q: Rows<'_>,
    out: &mut [f32],
) -> Result<(), Failure> {
    scorer
        .request(measure)
        .verify(Verify::Off)
        .score_into(p, q, out)
        .map(|_| ())
        .map_err(Failure::new)
}

pub(super) fn stopwatch(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// The middle value, the lower of two.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or(0.0)
}
