//! Streams: rows from a source through an engine into a sink, within bounded memory.

mod all_pairs;
mod buffers;
mod read;
mod run;

use crate::error::StreamError;
use crate::scores::Report;

use super::ask::Ask;
use super::sink::Sink;
use super::source::Source;

pub(crate) use all_pairs::{AllPairs, most_held};
use buffers::Plan;
use run::{Run, Shape};

/// Why a stream ended early, with a report of each measure.
type Failed = StreamError<Vec<Report>>;

/// Scores all rows of a source into a sink a measure.
pub(crate) fn run<S: Source + Send + ?Sized>(
    ask: &Ask<'_>,
    source: &mut S,
    sinks: &mut [&mut dyn Sink],
) -> Result<Vec<Report>, Failed> {
    let shape = Shape {
        k: source.k(),
        total: source.rows(),
        p_encoding: source.p_encoding(),
        q_encoding: source.q_encoding(),
    };
    let p_element = source.p_element();
    let elements = match ask.uses_q() {
        true => [p_element, source.q_element()],
        // P stands in its place.
        false => [p_element; 2],
    };
    for options in &ask.options {
        options.check_for(shape.p_encoding, shape.q_encoding)?;
    }
    let measures = ask.options.len();
    let cap = ask.inner.host_memory;
    let plan = Plan::new(shape.k, elements, measures, shape.total, cap)?;
    let (buffers, scores) = (plan.allocate()?, plan.allocate_scores()?);
    let q_encoding = match ask.uses_q() {
        true => shape.q_encoding,
        false => shape.p_encoding,
    };
    let engine = ask
        .inner
        .engine_for((shape.p_encoding, elements[0]), (q_encoding, elements[1]))?;
    let mut run = Run::new(ask, engine, shape, scores, sinks);
    read::feed(source, buffers, shape.k, &mut |buffer, filled| {
        run.take(buffer, filled)
    })?;
    run.finish()
}
