//! Streams: rows from a source through an engine into a sink, within bounded memory.

mod buffers;
mod read;
mod run;

use crate::error::StreamError;
use crate::scores::Report;

use super::request::Request;
use super::sink::Sink;
use super::source::Source;

use buffers::Plan;
use run::{Run, Shape};

/// Scores all rows of a source.
pub(crate) fn run<S, K>(
    request: &Request<'_>,
    source: &mut S,
    sink: &mut K,
) -> Result<Report, StreamError>
where
    S: Source + Send + ?Sized,
    K: Sink + ?Sized,
{
    let shape = Shape {
        k: source.k(),
        total: source.rows(),
        p_encoding: source.p_encoding(),
        q_encoding: source.q_encoding(),
    };
    let options = &request.options;
    let p_element = source.p_element();
    let elements = match options.measure.uses_q() {
        true => [p_element, source.q_element()],
        // P stands in its place.
        false => [p_element; 2],
    };
    options.check_for(shape.p_encoding, shape.q_encoding)?;
    let plan = Plan::new(shape.k, elements, shape.total, request.inner.host_memory)?;
    let (buffers, scores) = (plan.allocate()?, plan.allocate_scores()?);
    let engine = request.inner.engine_for(elements)?;
    let mut run = Run::new(request, engine, shape, scores, sink);
    read::feed(source, buffers, shape.k, &mut |buffer, filled| {
        run.take(buffer, filled)
    })?;
    run.finish()
}
