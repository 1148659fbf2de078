//! Statistics of a batch in place of its scores.

use std::ops::Range;

use crate::error::{ArgumentError, ScoreError};
use crate::measure::Measure;
use crate::rows::{Rows, tile};
use crate::statistics::{Collector, Statistics, Summary};
use crate::status::Numbers;

use super::Scorer;
use super::ask::{Ask, Checked, Ended};
use super::job::Job;
use super::many::RequestMany;
use super::observer::Observer;
use super::product::Product;
use super::request::Request;
use super::stop::Stop;
use super::stream::most_held;
use super::tally::Tally;

impl Scorer {
    /// Takes statistics of the scores of row `i` of `p` against row `i` of `q`, for all rows, and blocks until it is
    /// done. See [`Request::summarize`].
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer, Statistics};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let p = [0.5_f32, 0.5, 1.0, 0.0, 0.5, 0.5, f32::NAN, 0.5];
    /// let q = [0.5_f32, 0.5, 0.5, 0.5, 1.0, 0.0, 0.5, 0.5];
    /// let (p, q) = (Rows::probabilities(&p, 2)?, Rows::probabilities(&q, 2)?);
    ///
    /// let statistics = Statistics::new().mean().max();
    /// let summary = Scorer::new().summarize(&Measure::KullbackLeibler, &statistics, p, q)?;
    /// // Of 0 and ln 2: one score is infinite, and one row is bad.
    /// assert_eq!(summary.mean(), Some(f64::from(std::f32::consts::LN_2) / 2.0));
    /// assert_eq!(summary.max(), Some(std::f32::consts::LN_2));
    /// assert_eq!((summary.finite(), summary.infinities(), summary.bad()), (2, 1, 1));
    /// assert_eq!(summary.issues().as_slice()[0].row, 3);
    /// assert_eq!(summary.min(), None); // not asked for
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Request::summarize`].
    pub fn summarize(
        &self,
        measure: &Measure,
        statistics: &Statistics,
        p: Rows<'_>,
        q: Rows<'_>,
    ) -> Result<Summary, ScoreError<Summary>> {
        self.request(measure).summarize(statistics, p, q)
    }
}

impl Request<'_> {
    /// Takes statistics of the scores of row `i` of `p` against row `i` of `q`, for all rows, and blocks until it is
    /// done.
    ///
    /// The scores are those of [`Request::score`]; what is counted and reported of them is the same. They are not kept:
    /// a GPU takes the statistics where the scores are, and they alone come back from a submission, a few hundred bytes and
    /// the counts of a histogram; where a row is bad, what is wrong with its submission follows. For up to 32
    /// [quantiles](Statistics::quantiles) it holds the scores in its own memory until all are there, up to 2^28 of them or
    /// as [`device_memory`](crate::ScorerBuilder::device_memory) says. Of more, and where scores are
    /// [verified](Request::verify) or products make them, they come back some at a time, and statistics are taken as by a
    /// [`Collector`]. [`Rows::repeated`] and [`Rows::selected`] take one against many,
    /// and pairs of a list.
    ///
    /// # Errors
    /// As [`Request::score`], with the statistics of the rows that are finished in place of their scores; quantiles only
    /// where these scores came back. Ragged rows on a GPU are finished many at a time, up to a million, or 48 million bins.
    pub fn summarize(
        &self,
        statistics: &Statistics,
        p: Rows<'_>,
        q: Rows<'_>,
    ) -> Result<Summary, ScoreError<Summary>> {
        wait(run(&self.ask, statistics, self.ask.rows(p, q)?, true))?.only()
    }

    /// As [`Request::summarize`], without blocking while a GPU computes.
    ///
    /// On the CPU this computes when polled, as [`Request::score_async`].
    ///
    /// # Errors
    /// As [`Request::summarize`].
    pub async fn summarize_async(
        &self,
        statistics: &Statistics,
        p: Rows<'_>,
        q: Rows<'_>,
    ) -> Result<Summary, ScoreError<Summary>> {
        let batch = self.ask.rows(p, q)?;
        run(&self.ask, statistics, batch, false).await?.only()
    }

    /// Takes statistics of the scores of each row of `p` against each row of `q`, and blocks until it is done.
    ///
    /// As [`Request::summarize`], of the pairs that [`Request::matrix`] scores, and as it counts them.
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer, Statistics};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // How far apart models are among themselves.
    /// let models = [0.5_f32, 0.5, 0.9, 0.1, 0.1, 0.9];
    /// let models = Rows::probabilities(&models, 2)?;
    /// let scorer = Scorer::new();
    /// let tv = scorer.request(&Measure::TotalVariation);
    /// let summary = tv.summarize_matrix(&Statistics::new().quantiles(&[0.5])?, models, models)?;
    /// assert_eq!(summary.report().rows, 9); // pairs
    /// let median = summary.quantiles().ok_or("a score is finite")?[0];
    /// assert!((median - 0.4).abs() < 1e-6);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Request::matrix`] and [`Request::summarize`]; no memory is needed for the scores.
    pub fn summarize_matrix(
        &self,
        statistics: &Statistics,
        p: Rows<'_>,
        q: Rows<'_>,
    ) -> Result<Summary, ScoreError<Summary>> {
        let batch = self.ask.all_pairs(p, q)?;
        wait(run(&self.ask, statistics, batch, true))?.only()
    }

    /// As [`Request::summarize_matrix`], without blocking while a GPU computes.
    ///
    /// # Errors
    /// As [`Request::summarize_matrix`].
    pub async fn summarize_matrix_async(
        &self,
        statistics: &Statistics,
        p: Rows<'_>,
        q: Rows<'_>,
    ) -> Result<Summary, ScoreError<Summary>> {
        let batch = self.ask.all_pairs(p, q)?;
        run(&self.ask, statistics, batch, false).await?.only()
    }
}

impl RequestMany<'_> {
    /// Takes statistics of the scores by each measure, as [`Request::summarize`], and blocks until it is done.
    ///
    /// # Errors
    /// As [`RequestMany::score`], with statistics in place of scores.
    pub fn summarize(
        &self,
        statistics: &Statistics,
        p: Rows<'_>,
        q: Rows<'_>,
    ) -> Result<Vec<Summary>, ScoreError<Vec<Summary>>> {
        wait(run(&self.ask, statistics, self.ask.rows(p, q)?, true))?.all()
    }
}

/// Runs what never waits for anything but a device, which the calling thread polls.
fn wait<T>(work: impl Future<Output = T>) -> T {
    #[cfg(feature = "gpu")]
    return pollster::block_on(work);
    #[cfg(not(feature = "gpu"))]
    {
        use std::task::{Context, Poll, Waker};
        let mut work = std::pin::pin!(work);
        loop {
            if let Poll::Ready(value) = work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            {
                return value;
            }
        }
    }
}

/// A batch on its way into statistics.
pub(super) struct Summarizing<'a> {
    pub(super) ask: &'a Ask<'a>,
    pub(super) batch: Checked<'a>,
    pub(super) observer: Observer<'a>,
    pub(super) statistics: &'a Statistics,
    /// Of each measure.
    pub(super) collectors: Vec<Collector>,
    /// Covers the rows whose statistics have been taken.
    pub(super) tally: Tally,
}

async fn run(
    ask: &Ask<'_>,
    statistics: &Statistics,
    batch: Checked<'_>,
    blocks: bool,
) -> Result<Ended<Summary>, ArgumentError> {
    let total = batch.p.rows();
    let mut work = Summarizing {
        ask,
        batch,
        observer: ask.observer.clone(),
        statistics,
        collectors: Vec::new(),
        tally: Tally::default(),
    };
    work.start_over();
    work.observer.report(0, Some(total));
    let room = Room::new(ask, &batch);
    #[cfg(feature = "gpu")]
    if let Some(on_device) =
        super::gpu_statistics::run(&mut work, room.product.is_some(), blocks).await
    {
        return Ok(work.ended(on_device.end, on_device.quantiles));
    }
    let end = work.some_at_a_time(&room, blocks).await?;
    Ok(work.ended(end, None))
}

impl Summarizing<'_> {
    /// Forgets all that has been taken.
    pub(super) fn start_over(&mut self) {
        let measures = self.ask.options.len();
        self.collectors = vec![Collector::new(self.statistics); measures];
        self.tally = self.ask.tally(Some(self.batch.p.rows()));
    }

    fn ended(
        self,
        end: Result<(), Stop>,
        quantiles: Option<Vec<Option<Vec<f64>>>>,
    ) -> Ended<Summary> {
        let finished = self.tally.rows;
        let reports = self.ask.reports(self.tally, self.batch.engine);
        let all = self.collectors.into_iter().zip(reports);
        let pool = &self.ask.inner.pool;
        let summaries = match quantiles {
            None => all
                .map(|(collector, report)| pool.run(|| collector.finish(report)))
                .collect(),
            Some(quantiles) => all
                .zip(quantiles)
                .map(|((collector, report), quantiles)| {
                    collector.finish_with(report, quantiles.map(|quantiles| (quantiles, true)))
                })
                .collect(),
        };
        Ended {
            total: self.batch.p.rows(),
            finished,
            scores: summaries,
            end,
        }
    }

    /// A job of some of the rows that are left.
    pub(super) fn job<'j>(
        &'j self,
        [p, q]: [Rows<'j>; 2],
        product: Option<&'j Product>,
    ) -> Job<'j> {
        let total = Some(self.batch.p.rows());
        Job {
            options: &self.ask.options,
            p,
            q,
            numbers: Numbers {
                first: self.tally.rows,
                columns: self.batch.columns,
            },
            product,
            total,
            sample: self.ask.sample(total),
            observer: &self.observer,
            pool: &self.ask.inner.pool,
            tally: self.ask.tally(total),
        }
    }

    /// Takes statistics of scores that come back, from the first row that is left on.
    async fn some_at_a_time(
        &mut self,
        room: &Room,
        blocks: bool,
    ) -> Result<Result<(), Stop>, ArgumentError> {
        let Checked {
            p, engine, columns, ..
        } = self.batch;
        let Room { held, product } = room;
        let held = *held;
        let columns = columns.unwrap_or(1).max(1);
        let mut scores = Vec::new();
        for _ in &self.ask.options {
            let room = Vec::<f32>::new().try_reserve_exact(held as usize);
            room.map_err(|_| ArgumentError::TooManyRows { rows: held })?;
            scores.push(vec![0.0_f32; held as usize]);
        }
        while self.tally.rows < p.rows() {
            let from = self.tally.rows;
            let to = end_of_piece(from, held, columns).min(p.rows());
            let mut job = self.job(self.rows(from as usize..to as usize), product.as_ref());
            let rows = (to - from) as usize;
            let mut out: Vec<&mut [f32]> = scores.iter_mut().map(|s| &mut s[..rows]).collect();
            let fallback = self.ask.inner.fallback;
            let end = match blocks {
                true => engine.run(fallback, &mut job, &mut out),
                false => engine.run_async(fallback, &mut job, &mut out).await,
            };
            let found = job.tally;
            let finished = found.rows as usize;
            let collectors = &mut self.collectors;
            self.ask.inner.pool.run(|| {
                for (collector, scores) in collectors.iter_mut().zip(&scores) {
                    collector.add(&scores[..finished]);
                }
            });
            self.tally.append(found);
            if let Err(stop) = end {
                return Ok(Err(stop));
            }
        }
        Ok(Ok(()))
    }

    /// Some pairs of rows: of all pairs, whole lines or part of one.
    fn rows(&self, pairs: Range<usize>) -> [Rows<'_>; 2] {
        let Checked { p, q, columns, .. } = &self.batch;
        match columns.map(|columns| columns as usize) {
            Some(columns) if pairs.len().is_multiple_of(columns) => {
                let lines = pairs.start / columns..pairs.end / columns;
                tile(p, q, &lines, &(0..columns))
            }
            _ => [p, q].map(|rows| rows.slice(pairs.start, pairs.end)),
        }
    }
}

/// How scores come back where they do.
struct Room {
    /// So many at once.
    held: u64,
    /// Whole lines of all pairs, where a product makes them.
    product: Option<Product>,
}

impl Room {
    fn new(ask: &Ask<'_>, batch: &Checked<'_>) -> Self {
        let measures = ask.options.len().max(1) as u64;
        let cap = ask.inner.host_memory.unwrap_or(u64::MAX) / (4 * measures);
        let most = most_held(batch.engine, batch.columns);
        let held = |cap: u64| most.min(cap).clamp(1, batch.p.rows().max(1));
        // Half of the memory is for the product, if there is one; part of a line has no use for it.
        let product = batch
            .columns
            .filter(|&columns| columns <= held(cap / 2))
            .and_then(|_| ask.product(batch));
        let cap = if product.is_some() { cap / 2 } else { cap };
        Room {
            held: held(cap),
            product,
        }
    }
}

/// The end of the piece of at most `held` pairs that begins at `from`: whole lines of so many columns, or part of one.
fn end_of_piece(from: u64, held: u64, columns: u64) -> u64 {
    let within = from % columns;
    if within > 0 || columns > held {
        from + held.min(columns - within)
    } else {
        from + held / columns * columns
    }
}

#[cfg(test)]
mod tests {
    use super::end_of_piece;

    #[test]
    fn pieces_are_whole_lines_or_part_of_one() {
        assert_eq!(end_of_piece(0, 100, 1), 100);
        assert_eq!(end_of_piece(0, 100, 30), 90);
        assert_eq!(end_of_piece(90, 100, 30), 180);
        assert_eq!(end_of_piece(0, 100, 250), 100);
        assert_eq!(end_of_piece(200, 100, 250), 250);
        assert_eq!(end_of_piece(250, 100, 250), 350);
        // What is left of a line that another way to score began.
        assert_eq!(end_of_piece(95, 100, 30), 120);
    }
}
