//! Statistics of the scores of a batch, taken on the device chunk by chunk.

use super::engine::{GpuEngine, Waiting};
use super::record::Span;
use super::scope::scoped;
use super::slot::Layout;
use super::statistics::{OrderProgram, Recorder, StateProgram, Targets, found};
use super::wait::map;
use super::{GpuError, wait};
use crate::plan::statistics::{Needs, Parameters, ROUNDS, TARGET};
use crate::statistics::{Part, Place, Statistics};

/// Scores of a page that a GPU holds for quantiles: 64 MiB, or what it binds.
const PAGE: u64 = 64 << 20;

/// The most scores that are held for quantiles, 1 GiB.
const HELD: u64 = 1 << 28;

/// The most quantiles that are looked for at once.
const LEVELS: usize = 32;

/// What is taken of the scores of a request.
pub(crate) struct Gathering<'a> {
    statistics: &'a Statistics,
    program: StateProgram,
    /// Of each measure, what has been taken of chunks that have not been told of, and of those that have.
    pending: Vec<Part>,
    told: Vec<Part>,
    /// The scores, where quantiles are wanted.
    held: Option<Scores>,
}

/// The scores of each measure, and what finds quantiles among them.
struct Scores {
    program: OrderProgram,
    of_each: Vec<Held>,
}

/// Scores that stay on the device.
#[derive(Debug)]
struct Held {
    pages: Vec<Page>,
    /// Bytes of those that are not there yet.
    missing: u64,
}

#[derive(Debug)]
struct Page {
    scores: wgpu::Buffer,
    /// Bytes that are taken.
    taken: u64,
}

impl Held {
    /// A page with room for so many bytes behind those that are taken.
    fn room(&mut self, device: &wgpu::Device, bytes: u64) -> Result<&mut Page, GpuError> {
        let fits = |page: &Page| page.scores.size() - page.taken >= bytes;
        if !self.pages.last().is_some_and(fits) {
            let limits = device.limits();
            let most = limits
                .max_storage_buffer_binding_size
                .min(limits.max_buffer_size);
            let scores = scoped(device, "room for scores", || {
                device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("kullback/held"),
                    size: self.missing.min(PAGE).min(most).max(bytes),
                    usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
                    mapped_at_creation: false,
                })
            })?;
            self.pages.push(Page { scores, taken: 0 });
        }
        self.pages.last_mut().ok_or(GpuError::Lost)
    }
}

impl<'a> Gathering<'a> {
    /// For each of so many measures. `None` where the scores of so many pairs are better sent back.
    pub(crate) fn new(
        engine: &GpuEngine,
        statistics: &'a Statistics,
        measures: usize,
        pairs: u64,
    ) -> Result<Option<Self>, GpuError> {
        let device = engine.device();
        let (needs, limits) = (Needs::new(statistics), device.limits());
        let [_, digits] = needs.targets();
        let states = Layout::states_of(needs.state(), measures);
        let fits = digits <= limits.max_storage_buffer_binding_size
            && needs.state() <= limits.max_storage_buffer_binding_size
            && states.max(digits) <= limits.max_buffer_size;
        let scores = pairs.saturating_mul(measures as u64);
        let few = statistics.levels.len() <= LEVELS && scores <= HELD.min(engine.memory() / 4);
        let ordered = !statistics.levels.is_empty();
        if !fits || (ordered && !few) {
            return Ok(None);
        }
        let none = || Held {
            pages: Vec::new(),
            missing: pairs * 4,
        };
        let held = match ordered {
            false => None,
            true => Some(Scores {
                program: OrderProgram::new(device, engine.kernels())?,
                of_each: (0..measures).map(|_| none()).collect(),
            }),
        };
        Ok(Some(Gathering {
            statistics,
            program: StateProgram::new(device, engine.kernels(), statistics, true)?,
            pending: vec![Part::new(statistics); measures],
            told: vec![Part::new(statistics); measures],
            held,
        }))
    }

    /// True if what has been taken is of no use without the device.
    pub(crate) fn holds_scores(&self) -> bool {
        self.held.is_some()
    }

    /// Bytes of the state of a measure.
    pub(super) fn state(&self) -> u64 {
        self.program.needs.state()
    }

    /// Tells of what has been taken: how many scores of each measure are infinite.
    pub(super) fn tell(&mut self) -> Vec<u64> {
        for (told, pending) in self.told.iter_mut().zip(&self.pending) {
            told.append(pending);
        }
        let infinities = self.pending.iter().map(|part| part.infinities).collect();
        self.forget();
        infinities
    }

    /// Drops what has not been told of.
    pub(super) fn forget(&mut self) {
        self.pending.iter_mut().for_each(Part::clear);
    }

    /// What has been told of, of each measure.
    pub(crate) fn told(&self) -> &[Part] {
        &self.told
    }

    fn parameters(&self, pairs: u64, epoch: u16) -> Parameters {
        Parameters {
            needs: self.program.needs,
            scores: pairs,
            epoch: epoch.into(),
            round: 0,
        }
    }

    /// Records what is taken of the scores of a chunk by a measure.
    pub(super) fn record(
        &mut self,
        recorder: &mut Recorder<'_>,
        measure: usize,
        (pairs, epoch): (u64, u16),
        [scores, statuses, state]: [&Span<'_>; 3],
    ) -> Result<(), GpuError> {
        let parameters = self.parameters(pairs, epoch);
        let statuses = Some(statuses);
        self.program
            .record(recorder, &parameters, scores, statuses, state)?;
        if let Some(held) = &mut self.held {
            let bytes = pairs * 4;
            let page = held.of_each[measure].room(recorder.device, bytes)?;
            recorder.encoder.copy_buffer_to_buffer(
                scores.buffer,
                scores.offset,
                &page.scores,
                page.taken,
                bytes,
            );
        }
        Ok(())
    }

    /// Counts the scores of a chunk that has been submitted among those that are held.
    pub(super) fn submitted(&mut self, pairs: u64) {
        for held in self.held.iter_mut().flat_map(|held| &mut held.of_each) {
            held.missing = held.missing.saturating_sub(pairs * 4);
            if let Some(page) = held.pages.last_mut() {
                page.taken += pairs * 4;
            }
        }
    }

    /// Adds what a chunk of so many pairs left in its states. True if any row was bad.
    pub(super) fn add(
        &mut self,
        states: &[&[u32]],
        pairs: usize,
        epoch: u16,
    ) -> Result<bool, GpuError> {
        let parameters = self.parameters(pairs as u64, epoch);
        let parts = states
            .iter()
            .map(|state| parameters.read(self.statistics, state))
            .collect::<Option<Vec<Part>>>();
        let unfinished = GpuError::Unfinished { rows: pairs as u64 };
        let parts = parts.ok_or(unfinished)?;
        for (pending, part) in self.pending.iter_mut().zip(&parts) {
            pending.append(part);
        }
        Ok(parts.iter().any(|part| part.bad > 0))
    }
}

impl GpuEngine {
    /// The quantiles of the scores that are held, all of which have been told of, by each measure: none where none is
    /// finite. `None` where the scores have not been held.
    pub(crate) async fn quantiles(
        &self,
        gathering: &Gathering<'_>,
        waiting: Waiting,
    ) -> Result<Option<Vec<Option<Vec<f64>>>>, GpuError> {
        let Some(held) = &gathering.held else {
            return Ok(None);
        };
        let mut quantiles = Vec::new();
        for (of_one, part) in held.of_each.iter().zip(&gathering.told) {
            let finite = part.finite;
            let places = gathering.statistics.places(finite);
            quantiles.push(match places {
                None => None,
                Some(places) => Some(
                    self.look_for(&held.program, gathering, of_one, finite, &places, waiting)
                        .await?,
                ),
            });
        }
        Ok(Some(quantiles))
    }

    async fn look_for(
        &self,
        program: &OrderProgram,
        gathering: &Gathering<'_>,
        held: &Held,
        finite: u64,
        places: &[Place],
        waiting: Waiting,
    ) -> Result<Vec<f64>, GpuError> {
        let device = self.device();
        let ranks = places.iter().flat_map(|place| {
            let above = (place.below + 1).min(finite - 1);
            [place.below as u32, above as u32]
        });
        let ranks: Vec<u32> = ranks.collect();
        let targets = Targets::new(device, &gathering.program.needs, &ranks)?;
        let mut parameters = gathering.parameters(0, 0);
        // A page at a time, so that no submission takes long.
        for round in 0..ROUNDS.len() {
            parameters.round = round;
            for (number, page) in held.pages.iter().enumerate() {
                let mut encoder = self.new_encoder()?;
                let mut kept = Vec::new();
                let mut recorder = Recorder {
                    device,
                    encoder: &mut encoder,
                    kept: &mut kept,
                };
                parameters.scores = page.taken / 4;
                let scores = Span {
                    buffer: &page.scores,
                    offset: 0,
                    size: page.taken,
                };
                self.fails("quantiles")?;
                program.record_digits(&mut recorder, &parameters, &scores, &targets)?;
                if number + 1 == held.pages.len() {
                    program.record_pick(&mut recorder, &parameters, &targets)?;
                }
                self.finish(encoder, waiting).await?;
            }
        }
        let bytes = ranks.len() as u64 * 4 * TARGET as u64;
        let readback = scoped(device, "memory for statistics", || {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("kullback/quantiles"),
                size: bytes,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })?;
        let mut encoder = self.new_encoder()?;
        encoder.copy_buffer_to_buffer(&targets.targets, 0, &readback, 0, bytes);
        let mapping = map_behind(self, encoder, &readback, waiting).await?;
        mapping.finish()?;
        let view = readback.get_mapped_range(..).map_err(|_| GpuError::Lost)?;
        let words: &[u32] = bytemuck::try_cast_slice(&view[..]).map_err(|_| GpuError::Lost)?;
        let both = words.chunks_exact(2 * TARGET).zip(places);
        let quantiles = both.map(|(targets, place)| {
            let (lower, upper) = targets.split_at(TARGET);
            let (lower, upper) = (found(lower)?, found(upper)?);
            (lower <= upper && upper.is_finite()).then(|| place.between(lower.into(), upper.into()))
        });
        let quantiles = quantiles.collect::<Option<Vec<f64>>>();
        quantiles.ok_or(GpuError::Unfinished { rows: finite })
    }

    /// Submits commands and waits until they are done.
    async fn finish(
        &self,
        encoder: wgpu::CommandEncoder,
        waiting: Waiting,
    ) -> Result<(), GpuError> {
        let submission = scoped(self.device(), "a submission", || {
            self.queue().submit([encoder.finish()])
        })?;
        self.wait_for(submission, waiting).await
    }
}

/// Submits commands that fill a buffer, and waits until it can be read.
async fn map_behind(
    engine: &GpuEngine,
    encoder: wgpu::CommandEncoder,
    buffer: &wgpu::Buffer,
    waiting: Waiting,
) -> Result<wait::Mapping, GpuError> {
    let (submission, mapping) = scoped(engine.device(), "a submission", || {
        let submission = engine.queue().submit([encoder.finish()]);
        (submission, map(buffer, wgpu::MapMode::Read))
    })?;
    engine.wait_for(submission, waiting).await?;
    Ok(mapping)
}
