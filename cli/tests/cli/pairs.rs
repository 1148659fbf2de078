//! `--pairs`: rows by their numbers, from lists of all types; and lists that cannot be used.

use std::path::{Path, PathBuf};

use crate::support::{Folder, npy, npy_with, read_scores, score, score_on};

const P: [[f32; 2]; 3] = [[1.0, 3.0], [1.0, 1.0], [4.0, 0.0]];
const Q: [[f32; 2]; 2] = [[2.0, 2.0], [1.0, 3.0]];
const WEIGHTS: [&str; 6] = ["--p-as", "weights", "--q-as", "weights", "--measure", "tv"];

fn files(folder: &Folder) -> (PathBuf, PathBuf) {
    (folder.matrix("p.npy", &P), folder.matrix("q.npy", &Q))
}

/// A list of pairs of int64.
fn list(folder: &Folder, pairs: &[[i64; 2]]) -> PathBuf {
    let data: Vec<u8> = pairs
        .iter()
        .flatten()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    folder.write(
        "ij.npy",
        &npy("<i8", &format!("({}, 2)", pairs.len()), &data),
    )
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The scores of these pairs.
fn scores(folder: &Folder, pairs: &Path, code: i32) -> (Vec<f32>, String) {
    let (p, q) = files(folder);
    let output = folder.path("scores.npy");
    let flags = ["--pairs", text(pairs), "-o", text(&output)];
    let run = score(&p, &q, &[&WEIGHTS[..], &flags[..]].concat());
    run.ended(code);
    (read_scores(&output), run.out)
}

const PAIRS: [[i64; 2]; 5] = [[2, 0], [0, 1], [1, 0], [2, 1], [0, 0]];
const SCORES: [f32; 5] = [0.5, 0.0, 0.0, 0.75, 0.25];

#[test]
fn pairs_are_scored_in_their_order() {
    let folder = Folder::new();
    let ij = list(&folder, &PAIRS);
    let (found, out) = scores(&folder, &ij, 0);
    assert_eq!(found, SCORES);
    for part in [
        "tv of 5 pairs, K = 2",
        "ij.npy (of 3 x 2 rows)",
        "bad pairs     0",
        "pairs/s",
    ] {
        assert!(out.contains(part), "{part} in {out}");
    }
}

#[test]
fn integers_of_every_type() {
    let folder = Folder::new();
    let numbers = || PAIRS.iter().flatten();
    for (descr, data) in [
        ("|i1", numbers().map(|&x| x as u8).collect::<Vec<u8>>()),
        ("|u1", numbers().map(|&x| x as u8).collect()),
        (
            "<i2",
            numbers().flat_map(|&x| (x as i16).to_le_bytes()).collect(),
        ),
        (
            ">u2",
            numbers().flat_map(|&x| (x as u16).to_be_bytes()).collect(),
        ),
        (
            "<i4",
            numbers().flat_map(|&x| (x as i32).to_le_bytes()).collect(),
        ),
        (
            ">i4",
            numbers().flat_map(|&x| (x as i32).to_be_bytes()).collect(),
        ),
        (
            "<u4",
            numbers().flat_map(|&x| (x as u32).to_le_bytes()).collect(),
        ),
        (">i8", numbers().flat_map(|&x| x.to_be_bytes()).collect()),
        ("<u8", numbers().flat_map(|&x| x.to_le_bytes()).collect()),
    ] {
        let ij = folder.write("ij.npy", &npy(descr, "(5, 2)", &data));
        assert_eq!(scores(&folder, &ij, 0).0, SCORES, "{descr}");
    }
}

#[test]
fn no_pairs() {
    let folder = Folder::new();
    let (found, out) = scores(&folder, &list(&folder, &[]), 0);
    assert!(found.is_empty() && out.contains("0 pairs"), "{out}");
}

#[test]
fn the_reference_scores_the_same_pairs() {
    let folder = Folder::new();
    let ((p, q), ij) = (files(&folder), list(&folder, &PAIRS));
    let output = folder.path("scores.npy");
    let flags = ["--pairs", text(&ij), "-o", text(&output)];
    score_on("reference", &[&p, &q], &[&WEIGHTS[..], &flags[..]].concat()).ended(0);
    assert_eq!(read_scores(&output), SCORES);
}

#[test]
fn bad_rows_are_named_by_pair_and_row() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[1.0, 1.0], [-1.0, 1.0]]);
    let q = folder.matrix("q.npy", &[[f32::NAN, 1.0], [1.0, 1.0]]);
    let ij = list(&folder, &[[0, 1], [1, 1], [0, 0]]);
    let flags = [&WEIGHTS[..], &["--pairs", text(&ij)]].concat();
    let run = score(&p, &q, &flags);
    run.ended(1);
    for part in [
        "bad pairs     2: their scores are NaN",
        "pair 1, row 1 of P: a value is negative",
        "pair 2, row 0 of Q: a value is NaN or infinite",
    ] {
        assert!(run.out.contains(part), "{part} in {}", run.out);
    }
    let run = score(&p, &q, &[&flags[..], &["--json"]].concat());
    run.ended(1);
    let told: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!((&told["rows"], &told["bad_rows"]), (&3.into(), &2.into()));
    assert_eq!(told["pairs"], text(&ij));
    let first = "2 of 3 pairs are bad; the first: pair 1, row 1 of P: a value is negative";
    assert!(run.err.contains(first), "{}", run.err);
}

#[test]
fn lists_that_cannot_be_used() {
    let folder = Folder::new();
    let (p, q) = files(&folder);
    let refused = |ij: &Path, parts: &[&str]| {
        let flags = [&WEIGHTS[..], &["--pairs", text(ij)]].concat();
        score(&p, &q, &flags).refused(&[&["ij.npy"], parts].concat());
    };
    let rows = "rows count from 0";
    refused(
        &list(&folder, &[[0, 0], [3, 0]]),
        &["pair 1 asks for row 3 of P, which holds 3", rows],
    );
    refused(
        &list(&folder, &[[0, 2]]),
        &["pair 0 asks for row 2 of Q, which holds 2", rows],
    );
    refused(
        &list(&folder, &[[0, 1], [0, -7]]),
        &["pair 1 asks for row -7 of Q", rows],
    );
    let write = |descr, shape, data: &[u8]| folder.write("ij.npy", &npy(descr, shape, data));
    refused(
        &write("|i1", "(1, 2)", &[0, 0xff]),
        &["pair 0 asks for row -1 of Q"],
    );
    refused(
        &write("<f4", "(1, 2)", &[0; 8]),
        &["float32", "integers", "numpy.int64"],
    );
    refused(&write("|b1", "(1, 2)", &[0; 2]), &["bool", "integers"]);
    refused(&write("<i4", "(2,)", &[0; 8]), &["(2,)", "(N, 2)"]);
    refused(&write("<i4", "(1, 3)", &[0; 12]), &["(1, 3)", "(N, 2)"]);
    refused(
        &write("<i4", "(2, 2)", &[0; 12]),
        &["truncated", "16 bytes"],
    );
    refused(&write("<i4", "(1, 2)", &[0; 12]), &["8 bytes", "12"]);
    let fortran = "'descr': '<i4', 'fortran_order': True, 'shape': (2, 2)";
    refused(
        &folder.write("ij.npy", &npy_with(fortran, &[0; 16])),
        &["Fortran order"],
    );
    refused(&folder.path("no-ij.npy"), &["cannot be opened"]);
}

#[test]
fn flags_and_files_that_do_not_fit() {
    let folder = Folder::new();
    let ((p, _), ij) = (files(&folder), list(&folder, &PAIRS));
    let three = folder.matrix("three.npy", &[[1.0_f32, 2.0, 3.0]]);
    let flags = [&WEIGHTS[..], &["--pairs", text(&ij)]].concat();
    score(&p, &three, &flags).refused(&["p.npy has rows of 2 bins", "three.npy has rows of 3"]);
    let entropy = ["--measure", "entropy", "--pairs", text(&ij)];
    score_on("cpu", &[&p], &entropy).refused(&["--pairs", "entropy is of P alone"]);
    score_on("cpu", &[&p], &["--pairs", text(&ij)]).refused(&["<Q.npy> is missing"]);
}
