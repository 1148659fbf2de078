//! Figures as a table and as JSON.

use std::io::{self, Write};

use kullback::{Encoding, Measure};
use serde_json::{Value, json};

use super::Figure;
use super::table::{BINS, Cell, lines};
use super::timing::SumFigure;
use crate::args::BenchArguments;
use crate::format::count;

/// Everything measured on one backend.
pub(super) struct BackendReport {
    backend: &'static str,
    adapter: Option<String>,
    device: String,
    roof: Roof,
    sums: Vec<SumFigure>,
    figures: Vec<Figure>,
}

/// The fastest reading seen in the run.
struct Roof {
    bytes_per_second: f64,
    /// The kernel that reached it.
    by: String,
}

impl BackendReport {
    pub(super) fn new(
        backend: &'static str,
        adapter: Option<String>,
        device: String,
        sums: Vec<SumFigure>,
        figures: Vec<Figure>,
    ) -> Self {
        let of_sums = sums
            .iter()
            .map(|s| (s.bytes_per_second, s.sum.name().to_owned()));
        // A kernel above every sum shows that the sums were measured wrong: then it is the roof.
        let of_kernels = figures
            .iter()
            .filter_map(|f| Some((f.bytes_per_second?, describe(&f.cell))));
        let roof = of_sums
            .chain(of_kernels)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map_or((0.0, "nothing".to_owned()), |best| best);
        BackendReport {
            backend,
            adapter,
            device,
            roof: Roof {
                bytes_per_second: roof.0,
                by: roof.1,
            },
            sums,
            figures,
        }
    }

    /// True if all scores were right.
    pub(super) fn is_right(&self) -> bool {
        self.figures.iter().all(|figure| figure.check.right)
    }

    fn fraction(&self, bytes_per_second: f64) -> f64 {
        bytes_per_second / self.roof.bytes_per_second.max(1.0)
    }

    fn figure(&self, measure: Measure, encoding: Encoding, k: usize) -> Option<&Figure> {
        let cell = Cell {
            measure,
            encoding,
            k,
        };
        self.figures.iter().find(|figure| figure.cell == cell)
    }
}

fn describe(cell: &Cell) -> String {
    format!("{} on {} at K = {}", cell.measure, cell.encoding, cell.k)
}

/// Prints a table for each backend.
pub(super) fn print(
    arguments: &BenchArguments,
    backends: &[BackendReport],
    out: &mut impl Write,
) -> io::Result<()> {
    for report in backends {
        let adapter = report.adapter.as_deref().unwrap_or("");
        writeln!(out, "{}: {}{adapter}", report.backend, report.device)?;
        writeln!(
            out,
            "{} MiB an operand, float32; median of {} interleaved repetitions",
            arguments.mib, arguments.repetitions
        )?;
        writeln!(
            out,
            "roof: {} ({})",
            gigabytes(report.roof.bytes_per_second),
            report.roof.by
        )?;
        writeln!(out)?;
        print_table(report, out)?;
        writeln!(out)?;
        print_check(report, out)?;
    }
    Ok(())
}

/// A line for each measure, a column for each K: bytes read a second, and the fraction of the roof.
fn print_table(report: &BackendReport, out: &mut impl Write) -> io::Result<()> {
    write!(out, "{:<32}", "GB/s read, fraction of roof")?;
    for k in BINS {
        write!(out, "{:>18}", format!("K = {}", count(k as u64)))?;
    }
    writeln!(out)?;
    for (measure, encoding) in lines() {
        write!(out, "{:<32}", format!("{measure} on {encoding}"))?;
        for k in BINS {
            let text = match report.figure(measure, encoding, k) {
                Some(figure) => match figure.bytes_per_second {
                    Some(rate) => {
                        format!("{:.1}  {:.2}", rate / 1e9, report.fraction(rate))
                    }
                    None => "WRONG SCORES".to_owned(),
                },
                None => String::new(),
            };
            write!(out, "{text:>18}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn print_check(report: &BackendReport, out: &mut impl Write) -> io::Result<()> {
    let rows: u64 = report.figures.iter().map(|f| f.check.rows).sum();
    let worst = report
        .figures
        .iter()
        .map(|f| f.check.worst_error)
        .fold(0.0, f64::max);
    let verdict = if report.is_right() {
        "as promised"
    } else {
        "NOT as promised"
    };
    writeln!(
        out,
        "checked: {rows} rows against the 64-bit reference, relative error at most {worst:.1e}, {verdict}"
    )
}

fn gigabytes(bytes_per_second: f64) -> String {
    format!("{:.1} GB/s", bytes_per_second / 1e9)
}

/// The run as one JSON object. A figure whose scores were wrong has null in place of its rates.
pub(super) fn object(arguments: &BenchArguments, backends: &[BackendReport]) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "mib_per_operand": arguments.mib,
        "repetitions": arguments.repetitions,
        "backends": backends.iter().map(backend_object).collect::<Vec<_>>(),
    })
}

fn backend_object(report: &BackendReport) -> Value {
    let sums = report.sums.iter().map(|sum| {
        json!({
            "name": sum.sum.name(),
            "gb_per_second": sum.bytes_per_second / 1e9,
        })
    });
    let figures = report.figures.iter().map(|figure| {
        let rate = figure.bytes_per_second;
        let bytes_per_row = (2 * size_of::<f32>() * figure.cell.k) as f64;
        json!({
            "measure": figure.cell.measure.to_string(),
            "encoding": figure.cell.encoding.to_string(),
            "k": figure.cell.k,
            "rows": figure.rows,
            "gb_per_second": rate.map(|rate| rate / 1e9),
            "fraction_of_roof": rate.map(|rate| report.fraction(rate)),
            "rows_per_second": rate.map(|rate| rate / bytes_per_row),
            "checked_rows": figure.check.rows,
            "worst_error": figure.check.worst_error,
        })
    });
    json!({
        "backend": report.backend,
        "adapter": report.adapter,
        "device": report.device,
        "roof": {
            "gb_per_second": report.roof.bytes_per_second / 1e9,
            "by": report.roof.by,
        },
        "sums": sums.collect::<Vec<_>>(),
        "figures": figures.collect::<Vec<_>>(),
    })
}
