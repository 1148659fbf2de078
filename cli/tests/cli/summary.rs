//! The summary for people.

use crate::support::{Folder, kullback, score};

#[test]
fn every_line_is_there() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5], [0.25, 0.75]]);
    let q = folder.matrix("q.npy", &[[0.25, 0.75], [0.25, 0.75]]);
    let run = score(&p, &q, &["--q-as", "weights"]);
    assert!(
        run.ended(0).starts_with("kl of 2 rows, K = 2, in nats\n"),
        "{run:?}"
    );
    assert_eq!(run.err, "");
    assert!(run.line("P ").ends_with("p.npy (probabilities)"), "{run:?}");
    assert!(run.line("Q ").ends_with("q.npy (weights)"), "{run:?}");
    assert_eq!(run.line("support"), "exact");
    assert!(run.line("backend").starts_with("cpu ("), "{run:?}");
    assert_eq!(run.line("mean"), "0.0719205");
    assert_eq!(run.line("min"), "0");
    assert!(run.line("quantiles").contains("50%: 0.0719205"), "{run:?}");
    assert_eq!(run.line("max"), "0.143841");
    assert_eq!(run.line("infinities"), "0");
    assert_eq!(run.line("bad rows"), "0");
    assert!(run.line("throughput").contains("rows/s"), "{run:?}");
    assert!(
        run.line("verification").starts_with("2 rows checked"),
        "{run:?}"
    );
}

#[test]
fn measures_without_unit_name_none() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5]]);
    let run = score(&p, &p, &["--measure", "tv", "--verify", "off"]);
    assert!(run.ended(0).starts_with("tv of 1 row, K = 2\n"), "{run:?}");
    assert_eq!(run.line("verification"), "off");
}

#[test]
fn the_reference_scores_too() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5]]);
    let q = folder.matrix("q.npy", &[[0.25, 0.75]]);
    let [p, q] = [&p, &q].map(|path| path.to_str().expect("UTF-8"));
    let run = kullback(&["score", p, q, "--backend", "reference"]);
    assert!(run.line("backend").starts_with("reference"), "{run:?}");
    assert_eq!(run.line("mean"), "0.143841");
    run.ended(0);
}

#[test]
fn the_digits_of_the_examples() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/");
    let file = |name: &str| std::path::PathBuf::from(format!("{data}{name}"));
    let run = score(
        &file("digits_p.npy"),
        &file("digits_q.npy"),
        &["--verify", "all"],
    );
    assert!(
        run.ended(0)
            .starts_with("kl of 1 797 rows, K = 64, in nats\n"),
        "{run:?}"
    );
    assert!(run.line("infinities").starts_with("216: "), "{run:?}");
    // As SciPy's rel_entr has it in float64.
    assert!(
        run.line("mean")
            .starts_with("0.108080  (of 1 581 finite scores)"),
        "{run:?}"
    );
}
