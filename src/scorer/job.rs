//! A batch in memory on its way through an engine.

use crate::options::Options;
use crate::product::ErrorBound;
use crate::rows::Rows;
use crate::status::{Issues, Numbers};

use super::observer::Observer;
use super::pool::Pool;
use super::product::Product;
use super::sample::Sample;
use super::tally::{Found, Tally};
use super::verify::{self, Scored};

/// One batch in memory, or one chunk of a stream: what is asked, who watches, what was found so far.
///
/// The arguments have been checked. An engine scores rows in ascending order, starting at
/// [`Job::rows_done`], and hands them to [`Job::finished`] as they come; in between it stops if
/// [`Job::is_cancelled`].
pub(crate) struct Job<'a> {
    /// One for each measure.
    pub(crate) options: &'a [Options],
    pub(crate) p: Rows<'a>,
    pub(crate) q: Rows<'a>,
    /// The numbers of the rows within the whole stream.
    pub(crate) numbers: Numbers,
    /// Rows of the whole stream, if known.
    pub(crate) total: Option<u64>,
    /// What multiplies all pairs where that is sooner; `p` and `q` are then all of whole rows of P.
    pub(crate) product: Option<&'a Product>,
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
    /// Scores and issues are those of each measure for so many rows, issues numbered over the whole stream.
    pub(crate) fn finished(&mut self, rows: usize, scores: &[&[f32]], issues: Vec<Issues>) {
        self.finished_within(rows, scores, issues, None);
    }

    /// The same of scores that may miss so much besides what is promised.
    pub(crate) fn finished_within(
        &mut self,
        rows: usize,
        scores: &[&[f32]],
        issues: Vec<Issues>,
        error_bound: Option<ErrorBound>,
    ) {
        let from = self.rows_done();
        let numbers = self.numbers.behind(from);
        let first_row = numbers.first;
        let end_row = first_row + rows as u64;
        let all = self.options;
        let sampled = self.sample.among(first_row..end_row);
        let (p, q) = (
            self.p.slice(from, from + rows),
            self.q.slice(from, from + rows),
        );
        for (measure, issues) in issues.into_iter().enumerate() {
            let options = &all[measure];
            let scores = scores[measure];
            let infinities = self.pool.run(|| infinities(scores));
            let verification = (!sampled.is_empty()).then(|| {
                let chunk = Scored {
                    options,
                    p: &p,
                    q: options.second(&p, &q),
                    numbers,
                    scores,
                    issues: &issues,
                    error_bound,
                };
                verify::check(self.pool, chunk, &sampled)
            });
            self.tally.found[measure].append(Found {
                infinities,
                verification,
                error_bound,
                issues,
            });
        }
        self.tally.rows += rows as u64;
        self.observer.report(end_row, self.total);
    }
}

#[cfg(feature = "gpu")]
impl Job<'_> {
    /// The same where the scores are not at hand, none of which is to be verified, with how many of them are infinite.
    pub(crate) fn summarized(&mut self, rows: usize, infinities: &[u64], issues: Vec<Issues>) {
        let found = self.tally.found.iter_mut().zip(infinities).zip(issues);
        for ((found, &infinities), issues) in found {
            found.append(Found {
                infinities,
                issues,
                ..Found::default()
            });
        }
        self.tally.rows += rows as u64;
        let end_row = self.numbers.behind(self.rows_done()).first;
        self.observer.report(end_row, self.total);
    }
}

/// Scores that a thread looks through at least.
#[cfg(feature = "parallel")]
const AT_LEAST: usize = 1 << 18;

/// How many scores are infinite, on the current rayon pool.
fn infinities(scores: &[f32]) -> u64 {
    let count = |scores: &[f32]| scores.iter().filter(|&&s| s == f32::INFINITY).count() as u64;
    #[cfg(feature = "parallel")]
    if scores.len() > AT_LEAST {
        use rayon::prelude::*;
        return scores.par_chunks(AT_LEAST).map(count).sum();
    }
    count(scores)
}
