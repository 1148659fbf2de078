//! The entropy: of P alone, with or without a file of Q.

use std::path::Path;

use crate::support::{Folder, Run, score_on};

fn entropy(files: &[&Path], flags: &[&str]) -> Run {
    let measure = ["--measure", "entropy", "--unit", "bits"];
    score_on("reference", files, &[&measure[..], flags].concat())
}

#[test]
fn q_may_be_omitted() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5, 0.0, 0.0], [0.25; 4]]);
    let run = entropy(&[&p], &["--verify", "all"]);
    assert!(
        run.ended(0)
            .starts_with("entropy of 2 rows, K = 4, in bits\n"),
        "{run:?}"
    );
    assert_eq!((run.line("min"), run.line("max")), ("1.00000", "2.00000"));
    assert!(
        !run.out
            .lines()
            .any(|line| line.trim_start().starts_with("Q "))
    );
    let object = entropy(&[&p], &["--json"]).json();
    assert_eq!(object["mean"], 1.5);
    assert_eq!(object["bad_rows"], 0);
}

#[test]
fn q_is_neither_read_nor_judged() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5], [1.0, 0.0]]);
    let q = folder.matrix("q.npy", &[[f32::NAN, -1.0], [0.0, 0.0]]);
    for flags in [&[][..], &["--q-as", "logits"]] {
        let run = entropy(&[&p, &q], flags);
        assert_eq!(run.line("bad rows"), "0");
        assert_eq!(run.line("max"), "1.00000");
        assert!(run.line("Q ").ends_with("q.npy (not read)"), "{run:?}");
        run.ended(0);
    }
}

#[test]
fn q_must_fit_if_it_is_there() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5]]);
    let q = folder.matrix("q.npy", &[[0.5, 0.25, 0.25]]);
    entropy(&[&p, &q], &[]).refused(&["p.npy is 1 x 2", "q.npy is 1 x 3"]);
    entropy(&[&p, &folder.path("no.npy")], &[]).refused(&["no.npy", "cannot be opened"]);
}

#[test]
fn p_is_judged_once() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5], [-1.0, 2.0]]);
    let run = entropy(&[&p], &[]);
    assert!(run.line("bad rows").starts_with("1: "), "{run:?}");
    assert!(run.ended(1).contains("row 1 of P: a value is negative"));
    assert!(!run.out.contains("of Q"), "{run:?}");
}
