//! What benches of all pairs and of statistics score.

// Each bench uses a part of this.
#![allow(dead_code)]

use kullback::{Measure, Request, Rows, Verify};

/// Probabilities drawn apart: exponentials of a fixed sequence.
pub fn tables(rows: usize, k: usize) -> [Vec<f32>; 2] {
    [1_u64, 2].map(|seed| {
        let mut state = seed;
        let mut draw = || {
            state = state
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            -(((state >> 40) as f32 + 0.5) / (1 << 24) as f32).ln()
        };
        let mut values: Vec<f32> = (0..rows * k).map(|_| draw()).collect();
        for row in values.chunks_exact_mut(k) {
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|value| *value /= sum);
        }
        values
    })
}

/// All of the same number of bins.
pub fn rows(values: &[f32], k: usize) -> Rows<'_> {
    match Rows::probabilities(values, k) {
        Ok(rows) => rows,
        Err(error) => panic!("{error}"),
    }
}

/// A measure by its name.
pub fn measure(name: &str) -> Measure {
    match name.parse() {
        Ok(measure) => measure,
        Err(error) => panic!("{name}: {error}"),
    }
}

/// Scores all pairs, some of them against the reference.
pub fn check(request: &Request<'_>, [p, q]: [Rows<'_>; 2], out: &mut [f32]) {
    let checked = request.clone().verify(Verify::Sample(1000));
    match checked
        .matrix_into(p, q, out)
        .map(|report| (report.options, report.verification))
    {
        Ok((_, Some(found))) if found.failed.is_none() => {}
        other => panic!("{other:?}"),
    }
}
