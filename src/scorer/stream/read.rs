//! Reading a source, where possible while the chunk before is scored.

use crate::scorer::source::{BoxError, Source};

use super::Failed;
use super::buffers::Buffer;

/// What became of filling one buffer.
#[derive(Debug)]
pub(crate) enum Filled {
    /// This many rows, at least one.
    Rows(usize),
    End,
    Failed(BoxError),
    /// The source claims more rows than fit.
    Overfilled {
        claimed: usize,
        room: usize,
    },
}

impl Filled {
    fn may_go_on(&self) -> bool {
        matches!(self, Filled::Rows(_))
    }
}

fn fill<S: Source + ?Sized>(source: &mut S, buffer: &mut Buffer, k: usize) -> Filled {
    let (p, q) = (buffer.p.room(), buffer.q.room());
    let room = p.len() / k;
    match source.fill(p, q) {
        Ok(0) => Filled::End,
        Ok(rows) if rows <= room => Filled::Rows(rows),
        Ok(claimed) => Filled::Overfilled { claimed, room },
        Err(error) => Filled::Failed(error),
    }
}

/// Takes one buffer and what became of filling it.
pub(crate) type Take<'a> = dyn FnMut(&Buffer, Filled) -> Result<(), Failed> + 'a;

/// Fills the buffers over and over and hands each to `take`, in order and on the calling thread, until
/// the source ends or fails, or `take` fails.
pub(crate) fn feed<S: Source + Send + ?Sized>(
    source: &mut S,
    mut buffers: Vec<Buffer>,
    k: usize,
    take: &mut Take<'_>,
) -> Result<(), Failed> {
    #[cfg(feature = "parallel")]
    if buffers.len() > 1
        && let Some(end) = overlapped(source, &mut buffers, k, take)
    {
        return end;
    }
    in_turn(source, &mut buffers, k, take)
}

/// Reads and takes by turns, with the first buffer.
fn in_turn<S: Source + ?Sized>(
    source: &mut S,
    buffers: &mut [Buffer],
    k: usize,
    take: &mut Take<'_>,
) -> Result<(), Failed> {
    let Some(buffer) = buffers.first_mut() else {
        return Ok(());
    };
    loop {
        let filled = fill(source, buffer, k);
        let go_on = filled.may_go_on();
        take(buffer, filled)?;
        if !go_on {
            return Ok(());
        }
    }
}

/// Reads on a thread of its own. `None`, with the buffers untouched, if that cannot be started.
#[cfg(feature = "parallel")]
fn overlapped<S: Source + Send + ?Sized>(
    source: &mut S,
    buffers: &mut Vec<Buffer>,
    k: usize,
    take: &mut Take<'_>,
) -> Option<Result<(), Failed>> {
    use std::{panic, sync::mpsc, thread};

    // Buffers go round: empty ones to the reader, full ones back. Either side ends when the other is gone.
    let (to_reader, empty) = mpsc::channel::<Buffer>();
    let (to_taker, full) = mpsc::channel::<(Buffer, Filled)>();
    let read = move || {
        for mut buffer in empty {
            let filled = fill(source, &mut buffer, k);
            let go_on = filled.may_go_on();
            if to_taker.send((buffer, filled)).is_err() || !go_on {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let reader = thread::Builder::new()
            .name("kullback-reader".to_owned())
            .spawn_scoped(scope, read)
            .ok()?;
        // A send can only fail once the reader has ended, and then it wants no more buffers.
        for buffer in buffers.drain(..) {
            let _ = to_reader.send(buffer);
        }
        let mut end = Ok(());
        for (buffer, filled) in full {
            end = take(&buffer, filled);
            if end.is_err() {
                break;
            }
            let _ = to_reader.send(buffer);
        }
        drop(to_reader);
        if let Err(panic) = reader.join() {
            // The source's own panic, where the caller would have seen it without the thread.
            panic::resume_unwind(panic);
        }
        Some(end)
    })
}
