//! Verification: rows scored again on the f64 reference.

use std::mem::discriminant;

use crate::options::Options;
use crate::product::ErrorBound;
use crate::promise;
use crate::reference::{self, BadPair};
use crate::rows::{Row, Rows};
use crate::scores::{Failure, Verification};
use crate::status::{IssueKind, Issues, Numbers, Operand};

use super::pool::Pool;

/// Scores below this have no meaningful relative error: the promise is absolute there.
const SMALLEST_RELATIVE: f64 = 1e-12;

/// How much of a sum the rounding of its terms may take or add.
const LIMIT_ROUNDING: f64 = 4e-6;

/// A chunk that was scored: what went in and what came out.
#[derive(Clone, Copy)]
pub(crate) struct Scored<'a> {
    pub(crate) options: &'a Options,
    pub(crate) p: &'a Rows<'a>,
    pub(crate) q: &'a Rows<'a>,
    pub(crate) numbers: Numbers,
    pub(crate) scores: &'a [f32],
    pub(crate) issues: &'a Issues,
    /// What scores may miss besides what is promised.
    pub(crate) error_bound: Option<ErrorBound>,
}

impl Scored<'_> {
    /// True if the row was reported bad in the same way.
    fn has_issues(&self, row: u64, bad: &BadPair) -> bool {
        // In all pairs, most of a bad row are not those that its issue comes with; that they are bad must do.
        self.numbers.columns.is_some() || same_issues(self.issues, row, bad)
    }
}

/// Scores the given rows of a chunk again. Row numbers count over the whole batch.
pub(crate) fn check(pool: &Pool, chunk: Scored<'_>, rows: &[u64]) -> Verification {
    pool.run(|| check_all(chunk, rows))
}

#[cfg(feature = "parallel")]
fn check_all(chunk: Scored<'_>, rows: &[u64]) -> Verification {
    use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
    rows.par_iter()
        .map(|&row| check_row(&chunk, row))
        .reduce(Verification::none, Verification::merged)
}

#[cfg(not(feature = "parallel"))]
fn check_all(chunk: Scored<'_>, rows: &[u64]) -> Verification {
    rows.iter()
        .map(|&row| check_row(&chunk, row))
        .fold(Verification::none(), Verification::merged)
}

fn check_row(chunk: &Scored<'_>, row: u64) -> Verification {
    let i = row - chunk.numbers.first;
    let (p, q) = (chunk.p.row(i), chunk.q.row(i));
    let score = chunk.scores[i as usize];
    let reference = reference::score(chunk.options, &p, &q);
    let (ratio, error) = match &reference {
        Err(bad) if score.is_nan() && chunk.has_issues(row, bad) => (0.0, 0.0),
        reference
            if reference.is_err() | score.is_nan()
                && [&p, &q].iter().any(|row| at_limit(chunk.options, row)) =>
        {
            (0.0, 0.0)
        }
        Err(_) => (f64::INFINITY, f64::INFINITY),
        Ok(reference) => {
            let allowed = promise::allowed_error(chunk.options, &p, &q, *reference);
            let besides = chunk.error_bound.map_or(0.0, |bound| bound.of(score));
            errors(score, *reference, allowed + besides)
        }
    };
    Verification {
        rows: 1,
        worst_ratio: ratio,
        worst_error: error,
        failed: (ratio > 1.0).then_some(Failure {
            row,
            score,
            reference: reference.unwrap_or(f64::NAN),
        }),
    }
}

/// The error of a score as a fraction of what is allowed, and relative to the reference.
fn errors(score: f32, reference: f64, allowed: f64) -> (f64, f64) {
    let wrong = (f64::INFINITY, f64::INFINITY);
    let right = (0.0, 0.0);
    if score == f32::INFINITY {
        // Also right where the value, give or take the promise, exceeds what f32 can hold.
        return if reference + allowed > f64::from(f32::MAX) {
            right
        } else {
            wrong
        };
    }
    if score.is_nan() || score < 0.0 || !reference.is_finite() {
        return wrong;
    }
    let error = (f64::from(score) - reference).abs();
    if error == 0.0 {
        return right;
    }
    let relative = if reference > SMALLEST_RELATIVE {
        error / reference
    } else {
        0.0
    };
    // A promise that is no number is no promise.
    let ratio = error / allowed;
    (if ratio.is_nan() { f64::INFINITY } else { ratio }, relative)
}

/// True if the sum of a row is so close to the limit of its tolerance that rounding decides.
fn at_limit(options: &Options, row: &Row<'_>) -> bool {
    let tolerance = options.tolerance.unwrap_or(row.default_tolerance());
    let beyond = (row.mass() - 1.0).abs() - tolerance;
    row.encoding().must_be_normalised() && beyond.abs() <= LIMIT_ROUNDING * (1.0 + tolerance)
}

/// True if the row was reported bad in the same way.
fn same_issues(issues: &Issues, row: u64, bad: &BadPair) -> bool {
    let kept = issues.as_slice();
    if issues.total() > kept.len() as u64 && kept.last().is_some_and(|last| row >= last.row) {
        // The kinds of this row were not kept; that it is bad must do.
        return true;
    }
    let from = kept.partition_point(|issue| issue.row < row);
    let kind_of = |operand: Operand| {
        kept[from..]
            .iter()
            .take_while(|issue| issue.row == row)
            .find(|issue| issue.operand == operand)
            .map(|issue| discriminant(&issue.kind))
    };
    let wanted = |kind: &Option<IssueKind>| kind.as_ref().map(discriminant);
    kind_of(Operand::P) == wanted(&bad.p) && kind_of(Operand::Q) == wanted(&bad.q)
}

impl Verification {
    /// The verification of no row.
    pub(crate) fn none() -> Self {
        Verification {
            rows: 0,
            worst_ratio: 0.0,
            worst_error: 0.0,
            failed: None,
        }
    }

    /// Two verifications as one; `self` is the one of earlier rows.
    pub(crate) fn merged(self, later: Self) -> Self {
        Verification {
            rows: self.rows + later.rows,
            worst_ratio: self.worst_ratio.max(later.worst_ratio),
            worst_error: self.worst_error.max(later.worst_error),
            failed: match (self.failed, later.failed) {
                (Some(_), Some(_)) if later.worst_ratio > self.worst_ratio => later.failed,
                (earlier, later) => earlier.or(later),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_measured_against_the_promise() {
        assert_eq!(errors(1.0, 1.0, 1e-6), (0.0, 0.0));
        let (ratio, relative) = errors(1.5, 1.0, 0.25);
        assert_eq!((ratio, relative), (2.0, 0.5));
        let (ratio, relative) = errors(1e-19, 0.0, 1e-19);
        assert!(ratio <= 1.0 + 1e-6 && relative == 0.0);
    }

    #[test]
    fn rounding_decides_at_the_limit_of_the_tolerance() {
        let options = Options::new(crate::Measure::TotalVariation);
        let at = |sum: f32| match Rows::probabilities(&[0.5, sum - 0.5], 2) {
            Ok(rows) => at_limit(&options, &rows.row(0)),
            Err(error) => panic!("{error}"),
        };
        assert!(at(1.001) && at(1.000_998) && at(0.999));
        assert!(!at(1.0) && !at(1.0011) && !at(f32::NAN));
    }

    #[test]
    fn infinities_must_agree() {
        let wrong = (f64::INFINITY, f64::INFINITY);
        assert_eq!(
            errors(f32::INFINITY, f64::INFINITY, f64::INFINITY),
            (0.0, 0.0)
        );
        assert_eq!(errors(f32::INFINITY, 4e38, 4e32), (0.0, 0.0));
        assert_eq!(errors(f32::INFINITY, 1e38, 1e32), wrong);
        assert_eq!(errors(1.0, f64::INFINITY, f64::INFINITY), wrong);
        assert_eq!(errors(f32::NAN, 1.0, 1e-6), wrong);
        assert_eq!(errors(-1e-30, 0.0, 1e-19), wrong);
    }

    #[test]
    fn the_worst_failure_of_two_is_kept() {
        let failing = |row, ratio| Verification {
            rows: 1,
            worst_ratio: ratio,
            worst_error: 0.0,
            failed: Some(Failure {
                row,
                score: 0.0,
                reference: 1.0,
            }),
        };
        let row = |v: Verification| v.failed.map(|f| f.row);
        assert_eq!(row(failing(1, 2.0).merged(failing(2, 3.0))), Some(2));
        assert_eq!(row(failing(1, 3.0).merged(failing(2, 3.0))), Some(1));
        assert_eq!(row(Verification::none().merged(failing(2, 3.0))), Some(2));
        assert_eq!(failing(1, 2.0).merged(Verification::none()).rows, 1);
    }

    #[test]
    fn bad_rows_must_be_bad_in_the_same_way() {
        let mut issues = Issues::default();
        let none = None::<fn() -> IssueKind>;
        let numbers = Numbers::of_rows(3);
        issues.record(numbers.of(0), Some(|| IssueKind::Negative), none);
        let not_normalised = || IssueKind::NotNormalised { sum: 2.0 };
        issues.record(numbers.of(2), none, Some(not_normalised));
        let bad = |p, q| BadPair { p, q };
        assert!(same_issues(
            &issues,
            3,
            &bad(Some(IssueKind::Negative), None)
        ));
        assert!(!same_issues(
            &issues,
            3,
            &bad(Some(IssueKind::ZeroMass), None)
        ));
        assert!(!same_issues(
            &issues,
            3,
            &bad(None, Some(IssueKind::Negative))
        ));
        assert!(!same_issues(
            &issues,
            4,
            &bad(Some(IssueKind::Negative), None)
        ));
        // The sums that two backends find may differ in the last digit.
        let sum = IssueKind::NotNormalised { sum: 2.0000001 };
        assert!(same_issues(&issues, 5, &bad(None, Some(sum))));
    }
}
