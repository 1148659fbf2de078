//! `kullback score`, `matrix` and `nearest`: two files in, a summary and files of scores out.

use std::io::{self, Write};

use kullback::{Issue, Operand, Report, ScoredOn, Summary};

use crate::npy::Header;
use crate::request::{Meeting, Request};
use crate::scoring::score;
use crate::{Failure, Outcome, json, summary};

/// Everything there is to say about a batch that was scored.
#[derive(Debug)]
pub struct Scored {
    /// What was asked for.
    pub request: Request,
    /// What the file of P holds.
    pub p: Header,
    /// What the file of Q holds, if it was read.
    pub q: Option<Header>,
    /// The pairs of rows that were scored, if a list named them.
    pub pairs: Option<Vec<(u64, u64)>>,
    /// Mean, quantiles and extremes, and what was found while scoring.
    pub summary: Summary,
    /// Time from the first row read to the last score written.
    pub seconds: f64,
}

impl Scored {
    /// What was found while scoring.
    #[must_use]
    pub fn report(&self) -> &Report {
        self.summary.report()
    }

    /// Rows a second, reading and writing included.
    #[must_use]
    pub fn rows_per_second(&self) -> f64 {
        if self.report().rows == 0 {
            return 0.0;
        }
        self.report().rows as f64 / self.seconds.max(1e-9)
    }

    /// Bytes of the rows that were scored, each counted as often as it was.
    #[must_use]
    pub fn bytes(&self) -> u128 {
        // Of rows that are not all as long, as many as are scored have as many bytes in the mean.
        let rows = u128::from(self.report().rows);
        let of = |header: &Header| rows * header.data_bytes() / u128::from(header.rows.max(1));
        of(&self.p) + self.q.as_ref().map_or(0, of)
    }

    /// What a score is of: a row of each, or a pair of rows of any number.
    #[must_use]
    pub fn each(&self) -> &'static str {
        each(&self.request.meeting)
    }

    /// How many neighbours each row has, if they were looked for.
    #[must_use]
    pub fn neighbours(&self) -> Option<u64> {
        let Meeting::Nearest { k } = self.request.meeting else {
            return None;
        };
        let all = self.q.as_ref().map_or(0, |q| q.rows);
        Some(all.min(k as u64))
    }

    /// An issue, with the number of the row in its file.
    #[must_use]
    pub fn issue(&self, issue: &Issue) -> String {
        let pair = self
            .pairs
            .as_ref()
            .and_then(|pairs| pairs.get(issue.row as usize));
        match pair {
            None => issue.to_string(),
            Some(&(i, j)) => {
                let row = match issue.operand {
                    Operand::P => i,
                    Operand::Q => j,
                };
                let Issue { operand, kind, .. } = issue;
                format!("pair {}, row {row} of {operand}: {kind}", issue.row)
            }
        }
    }

    /// Whether all rows were scored as promised.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let failed = self
            .report()
            .verification
            .is_some_and(|v| v.failed.is_some());
        if failed || !self.report().issues.is_empty() {
            Outcome::Flawed
        } else {
            Outcome::Good
        }
    }
}

/// What a score is of.
pub(crate) fn each(meeting: &Meeting) -> &'static str {
    match meeting {
        Meeting::Rows => "row",
        Meeting::Listed(_) | Meeting::Matrix | Meeting::Nearest { .. } => "pair",
    }
}

/// Scores as the arguments say and prints the result to `out`.
///
/// # Errors
/// A [`Failure`] if arguments or files cannot be used; no file of scores is left then.
pub fn run(request: Result<Request, Failure>, out: &mut impl Write) -> Result<Outcome, Failure> {
    let scored = score(request?)?;
    let printed = if scored.request.json {
        warn(&scored);
        json::print(&scored, out)
    } else {
        summary::print(&scored, out)
    };
    printed.map_err(Failure::new)?;
    Ok(scored.outcome())
}

/// What a script should see besides the JSON.
fn warn(scored: &Scored) {
    let report = scored.report();
    let mut err = io::stderr();
    // Where standard error cannot be written, the exit code must do.
    if let ScoredOn::Gpu { cpu_rows, .. } = report.scored_on
        && cpu_rows > 0
    {
        let _ = writeln!(err, "warning: {}", summary::fallen_back(cpu_rows));
    }
    if let Some(first) = report.issues.as_slice().first() {
        let _ = writeln!(
            err,
            "warning: {} of {} {}s are bad; the first: {}",
            report.issues.bad_rows(),
            report.rows,
            scored.each(),
            scored.issue(first)
        );
    }
    if let Some(failure) = report.verification.and_then(|v| v.failed) {
        let _ = writeln!(
            err,
            "warning: verification failed at {} {}: the score is {}, the reference says {}",
            scored.each(),
            failure.row,
            failure.score,
            failure.reference
        );
    }
}
