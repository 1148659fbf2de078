//! Scores of all pairs from products of matrices in f32.

use super::engine::{GpuEngine, IN_FLIGHT, Waiting};
use super::pipeline::Kernel;
use super::scope::scoped;
use super::wait::{Mapping, map, wait, wait_async};
use super::{GpuError, pipeline};
use crate::plan::Chunks;
use crate::plan::product::{Finishing, Places, ProductKey, Table, parameters};
use crate::product::{Finish, Form, Layout, Ready};

/// Bytes of the tiles of P and Q in workgroup memory.
const TILES: u32 = 1024 * 16;

/// Bytes of scores of one submission.
const SUBMISSION: u64 = 32 << 20;

/// Rows of Q that stay on the device.
#[derive(Debug)]
pub(crate) struct Resident {
    q: wgpu::Buffer,
    places: Places,
    /// Bins and words of marks of a row.
    shape: [usize; 2],
    finish: Finish,
    columns: usize,
    /// Any row of Q has a mark.
    marked: bool,
}

/// Room for the scores of a submission.
#[derive(Debug)]
pub(super) struct Room {
    scores: wgpu::Buffer,
    done: wgpu::Buffer,
    readback: wgpu::Buffer,
}

/// Products on their way.
pub(crate) struct Products {
    room: Room,
    table: Table,
    epoch: u32,
    submission: wgpu::SubmissionIndex,
    readback: Mapping,
    _kept: Vec<wgpu::Buffer>,
}

impl GpuEngine {
    /// How many rows of P go into one submission with so many of Q, each of `row` bytes when ready; `None` if the
    /// device does not hold those of Q, `bytes` of them.
    pub(crate) fn lines_of_products(
        &self,
        form: &Form,
        [columns, k]: [usize; 2],
        row: u64,
        bytes: u64,
    ) -> Option<usize> {
        let limits = self.device().limits();
        let most = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
        let line = Table { lines: 1, columns }.bytes();
        let panel = crate::product::PANEL as u64;
        let of_scores = (SUBMISSION.min(most) / line.max(1)).max(1);
        let of_rows = (most / (row.max(1) * panel)).saturating_mul(panel);
        // Work that comes back long before any watchdog.
        let products = if self.info().software {
            1 << 32
        } else {
            1 << 36
        };
        // A mixture takes a logarithm.
        let products = if form.is_of_mixtures() {
            products / 8
        } else {
            products
        };
        let of_work = (products / (columns as u64 * k as u64).max(1)).max(1);
        let across = (columns as u64).div_ceil(panel).max(1);
        let groups = u64::from(limits.max_compute_workgroups_per_dimension).pow(2);
        let of_groups = (groups / across).saturating_mul(panel);
        let lines = of_scores.min(of_rows).min(of_work).min(of_groups);
        // Whole panels, where there is room for one.
        let lines = if lines > panel {
            lines / panel * panel
        } else {
            lines
        };
        let holds_tiles = limits.max_compute_workgroup_storage_size >= TILES;
        let fits = bytes <= most && line <= most && lines > 0;
        (holds_tiles && fits).then_some(lines as usize)
    }

    /// Brings rows of Q to the device.
    pub(crate) fn reside(&self, q: &Ready, finish: Finish) -> Result<Resident, GpuError> {
        let places = Places::new(q);
        Ok(Resident {
            q: self.upload("kullback/product/q", q, &places)?,
            places,
            shape: [q.k(), q.words()],
            finish,
            columns: q.rows(),
            marked: q.marked().contains(&true),
        })
    }

    /// Submits the products of rows of P with those of Q.
    pub(crate) fn multiply(&self, resident: &Resident, p: &Ready) -> Result<Products, GpuError> {
        let marked = resident.marked && p.marked().contains(&true);
        let key = ProductKey::new(resident.finish, marked);
        let kernel = self.kernels().product(self.device(), key)?;
        if resident.shape != [p.k(), p.words()] {
            return Err(GpuError::Refused {
                step: "a product",
                reason: format!(
                    "rows of P have {} bins as they lie, of Q {}",
                    p.k(),
                    resident.shape[0]
                ),
            });
        }
        let table = Table {
            lines: p.rows(),
            columns: resident.columns,
        };
        self.fails("allocate")?;
        let room = self.room(&table)?;
        self.fails("upload")?;
        let places = Places::new(p);
        let rows = self.upload("kullback/product/p", p, &places)?;
        let epoch = u32::from(self.next_epoch());
        let told = if self.fails("epoch").is_err() {
            epoch ^ 1
        } else {
            epoch
        };
        let mut encoder = self.encoder()?;
        let operands = [&rows, &resident.q, &room.scores, &room.done];
        self.fails("record")?;
        let both = [&places, &resident.places];
        let uniforms = self.dispatch(&mut encoder, &kernel, operands, table.groups(), |width| {
            parameters(both, p, table, width, told, resident.finish.scale())
        })?;
        let bytes = table.bytes();
        encoder.copy_buffer_to_buffer(&room.scores, 0, &room.readback, 0, bytes);
        encoder.copy_buffer_to_buffer(&room.done, 0, &room.readback, bytes, table.groups() * 4);
        self.fails("submit")?;
        let (submission, readback) = scoped(self.device(), "a submission", || {
            let submission = self.queue().submit([encoder.finish()]);
            (submission, map(&room.readback, wgpu::MapMode::Read))
        })?;
        Ok(Products {
            room,
            table,
            epoch,
            submission,
            readback,
            _kept: vec![rows, uniforms],
        })
    }

    /// Waits for products and hands each line of scores to `take`.
    pub(crate) async fn take_products(
        &self,
        products: Products,
        waiting: Waiting,
        take: impl FnOnce(Lines<'_>),
    ) -> Result<(), GpuError> {
        self.fails("wait")?;
        match waiting {
            Waiting::Here => wait(self.device(), products.submission, self.time_out())?,
            Waiting::Elsewhere => {
                wait_async(self.device(), products.submission, self.time_out()).await?;
            }
        }
        self.fails("map")?;
        products.readback.finish()?;
        let (room, table) = (products.room, products.table);
        {
            let view = room
                .readback
                .get_mapped_range(..)
                .map_err(|_| GpuError::Lost)?;
            let words: &[u32] = bytemuck::try_cast_slice(&view[..]).map_err(|_| GpuError::Lost)?;
            let (scores, rest) = words.split_at(table.lines * table.line());
            let done = &rest[..table.groups() as usize];
            let undone = done
                .iter()
                .filter(|&&epoch| epoch != products.epoch)
                .count();
            if undone > 0 {
                return Err(GpuError::Unfinished {
                    rows: undone as u64,
                });
            }
            take(Lines { scores, table });
        }
        room.readback.unmap();
        self.rooms().push(room);
        Ok(())
    }

    /// Seconds that the products of these rows take on the device, with scores made of them and without.
    pub(crate) fn time_products(
        &self,
        [p, q]: [&Ready; 2],
        finish: Finish,
        times: u32,
    ) -> Result<[f64; 2], GpuError> {
        let resident = self.reside(q, finish)?;
        let table = Table {
            lines: p.rows(),
            columns: q.rows(),
        };
        let room = self.room(&table)?;
        let places = Places::new(p);
        let rows = self.upload("kullback/product/p", p, &places)?;
        let own = ProductKey::new(finish, resident.marked && p.marked().contains(&true));
        let bare = ProductKey {
            finishing: Finishing::Bare,
            marked: false,
            ..own
        };
        // The fastest of some repetitions, in turn, so often in one submission and three times so often.
        let mut seconds = [[f64::INFINITY; 2]; 2];
        for _ in 0..6 {
            for (key, seconds) in [own, bare].into_iter().zip(&mut seconds) {
                let kernel = self.kernels().product(self.device(), key)?;
                for (times, seconds) in [times, 3 * times].into_iter().zip(seconds) {
                    let mut encoder = self.encoder()?;
                    let mut kept = Vec::new();
                    for _ in 0..times {
                        let operands = [&rows, &resident.q, &room.scores, &room.done];
                        let both = [&places, &resident.places];
                        let words = |width| parameters(both, p, table, width, 1, finish.scale());
                        let groups = table.groups();
                        kept.push(self.dispatch(&mut encoder, &kernel, operands, groups, words)?);
                    }
                    let begun = std::time::Instant::now();
                    let submission = self.queue().submit([encoder.finish()]);
                    wait(self.device(), submission, self.time_out())?;
                    *seconds = seconds.min(begun.elapsed().as_secs_f64());
                }
            }
        }
        Ok(seconds.map(|[few, many]| (many - few) / f64::from(2 * times)))
    }

    /// Rows that are ready, in a buffer.
    fn upload(
        &self,
        label: &str,
        ready: &Ready,
        places: &Places,
    ) -> Result<wgpu::Buffer, GpuError> {
        debug_assert_eq!(ready.layout(), Layout::Bins);
        let buffer = scoped(self.device(), "rows for a product", || {
            self.device().create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: places.words * 4,
                usage: wgpu::BufferUsages::STORAGE,
                mapped_at_creation: true,
            })
        })?;
        {
            let mut view = buffer
                .get_mapped_range_mut(..)
                .map_err(|_| GpuError::Lost)?;
            let (constants, marks) = (places.constants as usize * 4, places.marks as usize * 4);
            let parts = [
                (
                    0..constants,
                    bytemuck::cast_slice::<f32, u8>(ready.factors()),
                ),
                (constants..marks, bytemuck::cast_slice(ready.constants())),
                (
                    marks..places.words as usize * 4,
                    bytemuck::cast_slice(ready.marks()),
                ),
            ];
            for (place, bytes) in parts {
                if !bytes.is_empty() {
                    view.slice(place).copy_from_slice(bytes);
                }
            }
        }
        buffer.unmap();
        Ok(buffer)
    }

    /// Room for scores that is idle and large enough, or new.
    fn room(&self, table: &Table) -> Result<Room, GpuError> {
        let (bytes, done) = (table.bytes(), table.groups() * 4);
        let mut idle = self.rooms();
        let fits = |room: &Room| {
            room.scores.size() >= bytes
                && room.done.size() >= done
                && room.readback.size() >= bytes + done
        };
        if let Some(at) = idle.iter().position(fits) {
            return Ok(idle.swap_remove(at));
        }
        // Rooms that are too small would only pile up.
        idle.truncate(IN_FLIGHT - 1);
        drop(idle);
        use wgpu::BufferUsages as Usage;
        scoped(self.device(), "room for scores", || {
            let buffer = |label, size, usage| {
                self.device().create_buffer(&wgpu::BufferDescriptor {
                    label: Some(label),
                    size,
                    usage,
                    mapped_at_creation: false,
                })
            };
            Room {
                scores: buffer(
                    "kullback/product/scores",
                    bytes,
                    Usage::STORAGE | Usage::COPY_SRC,
                ),
                done: buffer(
                    "kullback/product/done",
                    done,
                    Usage::STORAGE | Usage::COPY_SRC,
                ),
                readback: buffer(
                    "kullback/product/readback",
                    bytes + done,
                    Usage::MAP_READ | Usage::COPY_DST,
                ),
            }
        })
    }

    fn encoder(&self) -> Result<wgpu::CommandEncoder, GpuError> {
        scoped(self.device(), "an encoder", || {
            self.device()
                .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                    label: Some("kullback/product"),
                })
        })
    }

    /// Records one dispatch, and returns what must live until it is submitted.
    fn dispatch(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        kernel: &Kernel,
        operands: [&wgpu::Buffer; 4],
        groups: u64,
        words: impl FnOnce(u32) -> [u32; 16],
    ) -> Result<wgpu::Buffer, GpuError> {
        let workgroups = self.device().limits().max_compute_workgroups_per_dimension;
        let (width, height) = Chunks::grid(groups, workgroups);
        let words = words(width);
        scoped(self.device(), "recording a product", || {
            let uniforms = pipeline::uniforms(self.device(), &words);
            let all = [&uniforms].into_iter().chain(operands);
            let resources = all.map(wgpu::Buffer::as_entire_binding).collect();
            pipeline::dispatch(self.device(), encoder, kernel, resources, [width, height]);
            uniforms
        })
    }
}

/// Scores as a kernel wrote them.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'a> {
    scores: &'a [u32],
    table: Table,
}

impl Lines<'_> {
    /// Copies those of a line.
    pub(crate) fn copy(&self, line: usize, out: &mut [f32]) {
        let from = line * self.table.line();
        let scores = &self.scores[from..from + self.table.columns];
        for (out, &bits) in out.iter_mut().zip(scores) {
            *out = f32::from_bits(bits);
        }
    }
}
