//! Ragged and sparse rows on a device: those of about the same length go there together.
//!
//! Pairs are put in the order of their lengths, many at a time, and filled up to one of few with zeros, which change no
//! sum; where bins that are zero in both rows count, to none but their own.

use std::collections::VecDeque;
use std::ops::Range;

use super::chunk::{Chunk, Load, Work};
use super::engine::{Batch, End, GpuEngine, Progress, Taking, Waiting, elements};
use super::results::{record_issues, scatter};
use super::summarize::Gathering;
use super::{GpuError, IN_FLIGHT};
use crate::options::Options;
use crate::plan::{Meeting, UnevenPiece, UnevenPieces, filled, window};
use crate::rows::UnevenPairs;
use crate::status::Issues;

/// Pairs of about the same length on the device.
struct Flight {
    chunk: Chunk,
    piece: UnevenPiece,
}

/// Pairs with a bad row, and their statuses, in the order in which they come.
type Faults = Vec<(usize, u32)>;

/// Pairs that are scored in the order of their lengths.
struct Window<'a> {
    pairs: &'a UnevenPairs<'a>,
    /// The first of them, and the one behind the last.
    rows: Range<usize>,
    pieces: UnevenPieces,
    /// Which of them have been scored.
    landed: Vec<bool>,
}

impl<'a> Window<'a> {
    /// The pairs from one on.
    fn new(pairs: &'a UnevenPairs<'a>, from: usize) -> Self {
        let rows = from..window(|bins, most| pairs.end(from, bins, most));
        let bins = of_each(rows.clone(), |i| {
            let bins = pairs.bins(i).max(1) as u64;
            match pairs.all_bins_count() {
                true => bins,
                false => filled(bins),
            }
        });
        Window {
            pairs,
            landed: vec![false; rows.len()],
            rows,
            pieces: UnevenPieces::new(&bins),
        }
    }

    /// How many have been scored before the first that has not.
    fn finished(&self) -> usize {
        self.landed.iter().take_while(|landed| **landed).count()
    }

    /// The pairs of a piece.
    fn of(&self, piece: &UnevenPiece) -> Vec<usize> {
        let pairs = self.pieces.pairs(&piece.places).iter();
        pairs.map(|&i| self.rows.start + i as usize).collect()
    }
}

/// What a function makes of each number, on the current rayon pool if there is one.
fn of_each(numbers: Range<usize>, make: impl Fn(usize) -> u64 + Send + Sync) -> Vec<u64> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        numbers
            .into_par_iter()
            .with_min_len(1024)
            .map(make)
            .collect()
    }
    #[cfg(not(feature = "parallel"))]
    numbers.map(make).collect()
}

impl GpuEngine {
    /// Compiles what pairs like these need.
    pub(super) fn prepare_uneven(
        &self,
        options: &[Options],
        pairs: &UnevenPairs<'_>,
    ) -> Result<(), GpuError> {
        let mut from = 0;
        while from < pairs.len() {
            let mut window = Window::new(pairs, from);
            from = window.rows.end;
            while let Some(piece) = self.next(&window, options.len())? {
                self.works_of(options, &window, &piece)?;
                window.pieces.take(&piece);
            }
        }
        Ok(())
    }

    /// Scores pairs from `start` on, see [`GpuEngine::score`].
    pub(super) async fn score_uneven(
        &self,
        batch: Batch<'_>,
        pairs: &UnevenPairs<'_>,
        start: usize,
        taking: &mut Taking<'_, '_>,
        waiting: Waiting,
        progress: &mut impl Progress,
    ) -> Result<End, GpuError> {
        let measures = batch.options.len();
        let mut from = start;
        while from < pairs.len() {
            let mut window = progress.on_threads(|| Window::new(pairs, from));
            let elements = elements(&pairs.p, &pairs.q);
            window
                .pieces
                .check(self.limits(), self.strategy(), elements, measures)?;
            let mut faults = vec![Vec::new(); measures];
            let end = self
                .score_window(
                    batch.options,
                    &mut window,
                    taking,
                    waiting,
                    &mut faults,
                    progress,
                )
                .await;
            // However it ended, what is finished without a gap is kept; of statistics no part can be taken out again.
            let finished = match taking {
                Taking::Statistics(_) if !matches!(end, Ok(End::Done)) => 0,
                _ => window.finished(),
            };
            let rows = from..from + finished;
            let issues = faults.into_iter().map(|mut faults| {
                faults.retain(|&(pair, _)| pair < rows.end);
                faults.sort_unstable();
                let mut issues = Issues::default();
                record_issues(&mut issues, &batch, faults.into_iter());
                issues
            });
            let issues = issues.collect();
            if !rows.is_empty() {
                taking.tell(rows.clone(), issues, progress);
            }
            match end? {
                End::Done => from = rows.end,
                End::Cancelled => return Ok(End::Cancelled),
            }
        }
        Ok(End::Done)
    }

    async fn score_window(
        &self,
        options: &[Options],
        window: &mut Window<'_>,
        taking: &mut Taking<'_, '_>,
        waiting: Waiting,
        faults: &mut [Faults],
        progress: &mut impl Progress,
    ) -> Result<End, GpuError> {
        let mut flights: VecDeque<Flight> = VecDeque::new();
        loop {
            let next = self.next(window, options.len())?;
            if next.is_none() && flights.is_empty() {
                return Ok(End::Done);
            }
            if progress.is_cancelled() {
                return Ok(End::Cancelled);
            }
            if let Some(piece) = next.filter(|_| flights.len() < IN_FLIGHT) {
                let rows = window.of(&piece);
                let gathering = taking.gathering();
                match self.launch_uneven(options, window, &piece, &rows, gathering, progress) {
                    Ok(chunk) => {
                        window.pieces.take(&piece);
                        flights.push_back(Flight { chunk, piece });
                    }
                    // Smaller pieces, once what is in flight has been read back.
                    Err(GpuError::OutOfMemory { .. })
                        if (rows.len() > 1 || !flights.is_empty()) && !taking.holds_scores() =>
                    {
                        while let Some(flight) = flights.pop_front() {
                            self.land_uneven(flight, window, taking, waiting, faults, progress)
                                .await?;
                        }
                        window.pieces.halve(&piece);
                        self.idle().clear();
                        log::warn!("out of GPU memory: going on with smaller submissions");
                    }
                    Err(error) => return Err(error),
                }
                if flights.len() < IN_FLIGHT {
                    continue;
                }
            }
            if let Some(flight) = flights.pop_front() {
                self.land_uneven(flight, window, taking, waiting, faults, progress)
                    .await?;
            }
        }
    }

    /// The next piece of a window.
    fn next(&self, window: &Window<'_>, measures: usize) -> Result<Option<UnevenPiece>, GpuError> {
        let UnevenPairs { p, q, .. } = window.pairs;
        let (limits, strategy) = (self.limits(), self.strategy());
        let next = window
            .pieces
            .next(limits, strategy, elements(p, q), measures);
        next.map_err(GpuError::from)
    }

    fn works_of(
        &self,
        options: &[Options],
        window: &Window<'_>,
        piece: &UnevenPiece,
    ) -> Result<Vec<Work>, GpuError> {
        let UnevenPairs { p, q, .. } = window.pairs;
        self.works(options, [p, q], Meeting::Rows, piece.k, piece.shape)
    }

    /// Uploads some pairs and submits their work.
    fn launch_uneven(
        &self,
        options: &[Options],
        window: &Window<'_>,
        piece: &UnevenPiece,
        rows: &[usize],
        gathering: Option<&mut Gathering<'_>>,
        progress: &impl Progress,
    ) -> Result<Chunk, GpuError> {
        let works = self.works_of(options, window, piece)?;
        let pairs = window.pairs;
        let load = Load {
            pairs: rows.len() as u64,
            k: piece.k,
            elements: elements(&pairs.p, &pairs.q),
            stored: [rows.len() as u64; 2],
            one: [false; 2],
            columns: 0,
        };
        self.submit(&works, &load, piece.shape, gathering, |slot, layout| {
            progress.on_threads(|| slot.upload_uneven(layout, pairs, rows, piece.k as usize))
        })
    }

    /// Waits for a chunk and takes its scores, and what is wrong with its rows.
    async fn land_uneven(
        &self,
        Flight { chunk, piece }: Flight,
        window: &mut Window<'_>,
        taking: &mut Taking<'_, '_>,
        waiting: Waiting,
        faults: &mut [Faults],
        progress: &mut impl Progress,
    ) -> Result<(), GpuError> {
        let chunk = self.done(chunk, waiting).await?;
        let reduction = chunk.reduction();
        let rows = window.of(&piece);
        let record = |measure: usize, statuses: &[u32]| {
            let pairs = rows.iter().copied().zip(statuses.iter().copied());
            faults[measure].extend(pairs.filter(|(_, status)| status & 0xff != 0));
        };
        let copy =
            |results: [&[u32]; 2], out: &mut [f32], epoch| scatter(results, &rows, out, epoch);
        self.take(chunk, rows.len(), taking, waiting, copy, record)
            .await?;
        for row in rows {
            window.landed[row - window.rows.start] = true;
        }
        progress.reduced(reduction);
        Ok(())
    }
}
