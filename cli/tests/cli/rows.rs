//! Rows: what they score, whatever their encoding and their element type; and bad ones.

use std::f64::consts::LN_2;
use std::path::{Path, PathBuf};

use half::{bf16, f16};

use crate::support::{Folder, npy, read_scores, score, score_on};

const P: [[f32; 2]; 3] = [[0.5, 0.5], [0.25, 0.75], [1.0, 0.0]];
const Q: [[f32; 2]; 3] = [[0.25, 0.75], [0.25, 0.75], [0.5, 0.5]];

/// KL of those rows.
fn expected() -> [f64; 3] {
    [0.5 * 2.0_f64.ln() + 0.5 * (2.0_f64 / 3.0).ln(), 0.0, LN_2]
}

/// The scores of a run that must end with this code.
fn scores(folder: &Folder, p: &Path, q: &Path, flags: &[&str], code: i32) -> Vec<f32> {
    let output = folder.path("scores.npy");
    let flags = [flags, &["-o", output.to_str().expect("UTF-8")]].concat();
    score(p, q, &flags).ended(code);
    read_scores(&output)
}

fn assert_near(found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (&found, &expected) in found.iter().zip(expected) {
        let error = (f64::from(found) - expected).abs();
        assert!(error <= 4e-6 * expected + 1e-12, "{found} for {expected}");
    }
}

fn files(folder: &Folder) -> (PathBuf, PathBuf) {
    (folder.matrix("p.npy", &P), folder.matrix("q.npy", &Q))
}

#[test]
fn measures() {
    let folder = Folder::new();
    let (p, q) = files(&folder);
    let run = |flags: &[&str]| scores(&folder, &p, &q, flags, 0);
    assert_near(&run(&[]), &expected());
    assert_near(&run(&["--unit", "bits"]), &expected().map(|x| x / LN_2));
    assert_near(&run(&["--measure", "tv"]), &[0.25, 0.0, 0.5]);
    assert_eq!(run(&["--measure", "reverse-kl"])[2], f32::INFINITY);
    assert_eq!(run(&["--measure", "js", "--weight", "1"]), [0.0; 3]);
    let third = run(&["--measure", "js", "--weight", "0.25"])[2];
    let mixture = 0.25 + 0.75 * 0.5_f64;
    let js = 0.25 * (1.0 / mixture).ln()
        + 0.75 * (0.5 * (0.5 / mixture).ln() + 0.5 * (0.5_f64 / 0.375).ln());
    assert_near(&[third], &[js]);
    let cross = run(&["--measure", "cross-entropy"]);
    assert_near(&cross[2..], &[LN_2]);
}

#[test]
fn encodings() {
    let folder = Folder::new();
    let (p, q) = files(&folder);
    let times = |rows: [[f32; 2]; 3], by: f32| rows.map(|row| row.map(|x| x * by));
    let logs = |rows: [[f32; 2]; 3]| rows.map(|row| row.map(f32::ln));
    let shifted = |rows: [[f32; 2]; 3], t: f32| logs(rows).map(|row| row.map(|x| t * x + 3.0));
    let p_weights = folder.matrix("pw.npy", &times(P, 1024.0));
    let q_logs = folder.matrix("ql.npy", &logs(Q));
    let (p_logits, q_logits) = (
        folder.matrix("pz.npy", &shifted(P, 2.0)),
        folder.matrix("qz.npy", &shifted(Q, 2.0)),
    );
    let run = |p: &Path, q: &Path, flags: &[&str]| {
        // Mixed operands come with a larger promise near zero.
        let found = scores(&folder, p, q, flags, 0);
        assert_near(&[found[0], found[2]], &[expected()[0], expected()[2]]);
        assert!(found[1] < 1e-9, "{found:?}");
    };
    run(&p_weights, &q, &["--p-as", "weights"]);
    run(&p, &q_logs, &["--q-as", "log-probabilities"]);
    let logits = ["--p-as", "logits", "--q-as", "logits", "--temperature", "2"];
    run(&p_logits, &q_logits, &logits);
    run(&p, &q_logits, &["--q-as", "logits", "--temperature", "2"]);
}

#[test]
fn element_types() {
    let folder = Folder::new();
    let (_, q) = files(&folder);
    let f2 = |x: f32| f16::from_f32(x);
    let flat: Vec<f32> = P.into_iter().flatten().collect();
    let bytes = |convert: &dyn Fn(f32) -> Vec<u8>| -> Vec<u8> {
        flat.iter().flat_map(|&x| convert(x)).collect()
    };
    for (descr, data) in [
        ("<f4", bytes(&|x| x.to_le_bytes().to_vec())),
        (">f4", bytes(&|x| x.to_be_bytes().to_vec())),
        ("<f2", bytes(&|x| f2(x).to_le_bytes().to_vec())),
        (">f2", bytes(&|x| f2(x).to_be_bytes().to_vec())),
        ("<f8", bytes(&|x| f64::from(x).to_le_bytes().to_vec())),
        (">f8", bytes(&|x| f64::from(x).to_be_bytes().to_vec())),
    ] {
        let p = folder.write("other.npy", &npy(descr, "(3, 2)", &data));
        assert_near(&scores(&folder, &p, &q, &[], 0), &expected());
        let run = score(&p, &q, &[]);
        let kind = match &descr[1..] {
            "f2" => "(probabilities, float16)",
            "f8" => "(probabilities, float64)",
            _ => "(probabilities)",
        };
        assert!(run.line("P ").ends_with(kind), "{run:?}");
        assert!(!run.out.contains("converted"), "{run:?}");
    }
}

#[test]
fn float64_is_computed_in_64_bits_on_the_cpu() {
    let folder = Folder::new();
    let doubles = |rows: &[f64]| -> Vec<u8> { rows.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let p = folder.write("p.npy", &npy("<f8", "(1, 2)", &doubles(&[0.5, 0.5])));
    let near = doubles(&[0.5 + 1e-8, 0.5 - 1e-8]);
    let q = folder.write("q.npy", &npy("<f8", "(1, 2)", &near));
    let found = scores(&folder, &p, &q, &[], 0);
    assert!((found[0] / 2e-16 - 1.0).abs() < 1e-5, "{found:?}");
    for backend in ["auto", "reference"] {
        let run = score_on(backend, &[&p, &q], &["--verify", "all"]);
        assert_eq!(run.line("bad rows"), "0");
        run.ended(0);
    }
    // Beyond f32, but not beyond f64.
    let huge = folder.write("huge.npy", &npy("<f8", "(1, 2)", &doubles(&[1e200, 3e200])));
    let weights = ["--p-as", "weights", "--q-as", "weights", "--measure", "tv"];
    assert_near(&scores(&folder, &huge, &q, &weights, 0), &[0.25]);
}

/// The bits of bfloat16, as numpy can hold them.
fn bf16_bits(rows: &[[f32; 2]], big_endian: bool) -> Vec<u8> {
    let bytes = |&x: &f32| {
        let bits = bf16::from_f32(x);
        if big_endian {
            bits.to_be_bytes()
        } else {
            bits.to_le_bytes()
        }
    };
    rows.iter().flatten().flat_map(bytes).collect()
}

#[test]
fn bfloat16_comes_as_uint16() {
    let folder = Folder::new();
    let (p, q) = files(&folder);
    for (descr, big_endian) in [("<u2", false), (">u2", true)] {
        let p_bits = folder.write(
            "p_bits.npy",
            &npy(descr, "(3, 2)", &bf16_bits(&P, big_endian)),
        );
        let q_bits = folder.write(
            "q_bits.npy",
            &npy(descr, "(3, 2)", &bf16_bits(&Q, big_endian)),
        );
        // All these values are exact in bfloat16.
        let both = ["--p-bf16", "--q-bf16"];
        assert_near(&scores(&folder, &p_bits, &q_bits, &both, 0), &expected());
        assert_near(&scores(&folder, &p_bits, &q, &both[..1], 0), &expected());
        assert_near(&scores(&folder, &p, &q_bits, &both[1..], 0), &expected());
        let run = score(&p_bits, &q, &both[..1]);
        assert!(
            run.line("P ").ends_with("(probabilities, bfloat16)"),
            "{run:?}"
        );
        score(&p_bits, &q, &[]).refused(&["p_bits.npy", "uint16", "--p-bf16"]);
        score(&p, &q_bits, &both[..1]).refused(&["p.npy", "float32", "--p-bf16"]);
        score(&p, &q_bits, &[]).refused(&["q_bits.npy", "uint16", "--q-bf16"]);
    }
}

#[test]
fn half_rows_have_the_tolerance_of_their_type() {
    let folder = Folder::new();
    let halves = |row: [f32; 2]| -> Vec<u8> {
        row.iter()
            .flat_map(|&x| f16::from_f32(x).to_le_bytes())
            .collect()
    };
    let near = folder.write("near.npy", &npy("<f2", "(1, 2)", &halves([0.5, 0.51])));
    let far = folder.write("far.npy", &npy("<f2", "(1, 2)", &halves([0.5, 0.53])));
    let bits = bf16_bits(&[[0.5, 0.515]], false);
    let bits = folder.write("bits.npy", &npy("<u2", "(1, 2)", &bits));
    let single = folder.matrix("single.npy", &[[0.5, 0.51]]);
    assert_eq!(score(&near, &near, &[]).line("bad rows"), "0");
    assert_eq!(score(&near, &bits, &["--q-bf16"]).line("bad rows"), "0");
    score(&far, &far, &[]).ended(1);
    // Each operand has its own: float32 rows do not profit.
    let run = score(&near, &single, &[]);
    assert!(run.ended(1).contains("row 0 of Q"), "{run:?}");
    assert!(!run.out.contains("row 0 of P"), "{run:?}");
}

#[test]
fn format_versions() {
    let folder = Folder::new();
    let (p, q) = files(&folder);
    let one = std::fs::read(&p).expect("the file");
    for version in [2, 3] {
        let mut bytes = one[..8].to_vec();
        bytes[6] = version;
        bytes.extend([one[8], one[9], 0, 0]);
        bytes.extend(&one[10..]);
        let p = folder.write("other.npy", &bytes);
        assert_near(&scores(&folder, &p, &q, &[], 0), &expected());
    }
}

#[test]
fn bad_rows_get_nan_and_the_others_their_scores() {
    let folder = Folder::new();
    let p = folder.matrix(
        "p.npy",
        &[
            [0.5, 0.5],
            [f32::NAN, 1.0],
            [0.5, 0.5],
            [0.0, 0.0],
            [0.5, 0.4],
        ],
    );
    let q = folder.matrix(
        "q.npy",
        &[
            [0.25, 0.75],
            [0.5, 0.5],
            [-0.5, 1.5],
            [-1.0, 2.0],
            [0.25, 0.75],
        ],
    );
    let found = scores(&folder, &p, &q, &[], 1);
    assert_near(&found[..1], &expected()[..1]);
    assert!(found[1..].iter().all(|score| score.is_nan()), "{found:?}");

    let run = score(&p, &q, &[]);
    assert!(
        run.line("bad rows").starts_with("4: their scores are NaN"),
        "{run:?}"
    );
    for issue in [
        "row 1 of P: a value is NaN or infinite",
        "row 2 of Q: a value is negative",
        "row 3 of P: every value is zero",
        "row 3 of Q: a value is negative",
        "row 4 of P: the probabilities sum to 0.9",
    ] {
        assert!(run.ended(1).contains(issue), "{issue} in {run:?}");
    }
}

#[test]
fn many_bad_rows_are_counted_and_the_first_listed() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.0, 0.0]; 12_000]);
    let run = score(&p, &p, &[]);
    assert!(run.line("bad rows").starts_with("12 000: "), "{run:?}");
    assert!(run.ended(1).contains("and 23 995 more"), "{run:?}");
    assert!(run.out.contains("none is finite"), "{run:?}");
}

#[test]
fn infinities_are_no_bad_rows() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5], [1.0, 0.0]]);
    let q = folder.matrix("q.npy", &[[1.0, 0.0], [0.5, 0.5]]);
    let found = scores(&folder, &p, &q, &[], 0);
    assert_eq!(found[0], f32::INFINITY);
    let run = score(&p, &q, &[]);
    assert!(run.line("infinities").starts_with("1: "), "{run:?}");
    assert!(
        run.line("infinities").contains("--support smoothed:EPS"),
        "{run:?}"
    );
    let run = score(&p, &q, &["--support", "smoothed:1e-3"]);
    assert_eq!(run.line("infinities"), "0");
    assert!(run.line("support").contains("smoothed:0.001"), "{run:?}");
}

#[test]
fn no_rows_is_a_batch_without_scores() {
    let folder = Folder::new();
    let p = folder.write("p.npy", &npy("<f4", "(0, 5)", &[]));
    assert_eq!(scores(&folder, &p, &p, &[], 0).len(), 0);
    let run = score(&p, &p, &[]);
    assert!(run.ended(0).starts_with("kl of 0 rows, K = 5"), "{run:?}");
}
