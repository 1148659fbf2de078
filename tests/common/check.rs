//! Scores compared with the f64 reference at the promised error.

use std::mem::discriminant;

use kullback::reference::{self, BadPair};
use kullback::{Encoding, Issue, IssueKind, Issues, Operand, Options, Row, Scores, allowed_error};

/// What a pair of rows must score.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// A row stands for no distribution.
    Bad(BadPair),
    /// Both do.
    Score {
        /// The exact score, give or take the error of the reference.
        exact: f64,
        /// How far from it the score may be.
        allowed: f64,
        /// The rows are equal and must score exactly 0.
        equal: bool,
    },
}

impl Verdict {
    /// The verdict of the reference.
    pub fn of(options: &Options, p: &Row<'_>, q: &Row<'_>, equal_bits: bool) -> Verdict {
        match reference::score(options, p, q) {
            Err(bad) => Verdict::Bad(bad),
            Ok(exact) => Verdict::Score {
                exact,
                allowed: allowed_error(options, p, q, exact),
                equal: equal_bits
                    && p.encoding() == q.encoding()
                    && options.measure.is_divergence(),
            },
        }
    }

    /// Whether a score is right, and if not why.
    pub fn judge(&self, score: f32) -> Result<(), String> {
        let (exact, allowed, equal) = match *self {
            Verdict::Bad(bad) if !score.is_nan() => {
                return Err(format!("{score:e}, but bad: {bad:?}"));
            }
            Verdict::Bad(_) => return Ok(()),
            Verdict::Score {
                exact,
                allowed,
                equal,
            } => (exact, allowed, equal),
        };
        judge_exact(score, exact, allowed)?;
        if equal && score != 0.0 {
            return Err(format!("{score:e} of equal rows"));
        }
        Ok(())
    }

    /// The issues that a row of this verdict has.
    fn issues(&self, row: u64) -> impl Iterator<Item = Issue> {
        let bad = match self {
            Verdict::Bad(bad) => [(Operand::P, bad.p), (Operand::Q, bad.q)],
            Verdict::Score { .. } => [(Operand::P, None), (Operand::Q, None)],
        };
        bad.into_iter()
            .filter_map(move |(operand, kind)| kind.map(|kind| Issue { row, operand, kind }))
    }
}

/// Whether a score is as close to the exact one as is allowed, and never negative.
pub fn judge_exact(score: f32, exact: f64, allowed: f64) -> Result<(), String> {
    let right = if exact.is_nan() || score.is_nan() || score.is_sign_negative() {
        false
    } else if score == f32::INFINITY {
        // Also where the value, give or take the promise, exceeds what f32 can hold.
        exact + allowed > f64::from(f32::MAX)
    } else {
        // False for an infinite exact score.
        (f64::from(score) - exact).abs() <= allowed
    };
    if right {
        return Ok(());
    }
    let times = (f64::from(score) - exact).abs() / allowed;
    Err(format!(
        "{score:e} (bits {:08x}), not {exact:e}: {times:.3} times the {allowed:e} allowed",
        score.to_bits()
    ))
}

/// The largest errors of scores that are right.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Worst {
    /// Relative to the exact score, where what is allowed is at most 1e-5 of it: elsewhere that says nothing.
    pub relative: f64,
    /// As a fraction of what is allowed.
    pub fraction: f64,
}

impl Worst {
    /// The larger of each.
    pub fn or(self, other: Worst) -> Worst {
        Worst {
            relative: self.relative.max(other.relative),
            fraction: self.fraction.max(other.fraction),
        }
    }

    /// That of one score.
    fn of(score: f32, verdict: &Verdict) -> Worst {
        match *verdict {
            Verdict::Score { exact, allowed, .. } if exact.is_finite() && score.is_finite() => {
                let error = (f64::from(score) - exact).abs();
                let is_relative = error > 0.0 && allowed <= 1e-5 * exact;
                Worst {
                    relative: if is_relative { error / exact } else { 0.0 },
                    fraction: if error > 0.0 { error / allowed } else { 0.0 },
                }
            }
            _ => Worst::default(),
        }
    }

    /// Over all scores of a batch.
    pub fn among<'a>(scores: &Scores, verdicts: impl Iterator<Item = &'a Verdict>) -> Worst {
        let scored = scores.values().iter().zip(verdicts);
        let each = scored.map(|(score, verdict)| Worst::of(*score, verdict));
        each.fold(Worst::default(), Worst::or)
    }
}

/// Compares every score and every issue of a batch with the verdicts of its rows.
///
/// Gives the number of rows compared.
pub fn check<'a>(
    scores: &Scores,
    options: &Options,
    verdicts: impl ExactSizeIterator<Item = &'a Verdict> + Clone,
) -> Result<usize, String> {
    let rows = verdicts.len();
    let report = scores.report();
    if (scores.len(), report.rows) != (rows, rows as u64) {
        return Err(format!("{} scores of {rows} rows", scores.len()));
    }
    if report.options != *options {
        return Err(format!("{:?}, not {options:?}", report.options));
    }
    for (row, (score, verdict)) in scores.values().iter().zip(verdicts.clone()).enumerate() {
        verdict
            .judge(*score)
            .map_err(|wrong| format!("row {row}: {wrong}"))?;
    }
    let infinite = scores.values().iter().filter(|s| s.is_infinite()).count();
    if scores.infinities() != infinite as u64 {
        let counted = scores.infinities();
        return Err(format!("{counted} infinities counted, not {infinite}"));
    }
    let numbered = verdicts.enumerate();
    let issues: Vec<Issue> = numbered
        .flat_map(|(row, verdict)| verdict.issues(row as u64))
        .collect();
    check_issues(scores.issues(), &issues)?;
    Ok(rows)
}

fn check_issues(found: &Issues, expected: &[Issue]) -> Result<(), String> {
    let mut bad_rows: Vec<u64> = expected.iter().map(|issue| issue.row).collect();
    bad_rows.dedup();
    let counts = (expected.len() as u64, bad_rows.len() as u64);
    if (found.total(), found.bad_rows()) != counts {
        return Err(format!(
            "{} issues in {} rows, not {counts:?}; the first: {:?}, not {:?}",
            found.total(),
            found.bad_rows(),
            found.as_slice().first(),
            expected.first()
        ));
    }
    let kept = &expected[..expected.len().min(Issues::KEPT)];
    if found.as_slice().len() != kept.len() {
        return Err(format!("{} issues kept", found.as_slice().len()));
    }
    for (found, expected) in found.iter().zip(kept) {
        let same = (found.row, found.operand) == (expected.row, expected.operand);
        if !(same && same_kind(found.kind, expected.kind)) {
            return Err(format!("{found:?}, not {expected:?}"));
        }
    }
    Ok(())
}

/// The sums that two backends find may differ in rounding.
fn same_kind(found: IssueKind, expected: IssueKind) -> bool {
    match (found, expected) {
        (IssueKind::NotNormalised { sum: a }, IssueKind::NotNormalised { sum: b }) => {
            a == b || (a - b).abs() <= 1e-6 * b
        }
        _ => discriminant(&found) == discriminant(&expected),
    }
}

/// Whether two encodings and their rows are the same to the last bit.
pub fn equal_bits(p: (Encoding, &[f32]), q: (Encoding, &[f32])) -> bool {
    let bits = |row: &[f32]| row.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    p.0 == q.0 && bits(p.1) == bits(q.1)
}
