//! Temperatures: one for all logits, and one for each operand.

use crate::support::{Folder, read_scores, score_on};

/// The score of logits (0, 1) against (0, 3), and the lines of P and Q.
fn scored(flags: &[&str]) -> (f32, [String; 2]) {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.0, 1.0]]);
    let q = folder.matrix("q.npy", &[[0.0, 3.0]]);
    let output = folder.path("scores.npy");
    let to = ["--p-as", "logits", "-o", output.to_str().expect("UTF-8")];
    let run = score_on("reference", &[&p, &q], &[flags, &to].concat());
    run.ended(0);
    let lines = ["P ", "Q "].map(|name| run.line(name).to_owned());
    (read_scores(&output)[0], lines)
}

const LOGITS: [&str; 2] = ["--q-as", "logits"];

#[test]
fn each_operand_may_have_its_own() {
    let both = scored(
        &[
            &LOGITS[..],
            &["--p-temperature", "1", "--q-temperature", "3"],
        ]
        .concat(),
    );
    assert_eq!(both.0, 0.0);
    assert!(both.1[0].ends_with("p.npy (logits)"), "{both:?}");
    assert!(both.1[1].ends_with("(logits at temperature 3)"), "{both:?}");
}

#[test]
fn its_own_comes_before_the_common_one() {
    let (score, lines) =
        scored(&[&LOGITS[..], &["--temperature", "2", "--q-temperature", "6"]].concat());
    assert_eq!(score, 0.0);
    assert!(lines[0].ends_with("temperature 2)"), "{lines:?}");
    assert!(lines[1].ends_with("temperature 6)"), "{lines:?}");
    let (_, lines) = scored(&[&LOGITS[..], &["--temperature", "2"]].concat());
    assert!(lines.iter().all(|line| line.ends_with("temperature 2)")));
}

#[test]
fn only_logits_have_one() {
    let (_, lines) = scored(&["--q-as", "weights", "--p-temperature", "2"]);
    assert!(lines[0].ends_with("temperature 2)"), "{lines:?}");
    assert!(lines[1].ends_with("(weights)"), "{lines:?}");
}
