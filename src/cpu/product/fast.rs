//! Products and entropies in f32, whose scores are as near as `ErrorBound` says.

use super::mixtures_f32::Tables;
use super::multiply;
use crate::cpu::dispatch::Isa;
use crate::product::{Finish, PANEL, Ready};

/// Rows of P of a piece of work, and rows of Q of a tile of it: whole panels.
const LINES: usize = 256;
const COLUMNS: usize = 8 * PANEL;

/// Scores rows of P against all of Q, P [row by row](crate::product::Layout::Rows), and Q too where they are multiplied, on
/// the current rayon pool.
pub(crate) fn multiply(p: &Ready, q: &Ready, finish: Finish, out: &mut [f32]) {
    let columns = q.rows();
    let lines = p.rows().div_ceil(super::threads()).clamp(1, LINES);
    let pieces: Vec<(usize, &mut [f32])> = (0..p.rows())
        .step_by(lines)
        .zip(out.chunks_mut((lines * columns).max(1)))
        .collect();
    let of_marked: Vec<usize> = (0..columns).filter(|&column| q.marked()[column]).collect();
    let work = |(from, out): (usize, &mut [f32])| {
        piece([p, q], finish, from, &of_marked, out);
    };
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        pieces.into_par_iter().for_each(work);
    }
    #[cfg(not(feature = "parallel"))]
    pieces.into_iter().for_each(work);
}

/// Scores some rows of P.
fn piece([p, q]: [&Ready; 2], finish: Finish, from: usize, of_marked: &[usize], out: &mut [f32]) {
    let (columns, k, words) = (q.rows(), p.k(), p.words());
    let bins = q.k();
    let lines = out.len() / columns;
    let of_p = &p.factors()[from * k..(from + lines) * k];
    for first in (0..columns).step_by(COLUMNS) {
        let tile = first..columns.min(first + COLUMNS);
        if let Finish::Entropy { .. } = finish {
            let panels = tile.start * bins..tile.end.next_multiple_of(PANEL) * bins;
            let tables = Tables {
                p: of_p,
                panels: &q.factors()[panels],
                k,
                bins,
                columns: tile.len(),
            };
            tables.add_up(Isa::detect(), &mut out[first..], columns);
        } else {
            let of_q = &q.factors()[tile.start * k..tile.end * k];
            multiply::rows_by_rows_f32(of_p, of_q, k, &mut out[first..], columns);
        }
        for line in 0..lines {
            let products = &mut out[line * columns..][tile.clone()];
            finish.finish(
                p.constants()[from + line],
                &q.constants()[tile.clone()],
                products,
            );
        }
    }
    for line in (0..lines).filter(|line| p.marked()[from + line]) {
        let of_p = &p.marks()[(from + line) * words..][..words];
        for &column in of_marked {
            let of_q = &q.marks()[column * words..][..words];
            if of_p.iter().zip(of_q).any(|(p, q)| p & q != 0) {
                out[line * columns + column] = f32::INFINITY;
            }
        }
    }
}
