//! Rows of different lengths, and sparse matrices in archives.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use zip::CompressionMethod;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{Folder, kullback, npy, read_array, read_scores, score, score_on};

const WEIGHTS: [&str; 6] = ["--p-as", "weights", "--q-as", "weights", "--measure", "tv"];

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn floats(values: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    npy("<f4", &format!("({},)", values.len()), &data)
}

fn integers(values: &[i64]) -> Vec<u8> {
    let data: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    npy("<i8", &format!("({},)", values.len()), &data)
}

/// Ragged rows of P and Q and their offsets.
fn ragged(folder: &Folder, p: &[f32], q: &[f32], offsets: &[i64]) -> [PathBuf; 3] {
    [
        folder.write("p.npy", &floats(p)),
        folder.write("q.npy", &floats(q)),
        folder.write("offsets.npy", &integers(offsets)),
    ]
}

const P: [f32; 6] = [1.0, 1.0, 3.0, 1.0, 0.0, 7.0];
const Q: [f32; 6] = [3.0, 1.0, 1.0, 1.0, 2.0, 2.0];

#[test]
fn rows_of_different_lengths() {
    let folder = Folder::new();
    let [p, q, offsets] = ragged(&folder, &P, &Q, &[0, 2, 5, 6]);
    let output = folder.path("scores.npy");
    let flags = ["--offsets", text(&offsets), "-o", text(&output)];
    let run = score(&p, &q, &[&WEIGHTS[..], &flags[..]].concat());
    run.ended(0);
    assert_eq!(read_scores(&output), [0.25, 0.5, 0.0]);
    let heading = "tv of 3 rows, K up to 3";
    assert!(run.out.contains(heading), "{}", run.out);
    // An empty row is bad, and so are pairs of it.
    let [p, q, offsets] = ragged(&folder, &P, &Q, &[0, 2, 2, 6]);
    let flags = ["--offsets", text(&offsets)];
    let run = score(&p, &q, &[&WEIGHTS[..], &flags[..]].concat());
    run.ended(1);
    assert!(
        run.out.contains("row 1 of Q: every value is zero"),
        "{}",
        run.out
    );
    let list: Vec<u8> = [2_i64, 2, 0, 0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    let list = folder.write("ij.npy", &npy("<i8", "(2, 2)", &list));
    let flags = [
        "--offsets",
        text(&offsets),
        "--pairs",
        text(&list),
        "-o",
        text(&output),
    ];
    score(&p, &q, &[&WEIGHTS[..], &flags[..]].concat()).ended(0);
    assert_eq!(read_scores(&output)[1], 0.25);
}

#[test]
fn the_entropy_of_different_lengths() {
    let folder = Folder::new();
    let [p, _, offsets] = ragged(&folder, &[1.0, 1.0, 5.0], &[], &[0, 2, 3]);
    let output = folder.path("scores.npy");
    let flags = [
        "--p-as",
        "weights",
        "--measure",
        "entropy",
        "--unit",
        "bits",
    ];
    let others = ["--offsets", text(&offsets), "-o", text(&output)];
    score_on("cpu", &[&p], &[&flags[..], &others[..]].concat()).ended(0);
    assert_eq!(read_scores(&output), [1.0, 0.0]);
}

/// A sparse matrix as scipy writes it, compressed or not.
fn sparse(
    folder: &Folder,
    name: &str,
    shape: [i64; 2],
    (values, indices, offsets): (&[f32], &[i64], &[i64]),
    method: CompressionMethod,
) -> PathBuf {
    let arrays = [
        ("indices", integers(indices)),
        ("indptr", integers(offsets)),
        ("format", npy("|S3", "()", b"csr")),
        ("shape", integers(&shape)),
        ("data", floats(values)),
    ];
    folder.write(name, &archive(&arrays, method))
}

fn archive(arrays: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (array, bytes) in arrays {
        let name = format!("{array}.npy");
        archive.start_file(name, options).expect("an array");
        archive.write_all(bytes).expect("its bytes");
    }
    archive.finish().expect("an archive").into_inner()
}

#[test]
fn sparse_matrices() {
    let folder = Folder::new();
    let output = folder.path("scores.npy");
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let p = (&[1.0, 3.0, 5.0][..], &[7, 900_000, 2][..], &[0, 2, 3][..]);
        let q = (
            &[1.0, 1.0, 4.0, 4.0][..],
            &[7, 900_000, 2, 3][..],
            &[0, 2, 4][..],
        );
        let p = sparse(&folder, "p.npz", [2, 1_000_000], p, method);
        let q = sparse(&folder, "q.npz", [2, 1_000_000], q, method);
        let flags = [&WEIGHTS[..], &["-o", text(&output)]].concat();
        let run = score(&p, &q, &flags);
        run.ended(0);
        assert_eq!(read_scores(&output), [0.25, 0.5]);
        let heading = "tv of 2 rows, K = 1000000";
        assert!(
            run.out.replace(',', "").contains(&heading.replace(',', "")),
            "{}",
            run.out
        );
        let matrix = [
            &["matrix", text(&p), text(&q), "--backend", "cpu"][..],
            &flags[..],
        ];
        kullback(&matrix.concat()).ended(0);
        let of_all = ("(2, 2)".to_owned(), vec![0.25, 1.0, 1.0, 0.5]);
        assert_eq!(read_array(&output, "<f4", f32::from_le_bytes), of_all);
        let named = folder.path("near");
        let nearest = [
            &["nearest", text(&q), text(&p), "-k", "1", "--backend", "cpu"][..],
            &WEIGHTS[..],
            &["-o", text(&named)],
        ];
        kullback(&nearest.concat()).ended(0);
        let near = read_array(&folder.path("near.scores.npy"), "<f4", f32::from_le_bytes);
        assert_eq!(near, ("(2, 1)".to_owned(), vec![0.25, 0.5]));
    }
}

#[test]
fn a_sparse_matrix_beside_another() {
    let folder = Folder::new();
    let output = folder.path("scores.npy");
    let p = (&[1.0, 3.0][..], &[0, 2][..], &[0, 1, 2][..]);
    let p = sparse(&folder, "p.npz", [2, 3], p, CompressionMethod::Stored);
    let q = folder.matrix("q.npy", &[[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]]);
    let flags = [&WEIGHTS[..], &["-o", text(&output)]].concat();
    score(&p, &q, &flags).ended(0);
    assert_eq!(read_scores(&output), [0.5, 0.0]);
    let more = folder.matrix("more.npy", &[[1.0, 1.0, 0.0]]);
    score(&p, &more, &WEIGHTS).refused(&["p.npz has 2 rows", "more.npy has 1"]);
    let wide = folder.matrix("wide.npy", &[[1.0], [1.0]]);
    score(&p, &wide, &WEIGHTS).refused(&["p.npz has rows of 3 bins", "wide.npy has rows of 1"]);
}

#[test]
fn offsets_that_cannot_be_used() {
    let folder = Folder::new();
    for (offsets, parts) in [
        (&[][..], &["offsets.npy", "no offsets"][..]),
        (
            &[0, 3, 2],
            &["offsets.npy", "row 1 would begin at offset 3 and end at 2"],
        ),
        (&[1, 6], &["offsets.npy", "the first offset is 1"]),
        (&[0, 2, 5], &["offsets.npy ends at 5", "p.npy has 6 values"]),
        (&[0, 7], &["offsets.npy ends at 7", "p.npy has 6 values"]),
        (&[0, -1], &["offsets.npy", "number 1 is -1"]),
    ] {
        let [p, q, offsets] = ragged(&folder, &P, &Q, offsets);
        let flags = ["--offsets", text(&offsets)];
        score(&p, &q, &[&WEIGHTS[..], &flags[..]].concat()).refused(parts);
    }
    let [p, q, _] = ragged(&folder, &P, &Q, &[0, 2]);
    let flags = ["--offsets", text(&p)];
    score(&p, &q, &[&WEIGHTS[..], &flags[..]].concat()).refused(&["float32", "integers"]);
    let [p, _, offsets] = ragged(&folder, &P, &Q, &[0, 2, 6]);
    let matrix = folder.matrix("matrix.npy", &[[1.0, 1.0]]);
    let flags = ["--offsets", text(&offsets)];
    let flags = [&WEIGHTS[..], &flags[..]].concat();
    score(&p, &matrix, &flags).refused(&["matrix.npy", "(1, 2)", "1-D"]);
    score(&p, &matrix, &WEIGHTS).refused(&["p.npy", "(6,)", "2-D"]);
    let archive = folder.write("a.npz", b"PK");
    score(&p, &archive, &flags).refused(&["--offsets", "a.npz", "leave the flag out"]);
}

#[test]
fn archives_that_cannot_be_used() {
    let folder = Folder::new();
    let good = folder.matrix("good.npy", &[[1.0, 1.0]]);
    let refused = |bytes: &[u8], parts: &[&str]| {
        let bad = folder.write("bad.npz", bytes);
        let parts = [&["bad.npz"], parts].concat();
        score(&bad, &good, &WEIGHTS).refused(&parts);
        score(&good, &bad, &WEIGHTS).refused(&parts);
    };
    refused(b"", &["not a readable .npz file"]);
    refused(b"PK\x03\x04 and so on", &["not a readable .npz file"]);
    let good_arrays = || {
        vec![
            ("indices", integers(&[0, 1])),
            ("indptr", integers(&[0, 2])),
            ("format", npy("|S3", "()", b"csr")),
            ("shape", integers(&[1, 2])),
            ("data", floats(&[1.0, 3.0])),
        ]
    };
    let with = |name: &'static str, bytes: Vec<u8>| {
        let mut arrays = good_arrays();
        for array in &mut arrays {
            if array.0 == name {
                array.1.clone_from(&bytes);
            }
        }
        archive(&arrays, CompressionMethod::Deflated)
    };
    let whole = folder.write("whole.npz", &with("none", Vec::new()));
    score(&whole, &good, &WEIGHTS).ended(0);
    for name in ["indices", "indptr", "format", "shape", "data"] {
        let mut arrays = good_arrays();
        arrays.retain(|array| array.0 != name);
        let part = format!("no array `{name}`");
        refused(
            &archive(&arrays, CompressionMethod::Stored),
            &[&part, "save_npz"],
        );
        refused(
            &with(name, b"no array".to_vec()),
            &[&format!("array `{name}`")],
        );
    }
    refused(&with("format", npy("|S3", "()", b"csc")), &["csc", "tocsr"]);
    refused(&with("shape", integers(&[1, 2, 3])), &["(1, 2, 3)"]);
    refused(&with("shape", integers(&[1, 0])), &["K is 0"]);
    refused(&with("shape", integers(&[2, 2])), &["2 offsets for 2 rows"]);
    refused(
        &with("indptr", integers(&[0, 3])),
        &["the last offset is 3"],
    );
    refused(
        &with("indices", integers(&[1, 0])),
        &["bin 0 behind one in bin 1"],
    );
    refused(
        &with("indices", integers(&[0, 2])),
        &["bin 2", "there are 2"],
    );
    refused(
        &with("indices", integers(&[0])),
        &["1 indices for 2 values"],
    );
    refused(
        &with("indices", integers(&[0, 1 << 32])),
        &["bin 4294967296"],
    );
    refused(
        &with("indices", integers(&[0, -2])),
        &["array `indices`", "-2"],
    );
    let long = npy("<i8", "(2,)", &[0; 16]);
    refused(&with("data", long), &["array `data`", "int64", "float32"]);
    let promised = npy("<f4", "(1000000000000,)", &[0; 8]);
    refused(&with("data", promised), &["array `data`", "truncated"]);
    let mut cut = with("none", Vec::new());
    cut.truncate(cut.len() - 30);
    refused(&cut, &["not a readable .npz file"]);
}
