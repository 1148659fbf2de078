//! Interleaved repetitions of everything over one set of rows.

use std::time::{Duration, Instant};

use kullback::gpu::{BufferRows, GpuKernel, GpuScorer, Output};
use kullback::{Measure, Options, Rows, Scorer};

use super::super::Figure;
use super::super::check::{Check, same_bits};
use super::super::data::{Matrices, period};
use super::super::table::{Cell, Set};
use super::super::timing::{SumFigure, Timed, median, score, stopwatch};
use super::copies::Copies;
use super::device::{Device, Ran};
use super::sums::{self, Sums};
use super::{builtin_log, size};
use crate::Failure;

/// How long a card works before each repetition.
const WARM_UP: Duration = Duration::from_millis(40);

/// What is timed.
pub(super) struct On<'a> {
    /// From end to end.
    pub(super) scorer: &'a Scorer,
    /// Inside the pass.
    pub(super) embedded: &'a GpuScorer,
    pub(super) device: &'a Device,
    pub(super) sums: &'a Sums,
    /// From end to end, with the builtin `log`.
    pub(super) builtin: &'a [(Measure, Scorer)],
    /// Nothing is timed from end to end.
    pub(super) resident: bool,
    /// The adapter is software, whose patience is short inside the pass, too.
    pub(super) software: bool,
}

/// One measure, checked and about to be timed.
struct Timing<'a> {
    measure: Measure,
    kernel: GpuKernel,
    builtin: Option<&'a Scorer>,
    check: Check,
    /// Of the rows that are scored from end to end.
    scores: Vec<f32>,
    /// Rows scored inside the pass.
    rows: u64,
    /// After how many rows they repeat.
    period: usize,
    inside: Vec<f64>,
    end_to_end: Vec<f64>,
    with_builtin: Vec<f64>,
}

/// Checks and times everything on one set of rows.
pub(super) fn time(
    on: &On<'_>,
    matrices: &Matrices,
    set: &Set,
    repetitions: u32,
) -> Result<Timed, Failure> {
    let (p, q) = matrices.operands(set);
    let row = (set.k * set.element.size()) as u64;
    let most = (on.device.operand().min(p.bytes()) / row) as usize;
    let (p, q) = (p.first(most), q.first(most));
    let Some(first) = set.measures.first().filter(|_| p.bytes() > 0) else {
        return Err(Failure::new(format_args!(
            "two rows of K = {} do not fit a binding",
            set.k
        )));
    };
    // What is scored from end to end; a card that holds the rows already is given all of them.
    let mut sent = size::rows(on.scorer, first, p, q)?;
    if !on.software {
        // Of every row that is repeated on the card the scores must be known.
        sent = sent.max(period(set).min(most));
    }
    let (sent_p, sent_q) = (p.first(sent), q.first(sent));
    let (p, q) = if on.software {
        (sent_p, sent_q)
    } else {
        (p, q)
    };
    let period = period(set) * row as usize / size_of::<u32>();
    on.device.upload(&on.device.p, p.words(), period)?;
    on.device.upload(&on.device.q, q.words(), period)?;
    let bytes = p.bytes();
    let summed = sums::whole(bytes);
    let expected = sums::expected(p.words(), q.words(), summed);
    let rows = bytes / row;
    let sent_bytes = [sent_p, sent_q].map(|sent| bytemuck::cast_slice(sent.words()));
    let (sent_p, sent_q) = (sent_p.rows()?, sent_q.rows()?);

    let mut timings = Vec::new();
    for measure in &set.measures {
        timings.push(Timing::new(on, set, *measure, (sent_p, sent_q), rows)?);
    }
    let mut out = vec![0.0; sent_p.rows() as usize];
    let mut sum_seconds: Vec<(&'static str, Vec<f64>)> =
        on.sums.iter().map(|sum| (sum.name, Vec::new())).collect();
    let mut copied = Vec::new();
    let mut copies = None;
    if !on.resident {
        // The scorer has touched its own buffers before, too.
        copies.insert(Copies::new(on.device)?).seconds(sent_bytes)?;
    }
    for _ in 0..repetitions {
        for (sum, (name, seconds)) in on.sums.iter().zip(&mut sum_seconds) {
            warm(on)?;
            let ran = sum.run(on.device, summed)?;
            if sums::total(&ran.words) != expected {
                return Err(Failure::new(format_args!("the {name} is wrong")));
            }
            seconds.push(ran.seconds);
        }
        if let Some(copies) = &mut copies {
            copied.push(copies.seconds(sent_bytes)?);
        }
        for timing in &mut timings {
            timing.repeat(on, sent_p, sent_q, &mut out)?;
        }
    }

    let both = 2.0 * bytes as f64;
    let copied = (!on.resident).then(|| median(copied));
    Ok(Timed {
        sums: sum_seconds
            .into_iter()
            .map(|(name, seconds)| SumFigure {
                name,
                bytes_per_second: 2.0 * summed as f64 / median(seconds).max(1e-9),
            })
            .collect(),
        figures: timings
            .into_iter()
            .map(|timing| timing.figure(set, both, copied))
            .collect(),
    })
}

/// Keeps the card busy until its clocks have risen: while the host looks at scores they fall, together
/// with the rate of its memory, to less than half.
fn warm(on: &On<'_>) -> Result<(), Failure> {
    if on.software {
        return Ok(());
    }
    let start = Instant::now();
    while start.elapsed() < WARM_UP {
        for sum in on.sums.iter() {
            sum.run(on.device, on.device.operand())?;
        }
    }
    Ok(())
}

impl<'a> Timing<'a> {
    /// Compiles and checks.
    fn new(
        on: &On<'a>,
        set: &Set,
        measure: Measure,
        (p, q): (Rows<'_>, Rows<'_>),
        rows: u64,
    ) -> Result<Self, Failure> {
        let stored = (set.encoding, set.element);
        let kernel = on
            .embedded
            .kernel(&Options::new(measure), stored, stored, rows, set.k as u32)
            .map_err(Failure::new)?;
        let mut scores = vec![0.0; p.rows() as usize];
        let check = Check::run(on.scorer, &measure, p, q, &mut scores)?;
        let mut out = scores.clone();
        let of_linear = !set.encoding.is_logarithmic();
        let builtin = on
            .builtin
            .iter()
            .find(|(of, _)| of_linear && *of == measure);
        let mut timing = Timing {
            measure,
            kernel,
            builtin: builtin.map(|(_, scorer)| scorer),
            check,
            scores,
            rows,
            period: period(set),
            inside: Vec::new(),
            end_to_end: Vec::new(),
            with_builtin: Vec::new(),
        };
        timing.inside(on)?;
        timing.with_builtin(p, q, &mut out)?;
        timing.inside.clear();
        timing.with_builtin.clear();
        Ok(timing)
    }

    /// Times everything once.
    fn repeat(
        &mut self,
        on: &On<'_>,
        p: Rows<'_>,
        q: Rows<'_>,
        out: &mut [f32],
    ) -> Result<(), Failure> {
        self.inside(on)?;
        if on.resident {
            return Ok(());
        }
        out.fill(0.0);
        let mut end = Ok(());
        self.end_to_end.push(stopwatch(|| {
            end = score(on.scorer, &self.measure, p, q, out);
        }));
        end?;
        self.check.right &= same_bits(out, &self.scores);
        self.with_builtin(p, q, out)
    }

    fn inside(&mut self, on: &On<'_>) -> Result<(), Failure> {
        let device = on.device;
        warm(on)?;
        let Ran { seconds, words } = device.run(self.rows, |encoder| {
            let (p, q) = (BufferRows::new(&device.p), BufferRows::new(&device.q));
            let out = Output::new(&device.output);
            self.kernel
                .encode(encoder, &p, &q, &out)
                .map_err(Failure::new)
        })?;
        let (checked, others) = words.split_at(self.scores.len());
        let same = self
            .scores
            .iter()
            .map(|x| x.to_bits())
            .eq(checked.iter().copied());
        let from = self.scores.len().saturating_sub(self.period);
        let repeated = words[from..].iter().skip(self.period);
        let repeat = others.len() <= repeated.len()
            && words[from..].iter().zip(repeated).all(|(a, b)| a == b);
        self.check.right &= same && (others.is_empty() || repeat);
        self.inside.push(seconds);
        Ok(())
    }

    fn with_builtin(&mut self, p: Rows<'_>, q: Rows<'_>, out: &mut [f32]) -> Result<(), Failure> {
        let Some(scorer) = self.builtin else {
            return Ok(());
        };
        out.fill(0.0);
        let mut end = Ok(());
        self.with_builtin.push(stopwatch(|| {
            end = score(scorer, &self.measure, p, q, out);
        }));
        end?;
        if builtin_log::are_near(out, &self.scores) {
            Ok(())
        } else {
            Err(Failure::new(format_args!(
                "{} with the builtin log is no such score",
                self.measure
            )))
        }
    }

    fn figure(self, set: &Set, bytes: f64, copied: Option<f64>) -> Figure {
        let right = self.check.right;
        let timed = !self.end_to_end.is_empty();
        let end_to_end = median(self.end_to_end).max(1e-9);
        let with_builtin = match self.builtin {
            Some(_) if right => Some(end_to_end / median(self.with_builtin).max(1e-9)),
            _ => None,
        };
        Figure {
            cell: Cell {
                measure: self.measure,
                encoding: set.encoding,
                k: set.k,
            },
            rows: self.rows,
            bytes_per_second: right.then(|| bytes / median(self.inside).max(1e-9)),
            rows_per_second: (right && timed).then(|| self.scores.len() as f64 / end_to_end),
            bare_copy_over_time: copied
                .filter(|_| right && timed)
                .map(|copied| copied / end_to_end),
            time_over_builtin_log: with_builtin,
            check: self.check,
        }
    }
}
