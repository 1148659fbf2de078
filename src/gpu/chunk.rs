//! One submission: rows on their way to the device, the work on them, and the way of what comes back.

use super::GpuError;
use super::engine::{GpuEngine, Taking, Waiting};
use super::record::Program;
use super::results::{Found, look_at_all};
use super::scope::scoped;
use super::slot::{Layout, Slot};
use super::statistics::Recorder;
use super::summarize::Gathering;
use super::wait::{Mapping, map, wait, wait_async};
use crate::element::ElementType;
use crate::measure::Arithmetic;
use crate::options::Options;
use crate::plan::{Exchange, Key, Meeting, Parameters, Shape, Tried};
use crate::rows::Rows;
use crate::scores::Reduction;

/// What is to be done for one measure.
pub(super) struct Work {
    program: Program,
    arithmetic: Arithmetic,
}

/// What rows a submission holds.
pub(super) struct Load {
    pub(super) pairs: u64,
    pub(super) k: u64,
    pub(super) elements: [ElementType; 2],
    /// The rows of each operand that are sent.
    pub(super) stored: [u64; 2],
    /// True of an operand of which all rows are one.
    pub(super) one: [bool; 2],
    /// Where all pairs meet, the rows of Q; else any.
    pub(super) columns: u32,
}

/// A chunk on the device.
pub(super) struct Chunk {
    slot: Slot,
    layout: Layout,
    epoch: u16,
    reduction: Reduction,
    submission: wgpu::SubmissionIndex,
    readback: Mapping,
    staging: Mapping,
    // Buffers that the commands use.
    _kept: Vec<wgpu::Buffer>,
}

impl Chunk {
    /// How its rows are reduced.
    pub(super) fn reduction(&self) -> Reduction {
        self.reduction
    }
}

impl GpuEngine {
    /// What is to be done for each measure with rows of so many bins, compiled.
    pub(super) fn works(
        &self,
        options: &[Options],
        [p, q]: [&Rows<'_>; 2],
        meeting: Meeting,
        k: u64,
        shape: Shape,
    ) -> Result<Vec<Work>, GpuError> {
        let work = |options: &Options| {
            let q = options.second(p, q);
            let key = Key::new(options, p.kind(), q.kind(), meeting, self.exchange());
            Ok(Work {
                program: Program::new(self.device(), self.kernels(), key, shape, k)?,
                arithmetic: Arithmetic::new(options, p.kind(), q.kind()),
            })
        };
        options.iter().map(work).collect()
    }

    /// Uploads a chunk and submits its work, and that of what is gathered of its scores.
    pub(super) fn submit(
        &self,
        works: &[Work],
        load: &Load,
        shape: Shape,
        mut gathering: Option<&mut Gathering<'_>>,
        upload: impl FnOnce(&Slot, &Layout) -> Result<(), GpuError>,
    ) -> Result<Chunk, GpuError> {
        let state = gathering.as_ref().map(|gathering| gathering.state());
        let measures = works.len();
        let layout = Layout::new(
            load.pairs,
            load.stored,
            load.k,
            load.elements,
            measures,
            state,
        );
        self.fails("allocate")?;
        let slot = self.slot(&layout)?;
        self.fails("upload")?;
        upload(&slot, &layout)?;
        let mut encoder = self.new_encoder()?;
        slot.copy_in(&mut encoder, &layout);
        let epoch = self.next_epoch();
        let mut kept = Vec::new();
        for (measure, work) in works.iter().enumerate() {
            let k = load.k as u32;
            let [p_stride, of_q] = load.one.map(|one| if one { 0 } else { k });
            let uses_q = work.arithmetic.uses_q;
            let parameters = Parameters {
                rows: load.pairs as u32,
                k,
                p_start: 0,
                q_start: 0,
                p_stride,
                q_stride: if uses_q { of_q } else { p_stride },
                shape,
                grid_width: 0,
                epoch: if self.fails("epoch").is_err() {
                    epoch ^ 1
                } else {
                    epoch
                },
                pass: 0,
                aligned: k.is_multiple_of(4),
                tried: Tried::default(),
                columns: load.columns,
                arithmetic: work.arithmetic,
            };
            let mut operands = slot.operands(&layout, measure);
            if !uses_q {
                operands.q = operands.p;
            }
            self.fails("record")?;
            kept.extend(work.program.record(
                self.device(),
                &mut encoder,
                &operands,
                &parameters,
                self.limits().workgroups,
                self.filling(),
            )?);
            if let (Some(gathering), Some(state)) =
                (gathering.as_deref_mut(), slot.state(&layout, measure))
            {
                let mut recorder = Recorder {
                    device: self.device(),
                    encoder: &mut encoder,
                    kept: &mut kept,
                };
                let spans = [&operands.scores, &operands.statuses, &state];
                gathering.record(&mut recorder, measure, (load.pairs, epoch), spans)?;
            }
        }
        slot.copy_out(&mut encoder, &layout);
        self.fails("submit")?;
        // Both are mapped once this chunk is done: to wait for an idle slot would be to wait for those behind.
        let (submission, readback, staging) = scoped(self.device(), "a submission", || {
            let submission = self.queue().submit([encoder.finish()]);
            let readback = map(&slot.readback, wgpu::MapMode::Read);
            (
                submission,
                readback,
                map(&slot.staging, wgpu::MapMode::Write),
            )
        })?;
        if let Some(gathering) = gathering {
            gathering.submitted(load.pairs);
        }
        Ok(Chunk {
            slot,
            layout,
            epoch,
            reduction: Reduction {
                strategy: shape.name(),
                subgroups: self.exchange() == Exchange::Subgroup,
            },
            submission,
            readback,
            staging,
            _kept: kept,
        })
    }

    /// Waits for a chunk, whose results can be read then.
    pub(super) async fn done(&self, chunk: Chunk, waiting: Waiting) -> Result<Chunk, GpuError> {
        self.fails("wait")?;
        self.wait_for(chunk.submission.clone(), waiting).await?;
        self.fails("map")?;
        Ok(chunk)
    }

    pub(super) async fn wait_for(
        &self,
        submission: wgpu::SubmissionIndex,
        waiting: Waiting,
    ) -> Result<(), GpuError> {
        match waiting {
            Waiting::Here => wait(self.device(), submission, self.time_out()),
            Waiting::Elsewhere => wait_async(self.device(), submission, self.time_out()).await,
        }
    }

    pub(super) fn new_encoder(&self) -> Result<wgpu::CommandEncoder, GpuError> {
        scoped(self.device(), "an encoder", || {
            self.device()
                .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                    label: Some("kullback/chunk"),
                })
        })
    }

    /// Takes a chunk that is done: its scores, which `copy` brings to their places among those of a measure, or what has been
    /// gathered of them. Hands the number and the statuses of a measure to `record` where a row is bad.
    pub(super) async fn take(
        &self,
        chunk: Chunk,
        pairs: usize,
        taking: &mut Taking<'_, '_>,
        waiting: Waiting,
        copy: impl Fn([&[u32]; 2], &mut [f32], u32) -> Found,
        mut record: impl FnMut(usize, &[u32]),
    ) -> Result<(), GpuError> {
        match taking {
            Taking::Scores(out) => self.read(chunk, pairs, |results, epoch| {
                let mut unfinished = 0;
                for (measure, results) in results.into_iter().enumerate() {
                    let found = copy(results, out[measure], epoch);
                    unfinished += found.unfinished;
                    if found.faults && unfinished == 0 {
                        record(measure, results[1]);
                    }
                }
                unfinished
            }),
            Taking::Statistics(gathering) => {
                self.read_gathered(chunk, pairs, gathering, waiting, record)
                    .await
            }
        }
    }

    /// Reads what has been gathered of the scores of a chunk that is done, and hands the number and the statuses of each
    /// measure to `record` if a row of it is bad.
    async fn read_gathered(
        &self,
        chunk: Chunk,
        pairs: usize,
        gathering: &mut Gathering<'_>,
        waiting: Waiting,
        record: impl FnMut(usize, &[u32]),
    ) -> Result<(), GpuError> {
        let Chunk {
            slot,
            layout,
            epoch,
            readback,
            ..
        } = chunk;
        self.fails("summary")?;
        readback.finish()?;
        let add = |states: Vec<&[u32]>| gathering.add(&states, pairs, epoch);
        let bad = slot.read_states(&layout, add)??;
        if !bad {
            chunk.staging.finish()?;
            self.idle().push(slot);
            return Ok(());
        }
        let (submission, readback) = self.pull(&slot, &layout)?;
        let chunk = Chunk {
            slot,
            layout,
            epoch,
            submission,
            readback,
            reduction: chunk.reduction,
            staging: chunk.staging,
            _kept: Vec::new(),
        };
        let chunk = self.done(chunk, waiting).await?;
        self.read(chunk, pairs, |results, epoch| {
            look_at_all(results, epoch, record)
        })
    }

    /// Brings the statuses of a chunk back whose statistics have been read.
    fn pull(
        &self,
        slot: &Slot,
        layout: &Layout,
    ) -> Result<(wgpu::SubmissionIndex, Mapping), GpuError> {
        let mut encoder = self.new_encoder()?;
        slot.copy_statuses_out(&mut encoder, layout);
        scoped(self.device(), "a submission", || {
            let submission = self.queue().submit([encoder.finish()]);
            (submission, map(&slot.readback, wgpu::MapMode::Read))
        })
    }

    /// Hands the scores and statuses of a chunk that is done, by each measure, and its epoch to `take`, which counts the
    /// pairs that are not finished: none but where something is wrong.
    fn read(
        &self,
        chunk: Chunk,
        pairs: usize,
        take: impl FnOnce(Vec<[&[u32]; 2]>, u32) -> u64,
    ) -> Result<(), GpuError> {
        chunk.readback.finish()?;
        chunk.staging.finish()?;
        let epoch = u32::from(chunk.epoch);
        let read = |results: Vec<[&[u32]; 2]>| take(results, epoch);
        let unfinished = chunk.slot.read(&chunk.layout, pairs, read)?;
        if unfinished > 0 {
            return Err(GpuError::Unfinished { rows: unfinished });
        }
        self.idle().push(chunk.slot);
        Ok(())
    }

    /// An idle slot that is large enough, or a new one.
    fn slot(&self, layout: &Layout) -> Result<Slot, GpuError> {
        let mut idle = self.idle();
        if let Some(at) = idle.iter().position(|slot| slot.fits(layout)) {
            return Ok(idle.swap_remove(at));
        }
        // Slots that are too small would only pile up.
        idle.truncate(super::IN_FLIGHT);
        idle.pop();
        drop(idle);
        Slot::new(self.device(), layout)
    }
}
