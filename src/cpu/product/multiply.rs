//! The product itself, from a crate that has it for each instruction set.
#![allow(unsafe_code)]

/// Of each row of `a` and each row of `b`, all of `k` numbers, the sum of products: those of the first row of `a`
/// first.
pub(super) fn rows_by_rows(a: &[f64], b: &[f64], k: usize, out: &mut [f64]) {
    let (rows, columns) = (a.len() / k, b.len() / k);
    assert_eq!(out.len(), rows * columns);
    multiply(matrixmultiply::dgemm, [0.0, 1.0], [a, b], k, out, columns);
}

/// The same in f32, with the sums of a row of `a` `line` apart from those of the next.
pub(super) fn rows_by_rows_f32(a: &[f32], b: &[f32], k: usize, out: &mut [f32], line: usize) {
    multiply(matrixmultiply::sgemm, [0.0, 1.0], [a, b], k, out, line);
}

/// `alpha a b + beta out`, each matrix with the steps from row to row and from column to column.
type Gemm<T> = unsafe fn(
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

fn multiply<T>(
    gemm: Gemm<T>,
    [zero, one]: [T; 2],
    [a, b]: [&[T]; 2],
    k: usize,
    out: &mut [T],
    line: usize,
) {
    let (rows, columns) = (a.len() / k, b.len() / k);
    assert_eq!(a.len(), rows * k);
    assert_eq!(b.len(), columns * k);
    assert!(columns <= line && (rows == 0 || (rows - 1) * line + columns <= out.len()));
    let stride = |length: usize| isize::try_from(length).unwrap_or(isize::MAX);
    // SAFETY: `a` is read at `i * k + l`, `b` at `l + j * k` and `out` written at `i * line + j` with `i < rows`,
    // `j < columns` and `l < k`: all within the slices, as has been asserted. A slice is no longer than `isize::MAX`
    // bytes, so no stride was cut. `beta` is 0, and the numbers of `out` are not read.
    unsafe {
        gemm(
            rows,
            k,
            columns,
            one,
            a.as_ptr(),
            stride(k),
            1,
            b.as_ptr(),
            1,
            stride(k),
            zero,
            out.as_mut_ptr(),
            stride(line),
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{rows_by_rows, rows_by_rows_f32};

    #[test]
    fn every_row_by_every_row() {
        for (rows, columns, k) in [(1, 1, 1), (3, 5, 7), (65, 33, 130), (2, 0, 3)] {
            let number = |i: usize| ((i * 7919) % 31) as f64 - 15.0;
            let a: Vec<f64> = (0..rows * k).map(number).collect();
            let b: Vec<f64> = (0..columns * k).map(|i| number(i + 5)).collect();
            let mut out = vec![f64::NAN; rows * columns];
            rows_by_rows(&a, &b, k, &mut out);
            for i in 0..rows {
                for j in 0..columns {
                    let terms = (0..k).map(|l| a[i * k + l] * b[j * k + l]);
                    // Integers: exact in any order.
                    assert_eq!(out[i * columns + j], terms.sum::<f64>());
                }
            }
        }
    }

    #[test]
    fn rows_of_sums_may_lie_apart() {
        let (rows, columns, k, line) = (3, 5, 7, 9);
        let a: Vec<f32> = (0..rows * k).map(|i| (i % 11) as f32 - 5.0).collect();
        let b: Vec<f32> = (0..columns * k).map(|i| (i % 7) as f32).collect();
        let mut out = vec![7.0; rows * line];
        rows_by_rows_f32(&a, &b, k, &mut out, line);
        for (place, &found) in out.iter().enumerate() {
            let (i, j) = (place / line, place % line);
            let terms = (0..k).map(|l| a[i * k + l] * b[(j.min(columns - 1)) * k + l]);
            let expected = if j < columns { terms.sum::<f32>() } else { 7.0 };
            assert_eq!(found, expected);
        }
    }
}
