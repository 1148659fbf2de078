//! `kullback matrix`: each row of P against each of Q.

use std::path::Path;

use crate::support::{Folder, Run, kullback, read_array};

const P: [[f32; 2]; 3] = [[1.0, 3.0], [1.0, 1.0], [4.0, 0.0]];
const Q: [[f32; 2]; 2] = [[2.0, 2.0], [1.0, 3.0]];
const SCORES: [f32; 6] = [0.25, 0.0, 0.0, 0.25, 0.5, 0.75];

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The total variation of weights.
fn matrix(files: [&Path; 2], backend: &str, flags: &[&str]) -> Run {
    let mut arguments = vec!["matrix", text(files[0]), text(files[1])];
    arguments.extend(["--p-as", "weights", "--q-as", "weights"]);
    arguments.extend(["--backend", backend]);
    arguments.extend(flags);
    kullback(&arguments)
}

const TV: [&str; 2] = ["--measure", "tv"];

#[test]
fn every_row_meets_every_row() {
    let folder = Folder::new();
    let (p, q) = (folder.matrix("p.npy", &P), folder.matrix("q.npy", &Q));
    let output = folder.path("m.npy");
    for backend in ["cpu", "reference"] {
        let flags = [&TV[..], &["-o", text(&output)]].concat();
        let run = matrix([&p, &q], backend, &flags);
        run.ended(0);
        let found = read_array(&output, "<f4", f32::from_le_bytes);
        assert_eq!(found, ("(3, 2)".to_owned(), SCORES.to_vec()));
        for part in [
            "tv of all 3 x 2 pairs, K = 2",
            "bad pairs     0",
            "pairs/s, ",
            "6 pairs checked",
            "m.npy",
        ] {
            assert!(run.out.contains(part), "{part} in {}", run.out);
        }
        assert_eq!(run.line("max"), "0.750000");
    }
    assert_eq!(folder.names(), ["m.npy", "p.npy", "q.npy"]);
}

#[test]
fn as_json() {
    let folder = Folder::new();
    let (p, q) = (folder.matrix("p.npy", &P), folder.matrix("q.npy", &Q));
    let run = matrix([&p, &q], "cpu", &[&TV[..], &["--json"]].concat());
    run.ended(0);
    let told = run.json();
    let wanted = [("rows", 6), ("p_rows", 3), ("q_rows", 2), ("bad_rows", 0)];
    for (key, value) in wanted {
        assert_eq!(told[key], value, "{key} in {told}");
    }
    assert!(told["neighbours"].is_null() && told["pairs"].is_null());
    assert_eq!(told["max"], 0.75);
}

#[test]
fn fast_scores_come_with_a_bound() {
    let folder = Folder::new();
    let row = |i: usize| std::array::from_fn(|bin| 1.0 + (i * 7 + bin * bin * 3) as f32 % 11.0);
    let rows: Vec<[f32; 16]> = (0..20).map(row).collect();
    let table = folder.matrix("t.npy", &rows);
    let output = folder.path("m.npy");
    let flags = ["--fast", "--verify", "all", "-o", text(&output)];
    let run = matrix([&table, &table], "cpu", &flags);
    run.ended(0);
    assert!(
        run.line("error bound")
            .starts_with("a score is off by at most ")
    );
    assert!(run.line("verification").ends_with("within the error bound"));
    let (shape, fast) = read_array(&output, "<f4", f32::from_le_bytes);
    assert_eq!(shape, "(20, 20)");
    matrix([&table, &table], "reference", &["-o", text(&output)]).ended(0);
    let (_, exact) = read_array(&output, "<f4", f32::from_le_bytes);
    let run = matrix([&table, &table], "cpu", &["--fast", "--json"]);
    let told = run.json();
    let absolute = told["error_bound"]["absolute"].as_f64().expect("a number");
    assert!(absolute > 0.0 && absolute < 1e-4, "{told}");
    assert_eq!(told["error_bound"]["of_square"], false);
    for (fast, exact) in fast.iter().zip(exact) {
        assert!(f64::from((fast - exact).abs()) <= absolute + 1e-6);
    }
    // By a measure that is neither a product nor of mixtures.
    let flags = ["--fast", "--measure", "tv"];
    let run = matrix([&table, &table], "cpu", &flags);
    run.ended(0);
    assert!(run.line("error bound").starts_with("none: "));
    let told = matrix([&table, &table], "cpu", &[&flags[..], &["--json"]].concat()).json();
    assert!(told["error_bound"].is_null());
    // A flag of `matrix` alone.
    kullback(&["score", text(&table), text(&table), "--fast"]).refused(&["--fast"]);
}

#[test]
fn bad_rows_are_named_once() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[1.0, 1.0], [-1.0, 1.0]]);
    let q = folder.matrix("q.npy", &[[f32::NAN, 1.0], [1.0, 1.0], [3.0, 1.0]]);
    let output = folder.path("m.npy");
    let flags = [&TV[..], &["-o", text(&output)]].concat();
    let run = matrix([&p, &q], "cpu", &flags);
    run.ended(1);
    for part in [
        "bad pairs     4: their scores are NaN",
        "row 0 of Q: a value is NaN or infinite",
        "row 1 of P: a value is negative",
    ] {
        assert_eq!(run.out.matches(part).count(), 1, "{part} in {}", run.out);
    }
    assert!(!run.out.contains("more"), "{}", run.out);
    let (_, scores) = read_array(&output, "<f4", f32::from_le_bytes);
    let nan: Vec<bool> = scores.iter().map(|score| score.is_nan()).collect();
    assert_eq!(nan, [true, false, false, true, true, true]);
    let run = matrix([&p, &q], "cpu", &[&flags[..], &["--json"]].concat());
    run.ended(1);
    let first = "4 of 6 pairs are bad; the first: row 0 of Q: a value is NaN or infinite";
    assert!(run.err.contains(first), "{}", run.err);
}

#[test]
fn no_rows() {
    let folder = Folder::new();
    let (p, q) = (folder.matrix("p.npy", &P), folder.matrix::<2>("q.npy", &[]));
    let output = folder.path("m.npy");
    let run = matrix([&p, &q], "cpu", &["-o", text(&output)]);
    run.ended(0);
    let found = read_array(&output, "<f4", f32::from_le_bytes);
    assert_eq!(found, ("(3, 0)".to_owned(), Vec::new()));
}

#[test]
fn flags_and_files_that_do_not_fit() {
    let folder = Folder::new();
    let (p, q) = (folder.matrix("p.npy", &P), folder.matrix("q.npy", &Q));
    let three = folder.matrix("three.npy", &[[1.0_f32, 2.0, 3.0]]);
    let output = folder.path("m.npy");
    let refused = |files: [&Path; 2], flags: &[&str], parts: &[&str]| {
        let flags = [flags, &["-o", text(&output)]].concat();
        matrix(files, "cpu", &flags).refused(parts);
        assert!(!output.exists());
    };
    refused(
        [&p, &three],
        &TV,
        &["p.npy has rows of 2 bins", "three.npy has rows of 3"],
    );
    let entropy = ["--measure", "entropy"];
    refused(
        [&p, &q],
        &entropy,
        &["entropy is of P alone", "kullback score"],
    );
    refused([&p, &q], &["--pairs", "ij.npy"], &["--pairs"]);
    refused([&p, &folder.path("no.npy")], &TV, &["no.npy"]);
    kullback(&["matrix", text(&p)]).refused(&["Q.npy"]);
}
