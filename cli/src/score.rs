//! `kullback score`: two files in, a summary and a file of scores out.

use std::io::{self, Write};
use std::time::Instant;

use kullback::{
    ArgumentError, BoxError, Issue, Operand, Report, ScoreError, ScoredOn, Scorer, StreamError,
};

use crate::args::ScoreArguments;
use crate::npy::{Header, ListedPairs, NpyPair, OperandFile, ScoreWriter};
use crate::progress::ProgressLine;
use crate::request::Request;
use crate::statistics::{Collector, Statistics};
use crate::{Failure, Outcome, json, summary};

/// Everything there is to say about a batch that was scored.
#[derive(Debug)]
pub struct Scored {
    /// What was asked for.
    pub request: Request,
    /// What the file of P holds.
    pub p: Header,
    /// What the file of Q holds, if it was read.
    pub q: Option<Header>,
    /// The pairs of rows that were scored, if a list named them.
    pub pairs: Option<Vec<(u64, u64)>>,
    /// What was found while scoring.
    pub report: Report,
    /// Mean, quantiles and extremes.
    pub statistics: Statistics,
    /// Time from the first row read to the last score written.
    pub seconds: f64,
}

impl Scored {
    /// Rows a second, reading and writing included.
    #[must_use]
    pub fn rows_per_second(&self) -> f64 {
        if self.report.rows == 0 {
            return 0.0;
        }
        self.report.rows as f64 / self.seconds.max(1e-9)
    }

    /// Bytes of the rows that were scored, each counted as often as it was.
    #[must_use]
    pub fn bytes(&self) -> u128 {
        let row = |header: &Header| header.k as u128 * header.stored.size() as u128;
        let pair = row(&self.p) + self.q.as_ref().map_or(0, row);
        u128::from(self.report.rows) * pair
    }

    /// What a score is of: a row of each, or a pair of rows from a list.
    #[must_use]
    pub fn each(&self) -> &'static str {
        if self.pairs.is_some() { "pair" } else { "row" }
    }

    /// An issue, with the number of the row in its file.
    #[must_use]
    pub fn issue(&self, issue: &Issue) -> String {
        let pair = self
            .pairs
            .as_ref()
            .and_then(|pairs| pairs.get(issue.row as usize));
        match pair {
            None => issue.to_string(),
            Some(&(i, j)) => {
                let row = match issue.operand {
                    Operand::P => i,
                    Operand::Q => j,
                };
                let Issue { operand, kind, .. } = issue;
                format!("pair {}, row {row} of {operand}: {kind}", issue.row)
            }
        }
    }

    /// Whether all rows were scored as promised.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let failed = self.report.verification.is_some_and(|v| v.failed.is_some());
        if failed || !self.report.issues.is_empty() {
            Outcome::Flawed
        } else {
            Outcome::Good
        }
    }
}

/// Scores as the arguments say and prints the result to `out`.
///
/// # Errors
/// A [`Failure`] if arguments or files cannot be used; no file of scores is left then.
pub fn run(arguments: ScoreArguments, out: &mut impl Write) -> Result<Outcome, Failure> {
    let scored = score(Request::new(arguments)?)?;
    let printed = if scored.request.json {
        warn(&scored);
        json::print(&scored, out)
    } else {
        summary::print(&scored, out)
    };
    printed.map_err(Failure::new)?;
    Ok(scored.outcome())
}

/// Where rows come from.
enum Input {
    /// Row by row from both files, or from that of P.
    RowByRow(NpyPair),
    /// As a list says.
    Listed(ListedPairs),
}

impl Input {
    fn open(request: &Request) -> Result<Self, Failure> {
        let p = OperandFile {
            path: &request.p,
            encoding: request.p_encoding,
            bf16: request.p_bf16,
        };
        let q = request.q.as_deref().map(|path| OperandFile {
            path,
            encoding: request.q_encoding,
            bf16: request.q_bf16,
        });
        if let (Some(list), Some(q)) = (&request.pairs, q) {
            return ListedPairs::open(p, q, list).map(Input::Listed);
        }
        let mut pair = NpyPair::open(p, q, request.q_encoding)?;
        if !request.measure.uses_q() {
            pair.leave_q();
        }
        Ok(Input::RowByRow(pair))
    }

    /// What the files of P and Q hold, the latter if it is read, and how many pairs of rows there are.
    fn headers(&self) -> (Header, Option<Header>, u64) {
        match self {
            Input::RowByRow(pair) => {
                let p = *pair.p_header();
                (p, pair.q_header().copied(), p.rows)
            }
            Input::Listed(listed) => {
                let (p, q) = (*listed.p_header(), *listed.q_header());
                (p, Some(q), listed.pairs().len() as u64)
            }
        }
    }
}

/// Scores two files, into a third if one is named.
fn score(request: Request) -> Result<Scored, Failure> {
    let mut input = Input::open(&request)?;
    let (p, q, rows) = input.headers();
    let scorer = scorer(&request)?;
    let mut writer = match &request.output {
        Some(path) => Some(ScoreWriter::create(path, rows).map_err(Failure::new)?),
        None => None,
    };

    let mut collector = Collector::new(rows);
    let line = ProgressLine::new(if request.pairs.is_some() {
        "pairs"
    } else {
        "rows"
    });
    let mut sink = |scores: &[f32]| -> Result<(), BoxError> {
        collector.add(scores);
        if let Some(writer) = &mut writer {
            writer.append(scores)?;
        }
        Ok(())
    };
    let scoring = scorer
        .request(&request.measure)
        .unit(request.unit)
        .support(request.support)
        .verify(request.verify)
        .progress(|progress| line.show(progress.rows_done, progress.rows_total));
    let start = Instant::now();
    let end = match &mut input {
        Input::RowByRow(pair) => scoring.stream(pair, &mut sink).map_err(failure),
        Input::Listed(listed) => score_listed(&scoring, listed, &mut sink),
    };
    line.clear();
    let report = end?;
    if let Some(writer) = writer {
        writer.finish().map_err(Failure::new)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let pairs = match input {
        Input::RowByRow(_) => None,
        Input::Listed(listed) => Some(listed.into_pairs()),
    };
    Ok(Scored {
        request,
        p,
        q,
        pairs,
        report,
        statistics: collector.finish(),
        seconds,
    })
}

/// Scores pairs of rows of files that are read into memory first: their rows are taken where they lie.
fn score_listed(
    scoring: &kullback::Request<'_>,
    listed: &mut ListedPairs,
    sink: &mut impl FnMut(&[f32]) -> Result<(), BoxError>,
) -> Result<Report, Failure> {
    let tables = listed.read()?;
    let [p, q] = listed.rows(&tables).map_err(Failure::new)?;
    let scores = scoring.score_pairs(p, q, listed.pairs());
    let scores = scores.map_err(|error| match error {
        ScoreError::Argument(ArgumentError::F64OnGpu) => f64_on_gpu(),
        other => Failure::new(other),
    })?;
    sink(scores.values()).map_err(Failure::new)?;
    Ok(scores.report().clone())
}

fn scorer(request: &Request) -> Result<Scorer, Failure> {
    let mut builder = Scorer::builder().backend(request.backend);
    if let Some(adapter) = &request.adapter {
        builder = builder.adapter(adapter);
    }
    builder.build().map_err(|error| {
        let flag = match &request.adapter {
            Some(adapter) => format!("--adapter {adapter}"),
            None => format!("--backend {}", request.backend),
        };
        Failure::new(format_args!("{flag}: {error}"))
    })
}

/// Errors of the files stand for themselves: they name their file and row.
fn failure(error: StreamError) -> Failure {
    match error {
        StreamError::Argument(ArgumentError::F64OnGpu) => f64_on_gpu(),
        StreamError::Source { source, .. } | StreamError::Sink { source, .. } => {
            Failure::new(source)
        }
        other => Failure::new(other),
    }
}

fn f64_on_gpu() -> Failure {
    Failure::new(
        "--backend gpu or --adapter: rows of float64 are scored on the CPU; leave them out, or convert \
         the files with .astype(numpy.float32)",
    )
}

/// What a script should see besides the JSON.
fn warn(scored: &Scored) {
    let report = &scored.report;
    let mut err = io::stderr();
    // Where standard error cannot be written, the exit code must do.
    if let ScoredOn::Gpu { cpu_rows, .. } = report.scored_on
        && cpu_rows > 0
    {
        let _ = writeln!(err, "warning: {}", summary::fallen_back(cpu_rows));
    }
    if let Some(first) = report.issues.as_slice().first() {
        let _ = writeln!(
            err,
            "warning: {} of {} {}s are bad; the first: {}",
            report.issues.bad_rows(),
            report.rows,
            scored.each(),
            scored.issue(first)
        );
    }
    if let Some(failure) = report.verification.and_then(|v| v.failed) {
        let _ = writeln!(
            err,
            "warning: verification failed at {} {}: the score is {}, the reference says {}",
            scored.each(),
            failure.row,
            failure.score,
            failure.reference
        );
    }
}
