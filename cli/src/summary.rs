//! The result of `score`, `matrix` and `nearest` for people.

use std::io::{self, Write};
use std::path::Path;

use kullback::{Backend, Encoding, Precision, ScoredOn, Support};

use crate::adapters;
use crate::format::{count, counted, rough, score};
use crate::infinities::reason;
use crate::npy::{Header, StoredType};
use crate::request::Meeting;
use crate::score::Scored;
use crate::statistics::LEVELS;

/// How many bad rows are listed.
const LISTED: usize = 5;

/// Prints the summary.
///
/// # Errors
/// Whatever writing gives.
pub fn print(scored: &Scored, out: &mut impl Write) -> io::Result<()> {
    let (request, report) = (&scored.request, scored.report());
    let options = &report.options;
    let unit = if options.measure.is_logarithmic() {
        format!(", in {}", options.unit)
    } else {
        String::new()
    };
    writeln!(
        out,
        "{} of {}, K {} {}{unit}",
        options.measure,
        subject(scored),
        if request.offsets.is_some() {
            "up to"
        } else {
            "="
        },
        scored.p.k
    )?;
    line(
        out,
        "P",
        &operand(&request.p, request.p_encoding, &scored.p),
    )?;
    if let Some(q) = &request.q {
        let text = match &scored.q {
            Some(header) => operand(q, request.q_encoding, header),
            None => format!("{} (not read)", q.display()),
        };
        line(out, "Q", &text)?;
    }
    if let (Some(path), Some(q)) = (request.list(), &scored.q) {
        let of = format!(
            "{} (of {} x {} rows)",
            path.display(),
            scored.p.rows,
            q.rows
        );
        line(out, "pairs", &of)?;
    }
    line(out, "support", &support(options.support))?;
    line(out, "backend", &backend(&report.scored_on, why(scored)))?;
    writeln!(out)?;
    statistics(scored, out)?;
    infinities(scored, out)?;
    bad_rows(scored, out)?;
    writeln!(out)?;
    line(out, "throughput", &throughput(scored))?;
    if scored.request.precision == Precision::Fast {
        line(out, "error bound", &error_bound(scored))?;
    }
    line(out, "verification", &verification(scored))?;
    if let Some(path) = &request.output {
        let files = match request.meeting {
            Meeting::Nearest { .. } => {
                format!("{0}.indices.npy and {0}.scores.npy", path.display())
            }
            _ => path.display().to_string(),
        };
        line(out, "scores", &format!("written to {files}"))?;
    }
    Ok(())
}

/// What was scored.
fn subject(scored: &Scored) -> String {
    let rows = counted(scored.report().rows, scored.each());
    let Some(q) = &scored.q else {
        return rows;
    };
    let (of_p, of_q) = (count(scored.p.rows), count(q.rows));
    match scored.request.meeting {
        Meeting::Rows | Meeting::Listed(_) => rows,
        Meeting::Matrix => format!("all {of_p} x {of_q} pairs"),
        Meeting::Nearest { .. } => {
            let neighbours = count(scored.neighbours().unwrap_or(0));
            format!("{of_p} x {of_q} pairs, the nearest {neighbours} of each row of P")
        }
    }
}

fn line(out: &mut impl Write, name: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {name:<13} {text}")
}

fn operand(path: &Path, encoding: Encoding, header: &Header) -> String {
    let element = match header.stored {
        StoredType::F4 => String::new(),
        stored => format!(", {}", stored.name()),
    };
    format!("{} ({encoding}{element})", path.display())
}

fn support(support: Support) -> String {
    match support.eps() {
        None => "exact".to_owned(),
        Some(eps) => format!("{support}: {eps:e} is added to every bin of both rows"),
    }
}

/// Why `auto` took the CPU.
fn why(scored: &Scored) -> Option<String> {
    let on_cpu = matches!(scored.report().scored_on, ScoredOn::Cpu { .. });
    if scored.request.backend != Backend::Auto || !on_cpu {
        return None;
    }
    let double = |header: &Header| header.stored == StoredType::F8;
    Some(
        if double(&scored.p) || scored.q.as_ref().is_some_and(double) {
            "float64 is computed there, in 64 bits".to_owned()
        } else {
            adapters::why_cpu(&adapters::all())
        },
    )
}

/// Where the rows were scored; if `auto` took the CPU, also why.
fn backend(on: &ScoredOn, why: Option<String>) -> String {
    match on {
        ScoredOn::Cpu { isa } => match why {
            Some(why) => format!("cpu ({isa}): {why}"),
            None => format!("cpu ({isa})"),
        },
        ScoredOn::Reference => "reference (64-bit, on the CPU)".to_owned(),
        ScoredOn::Gpu {
            adapter,
            api,
            reductions,
            cpu_rows,
            ..
        } => {
            let mut text = format!("gpu: {adapter} on {api}");
            for reduction in reductions {
                text += &format!(", {reduction}");
            }
            if *cpu_rows > 0 {
                text += &format!("; {}", fallen_back(*cpu_rows));
            }
            text
        }
        _ => "unknown".to_owned(),
    }
}

/// What is said of rows that the GPU did not score.
pub(crate) fn fallen_back(cpu_rows: u64) -> String {
    format!(
        "the GPU failed and the CPU scored {}",
        counted(cpu_rows, "row")
    )
}

fn statistics(scored: &Scored, out: &mut impl Write) -> io::Result<()> {
    let summary = &scored.summary;
    let all = (summary.mean(), summary.min(), summary.max());
    let ((Some(mean), Some(min), Some(max)), Some(quantiles)) = (all, summary.quantiles()) else {
        return line(out, "scores", "none is finite");
    };
    let of = match scored.request.meeting {
        Meeting::Nearest { .. } => {
            let finite = counted(summary.finite(), "finite score");
            format!("  (of {finite} of neighbours)")
        }
        _ if summary.finite() == scored.report().rows => String::new(),
        _ => format!("  (of {})", counted(summary.finite(), "finite score")),
    };
    line(out, "mean", &format!("{}{of}", score(mean)))?;
    line(out, "min", &score(f64::from(min)))?;
    let quantiles: Vec<String> = LEVELS
        .iter()
        .zip(quantiles)
        .map(|(level, value)| format!("{:.0}%: {}", level * 100.0, score(*value)))
        .collect();
    let rounded = if summary.has_exact_quantiles() {
        ""
    } else {
        "  (to 1e-5 of their value)"
    };
    line(
        out,
        "quantiles",
        &format!("{}{rounded}", quantiles.join("  ")),
    )?;
    line(out, "max", &score(f64::from(max)))
}

fn infinities(scored: &Scored, out: &mut impl Write) -> io::Result<()> {
    let infinities = scored.report().infinities;
    let mut text = count(infinities);
    if infinities > 0 {
        let options = &scored.report().options;
        text += &format!(": {}", reason(&options.measure, options.support));
    }
    line(out, "infinities", &text)
}

fn bad_rows(scored: &Scored, out: &mut impl Write) -> io::Result<()> {
    let issues = &scored.report().issues;
    let name = format!("bad {}s", scored.each());
    if issues.is_empty() {
        return line(out, &name, "0");
    }
    let text = format!("{}: their scores are NaN", count(issues.bad_rows()));
    line(out, &name, &text)?;
    for issue in issues.iter().take(LISTED) {
        line(out, "", &scored.issue(issue))?;
    }
    let more = issues.total().saturating_sub(LISTED as u64);
    if more > 0 {
        line(out, "", &format!("and {} more", count(more)))?;
    }
    Ok(())
}

fn throughput(scored: &Scored) -> String {
    let seconds = scored.seconds.max(1e-9);
    let rate = match scored.request.meeting {
        // Most of them are in a cache when they are read: bytes would be no measure.
        Meeting::Matrix | Meeting::Nearest { .. } => {
            let bins = u128::from(scored.report().rows) * u128::from(scored.p.values)
                / u128::from(scored.p.rows.max(1));
            format!("{} pairs of bins/s", rough(bins as f64 / seconds))
        }
        _ => format!("{:.2} GB/s", scored.bytes() as f64 / 1e9 / seconds),
    };
    format!(
        "{} {}s/s, {rate}, {:.3} s with reading and writing",
        rough(scored.rows_per_second()),
        scored.each(),
        scored.seconds
    )
}

fn verification(scored: &Scored) -> String {
    let Some(verification) = scored.report().verification else {
        return "off".to_owned();
    };
    let each = scored.each();
    let rows = counted(verification.rows, each);
    match verification.failed {
        Some(failure) => format!(
            "FAILED: {each} {} scores {}, the 64-bit reference says {} ({rows} checked)",
            failure.row, failure.score, failure.reference
        ),
        None => {
            let within = match scored.report().error_bound {
                Some(_) => "within the error bound",
                None => "as promised",
            };
            let worst = verification.worst_error;
            format!(
                "{rows} checked against the 64-bit reference: relative error at most {worst:.1e}, {within}"
            )
        }
    }
}

/// What scores computed in 32 bits may miss.
fn error_bound(scored: &Scored) -> String {
    match &scored.report().error_bound {
        Some(bound) => format!("{bound}, besides what is promised"),
        None => {
            "none: no product or entropies in 32 bits were taken, scores are as promised".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backend_line_says_who_scored() {
        let gpu = |cpu_rows| ScoredOn::Gpu {
            adapter: "Radeon".to_owned(),
            api: "Vulkan".to_owned(),
            reductions: Vec::new(),
            cpu_rows,
        };
        assert_eq!(backend(&gpu(0), None), "gpu: Radeon on Vulkan");
        assert_eq!(
            backend(&gpu(1200), None),
            "gpu: Radeon on Vulkan; the GPU failed and the CPU scored 1 200 rows"
        );
        assert_eq!(backend(&ScoredOn::Cpu { isa: "neon" }, None), "cpu (neon)");
        let why = Some("for a reason".to_owned());
        let text = backend(&ScoredOn::Cpu { isa: "neon" }, why);
        assert_eq!(text, "cpu (neon): for a reason");
        assert!(backend(&ScoredOn::Reference, None).starts_with("reference"));
    }
}
