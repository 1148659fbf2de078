//! Files that cannot be used: one line that names the file and what would be right.

use crate::support::{Folder, npy, npy_with, score};

/// Scores a good P against a bad Q, and the other way round.
fn refused(bytes: &[u8], parts: &[&str]) {
    let folder = Folder::new();
    let good = folder.matrix("good.npy", &[[0.5, 0.5], [0.25, 0.75]]);
    let bad = folder.write("bad.npy", bytes);
    let parts = [&["bad.npy"], parts].concat();
    score(&good, &bad, &[]).refused(&parts);
    score(&bad, &good, &[]).refused(&parts);
}

fn zeros(bytes: usize) -> Vec<u8> {
    vec![0; bytes]
}

#[test]
fn files_that_are_not_there() {
    let folder = Folder::new();
    let good = folder.matrix("good.npy", &[[1.0]]);
    score(&good, &folder.path("no.npy"), &[]).refused(&["no.npy", "cannot be opened"]);
    score(&folder.path("no.npy"), &good, &[]).refused(&["no.npy", "cannot be opened"]);
    score(&folder.path(""), &good, &[]).refused(&["not a regular file"]);
}

#[test]
fn files_of_another_format() {
    refused(b"", &["not a .npy file", "numpy.save"]);
    refused(b"PK\x03\x04 an .npz file", &["not a .npy file"]);
    refused(b"0.5,0.5\n0.25,0.75\n", &["not a .npy file"]);
    refused(b"\x93NUMPY\x09\x00\x00\x00", &["version 9.0"]);
    refused(b"\x93NUMPY\x01", &["not a .npy file"]);
}

#[test]
fn files_cut_off() {
    let whole = npy("<f4", "(2, 2)", &zeros(16));
    refused(&whole[..9], &["truncated", "header"]);
    refused(&whole[..40], &["truncated", "header"]);
    refused(&whole[..whole.len() - 1], &["truncated", "16", "15"]);
    refused(&whole[..whole.len() - 16], &["truncated", "16", " 0"]);
}

#[test]
fn headers_that_promise_more_or_less_than_there_is() {
    refused(&npy("<f4", "(3, 2)", &zeros(16)), &["promises 24", "16"]);
    refused(&npy("<f8", "(2, 2)", &zeros(16)), &["promises 32", "16"]);
    refused(&npy("<f4", "(2, 2)", &zeros(20)), &["promises 16", "20"]);
    refused(&npy("<f4", "(0, 2)", &zeros(4)), &["promises 0", "4"]);
    // 2^63 bytes, and more bytes than 64 bits count.
    refused(
        &npy("<f4", "(1152921504606846976, 2)", &zeros(16)),
        &["truncated"],
    );
    refused(
        &npy("<f8", "(9223372036854775807, 2)", &zeros(16)),
        &["truncated"],
    );
    refused(
        &npy(
            "<f4",
            "(9223372036854775807, 9223372036854775807)",
            &zeros(16),
        ),
        &["header"],
    );
    refused(
        &npy("<f4", "(99999999999999999999999, 2)", &zeros(16)),
        &["header"],
    );
}

#[test]
fn headers_that_are_none() {
    let data = zeros(16);
    let deep = format!("'descr': {}{}", "[".repeat(30), "]".repeat(30));
    for entries in [
        deep.as_str(),
        "'fortran_order': False, 'shape': (2, 2)",
        "'descr': '<f4', 'shape': (2, 2)",
        "'descr': '<f4', 'fortran_order': False",
        "'descr': '<f4', 'fortran_order': 0, 'shape': (2, 2)",
        "'descr': '<f4', 'fortran_order': False, 'shape': 4",
        "'descr': '<f4', 'fortran_order': False, 'shape': (-2, 2)",
        "'descr': '<f4', 'fortran_order': False, 'shape': (2, 2",
        "'descr': 'f', 'fortran_order': False, 'shape': (2, 2)",
        "'descr': '<f3', 'fortran_order': False, 'shape': (2, 2)",
        "nonsense",
    ] {
        refused(&npy_with(entries, &data), &["header"]);
    }
    let mut long = npy("<f4", "(2, 2)", &data);
    long[6] = 2;
    long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    refused(&long, &["header claims 4294967295 bytes"]);
}

#[test]
fn elements_that_are_not_floats() {
    for (descr, name, size) in [
        ("<i8", "int64", 8),
        ("|u1", "uint8", 1),
        ("|b1", "bool", 1),
        ("<c8", "complex64", 8),
        ("<f16", "float128", 16),
        ("<U3", "U3", 12),
    ] {
        refused(&npy(descr, "(2, 2)", &zeros(4 * size)), &[name, "float32"]);
    }
    refused(&npy("|O", "(2, 2)", &zeros(40)), &["`|O`", "float32"]);
    let structured =
        "'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (2, 2)";
    refused(
        &npy_with(structured, &zeros(32)),
        &["structured", "float32"],
    );
}

#[test]
fn shapes_that_are_no_matrix() {
    refused(
        &npy("<f4", "(4,)", &zeros(16)),
        &["(4,)", "2-D", "reshape(1, -1)"],
    );
    refused(&npy("<f4", "(2, 2, 1)", &zeros(16)), &["(2, 2, 1)", "2-D"]);
    refused(&npy("<f4", "()", &zeros(4)), &["()", "2-D"]);
    refused(&npy("<f4", "(2, 0)", &[]), &["(2, 0)", "K is 0"]);
    refused(&npy("<f4", "(0, 0)", &[]), &["(0, 0)", "K is 0"]);
    let fortran = "'descr': '<f4', 'fortran_order': True, 'shape': (2, 2)";
    refused(
        &npy_with(fortran, &zeros(16)),
        &["Fortran", "numpy.ascontiguousarray"],
    );
}

#[test]
fn shapes_that_differ() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5], [0.25, 0.75]]);
    let fewer_rows = folder.matrix("fewer.npy", &[[0.5, 0.5]]);
    let more_bins = folder.matrix("wide.npy", &[[0.5, 0.5, 0.0]; 2]);
    score(&p, &fewer_rows, &[]).refused(&["p.npy is 2 x 2", "fewer.npy is 1 x 2"]);
    score(&p, &more_bins, &[]).refused(&["p.npy is 2 x 2", "wide.npy is 2 x 3"]);
}

#[test]
fn an_infinite_float64_is_a_bad_row_and_not_a_bad_file() {
    let folder = Folder::new();
    let data: Vec<u8> = [0.5, 0.5, 0.25, f64::INFINITY]
        .iter()
        .flat_map(|x: &f64| x.to_be_bytes())
        .collect();
    let good = folder.matrix("good.npy", &[[0.5, 0.5]; 2]);
    let bad = folder.write("bad.npy", &npy(">f8", "(2, 2)", &data));
    let run = score(&good, &bad, &["--q-as", "weights"]);
    assert!(
        run.ended(1)
            .contains("row 1 of Q: a value is NaN or infinite"),
        "{run:?}"
    );
}

#[cfg(unix)]
#[test]
fn names_with_line_breaks_stay_on_one_line() {
    let folder = Folder::new();
    let bad = folder.write("a\nb.npy", b"nothing");
    score(&bad, &bad, &[]).refused(&["a b.npy", "not a .npy file"]);
}
