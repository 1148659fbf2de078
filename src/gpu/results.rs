//! Scores and statuses as they come back, and what statuses say of rows.

use super::engine::Batch;
use crate::rows::Rows;
use crate::status::{IssueKind, Issues};

/// What a look at statuses finds.
#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    /// Pairs that were not scored.
    pub(super) unfinished: u64,
    /// Any row is bad.
    pub(super) faults: bool,
}

impl Found {
    fn or(self, other: Found) -> Found {
        Found {
            unfinished: self.unfinished + other.unfinished,
            faults: self.faults || other.faults,
        }
    }
}

/// Pairs that a thread takes at a time.
pub(super) const AT_ONCE: usize = 1 << 16;

/// Copies scores, `run` of them to each `step` of `out`, on the current rayon pool, and looks at their statuses.
pub(super) fn take(
    [scores, statuses]: [&[u32]; 2],
    run: usize,
    out: &mut [f32],
    step: usize,
    epoch: u32,
) -> Found {
    let take = |((scores, statuses), out): ((&[u32], &[u32]), &mut [f32])| {
        for (out, &bits) in out.iter_mut().zip(scores) {
            *out = f32::from_bits(bits);
        }
        look(statuses, epoch)
    };
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        let runs = scores.par_chunks(run).zip(statuses.par_chunks(run));
        let runs = runs.zip(out.par_chunks_mut(step));
        runs.map(take).reduce(Found::default, Found::or)
    }
    #[cfg(not(feature = "parallel"))]
    {
        let runs = scores.chunks(run).zip(statuses.chunks(run));
        let runs = runs.zip(out.chunks_mut(step));
        runs.map(take).fold(Found::default(), Found::or)
    }
}

/// Copies the scores of some pairs to their places, and looks at their statuses.
pub(super) fn scatter(
    [scores, statuses]: [&[u32]; 2],
    places: &[usize],
    out: &mut [f32],
    epoch: u32,
) -> Found {
    for (&place, &bits) in places.iter().zip(scores) {
        out[place] = f32::from_bits(bits);
    }
    look(statuses, epoch)
}

fn look(statuses: &[u32], epoch: u32) -> Found {
    let mut found = Found::default();
    for &status in statuses {
        found.unfinished += u64::from(status >> 16 != epoch);
        found.faults |= status & 0xff != 0;
    }
    found
}

/// Hands the statuses of each measure on where only these are wanted, and counts the pairs that were not scored.
pub(super) fn look_at_all(
    results: Vec<[&[u32]; 2]>,
    epoch: u32,
    mut record: impl FnMut(usize, &[u32]),
) -> u64 {
    let statuses = results.into_iter().map(|[_, statuses]| statuses);
    let of_measures = statuses.enumerate().map(|(measure, statuses)| {
        record(measure, statuses);
        look(statuses, epoch).unfinished
    });
    of_measures.sum()
}

/// Records what the statuses of pairs say of their rows. Pairs must come in ascending order.
pub(super) fn record_issues(
    issues: &mut Issues,
    batch: &Batch<'_>,
    statuses: impl Iterator<Item = (usize, u32)>,
) {
    for (pair, status) in statuses {
        if status & 0xff != 0 {
            issues.record(
                batch.numbers.of(pair),
                issue(status & 0xf, batch.p, pair),
                issue(status >> 4 & 0xf, batch.q, pair),
            );
        }
    }
}

/// What finds out what is wrong with a row, if there is a fault.
fn issue(fault: u32, rows: &Rows<'_>, row: usize) -> Option<impl FnOnce() -> IssueKind> {
    (fault != 0).then_some(move || match fault {
        1 => IssueKind::NotFinite,
        2 => IssueKind::Negative,
        3 => IssueKind::ZeroMass,
        _ => IssueKind::NotNormalised {
            sum: rows.row(row as u64).mass(),
        },
    })
}
