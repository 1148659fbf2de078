//! All pairs and the nearest on the CPU: `cargo bench --bench all_pairs`.
//!
//! Beside them stand bare products of matrices of the same shape, in f32 and in f64, by the crate that the library
//! takes. Scores are checked against the reference, some of them, before anything is timed.
#![allow(unsafe_code)] // For the bare products alone.

use std::ops::Range;

use divan::Bencher;
use divan::counter::ItemsCount;
use kullback::{Backend, Measure, Precision, Rows, Scorer, Verify};
use rayon::prelude::*;

/// Rows of P and of Q, and bins.
const SHAPES: [(usize, usize); 2] = [(512, 256), (4096, 256)];

/// Rows of P of a piece of work of a bare product.
const LINES: usize = 256;

fn main() {
    divan::main();
}

#[divan::bench(args = SHAPES)]
fn kl(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    matrix(bencher, shape, "kl", Precision::Promised);
}

#[divan::bench(args = SHAPES)]
fn kl_as_paired(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    matrix(bencher, shape, "kl", Precision::Paired);
}

#[divan::bench(args = SHAPES)]
fn hellinger(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    matrix(bencher, shape, "hellinger", Precision::Promised);
}

#[divan::bench(args = SHAPES)]
fn js(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    matrix(bencher, shape, "js", Precision::Promised);
}

#[divan::bench(args = SHAPES)]
fn tv(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    matrix(bencher, shape, "tv", Precision::Promised);
}

#[divan::bench(args = SHAPES)]
fn nearest_ten_by_kl(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    nearest(bencher, shape, "kl");
}

#[divan::bench(args = SHAPES)]
fn nearest_ten_by_js(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    nearest(bencher, shape, "js");
}

#[divan::bench(args = SHAPES)]
fn bare_product_in_f32(bencher: Bencher<'_, '_>, (rows, k): (usize, usize)) {
    let [a, b] = tables(rows, k);
    product(bencher, &a, &b, rows, |lines, out| {
        let (m, k, n) = (lines.len(), k as isize, rows as isize);
        let a = a[lines.start * k as usize..].as_ptr();
        // SAFETY: the slices hold `m x k`, `n x k` and `m x n` numbers in rows.
        unsafe {
            matrixmultiply::sgemm(
                m,
                k as usize,
                rows,
                1.0,
                a,
                k,
                1,
                b.as_ptr(),
                1,
                k,
                0.0,
                out.as_mut_ptr(),
                n,
                1,
            );
        }
    });
}

#[divan::bench(args = SHAPES)]
fn bare_product_in_f64(bencher: Bencher<'_, '_>, (rows, k): (usize, usize)) {
    let [a, b] =
        tables(rows, k).map(|table| -> Vec<f64> { table.iter().map(|&x| x.into()).collect() });
    product(bencher, &a, &b, rows, |lines, out| {
        let (m, k, n) = (lines.len(), k as isize, rows as isize);
        let a = a[lines.start * k as usize..].as_ptr();
        // SAFETY: as above.
        unsafe {
            matrixmultiply::dgemm(
                m,
                k as usize,
                rows,
                1.0,
                a,
                k,
                1,
                b.as_ptr(),
                1,
                k,
                0.0,
                out.as_mut_ptr(),
                n,
                1,
            );
        }
    });
}

fn scorer() -> Scorer {
    match Scorer::builder().backend(Backend::Cpu).build() {
        Ok(scorer) => scorer,
        Err(error) => panic!("{error}"),
    }
}

/// Probabilities drawn apart: exponentials of a fixed sequence.
fn tables(rows: usize, k: usize) -> [Vec<f32>; 2] {
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

fn rows(values: &[f32], k: usize) -> Rows<'_> {
    match Rows::probabilities(values, k) {
        Ok(rows) => rows,
        Err(error) => panic!("{error}"),
    }
}

fn measure(name: &str) -> Measure {
    match name.parse() {
        Ok(measure) => measure,
        Err(error) => panic!("{name}: {error}"),
    }
}

fn matrix(bencher: Bencher<'_, '_>, (count, k): (usize, usize), name: &str, precision: Precision) {
    let [p, q] = tables(count, k);
    let (scorer, measure) = (scorer(), measure(name));
    let request = scorer.request(&measure).precision(precision);
    let mut out = vec![0.0; count * count];
    let checked = request.clone().verify(Verify::Sample(1000));
    let checked = checked.matrix_into(rows(&p, k), rows(&q, k), &mut out);
    match checked.map(|report| report.verification) {
        Ok(Some(found)) if found.failed.is_none() => {}
        other => panic!("{name}: {other:?}"),
    }
    bencher
        .counter(ItemsCount::new(count * count))
        .bench_local(|| {
            request
                .matrix_into(rows(&p, k), rows(&q, k), &mut out)
                .is_ok()
        });
}

fn nearest(bencher: Bencher<'_, '_>, (count, k): (usize, usize), name: &str) {
    let [p, q] = tables(count, k);
    let (scorer, measure) = (scorer(), measure(name));
    let request = scorer.request(&measure);
    bencher
        .counter(ItemsCount::new(count * count))
        .bench_local(|| request.nearest(rows(&p, k), rows(&q, k), 10).is_ok());
}

/// Times a product into one output, some rows of it on each thread.
fn product<T: Copy + Default + Send + Sync>(
    bencher: Bencher<'_, '_>,
    a: &[T],
    b: &[T],
    rows: usize,
    multiply: impl Fn(Range<usize>, &mut [T]) + Sync,
) {
    assert_eq!(a.len(), b.len());
    let mut out = vec![T::default(); rows * rows];
    bencher
        .counter(ItemsCount::new(rows * rows))
        .bench_local(|| {
            let pieces = out.par_chunks_mut(LINES * rows).enumerate();
            pieces.for_each(|(i, out)| {
                let from = i * LINES;
                multiply(from..from + out.len() / rows, out);
            });
        });
}
