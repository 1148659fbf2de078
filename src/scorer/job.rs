//! A batch in memory on its way through an engine.

use crate::options::Options;
use crate::rows::Rows;
use crate::status::Issues;

use super::observer::Observer;
use super::pool::Pool;
use super::sample::Sample;
use super::tally::Tally;
use super::verify::{self, Scored};

/// One batch in memory, or one chunk of a stream: what is asked, who watches, what was found so far.
///
/// The arguments have been checked. An engine scores rows in ascending order, starting at
/// [`Job::rows_done`], and hands them to [`Job::finished`] as they come; in between it stops if
/// [`Job::is_cancelled`].
pub(crate) struct Job<'a> {
    pub(crate) options: &'a Options,
    pub(crate) p: Rows<'a>,
    pub(crate) q: Rows<'a>,
    /// The number of the first row within the whole stream.
    pub(crate) first_row: u64,
    /// Rows of the whole stream, if known.
    pub(crate) total: Option<u64>,
    pub(crate) sample: Sample,
    pub(crate) observer: &'a Observer<'a>,
    pub(crate) pool: &'a Pool,
    pub(crate) tally: Tally,
}

impl Job<'_> {
    /// Rows finished, counted within this job.
    pub(crate) fn rows_done(&self) -> usize {
        self.tally.rows as usize
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.observer.is_cancelled()
    }

    /// Takes the scores of the next rows, verifies the sampled ones among them and tells the observer.
    ///
    /// The issues are those of these rows, numbered over the whole stream.
    pub(crate) fn finished(&mut self, scores: &[f32], issues: Issues) {
        let from = self.rows_done();
        let to = from + scores.len();
        let first_row = self.first_row + from as u64;
        let end_row = first_row + scores.len() as u64;

        self.tally.infinities += scores.iter().filter(|&&s| s == f32::INFINITY).count() as u64;
        let sampled = self.sample.among(first_row..end_row);
        if !sampled.is_empty() {
            let (p, q) = (self.p.slice(from, to), self.q.slice(from, to));
            let chunk = Scored {
                options: self.options,
                p: &p,
                q: &q,
                first_row,
                scores,
                issues: &issues,
            };
            let found = verify::check(self.pool, chunk, &sampled);
            self.tally.verification = self.tally.verification.map(|v| v.merged(found));
        }
        self.tally.issues.append(issues);
        self.tally.rows += scores.len() as u64;
        self.observer.report(end_row, self.total);
    }
}
