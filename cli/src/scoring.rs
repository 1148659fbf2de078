//! The scoring itself: rows of files on their way through a scorer to statistics and files.

use std::path::{Path, PathBuf};
use std::time::Instant;

use kullback::{
    ArgumentError, BoxError, Collector, Report, Rows, ScoreError, Scorer, Sink, StreamError,
};

use crate::Failure;
use crate::npy::{ArrayWriter, FileError, NpyPair, OperandFile, TableFiles, read_pairs};
use crate::progress::ProgressLine;
use crate::request::{Meeting, Request};
use crate::score::{Scored, each};
use crate::statistics::reported;

/// Scores two files, into others if these are named.
pub(crate) fn score(request: Request) -> Result<Scored, Failure> {
    match request.meeting.clone() {
        Meeting::Rows if request.is_uneven() => uneven(request),
        Meeting::Rows => row_by_row(request),
        Meeting::Listed(list) => listed(request, &list),
        Meeting::Matrix => matrix(request),
        Meeting::Nearest { k } => nearest(request, k),
    }
}

/// Scores row by row as they come from both files, or from that of P.
fn row_by_row(request: Request) -> Result<Scored, Failure> {
    let [p, q] = files(&request);
    let mut pair = NpyPair::open(p.ok_or_else(no_q)?, q, request.q_encoding)?;
    if !request.measure.uses_q() {
        pair.leave_q();
    }
    let (p, q) = (*pair.p_header(), pair.q_header().copied());
    let scorer = scorer(&request)?;
    let mut output = Output::create(request.output.as_deref(), &[p.rows])?;
    let line = line(&request);
    let start = Instant::now();
    let end = asked(&request, &scorer, &line).stream(&mut pair, &mut output);
    line.clear();
    let report = end.map_err(failure)?;
    let collector = output.finish()?;
    Ok(Scored {
        request,
        p,
        q,
        pairs: None,
        summary: collector.finish(report),
        seconds: start.elapsed().as_secs_f64(),
    })
}

/// Scores row by row files that are no matrices, or that of P.
fn uneven(request: Request) -> Result<Scored, Failure> {
    let files = tables(&request)?;
    files.check_rows()?;
    let uses_q = request.measure.uses_q();
    let rows = files.p_header().rows;
    in_memory(request, files, &[rows], |scoring, p, q, output| {
        let q = match q {
            Some(q) if uses_q => q,
            _ => p,
        };
        let scores = scoring.score(p, q).map_err(not_scored)?;
        output.accept(scores.values()).map_err(Failure::new)?;
        Ok(scores.report().clone())
    })
}

/// Scores pairs of rows of files that are read into memory first: their rows are taken where they lie.
fn listed(request: Request, list: &Path) -> Result<Scored, Failure> {
    let files = tables(&request)?;
    let rows = rows_of_both(&files)?;
    let pairs = read_pairs(list, rows).map_err(Failure::new)?;
    let all = pairs.len() as u64;
    in_memory(request, files, &[all], |scoring, p, q, output| {
        let scores = scoring.score_pairs(p, q.ok_or_else(no_q)?, &pairs);
        let scores = scores.map_err(not_scored)?;
        output.accept(scores.values()).map_err(Failure::new)?;
        Ok(scores.report().clone())
    })
    .map(|scored| Scored {
        pairs: Some(pairs),
        ..scored
    })
}

/// Scores each row of P against each of Q.
fn matrix(request: Request) -> Result<Scored, Failure> {
    let files = tables(&request)?;
    let shape = rows_of_both(&files)?;
    in_memory(request, files, &shape, |scoring, p, q, output| {
        let q = q.ok_or_else(no_q)?;
        scoring.stream_matrix(p, q, output).map_err(failure)
    })
}

/// Finds for each row of P its neighbours among those of Q.
fn nearest(request: Request, k: usize) -> Result<Scored, Failure> {
    if let Some(name) = &request.output
        && !names_a_file(name)
    {
        return Err(Failure::new(format_args!(
            "-o {}: it names no file; give DIR/NAME",
            name.display()
        )));
    }
    let files = tables(&request)?;
    let [rows, of_q] = rows_of_both(&files)?;
    let shape = [rows, of_q.min(k as u64)];
    let named = |kind: &str| {
        request.output.as_ref().map(|name| {
            let mut path = name.clone().into_os_string();
            path.push(format!(".{kind}.npy"));
            PathBuf::from(path)
        })
    };
    let (indices, scores) = (named("indices"), named("scores"));
    let mut writer = create::<u64>(indices.as_deref(), &shape)?;
    let of_scores = Request {
        output: scores,
        ..request.clone()
    };
    let scored = in_memory(of_scores, files, &shape, |scoring, p, q, output| {
        let found = scoring
            .nearest(p, q.ok_or_else(no_q)?, k)
            .map_err(failure)?;
        if let Some(writer) = &mut writer {
            // All of both files is written before either takes its name.
            writer.append(found.indices()).map_err(Failure::new)?;
            writer.flush().map_err(Failure::new)?;
        }
        output.accept(found.scores()).map_err(Failure::new)?;
        Ok(found.report().clone())
    })?;
    if let Some(writer) = writer {
        writer.finish().map_err(Failure::new)?;
    }
    Ok(Scored { request, ..scored })
}

/// False for a folder, or what looks like one.
fn names_a_file(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let name = text.rsplit(std::path::is_separator).next();
    !matches!(name, None | Some("" | "." | ".."))
}

/// How many rows both files have.
fn rows_of_both(files: &TableFiles) -> Result<[u64; 2], Failure> {
    let of_q = files.q_header().ok_or_else(no_q)?.rows;
    Ok([files.p_header().rows, of_q])
}

/// Reads the files and scores their rows, into scores of this shape.
fn in_memory(
    request: Request,
    files: TableFiles,
    shape: &[u64],
    score: impl FnOnce(
        &kullback::Request<'_>,
        Rows<'_>,
        Option<Rows<'_>>,
        &mut Output,
    ) -> Result<Report, Failure>,
) -> Result<Scored, Failure> {
    let scorer = scorer(&request)?;
    let mut output = Output::create(request.output.as_deref(), shape)?;
    let line = line(&request);
    let (of_p, of_q) = (*files.p_header(), files.q_header().copied());
    let start = Instant::now();
    let tables = files.read()?;
    let (p, q) = tables.rows()?;
    let end = score(&asked(&request, &scorer, &line), p, q, &mut output);
    line.clear();
    let report = end?;
    let collector = output.finish()?;
    Ok(Scored {
        p: of_p,
        q: of_q.filter(|_| request.measure.uses_q()),
        pairs: None,
        summary: collector.finish(report),
        seconds: start.elapsed().as_secs_f64(),
        request,
    })
}

fn line(request: &Request) -> ProgressLine {
    ProgressLine::new(match each(&request.meeting) {
        "pair" => "pairs",
        _ => "rows",
    })
}

/// The files of P and, if there is one, of Q.
fn files(request: &Request) -> [Option<OperandFile<'_>>; 2] {
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
    [Some(p), q]
}

fn tables(request: &Request) -> Result<TableFiles, Failure> {
    let [p, q] = files(request);
    let p = p.ok_or_else(no_q)?;
    match &request.offsets {
        Some(offsets) => TableFiles::ragged(offsets, p, q),
        None => TableFiles::open(p, q),
    }
}

/// What no request comes to that was checked.
fn no_q() -> Failure {
    Failure::new("<Q.npy> is missing")
}

fn asked<'s>(
    request: &Request,
    scorer: &'s Scorer,
    line: &'s ProgressLine,
) -> kullback::Request<'s> {
    scorer
        .request(&request.measure)
        .unit(request.unit)
        .support(request.support)
        .precision(request.precision)
        .verify(request.verify)
        .progress(|progress| line.show(progress.rows_done, progress.rows_total))
}

/// Where scores go: to statistics, and to a file if one is named.
struct Output {
    collector: Collector,
    writer: Option<ArrayWriter<f32>>,
}

impl Output {
    fn create(path: Option<&Path>, shape: &[u64]) -> Result<Self, Failure> {
        Ok(Output {
            collector: Collector::new(&reported()?),
            writer: create(path, shape)?,
        })
    }

    fn finish(self) -> Result<Collector, Failure> {
        if let Some(writer) = self.writer {
            writer.finish().map_err(Failure::new)?;
        }
        Ok(self.collector)
    }
}

impl Sink for Output {
    fn accept(&mut self, scores: &[f32]) -> Result<(), BoxError> {
        self.collector.add(scores);
        if let Some(writer) = &mut self.writer {
            writer.append(scores)?;
        }
        Ok(())
    }
}

fn create<T: crate::npy::Item>(
    path: Option<&Path>,
    shape: &[u64],
) -> Result<Option<ArrayWriter<T>>, Failure> {
    let writer: Option<Result<_, FileError>> = path.map(|path| ArrayWriter::create(path, shape));
    writer.transpose().map_err(Failure::new)
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
fn failure<R>(error: StreamError<R>) -> Failure {
    match error {
        StreamError::Argument(ArgumentError::F64OnGpu) => f64_on_gpu(),
        StreamError::Source { source, .. } | StreamError::Sink { source, .. } => {
            Failure::new(source)
        }
        other => Failure::new(other),
    }
}

fn not_scored(error: ScoreError) -> Failure {
    match error {
        ScoreError::Argument(ArgumentError::F64OnGpu) => f64_on_gpu(),
        other => Failure::new(other),
    }
}

fn f64_on_gpu() -> Failure {
    Failure::new(
        "--backend gpu or --adapter: rows of float64 are scored on the CPU; leave them out, or convert \
         the files with .astype(numpy.float32)",
    )
}
