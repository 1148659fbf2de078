//! A stream on its way: chunk by chunk through the engine, the counts and the sink.

use crate::encoding::Encoding;
use crate::error::StreamError;
use crate::rows::Rows;
use crate::scorer::ask::Ask;
use crate::scorer::engine::Engine;
use crate::scorer::job::Job;
use crate::scorer::product::Product;
use crate::scorer::sample::Sample;
use crate::scorer::sink::Sink;
use crate::scorer::tally::Tally;
use crate::scores::Report;
use crate::status::Numbers;

use super::Failed;
use super::buffers::Buffer;
use super::read::Filled;

/// What a source stated about its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) k: usize,
    pub(crate) total: Option<u64>,
    pub(crate) p_encoding: Encoding,
    pub(crate) q_encoding: Encoding,
}

/// The state of a stream between chunks.
pub(crate) struct Run<'a, 'k> {
    ask: &'a Ask<'a>,
    engine: &'a Engine,
    shape: Shape,
    sample: Sample,
    /// Room for the scores of a chunk by each measure.
    scores: Vec<Vec<f32>>,
    /// One a measure.
    sinks: &'a mut [&'k mut dyn Sink],
    /// Covers the rows whose scores all sinks have accepted.
    tally: Tally,
}

impl<'a, 'k> Run<'a, 'k> {
    pub(crate) fn new(
        ask: &'a Ask<'a>,
        engine: &'a Engine,
        shape: Shape,
        scores: Vec<Vec<f32>>,
        sinks: &'a mut [&'k mut dyn Sink],
    ) -> Self {
        ask.observer.report(0, shape.total);
        Run {
            ask,
            engine,
            shape,
            sample: ask.sample(shape.total),
            scores,
            sinks,
            tally: ask.tally(shape.total),
        }
    }

    /// Takes a buffer from the source.
    pub(crate) fn take(&mut self, buffer: &Buffer, filled: Filled) -> Result<(), Failed> {
        let row = self.tally.rows;
        match filled {
            Filled::Rows(rows) => self.score(buffer, rows),
            Filled::End => Ok(()),
            Filled::Failed(source) => Err(StreamError::Source {
                row,
                source,
                report: self.reports().into(),
            }),
            Filled::Overfilled { claimed, room } => Err(StreamError::Overfilled {
                row,
                claimed,
                room,
                report: self.reports().into(),
            }),
        }
    }

    /// Scores the first rows of a buffer and hands the scores on.
    fn score(&mut self, buffer: &Buffer, rows: usize) -> Result<(), Failed> {
        let Shape {
            k,
            total,
            p_encoding,
            q_encoding,
        } = self.shape;
        let first = self.tally.rows;
        let found = first + rows as u64;
        if let Some(stated) = total.filter(|&stated| found > stated) {
            return Err(self.wrong_count(stated, found));
        }
        let p = Rows::of(p_encoding, buffer.p.values(rows * k), k)?;
        let q = if self.ask.uses_q() {
            Rows::of(q_encoding, buffer.q.values(rows * k), k)?
        } else {
            // As for a batch: nothing must depend on what Q holds.
            p
        };
        self.score_rows(p, q, Numbers::of_rows(first), None)
    }

    /// Scores rows, which have been checked and fit the room for scores, and hands the scores on.
    pub(crate) fn score_rows(
        &mut self,
        p: Rows<'_>,
        q: Rows<'_>,
        numbers: Numbers,
        product: Option<&Product>,
    ) -> Result<(), Failed> {
        let total = self.shape.total;
        let rows = p.rows() as usize;
        let mut job = Job {
            options: &self.ask.options,
            p,
            q,
            numbers,
            product,
            total,
            sample: self.sample,
            observer: &self.ask.observer,
            pool: &self.ask.inner.pool,
            tally: self.ask.tally(total),
        };
        let mut out: Vec<&mut [f32]> = self.scores.iter_mut().map(|s| &mut s[..rows]).collect();
        let fallback = self.ask.inner.fallback;
        let end = self.engine.run(fallback, &mut job, &mut out);
        let chunk = job.tally;

        let finished = chunk.rows as usize;
        for (sink, scores) in self.scores.iter().enumerate() {
            if finished > 0
                && let Err(source) = self.sinks[sink].accept(&scores[..finished])
            {
                return Err(StreamError::Sink {
                    row: self.tally.rows,
                    sink,
                    source,
                    report: self.reports().into(),
                });
            }
        }
        self.tally.append(chunk);
        end.map_err(|stop| stop.into_stream_error(self.tally.rows, self.reports()))
    }

    /// The reports, once the source has ended.
    pub(crate) fn finish(self) -> Result<Vec<Report>, Failed> {
        match self.shape.total {
            Some(stated) if self.tally.rows != stated => {
                Err(self.wrong_count(stated, self.tally.rows))
            }
            _ => Ok(self.ask.reports(self.tally, self.engine)),
        }
    }

    fn reports(&self) -> Vec<Report> {
        self.ask.reports(self.tally.clone(), self.engine)
    }

    fn wrong_count(&self, stated: u64, found: u64) -> Failed {
        StreamError::RowCount {
            stated,
            found,
            report: self.reports().into(),
        }
    }
}
