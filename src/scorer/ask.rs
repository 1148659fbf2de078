//! What requests have in common: options for one measure or several, and a batch or stream of rows.

use std::sync::Arc;

use crate::error::{ArgumentError, ScoreError};
use crate::measure::Measure;
use crate::options::{Options, Precision, Support, Verify};
use crate::rows::{Rows, check_bins_of_all, check_filled, grid};
use crate::scores::{Report, ScoredOn, Scores};
use crate::status::Numbers;

use super::Inner;
use super::cancel::CancelToken;
use super::engine::Engine;
use super::job::Job;
use super::observer::{Observer, Progress};
use super::product::Product;
use super::sample::Sample;
use super::source::check_shapes;
use super::stop::Stop;
use super::tally::{Found, Tally};

/// What is asked of a scorer.
#[derive(Clone, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) inner: &'a Inner,
    /// One for each measure.
    pub(crate) options: Vec<Options>,
    pub(crate) verify: Verify,
    pub(crate) precision: Precision,
    pub(crate) observer: Observer<'a>,
}

/// A batch of rows with which nothing is wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked<'a> {
    pub(crate) p: Rows<'a>,
    pub(crate) q: Rows<'a>,
    pub(crate) engine: &'a Engine,
    /// The rows of Q where these are all pairs.
    pub(crate) columns: Option<u64>,
}

/// A batch of rows that has come to its end, or to an earlier one.
pub(crate) struct Ended<S = Scores> {
    pub(crate) total: u64,
    pub(crate) finished: u64,
    /// Scores of each measure, or what is made of them.
    pub(crate) scores: Vec<S>,
    pub(crate) end: Result<(), Stop>,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(inner: &'a Inner, measures: &[Measure]) -> Self {
        Ask {
            inner,
            options: measures.iter().copied().map(Options::new).collect(),
            verify: inner.verify,
            precision: Precision::default(),
            observer: Observer::default(),
        }
    }

    pub(crate) fn support(&mut self, support: Support) {
        for options in &mut self.options {
            options.support = support;
        }
    }

    pub(crate) fn tolerance(&mut self, tolerance: f64) {
        for options in &mut self.options {
            options.tolerance = Some(tolerance);
        }
    }

    pub(crate) fn cancel(&mut self, token: &CancelToken) {
        self.observer.cancel = Some(token.clone());
    }

    pub(crate) fn progress(&mut self, callback: impl Fn(Progress) + Send + Sync + 'a) {
        self.observer.progress = Some(Arc::new(callback));
    }

    /// Compiles ahead what such a batch needs.
    pub(crate) fn prepare(&self, batch: Checked<'_>) -> Ended {
        let Checked { p, q, engine, .. } = batch;
        let end = engine.prepare(&self.options, &p, &q);
        let tally = self.tally(Some(0));
        let values = vec![Vec::new(); self.options.len()];
        self.ended(0, values, tally, engine, end.map_err(Stop::Failed))
    }

    pub(crate) fn score(&self, batch: Checked<'_>) -> Result<Ended, ArgumentError> {
        let mut values = self.room(&batch)?;
        let mut out: Vec<&mut [f32]> = values.iter_mut().map(Vec::as_mut_slice).collect();
        let product = self.product(&batch);
        let mut job = self.job(batch, product.as_ref());
        let end = batch.engine.run(self.inner.fallback, &mut job, &mut out);
        Ok(self.ended(batch.p.rows(), values, job.tally, batch.engine, end))
    }

    pub(crate) async fn score_async(&self, batch: Checked<'_>) -> Result<Ended, ArgumentError> {
        let mut values = self.room(&batch)?;
        let mut out: Vec<&mut [f32]> = values.iter_mut().map(Vec::as_mut_slice).collect();
        let product = self.product(&batch);
        let mut job = self.job(batch, product.as_ref());
        let (engine, fallback) = (batch.engine, self.inner.fallback);
        let end = engine.run_async(fallback, &mut job, &mut out).await;
        Ok(self.ended(batch.p.rows(), values, job.tally, engine, end))
    }

    /// Checks that no Q is needed.
    pub(crate) fn check_p_alone(&self) -> Result<(), ArgumentError> {
        let needing = self.options.iter().find(|options| options.measure.uses_q());
        needing.map_or(Ok(()), |options| {
            Err(ArgumentError::QNeeded {
                measure: options.measure.to_string(),
            })
        })
    }

    /// Scores into memory of the caller, an output a measure.
    pub(crate) fn score_into(
        &self,
        batch: Checked<'_>,
        out: &mut [&mut [f32]],
    ) -> Result<(Vec<Report>, Result<(), Stop>), ArgumentError> {
        let rows = batch.p.rows();
        let wrong = out.iter().find(|out| out.len() as u64 != rows);
        if let Some(wrong) = wrong {
            return Err(ArgumentError::OutputLength {
                given: wrong.len(),
                rows,
            });
        }
        let product = self.product(&batch);
        let mut job = self.job(batch, product.as_ref());
        let end = batch.engine.run(self.inner.fallback, &mut job, out);
        Ok((self.reports(job.tally, batch.engine), end))
    }

    /// Room for the scores of each measure.
    fn room(&self, batch: &Checked<'_>) -> Result<Vec<Vec<f32>>, ArgumentError> {
        let rows = batch.p.rows() as usize;
        let all = rows.saturating_mul(self.options.len());
        // There may be more pairs than there is memory. Zeros that are asked for as such come as they are used, so this
        // only asks whether there would be room.
        if Vec::<f32>::new().try_reserve_exact(all).is_err() {
            return Err(match batch.columns {
                Some(columns) => ArgumentError::TooManyPairs {
                    p_rows: batch.p.rows() / columns,
                    q_rows: columns,
                },
                None => ArgumentError::TooManyRows {
                    rows: batch.p.rows(),
                },
            });
        }
        Ok(vec![vec![0.0; rows]; self.options.len()])
    }

    fn ended(
        &self,
        total: u64,
        values: Vec<Vec<f32>>,
        tally: Tally,
        engine: &Engine,
        end: Result<(), Stop>,
    ) -> Ended {
        let finished = tally.rows;
        let reports = self.reports(tally, engine);
        let scores = values.into_iter().zip(reports).map(|(mut values, report)| {
            values.truncate(finished as usize);
            Scores { values, report }
        });
        Ended {
            total,
            finished,
            scores: scores.collect(),
            end,
        }
    }

    /// Rows that meet one by one, and the engine for them, once everything is checked that can be wrong with them and
    /// the options.
    ///
    /// Under measures of P alone P stands in for Q, so that no engine can stumble over what Q holds.
    pub(crate) fn rows<'r>(
        &'r self,
        p: Rows<'r>,
        q: Rows<'r>,
    ) -> Result<Checked<'r>, ArgumentError> {
        for options in &self.options {
            options.check_for(p.encoding(), q.encoding())?;
        }
        check_shapes(&p, &q)?;
        let q = if self.uses_q() { q } else { p };
        check_filled(&p, &q, self.is_smoothed())?;
        Ok(Checked {
            p,
            q,
            engine: self.inner.engine_for(p.kind(), q.kind())?,
            columns: None,
        })
    }

    /// All pairs of a row of P and a row of Q, likewise.
    pub(crate) fn all_pairs<'r>(
        &'r self,
        p: Rows<'r>,
        q: Rows<'r>,
    ) -> Result<Checked<'r>, ArgumentError> {
        let engine = self.check_all_pairs(&p, &q)?;
        let columns = Some(q.rows());
        let [p, q] = grid(&p, &q)?;
        Ok(Checked {
            p,
            q,
            engine,
            columns,
        })
    }

    /// Checks everything that can be wrong with all pairs, however many they are, and gives the engine for them.
    pub(crate) fn check_all_pairs(
        &self,
        p: &Rows<'_>,
        q: &Rows<'_>,
    ) -> Result<&'a Engine, ArgumentError> {
        for options in &self.options {
            options.check_for(p.encoding(), q.encoding())?;
            if !options.measure.uses_q() {
                return Err(ArgumentError::QUnread {
                    measure: options.measure.to_string(),
                });
            }
        }
        check_bins_of_all(p, q)?;
        check_filled(p, q, self.is_smoothed())?;
        self.inner.engine_for(p.kind(), q.kind())
    }

    fn is_smoothed(&self) -> bool {
        self.options
            .iter()
            .any(|options| options.support.eps().is_some())
    }

    pub(crate) fn uses_q(&self) -> bool {
        self.options.iter().any(|options| options.measure.uses_q())
    }

    /// What multiplies all pairs, if the batch is such and that is sooner.
    pub(crate) fn product(&self, batch: &Checked<'_>) -> Option<Product> {
        batch.columns?;
        let (p, q) = (batch.p.without_grid(), batch.q.without_grid());
        self.product_of(&p, &q, batch.engine)
    }

    /// The same for the rows of all pairs.
    pub(crate) fn product_of(
        &self,
        p: &Rows<'_>,
        q: &Rows<'_>,
        engine: &Engine,
    ) -> Option<Product> {
        let [options] = &self.options[..] else {
            return None;
        };
        // The other half is for scores.
        let most_bytes = self.inner.host_memory.unwrap_or(u64::MAX) / 2;
        self.inner
            .pool
            .run(|| Product::new(self.precision, options, [p, q], engine, most_bytes))
    }

    /// A batch in memory, not begun.
    fn job<'j>(&'j self, batch: Checked<'j>, product: Option<&'j Product>) -> Job<'j> {
        let Checked { p, q, columns, .. } = batch;
        let total = Some(p.rows());
        self.observer.report(0, total);
        Job {
            options: &self.options,
            p,
            q,
            numbers: Numbers { first: 0, columns },
            product,
            total,
            sample: self.sample(total),
            observer: &self.observer,
            pool: &self.inner.pool,
            tally: self.tally(total),
        }
    }

    pub(crate) fn sample(&self, total: Option<u64>) -> Sample {
        Sample::new(self.verify, total)
    }

    pub(crate) fn tally(&self, total: Option<u64>) -> Tally {
        Tally::new(self.options.len(), !self.sample(total).is_off())
    }

    /// A report for each measure.
    pub(crate) fn reports(&self, mut tally: Tally, engine: &Engine) -> Vec<Report> {
        for found in &mut tally.found {
            found.issues.sort();
        }
        let mut scored_on = engine.scored_on();
        if let ScoredOn::Gpu {
            cpu_rows,
            reductions,
            ..
        } = &mut scored_on
        {
            *cpu_rows = tally.cpu_rows;
            *reductions = tally.reductions;
        }
        let measures = self.options.iter().zip(tally.found);
        let report = |(options, found): (&Options, Found)| Report {
            options: *options,
            rows: tally.rows,
            issues: found.issues,
            infinities: found.infinities,
            error_bound: found.error_bound,
            verification: found.verification,
            scored_on: scored_on.clone(),
        };
        measures.map(report).collect()
    }
}

impl<S> Ended<S> {
    /// The scores of all measures, or an error that carries what is finished.
    pub(crate) fn all(self) -> Result<Vec<S>, ScoreError<Vec<S>>> {
        match self.end {
            Ok(()) => Ok(self.scores),
            Err(stop) => Err(stop.into_score_error(self.finished, self.total, self.scores)),
        }
    }

    /// The same of the only measure.
    pub(crate) fn only(mut self) -> Result<S, ScoreError<S>> {
        let scores = self.scores.remove(0);
        match self.end {
            Ok(()) => Ok(scores),
            Err(stop) => Err(stop.into_score_error(self.finished, self.total, scores)),
        }
    }
}
