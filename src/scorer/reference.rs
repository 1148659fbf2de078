//! Batches on the f64 reference.

use crate::options::Options;
use crate::reference::{self, BadPair};
use crate::rows::Rows;
use crate::status::{Issues, Numbers};

/// Scores row `i` of `p` against row `i` of `q` into element `i` of one output a measure, on the current rayon
/// pool if there is one, and gives the issues of each.
pub(crate) fn score(
    options: &[Options],
    p: &Rows<'_>,
    q: &Rows<'_>,
    numbers: Numbers,
    out: &mut [&mut [f32]],
) -> Vec<Issues> {
    let measures = options.iter().zip(out);
    let issues = measures.map(|(options, out)| {
        let mut issues = Issues::default();
        for (i, bad) in score_rows(options, p, options.second(p, q), out) {
            let kept = |kind: Option<_>| kind.map(|kind| move || kind);
            issues.record(numbers.of(i), kept(bad.p), kept(bad.q));
        }
        issues
    });
    issues.collect()
}

/// Scores all rows and gives the bad ones in ascending order.
#[cfg(feature = "parallel")]
fn score_rows(
    options: &Options,
    p: &Rows<'_>,
    q: &Rows<'_>,
    out: &mut [f32],
) -> Vec<(usize, BadPair)> {
    use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};
    out.par_iter_mut()
        .enumerate()
        .filter_map(|(i, out)| score_row(options, p, q, i, out))
        .collect()
}

/// Scores all rows and gives the bad ones in ascending order.
#[cfg(not(feature = "parallel"))]
fn score_rows(
    options: &Options,
    p: &Rows<'_>,
    q: &Rows<'_>,
    out: &mut [f32],
) -> Vec<(usize, BadPair)> {
    out.iter_mut()
        .enumerate()
        .filter_map(|(i, out)| score_row(options, p, q, i, out))
        .collect()
}

fn score_row(
    options: &Options,
    p: &Rows<'_>,
    q: &Rows<'_>,
    i: usize,
    out: &mut f32,
) -> Option<(usize, BadPair)> {
    match reference::score(options, &p.row(i as u64), &q.row(i as u64)) {
        // Values beyond the f32 maximum become +inf, as they should.
        Ok(score) => {
            *out = score as f32;
            None
        }
        Err(bad) => {
            *out = f32::NAN;
            Some((i, bad))
        }
    }
}
