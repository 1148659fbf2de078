//! Pairs beside a product: those for which it does not suffice, and bad rows.

use crate::options::Options;
use crate::rows::{Rows, pairs_of};
use crate::status::{IssueKind, Issues, Numbers};

/// Scores pairs of rows as any others, and gives their issues.
pub(super) fn score(options: &Options, p: &Rows<'_>, q: &Rows<'_>, out: &mut [f32]) -> Vec<Issues> {
    let options = std::slice::from_ref(options);
    crate::cpu::score(options, p, q, Numbers::of_rows(0), &mut [out])
}

/// Scores these of all pairs for themselves.
pub(crate) fn score_left(
    options: &Options,
    [p, q]: [&Rows<'_>; 2],
    left: &[(u64, u64)],
    out: &mut [f32],
) {
    if left.is_empty() {
        return;
    }
    let [of_p, of_q] = pairs_of(p, q, left);
    let mut scores = vec![0.0; left.len()];
    score(options, &of_p, &of_q, &mut scores);
    for (&(line, column), score) in left.iter().zip(scores) {
        out[(line * q.rows() + column) as usize] = score;
    }
}

/// Which rows are bad, as those find who score them for themselves.
pub(crate) fn bad(options: &Options, rows: &Rows<'_>) -> Vec<bool> {
    let mut scores = vec![0.0; rows.rows() as usize];
    score(options, rows, rows, &mut scores);
    scores.iter().map(|score| score.is_nan()).collect()
}

/// The issues of bad rows of all pairs, whose scores become NaN.
pub(crate) fn issues(
    options: &Options,
    [p, q]: [&Rows<'_>; 2],
    [bad_of_p, bad_of_q]: [&[bool]; 2],
    numbers: Numbers,
    out: &mut [f32],
) -> Issues {
    let mut issues = Issues::default();
    let columns = bad_of_q.len();
    let any_of_q = bad_of_q.contains(&true);
    for (line, &bad_of_p) in bad_of_p.iter().enumerate() {
        if !(bad_of_p || any_of_q) {
            continue;
        }
        for (column, &bad_of_q) in bad_of_q.iter().enumerate() {
            let pair = line * columns + column;
            if bad_of_p || bad_of_q {
                out[pair] = f32::NAN;
            }
            issues.record(
                numbers.of(pair),
                bad_of_p.then_some(|| kind(options, p, line)),
                bad_of_q.then_some(|| kind(options, q, column)),
            );
        }
    }
    issues
}

/// What is wrong with a bad row.
fn kind(options: &Options, rows: &Rows<'_>, row: usize) -> IssueKind {
    let row = rows.slice(row, row + 1);
    let issues = score(options, &row, &row, &mut [0.0]);
    let found = issues.first().and_then(|issues| issues.as_slice().first());
    // A bad row has an issue: it was found to be so in the same way.
    found.map_or(IssueKind::NotFinite, |issue| issue.kind)
}
