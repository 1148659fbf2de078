//! `kullback nearest`: for each row of P the rows of Q with the smallest scores.

use std::path::Path;

use crate::support::{Folder, Run, kullback, read_array};

const P: [[f32; 2]; 3] = [[1.0, 3.0], [-1.0, 1.0], [4.0, 0.0]];
const Q: [[f32; 2]; 4] = [[2.0, 2.0], [0.0, 0.0], [1.0, 3.0], [2.0, 6.0]];

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// By the total variation of weights.
fn nearest(files: [&Path; 2], k: &str, flags: &[&str]) -> Run {
    let mut arguments = vec!["nearest", text(files[0]), text(files[1]), "-k", k];
    arguments.extend(["--p-as", "weights", "--q-as", "weights", "--measure", "tv"]);
    arguments.extend(["--backend", "cpu"]);
    arguments.extend(flags);
    kullback(&arguments)
}

fn read(name: &Path) -> (String, Vec<u64>, Vec<f32>) {
    let file = |kind: &str| name.with_extension(format!("{kind}.npy"));
    let (shape, indices) = read_array(&file("indices"), "<u8", u64::from_le_bytes);
    let (of_scores, scores) = read_array(&file("scores"), "<f4", f32::from_le_bytes);
    assert_eq!(shape, of_scores);
    (shape, indices, scores)
}

#[test]
fn numbers_and_scores_go_to_two_files() {
    let folder = Folder::new();
    let (p, q) = (folder.matrix("p.npy", &P), folder.matrix("q.npy", &Q));
    let name = folder.path("near");
    let none = u64::MAX;
    let run = nearest([&p, &q], "2", &["-o", text(&name)]);
    // Rows of both files are bad.
    run.ended(1);
    let (shape, indices, scores) = read(&name);
    assert_eq!(shape, "(3, 2)");
    assert_eq!(indices, [2, 3, none, none, 0, 2]);
    assert_eq!(
        [scores[0], scores[1], scores[4], scores[5]],
        [0.0, 0.0, 0.5, 0.75]
    );
    assert!(scores[2].is_nan() && scores[3].is_nan());
    for part in [
        "tv of 3 x 4 pairs, the nearest 2 of each row of P, K = 2",
        "(of 4 finite scores of neighbours)",
        "bad pairs     6: their scores are NaN",
        "row 1 of P: a value is negative",
        "row 1 of Q: every value is zero",
        "near.indices.npy and ",
    ] {
        assert!(run.out.contains(part), "{part} in {}", run.out);
    }
    assert_eq!(run.line("max"), "0.750000");
    let names = ["near.indices.npy", "near.scores.npy", "p.npy", "q.npy"];
    assert_eq!(folder.names(), names);

    // More than there are: all, and none in the place of the bad one.
    nearest([&p, &q], "9", &["-o", text(&name)]).ended(1);
    let (shape, indices, _) = read(&name);
    assert_eq!(shape, "(3, 4)");
    assert_eq!(indices[..4], [2, 3, 0, none]);
}

#[test]
fn as_json() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &P[..1]);
    let q = folder.matrix("q.npy", &[Q[0], Q[2]]);
    let run = nearest([&p, &q], "1", &["--json"]);
    run.ended(0);
    let told = run.json();
    for (key, value) in [("rows", 2), ("p_rows", 1), ("q_rows", 2), ("neighbours", 1)] {
        assert_eq!(told[key], value, "{key} in {told}");
    }
    assert_eq!(told["max"], 0.0);
}

#[test]
fn what_cannot_be_asked() {
    let folder = Folder::new();
    let (p, q) = (folder.matrix("p.npy", &P), folder.matrix("q.npy", &Q));
    for k in ["0", "-1", "many"] {
        nearest([&p, &q], k, &["-o", text(&folder.path("near"))]).refused(&["-k"]);
    }
    kullback(&["nearest", text(&p), text(&q)]).refused(&["-k"]);
    let lost = folder.path("no-folder/near");
    nearest([&p, &q], "1", &["-o", text(&lost)]).refused(&["near.indices.npy"]);
    for name in ["", "..", "."] {
        let name = format!("{}/{name}", text(&folder.path("")));
        nearest([&p, &q], "1", &["-o", &name]).refused(&["-o", "names no file"]);
    }
    assert_eq!(folder.names(), ["p.npy", "q.npy"]);
}
