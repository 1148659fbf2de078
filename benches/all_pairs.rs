//! All pairs and the nearest on the CPU: `cargo bench --bench all_pairs`.
//!
//! Beside them stand bare products of matrices of the same shape, in f32 and in f64, by the crate that the library
//! takes. Scores are checked against the reference, some of them, before anything is timed.
#![allow(unsafe_code)] // For the bare products alone.

use divan::Bencher;
use divan::counter::ItemsCount;
use kullback::{Backend, Precision, Scorer};
use rayon::prelude::*;

mod tables;

use tables::{check, measure, rows, tables};

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
fn kl_fast(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    matrix(bencher, shape, "kl", Precision::Fast);
}

#[divan::bench(args = SHAPES)]
fn hellinger_fast(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    matrix(bencher, shape, "hellinger", Precision::Fast);
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
fn js_as_paired(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    matrix(bencher, shape, "js", Precision::Paired);
}

#[divan::bench(args = SHAPES)]
fn js_fast(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    matrix(bencher, shape, "js", Precision::Fast);
}

#[divan::bench(args = SHAPES)]
fn tv(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    matrix(bencher, shape, "tv", Precision::Promised);
}

#[divan::bench(args = SHAPES)]
fn nearest_ten_by_kl(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    nearest(bencher, shape, "kl", Precision::Promised);
}

#[divan::bench(args = SHAPES)]
fn nearest_ten_by_kl_fast(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    nearest(bencher, shape, "kl", Precision::Fast);
}

#[divan::bench(args = SHAPES)]
fn nearest_ten_by_js(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    nearest(bencher, shape, "js", Precision::Promised);
}

#[divan::bench(args = SHAPES)]
fn nearest_ten_by_js_fast(bencher: Bencher<'_, '_>, shape: (usize, usize)) {
    nearest(bencher, shape, "js", Precision::Fast);
}

#[divan::bench(args = SHAPES)]
fn bare_product_in_f32(bencher: Bencher<'_, '_>, (rows, k): (usize, usize)) {
    product(bencher, tables(rows, k), rows, matrixmultiply::sgemm);
}

#[divan::bench(args = SHAPES)]
fn bare_product_in_f64(bencher: Bencher<'_, '_>, (rows, k): (usize, usize)) {
    let wide = |table: Vec<f32>| table.into_iter().map(f64::from).collect();
    product(
        bencher,
        tables(rows, k).map(wide),
        rows,
        matrixmultiply::dgemm,
    );
}

fn scorer() -> Scorer {
    match Scorer::builder().backend(Backend::Cpu).build() {
        Ok(scorer) => scorer,
        Err(error) => panic!("{error}"),
    }
}

fn matrix(bencher: Bencher<'_, '_>, (count, k): (usize, usize), name: &str, precision: Precision) {
    let [p, q] = tables(count, k);
    let (scorer, measure) = (scorer(), measure(name));
    let request = scorer.request(&measure).precision(precision);
    let mut out = vec![0.0; count * count];
    check(&request, [rows(&p, k), rows(&q, k)], &mut out);
    bencher
        .counter(ItemsCount::new(count * count))
        .bench_local(|| {
            request
                .matrix_into(rows(&p, k), rows(&q, k), &mut out)
                .is_ok()
        });
}

fn nearest(bencher: Bencher<'_, '_>, (count, k): (usize, usize), name: &str, precision: Precision) {
    let [p, q] = tables(count, k);
    let (scorer, measure) = (scorer(), measure(name));
    let request = scorer.request(&measure).precision(precision);
    bencher
        .counter(ItemsCount::new(count * count))
        .bench_local(|| request.nearest(rows(&p, k), rows(&q, k), 10).is_ok());
}

/// `alpha a b + beta out`, each matrix with the steps from row to row and from column to column.
type Multiply<T> = unsafe fn(
    usize,
    usize,
    usize,
    T,
    *const T,
    isize,
    isize,
    *const T,
    isize,
    isize,
    T,
    *mut T,
    isize,
    isize,
);

/// Times a product into one output, some rows of it on each thread.
fn product<T: Copy + From<f32> + Send + Sync>(
    bencher: Bencher<'_, '_>,
    [a, b]: [Vec<T>; 2],
    rows: usize,
    multiply: Multiply<T>,
) {
    let (one, zero) = (T::from(1.0), T::from(0.0));
    let k = a.len() / rows;
    assert_eq!([a.len(), b.len()], [rows * k; 2]);
    let mut out = vec![zero; rows * rows];
    let (step, line) = (k as isize, rows as isize);
    bencher
        .counter(ItemsCount::new(rows * rows))
        .bench_local(|| {
            let pieces = a
                .par_chunks(LINES * k)
                .zip(out.par_chunks_mut(LINES * rows));
            pieces.for_each(|(a, out)| {
                let (lines, a, b) = (a.len() / k, a.as_ptr(), b.as_ptr());
                let out = out.as_mut_ptr();
                // SAFETY: `a`, `b` and `out` hold `lines x k`, `rows x k` and `lines x rows` numbers in rows.
                unsafe {
                    multiply(
                        lines, k, rows, one, a, step, 1, b, 1, step, zero, out, line, 1,
                    );
                }
            });
        });
}
