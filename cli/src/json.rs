//! The result of `score`, `matrix` and `nearest` as one JSON object.

use std::io::{self, Write};

use kullback::ScoredOn;
use serde_json::{Map, Value, json};

use crate::score::Scored;
use crate::statistics::LEVELS;

/// Prints one object.
///
/// # Errors
/// Whatever writing gives.
pub fn print(scored: &Scored, out: &mut impl Write) -> io::Result<()> {
    write(&object(scored), out)
}

/// Prints a JSON value and ends the line.
///
/// # Errors
/// Whatever writing gives.
pub fn write(value: &Value, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// The object. Numbers that JSON lacks (an infinite error) are null.
#[must_use]
pub fn object(scored: &Scored) -> Value {
    let report = scored.report();
    let options = &report.options;
    let (backend, adapter) = backend(&report.scored_on);
    let summary = &scored.summary;
    let unit = options
        .measure
        .is_logarithmic()
        .then(|| options.unit.to_string());
    json!({
        "rows": report.rows,
        "k": scored.p.k,
        "pairs": scored.request.list().map(|path| path.display().to_string()),
        "p_rows": scored.p.rows,
        "q_rows": scored.q.map(|q| q.rows),
        "neighbours": scored.neighbours(),
        "measure": options.measure.to_string(),
        "unit": unit,
        "support": options.support.to_string(),
        "backend": backend,
        "adapter": adapter,
        "mean": summary.mean(),
        "min": summary.min(),
        "quantiles": quantiles(scored),
        "max": summary.max(),
        "infinities": report.infinities,
        "bad_rows": report.issues.bad_rows(),
        "rows_per_second": scored.rows_per_second(),
        "error_bound": report.error_bound.map(|bound| json!({
            "absolute": bound.absolute(),
            "relative": bound.relative(),
            "of_square": bound.is_of_square(),
        })),
        "verification": report.verification.map(|v| json!({
            "rows": v.rows,
            "worst_error": v.worst_error,
            "failed": v.failed.is_some(),
        })),
    })
}

/// An object with a key for each level, each null where no score is finite.
fn quantiles(scored: &Scored) -> Map<String, Value> {
    let quantiles = scored.summary.quantiles();
    LEVELS
        .iter()
        .enumerate()
        .map(|(i, level)| {
            (
                level.to_string(),
                json!(quantiles.map(|quantiles| quantiles[i])),
            )
        })
        .collect()
}

/// The backend's name on the command line, and the adapter if it has one.
fn backend(on: &ScoredOn) -> (&'static str, Option<&str>) {
    match on {
        ScoredOn::Cpu { .. } => ("cpu", None),
        ScoredOn::Reference => ("reference", None),
        ScoredOn::Gpu { adapter, .. } => ("gpu", Some(adapter)),
        _ => ("unknown", None),
    }
}
