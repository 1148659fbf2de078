//! A stream on its way: chunk by chunk through the engine, the counts and the sink.

use crate::encoding::Encoding;
use crate::error::StreamError;
use crate::rows::Rows;
use crate::scorer::engine::Engine;
use crate::scorer::job::Job;
use crate::scorer::request::Request;
use crate::scorer::sample::Sample;
use crate::scorer::sink::Sink;
use crate::scorer::tally::Tally;
use crate::scores::Report;

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
pub(crate) struct Run<'a, K: ?Sized> {
    request: &'a Request<'a>,
    engine: &'a Engine,
    shape: Shape,
    sample: Sample,
    /// Room for the scores of a chunk.
    scores: Vec<f32>,
    sink: &'a mut K,
    /// Covers the rows whose scores the sink has accepted.
    tally: Tally,
}

impl<'a, K: Sink + ?Sized> Run<'a, K> {
    pub(crate) fn new(
        request: &'a Request<'a>,
        engine: &'a Engine,
        shape: Shape,
        scores: Vec<f32>,
        sink: &'a mut K,
    ) -> Self {
        request.observer.report(0, shape.total);
        Run {
            request,
            engine,
            shape,
            sample: request.sample(shape.total),
            scores,
            sink,
            tally: request.tally(shape.total),
        }
    }

    /// Takes a buffer from the source.
    pub(crate) fn take(&mut self, buffer: &Buffer, filled: Filled) -> Result<(), StreamError> {
        let row = self.tally.rows;
        match filled {
            Filled::Rows(rows) => self.score(buffer, rows),
            Filled::End => Ok(()),
            Filled::Failed(source) => Err(StreamError::Source {
                row,
                source,
                report: self.report(),
            }),
            Filled::Overfilled { claimed, room } => Err(StreamError::Overfilled {
                row,
                claimed,
                room,
                report: self.report(),
            }),
        }
    }

    /// Scores the first rows of a buffer and hands the scores on.
    fn score(&mut self, buffer: &Buffer, rows: usize) -> Result<(), StreamError> {
        let Shape {
            k,
            total,
            p_encoding,
            q_encoding,
        } = self.shape;
        let found = self.tally.rows + rows as u64;
        if let Some(stated) = total.filter(|&stated| found > stated) {
            return Err(self.wrong_count(stated, found));
        }
        let options = &self.request.options;
        let p = Rows::of(p_encoding, buffer.p.values(rows * k), k)?;
        let q = if options.measure.uses_q() {
            Rows::of(q_encoding, buffer.q.values(rows * k), k)?
        } else {
            // As for a batch: nothing must depend on what Q holds.
            p
        };
        let mut job = Job {
            options,
            p,
            q,
            first_row: self.tally.rows,
            total,
            sample: self.sample,
            observer: &self.request.observer,
            pool: &self.request.inner.pool,
            tally: self.request.tally(total),
        };
        let out = &mut self.scores[..rows];
        let fallback = self.request.inner.fallback;
        let end = self.engine.run(fallback, &mut job, out);
        let chunk = job.tally;

        let finished = &self.scores[..chunk.rows as usize];
        if !finished.is_empty()
            && let Err(source) = self.sink.accept(finished)
        {
            return Err(StreamError::Sink {
                row: self.tally.rows,
                source,
                report: self.report(),
            });
        }
        self.tally.append(chunk);
        end.map_err(|stop| stop.into_stream_error(self.report()))
    }

    /// The report, once the source has ended.
    pub(crate) fn finish(self) -> Result<Report, StreamError> {
        match self.shape.total {
            Some(stated) if self.tally.rows != stated => {
                Err(self.wrong_count(stated, self.tally.rows))
            }
            _ => Ok(self.request.report(self.tally, self.engine)),
        }
    }

    fn report(&self) -> Box<Report> {
        Box::new(self.request.report(self.tally.clone(), self.engine))
    }

    fn wrong_count(&self, stated: u64, found: u64) -> StreamError {
        StreamError::RowCount {
            stated,
            found,
            report: self.report(),
        }
    }
}
