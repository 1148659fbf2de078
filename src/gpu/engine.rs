//! A device of our own, and batches of host memory on their way through it.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::adapter::{AdapterInfo, choose};
use super::chunk::{Chunk, Load, Work};
use super::pipeline::{Kernels, Mutation};
use super::pipeline_cache::PipelineCache;
use super::probe::probe;
use super::product::Room;
use super::results::{AT_ONCE, record_issues, take};
use super::slot::Slot;
use super::summarize::Gathering;
use super::{Fault, GpuError};
use crate::element::ElementType;
use crate::options::Options;
use crate::plan::{
    Chunks, Exchange, Limits, Meeting, Piece, Pieces, Shape, Strategy, Table, Tried,
};
use crate::rows::{Rows, UnevenPairs, tile};
use crate::scores::Reduction;
use crate::status::{Issues, Numbers};

/// How long a submission may take unless the builder says otherwise.
pub(crate) const TIME_OUT: Duration = Duration::from_secs(30);

/// Bytes of input of one submission: a few milliseconds of upload, far below any watchdog.
const SUBMISSION: u64 = 32 << 20;

/// Workgroups of one submission on a software adapter.
const SOFTWARE_GROUPS: u64 = 2048;

/// Chunks in flight: one is uploaded while one computes and one is read back.
pub(crate) const IN_FLIGHT: usize = 3;

/// What the builder decides about a GPU.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub adapter: Option<String>,
    /// Admit adapters that compute on the CPU even if none is named.
    pub software: bool,
    /// Which to prefer where none is named.
    pub power: wgpu::PowerPreference,
    pub memory: Option<u64>,
    pub time_out: Option<Duration>,
    /// The folder where compiled pipelines are kept.
    pub pipeline_cache: Option<PathBuf>,
    pub strategy: Strategy,
    pub no_subgroups: bool,
    pub mutation: Option<Mutation>,
    pub fault: Option<Fault>,
    pub tiny: bool,
    /// So many workgroups look for rows that a first try left.
    pub filling: Option<u64>,
}

/// A device with its kernels and buffers.
#[derive(Debug)]
pub(crate) struct GpuEngine {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: AdapterInfo,
    limits: Limits,
    /// The most bytes of the device that a request may take for rows, and as many again for scores that stay there.
    memory: u64,
    kernels: Kernels,
    exchange: Exchange,
    strategy: Strategy,
    time_out: Duration,
    filling: u64,
    idle: Mutex<Vec<Slot>>,
    /// Idle room for scores of products.
    rooms: Mutex<Vec<Room>>,
    epoch: AtomicU16,
    lost: AtomicBool,
    fault: Option<Fault>,
}

/// How a batch waits for the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// The calling thread polls.
    Here,
    /// A thread polls in its place.
    Elsewhere,
}

/// A piece on the device.
struct Flight {
    chunk: Chunk,
    piece: Piece,
}

/// Rows to be scored one against the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch<'a> {
    /// One for each measure.
    pub options: &'a [Options],
    pub p: &'a Rows<'a>,
    pub q: &'a Rows<'a>,
    /// The numbers that issues give to rows.
    pub numbers: Numbers,
}

/// What becomes of the scores of a batch.
pub(crate) enum Taking<'t, 'o> {
    /// They come back: room for those of all rows, for each measure.
    Scores(&'t mut [&'o mut [f32]]),
    /// Statistics of them come back.
    Statistics(&'t mut Gathering<'o>),
}

impl<'o> Taking<'_, 'o> {
    pub(super) fn gathering(&mut self) -> Option<&mut Gathering<'o>> {
        match self {
            Taking::Scores(_) => None,
            Taking::Statistics(gathering) => Some(gathering),
        }
    }

    /// True if no chunk can be taken twice.
    pub(super) fn holds_scores(&self) -> bool {
        match self {
            Taking::Scores(_) => false,
            Taking::Statistics(gathering) => gathering.holds_scores(),
        }
    }

    /// Tells of rows that are finished.
    pub(super) fn tell(
        &mut self,
        rows: Range<usize>,
        issues: Vec<Issues>,
        progress: &mut impl Progress,
    ) {
        match self {
            Taking::Scores(out) => {
                let scores: Vec<&[f32]> = out.iter().map(|out| &out[rows.clone()]).collect();
                progress.finished(rows.len(), &scores, issues);
            }
            Taking::Statistics(gathering) => {
                progress.summarized(rows.len(), gathering.tell(), issues);
            }
        }
    }
}

/// Who hears of finished rows, in order, and may stop the batch.
pub(crate) trait Progress {
    /// So many rows, with the scores and the issues of each measure.
    fn finished(&mut self, rows: usize, scores: &[&[f32]], issues: Vec<Issues>);
    /// The same where the scores are not at hand, with how many of them are infinite.
    fn summarized(&mut self, rows: usize, infinities: Vec<u64>, issues: Vec<Issues>);
    /// How the rows were reduced of which is told next.
    fn reduced(&mut self, reduction: Reduction);
    fn is_cancelled(&self) -> bool;
    /// Runs work with the threads of the request at hand.
    fn on_threads<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R;
}

/// How a batch ended.
#[derive(Debug)]
pub(crate) enum End {
    Done,
    Cancelled,
}

impl GpuEngine {
    /// Opens the device that the settings mean and tries it.
    pub(crate) fn open(settings: &Settings) -> Result<Self, GpuError> {
        let (adapter, info) = choose(
            settings.adapter.as_deref(),
            settings.software,
            settings.power,
        )?;
        let mut features = wgpu::Features::empty();
        if !settings.no_subgroups {
            features |= adapter.features() & wgpu::Features::SUBGROUP;
        }
        if settings.pipeline_cache.is_some() {
            features |= adapter.features() & wgpu::Features::PIPELINE_CACHE;
        }
        let mut required_limits = adapter.limits();
        if settings.tiny {
            required_limits.max_storage_buffer_binding_size = 1 << 16;
            required_limits.max_buffer_size = 1 << 17;
            required_limits.max_compute_workgroups_per_dimension = 7;
        }
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("kullback"),
            required_features: features,
            required_limits,
            ..wgpu::DeviceDescriptor::default()
        }))
        .map_err(|error| GpuError::NoDevice {
            adapter: info.name.clone(),
            reason: error.to_string(),
        })?;
        // A panic is the default where nobody listens; every call of ours is scoped, so this is a bug's
        // last trace, not a way of working.
        device.on_uncaptured_error(std::sync::Arc::new(|error| {
            log::error!("kullback: {error}")
        }));
        check_limits(&device)?;
        let subgroups = device.features().contains(wgpu::Features::SUBGROUP);
        let cache = settings.pipeline_cache.as_ref().and_then(|folder| {
            let fault = settings.fault.as_ref();
            PipelineCache::open(&device, folder, fault)
        });
        let exchange = probe(&device, &queue, &info.name, subgroups, cache.as_ref())?;
        let memory = settings.memory.unwrap_or(u64::MAX);
        let limits = limits_of_chunks(
            &device.limits(),
            // Staging and input of each chunk in flight.
            SUBMISSION.min(memory / (2 * IN_FLIGHT as u64)),
            if info.software {
                SOFTWARE_GROUPS
            } else {
                u64::MAX
            },
        );
        Ok(GpuEngine {
            device,
            queue,
            info,
            limits,
            memory,
            kernels: Kernels::new(cache, settings.mutation.clone(), settings.fault.clone()),
            exchange,
            strategy: settings.strategy,
            time_out: settings.time_out.unwrap_or(TIME_OUT),
            filling: settings.filling.unwrap_or(Tried::FILLING),
            idle: Mutex::default(),
            rooms: Mutex::default(),
            epoch: AtomicU16::new(0),
            lost: AtomicBool::new(false),
            fault: settings.fault.clone(),
        })
    }

    pub(crate) fn info(&self) -> &AdapterInfo {
        &self.info
    }

    pub(super) fn device(&self) -> &wgpu::Device {
        &self.device
    }

    pub(super) fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    pub(super) fn kernels(&self) -> &Kernels {
        &self.kernels
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn memory(&self) -> u64 {
        self.memory
    }

    pub(super) fn strategy(&self) -> Strategy {
        self.strategy
    }

    pub(super) fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// So many workgroups look for rows that a first try left.
    pub(super) fn filling(&self) -> u64 {
        self.filling
    }

    pub(super) fn time_out(&self) -> Duration {
        self.time_out
    }

    /// Compiles what a batch of that kind needs.
    pub(crate) fn prepare(
        &self,
        options: &[Options],
        p: &Rows<'_>,
        q: &Rows<'_>,
    ) -> Result<(), GpuError> {
        if let Some(pairs) = UnevenPairs::new(options, p, q) {
            return self.prepare_uneven(options, &pairs);
        }
        let shape = self.pieces(options.len(), p, q)?.shape;
        self.works_of_rows(options, p, q, shape).map(drop)
    }

    /// What is to be done with rows of matrices for each measure.
    fn works_of_rows(
        &self,
        options: &[Options],
        p: &Rows<'_>,
        q: &Rows<'_>,
        shape: Shape,
    ) -> Result<Vec<Work>, GpuError> {
        let meeting = match p.grid() {
            Some(_) => Meeting::Grid,
            None => Meeting::Rows,
        };
        self.works(options, [p, q], meeting, p.k() as u64, shape)
    }

    /// How a batch is cut.
    fn pieces(&self, measures: usize, p: &Rows<'_>, q: &Rows<'_>) -> Result<Pieces, GpuError> {
        let (k, elements) = (p.k() as u64, elements(p, q));
        let (limits, strategy) = (&self.limits, self.strategy);
        let pieces = match p.grid() {
            Some(grid) => {
                let table = Table {
                    lines: grid.lines(),
                    columns: grid.columns(),
                };
                Pieces::of_grid(limits, strategy, table, k, elements, measures)
            }
            None => Chunks::new(limits, strategy, p.rows(), k, elements, measures)
                .map(|chunks| Pieces::of_rows(&chunks, p.rows() as usize)),
        };
        pieces.map_err(GpuError::from)
    }

    /// Scores the rows from `start` on, telling `progress` of each piece in order.
    ///
    /// Issues are numbered from the first row of `p`. On failure everything told stands.
    pub(crate) async fn score(
        &self,
        batch: Batch<'_>,
        start: usize,
        mut taking: Taking<'_, '_>,
        waiting: Waiting,
        progress: &mut impl Progress,
    ) -> Result<End, GpuError> {
        if self.is_lost() {
            return Err(GpuError::Lost);
        }
        let Batch { options, p, q, .. } = batch;
        let end = match UnevenPairs::new(options, p, q) {
            Some(pairs) => {
                self.score_uneven(batch, &pairs, start, &mut taking, waiting, progress)
                    .await
            }
            None => {
                self.score_chunks(batch, start, taking, waiting, progress)
                    .await
            }
        };
        if let Err(error) = &end {
            self.take_note(error);
        }
        end
    }

    /// Uses no more of a device that is lost.
    pub(crate) fn take_note(&self, error: &GpuError) {
        if let GpuError::Lost | GpuError::TimeOut { .. } = error {
            // What is still in flight may write to its buffers at any time: none is used again.
            self.lost.store(true, Ordering::Release);
            self.idle().clear();
            self.rooms().clear();
        }
    }

    /// Idle slots.
    pub(super) fn idle(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Idle room for scores of products.
    pub(super) fn rooms(&self) -> MutexGuard<'_, Vec<Room>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True if nothing more is to be had of the device.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    async fn score_chunks(
        &self,
        batch: Batch<'_>,
        start: usize,
        mut taking: Taking<'_, '_>,
        waiting: Waiting,
        progress: &mut impl Progress,
    ) -> Result<End, GpuError> {
        let Batch { options, p, q, .. } = batch;
        let mut pieces = self.pieces(options.len(), p, q)?.behind(start);
        let shape = pieces.shape;
        let works = self.works_of_rows(options, p, q, shape)?;
        let mut flights: VecDeque<Flight> = VecDeque::new();
        let mut issues = Vec::new();
        loop {
            let next = pieces.next();
            if next.is_none() && flights.is_empty() {
                return Ok(End::Done);
            }
            if progress.is_cancelled() {
                return Ok(End::Cancelled);
            }
            if let Some(piece) = next.filter(|_| flights.len() < IN_FLIGHT) {
                let rows = rows_of(p, q, &piece);
                let gathering = taking.gathering();
                match self.launch(&works, &rows, &piece, shape, gathering, progress) {
                    Ok(flight) => {
                        flights.push_back(flight);
                        pieces.take(&piece);
                    }
                    // Smaller pieces, once what is in flight has been read back.
                    Err(GpuError::OutOfMemory { .. })
                        if (piece.pairs() > 1 || !flights.is_empty()) && !taking.holds_scores() =>
                    {
                        while let Some(flight) = flights.pop_front() {
                            self.land(flight, batch, &mut taking, waiting, &mut issues, progress)
                                .await?;
                        }
                        pieces.halve();
                        issues.clear();
                        taking.gathering().map(Gathering::forget);
                        self.idle().clear();
                        let pairs = pieces.pairs_per_piece();
                        log::warn!(
                            "out of GPU memory: going on with {pairs} pairs of rows a submission"
                        );
                    }
                    Err(error) => return Err(error),
                }
                if flights.len() < IN_FLIGHT && pieces.next().is_some() {
                    continue;
                }
            }
            if let Some(flight) = flights.pop_front() {
                self.land(flight, batch, &mut taking, waiting, &mut issues, progress)
                    .await?;
            }
        }
    }

    pub(super) fn fails(&self, step: &'static str) -> Result<(), GpuError> {
        match &self.fault {
            Some(fault) => fault.strike(step),
            None => Ok(()),
        }
    }

    /// Uploads the rows of a piece and submits its work.
    fn launch(
        &self,
        works: &[Work],
        [p, q]: &[Rows<'_>; 2],
        piece: &Piece,
        shape: Shape,
        gathering: Option<&mut Gathering<'_>>,
        progress: &impl Progress,
    ) -> Result<Flight, GpuError> {
        let (all_p, all_q) = (p.without_grid(), q.without_grid());
        let load = Load {
            pairs: p.rows(),
            k: p.k() as u64,
            elements: elements(p, q),
            stored: [all_p.stored(), all_q.stored()],
            one: [p.are_one(), q.are_one()],
            columns: p.grid().map_or(0, |grid| grid.columns() as u32),
        };
        let chunk = self.submit(works, &load, shape, gathering, |slot, layout| {
            progress.on_threads(|| slot.upload(layout, &all_p, &all_q))
        })?;
        Ok(Flight {
            chunk,
            piece: piece.clone(),
        })
    }

    /// Waits for a chunk and takes its scores, and what is wrong with its rows to that of chunks of the same lines.
    async fn land(
        &self,
        Flight { chunk, piece }: Flight,
        batch: Batch<'_>,
        taking: &mut Taking<'_, '_>,
        waiting: Waiting,
        issues: &mut Vec<Issues>,
        progress: &mut impl Progress,
    ) -> Result<(), GpuError> {
        let chunk = self.done(chunk, waiting).await?;
        let Piece {
            lines,
            columns,
            ends_lines,
        } = &piece;
        let all_columns = batch.p.grid().map_or(1, |grid| grid.columns());
        let first = lines.start * all_columns + columns.start;
        // Whole lines lie one behind the other, as do rows that meet one by one.
        let (run, step) = match columns.len() == all_columns {
            true => (AT_ONCE, AT_ONCE),
            false => (columns.len(), all_columns),
        };
        issues.resize_with(batch.options.len(), Issues::default);
        let reduction = chunk.reduction();
        let record = |measure: usize, statuses: &[u32]| {
            for (i, statuses) in statuses.chunks(run).enumerate() {
                let pairs = (first + i * step..).zip(statuses.iter().copied());
                record_issues(&mut issues[measure], &batch, pairs);
            }
        };
        let copy = |results: [&[u32]; 2], out: &mut [f32], epoch| {
            progress.on_threads(|| take(results, run, &mut out[first..], step, epoch))
        };
        self.take(chunk, piece.pairs(), taking, waiting, copy, record)
            .await?;
        progress.reduced(reduction);
        if *ends_lines {
            let rows = lines.start * all_columns..lines.end * all_columns;
            taking.tell(rows, std::mem::take(issues), progress);
        }
        Ok(())
    }

    pub(super) fn next_epoch(&self) -> u16 {
        let epoch = self.epoch.fetch_add(1, Ordering::Relaxed);
        // 0 is what fresh memory holds.
        if epoch == 0 { self.next_epoch() } else { epoch }
    }

    /// Destroys the device under the engine, to prove that this is survived.
    #[doc(hidden)]
    pub(crate) fn destroy(&self) {
        self.device.destroy();
    }
}

pub(super) fn elements(p: &Rows<'_>, q: &Rows<'_>) -> [ElementType; 2] {
    [p.element_type(), q.element_type()]
}

/// The rows of a piece: all pairs of them if the batch is all pairs.
fn rows_of<'a>(p: &Rows<'a>, q: &Rows<'a>, piece: &Piece) -> [Rows<'a>; 2] {
    let Piece { lines, columns, .. } = piece;
    if p.grid().is_some() {
        return tile(p, q, lines, columns);
    }
    [p, q].map(|rows| rows.slice(lines.start, lines.end))
}

/// The limits of the device in use, as plans see them.
pub(crate) fn limits_of(limits: &wgpu::Limits, submission: u64, groups: u64) -> Limits {
    Limits {
        binding: limits.max_storage_buffer_binding_size,
        buffer: limits.max_buffer_size,
        workgroups: limits.max_compute_workgroups_per_dimension,
        submission: submission.min(limits.max_buffer_size),
        groups,
    }
}

/// The same for chunks of our own, whose buffers hold both operands.
pub(crate) fn limits_of_chunks(limits: &wgpu::Limits, submission: u64, groups: u64) -> Limits {
    let all = limits_of(limits, submission, groups);
    Limits {
        binding: all.binding.min((all.buffer / 2) & !255),
        ..all
    }
}

/// What every kernel takes for granted.
pub(crate) fn check_limits(device: &wgpu::Device) -> Result<(), GpuError> {
    let limits = device.limits();
    let need = |what, found: u32, needed: u32| {
        if found < needed {
            Err(GpuError::Limit {
                what,
                found: found.into(),
                needed: needed.into(),
            })
        } else {
            Ok(())
        }
    };
    let workgroup = crate::plan::WORKGROUP;
    need(
        "max_compute_invocations_per_workgroup",
        limits.max_compute_invocations_per_workgroup,
        workgroup,
    )?;
    need(
        "max_compute_workgroup_size_x",
        limits.max_compute_workgroup_size_x,
        workgroup,
    )?;
    need(
        "max_compute_workgroup_storage_size",
        limits.max_compute_workgroup_storage_size,
        // What is exchanged, rows that are left, and some words.
        2 * workgroup * 16 + 2 * workgroup * 4 + 64,
    )?;
    need(
        "max_storage_buffers_per_shader_stage",
        limits.max_storage_buffers_per_shader_stage,
        6,
    )
}
