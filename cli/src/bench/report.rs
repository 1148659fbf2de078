//! Figures as a table and as JSON.

use std::io::{self, Write};

use kullback::{Encoding, Measure};
use serde_json::{Value, json};

use super::Figure;
use super::table::{Cell, Table};
use super::timing::Timed;
use crate::args::BenchArguments;
use crate::format::{count, rough};

/// What was measured, and how.
pub(super) struct Described {
    /// `cpu` or `gpu`.
    pub(super) backend: &'static str,
    /// The name of the adapter of a GPU.
    pub(super) adapter: Option<String>,
    /// The device in words.
    pub(super) device: String,
    /// What bytes a second are timed with.
    pub(super) clock: &'static str,
}

/// Everything measured on one backend.
pub(super) struct BackendReport {
    described: Described,
    sets: Vec<(Roof, Timed)>,
}

/// The fastest reading seen over a set of rows. Sets are measured one after the other, and memory may be
/// faster in one minute than in the next: so each has its own.
struct Roof {
    bytes_per_second: f64,
    /// The kernel that reached it.
    by: String,
}

impl Roof {
    fn of(timed: &Timed) -> Self {
        let sums = timed.sums.iter();
        let of_sums = sums.map(|sum| (sum.bytes_per_second, sum.name.to_owned()));
        // A kernel above every sum shows that the sums were measured wrong: then it is the roof.
        let of_kernels = timed
            .figures
            .iter()
            .filter_map(|f| Some((f.bytes_per_second?, describe(&f.cell))));
        let best = of_sums.chain(of_kernels).max_by(|a, b| a.0.total_cmp(&b.0));
        let (bytes_per_second, by) = best.unwrap_or((0.0, "nothing".to_owned()));
        Roof {
            bytes_per_second,
            by,
        }
    }

    fn fraction(&self, bytes_per_second: f64) -> f64 {
        bytes_per_second / self.bytes_per_second.max(1.0)
    }
}

impl BackendReport {
    pub(super) fn new(described: Described, sets: Vec<Timed>) -> Self {
        let with_roof = |timed| (Roof::of(&timed), timed);
        BackendReport {
            described,
            sets: sets.into_iter().map(with_roof).collect(),
        }
    }

    /// All figures, each with its roof.
    fn figures(&self) -> impl Iterator<Item = (&Roof, &Figure)> + Clone {
        self.sets
            .iter()
            .flat_map(|(roof, timed)| timed.figures.iter().map(move |figure| (roof, figure)))
    }

    /// True if all scores were right.
    pub(super) fn is_right(&self) -> bool {
        self.figures().all(|(_, figure)| figure.check.right)
    }

    /// The sizes of operands that were measured.
    fn sizes(&self, table: &Table) -> String {
        let sizes = self
            .figures()
            .map(|(_, f)| f.rows * (f.cell.k * table.element.size()) as u64);
        let (least, most) = (sizes.clone().min(), sizes.max());
        match (least.unwrap_or(0), most.unwrap_or(0)) {
            (least, most) if least >> 20 == most >> 20 => size(most),
            (least, most) => format!("{} to {}", size(least), size(most)),
        }
    }

    /// The roofs in words.
    fn roofs(&self) -> String {
        let rates = self.sets.iter().map(|(roof, _)| roof.bytes_per_second);
        let (least, most) = (
            rates.clone().fold(f64::INFINITY, f64::min),
            rates.fold(0.0, f64::max),
        );
        let of_most = self.sets.iter().find(|(r, _)| r.bytes_per_second == most);
        let by = of_most.map_or("nothing", |(roof, _)| roof.by.as_str());
        format!("{:.1} to {} ({by})", least.min(most) / 1e9, gigabytes(most))
    }

    fn figure(&self, measure: Measure, encoding: Encoding, k: usize) -> Option<(&Roof, &Figure)> {
        self.figure_of(&Cell {
            measure,
            encoding,
            k,
        })
    }

    fn figure_of(&self, cell: &Cell) -> Option<(&Roof, &Figure)> {
        self.figures().find(|(_, figure)| figure.cell == *cell)
    }
}

/// The figures of the CPU beside those of a GPU: who scores rows of host memory sooner.
fn beside<'a>(report: &BackendReport, backends: &'a [BackendReport]) -> Option<&'a BackendReport> {
    let is_cpu = |report: &BackendReport| report.described.backend == "cpu";
    backends
        .iter()
        .find(|other| is_cpu(other) && !is_cpu(report))
}

fn describe(cell: &Cell) -> String {
    format!("{} on {} at K = {}", cell.measure, cell.encoding, cell.k)
}

/// Prints tables for each backend.
pub(super) fn print(
    arguments: &BenchArguments,
    table: &Table,
    backends: &[BackendReport],
    left_out: &[String],
    out: &mut impl Write,
) -> io::Result<()> {
    for (i, report) in backends.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        let Described {
            backend,
            device,
            clock,
            ..
        } = &report.described;
        writeln!(out, "{backend}: {device}")?;
        writeln!(
            out,
            "{} an operand, {}, {} pairs; median of {} interleaved repetitions; {clock}",
            report.sizes(table),
            table.element,
            table.pairs.name(),
            arguments.repetitions
        )?;
        writeln!(out, "roof, of each set of rows its own: {}", report.roofs())?;
        writeln!(out)?;
        print_roofs(report, table, out)?;
        writeln!(out)?;
        print_table(
            report,
            table,
            "GB/s read, fraction of roof",
            out,
            |roof, figure| {
                let rate = figure.bytes_per_second?;
                let gigabytes = short(rate / 1e9);
                Some(format!("{gigabytes}  {}", short(roof.fraction(rate))))
            },
        )?;
        if report
            .figures()
            .any(|(_, figure)| figure.rows_per_second.is_some())
        {
            writeln!(out)?;
            print_table(report, table, "rows/s from end to end", out, |_, figure| {
                figure.rows_per_second.map(rough)
            })?;
        }
        let is_copied = |(_, figure): (_, &Figure)| figure.bare_copy_over_time.is_some();
        if report.figures().any(is_copied) {
            writeln!(out)?;
            let title = "of a bare copy to the device";
            print_table(report, table, title, out, |_, figure| {
                figure
                    .bare_copy_over_time
                    .map(|ratio| format!("{ratio:.2}"))
            })?;
        }
        if let Some(cpu) = beside(report, backends) {
            writeln!(out)?;
            let title = "the same, over that of the CPU";
            print_table(report, table, title, out, |_, figure| {
                let (_, on_cpu) = cpu.figure_of(&figure.cell)?;
                let ratio = figure.rows_per_second? / on_cpu.rows_per_second?;
                Some(format!("{ratio:.2}"))
            })?;
        }
        if report
            .figures()
            .any(|(_, figure)| figure.time_over_builtin_log.is_some())
        {
            writeln!(out)?;
            print_table(
                report,
                table,
                "time, with builtin log = 1",
                out,
                |_, figure| {
                    figure
                        .time_over_builtin_log
                        .map(|ratio| format!("{ratio:.2}"))
                },
            )?;
        }
        writeln!(out)?;
        print_check(report, out)?;
    }
    if !left_out.is_empty() {
        writeln!(out)?;
    }
    for line in left_out {
        writeln!(out, "gpu, not measured: {line}")?;
    }
    Ok(())
}

/// A line for each encoding, a column for each K.
fn print_roofs(report: &BackendReport, table: &Table, out: &mut impl Write) -> io::Result<()> {
    print_columns("GB/s, the roof", table, out)?;
    for encoding in table.encodings() {
        let mut line = format!("{:<32}", format!("of {encoding}"));
        for &k in &table.bins {
            let here = |figure: &Figure| figure.cell.k == k && figure.cell.encoding == encoding;
            let found = report.figures().find(|(_, figure)| here(figure));
            let text = found.map(|(roof, _)| short(roof.bytes_per_second / 1e9));
            line += &format!("{:>18}", text.unwrap_or_default());
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn print_columns(title: &str, table: &Table, out: &mut impl Write) -> io::Result<()> {
    write!(out, "{title:<32}")?;
    for &k in &table.bins {
        write!(out, "{:>18}", format!("K = {}", count(k as u64)))?;
    }
    writeln!(out)
}

/// A line for each measure, a column for each K.
fn print_table(
    report: &BackendReport,
    table: &Table,
    title: &str,
    out: &mut impl Write,
    text: impl Fn(&Roof, &Figure) -> Option<String>,
) -> io::Result<()> {
    print_columns(title, table, out)?;
    for (measure, encoding) in table.lines() {
        let name = format!("{measure} on {encoding}");
        let mut line = format!("{name:<32}");
        for &k in &table.bins {
            let text = match report.figure(measure, encoding, k) {
                Some((_, figure)) if !figure.check.right => "WRONG SCORES".to_owned(),
                Some((roof, figure)) => text(roof, figure).unwrap_or_default(),
                None => String::new(),
            };
            line += &format!("{text:>18}");
        }
        if line.trim_end() != name {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

fn size(bytes: u64) -> String {
    if bytes >> 20 == 0 {
        format!("{} KiB", bytes >> 10)
    } else {
        format!("{} MiB", bytes >> 20)
    }
}

/// A number of any size with two or three digits.
fn short(value: f64) -> String {
    let decimals = match value {
        v if v >= 9.95 => 1,
        v if v >= 0.0995 => 2,
        v if v >= 0.00995 => 3,
        _ => 4,
    };
    format!("{value:.decimals$}")
}

fn print_check(report: &BackendReport, out: &mut impl Write) -> io::Result<()> {
    let rows: u64 = report.figures().map(|(_, f)| f.check.rows).sum();
    let worst = report
        .figures()
        .map(|(_, f)| f.check.worst_error)
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
pub(super) fn object(
    arguments: &BenchArguments,
    table: &Table,
    backends: &[BackendReport],
    left_out: &[String],
) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "mib_per_operand": arguments.mib,
        "repetitions": arguments.repetitions,
        "element": table.element.name(),
        "pairs": table.pairs.name(),
        "backends": backends.iter().map(backend_object).collect::<Vec<_>>(),
        "not_measured": left_out,
    })
}

fn backend_object(report: &BackendReport) -> Value {
    let sets = report.sets.iter().map(|(roof, timed)| {
        let sums = timed.sums.iter().map(|sum| {
            json!({
                "name": sum.name,
                "gb_per_second": sum.bytes_per_second / 1e9,
            })
        });
        let figures = timed
            .figures
            .iter()
            .map(|figure| figure_object(roof, figure));
        json!({
            "k": timed.figures.first().map(|figure| figure.cell.k),
            "encoding": timed.figures.first().map(|figure| figure.cell.encoding.to_string()),
            "roof": {
                "gb_per_second": roof.bytes_per_second / 1e9,
                "by": roof.by,
            },
            "sums": sums.collect::<Vec<_>>(),
            "figures": figures.collect::<Vec<_>>(),
        })
    });
    json!({
        "backend": report.described.backend,
        "adapter": report.described.adapter,
        "device": report.described.device,
        "clock": report.described.clock,
        "sets": sets.collect::<Vec<_>>(),
    })
}

fn figure_object(roof: &Roof, figure: &Figure) -> Value {
    let rate = figure.bytes_per_second;
    json!({
        "measure": figure.cell.measure.to_string(),
        "encoding": figure.cell.encoding.to_string(),
        "k": figure.cell.k,
        "rows": figure.rows,
        "gb_per_second": rate.map(|rate| rate / 1e9),
        "fraction_of_roof": rate.map(|rate| roof.fraction(rate)),
        "rows_per_second": figure.rows_per_second,
        "bare_copy_over_time": figure.bare_copy_over_time,
        "time_over_builtin_log": figure.time_over_builtin_log,
        "checked_rows": figure.check.rows,
        "worst_error": figure.check.worst_error,
    })
}
