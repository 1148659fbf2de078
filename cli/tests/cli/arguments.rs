//! Flags: what is refused, and how.

use crate::support::{Folder, kullback, score};

/// Runs with these flags on two good files and expects one line with `parts`.
fn refused(flags: &[&str], parts: &[&str]) {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5]]);
    let q = folder.matrix("q.npy", &[[0.25, 0.75]]);
    score(&p, &q, flags).refused(parts);
}

#[test]
fn flags_that_the_measure_does_not_use() {
    refused(&["--order", "2"], &["--order", "kl has no order"]);
    refused(&["--measure", "js", "--order", "2"], &["--order", "js"]);
    refused(&["--weight", "0.5"], &["--weight", "kl", "only js"]);
    refused(&["--measure", "tv", "--weight", "0.5"], &["--weight", "tv"]);
    refused(&["--measure", "tv", "--unit", "bits"], &["--unit", "tv"]);
    refused(&["--measure", "tv", "--unit", "nats"], &["--unit", "tv"]);
}

#[test]
fn flags_that_the_encodings_do_not_use() {
    refused(&["--temperature", "2"], &["--temperature", "logits"]);
    refused(
        &[
            "--p-as",
            "weights",
            "--q-as",
            "log-probabilities",
            "--temperature",
            "2",
        ],
        &["--temperature", "logits"],
    );
}

#[test]
fn values_out_of_range() {
    for (value, part) in [
        ("0", "[1e-6, 1e6]"),
        ("-1", "-1"),
        ("nan", "NaN"),
        ("inf", "inf"),
    ] {
        refused(
            &["--p-as", "logits", "--temperature", value],
            &["--temperature", part],
        );
    }
    for value in ["-0.1", "1.5", "nan"] {
        refused(
            &["--measure", "js", "--weight", value],
            &["--weight", "[0, 1]"],
        );
    }
    for value in ["smoothed:0", "smoothed:-1", "smoothed:inf", "smoothed:nan"] {
        refused(&["--support", value], &["--support", "eps"]);
    }
}

#[test]
fn values_that_mean_nothing() {
    refused(
        &["--measure", "kullback"],
        &["--measure", "kl, reverse-kl, js, tv, cross-entropy"],
    );
    for measure in ["entropy", "renyi", "js-distance", "KL", ""] {
        refused(
            &["--measure", measure],
            &["--measure", "no measure is called"],
        );
    }
    refused(&["--measure", "js:0.25"], &["--measure", "--weight 0.25"]);
    refused(
        &["--p-as", "logit"],
        &["--p-as", "log-probabilities, logits"],
    );
    refused(
        &["--q-as", "logit"],
        &["--q-as", "log-probabilities, logits"],
    );
    refused(&["--unit", "bans"], &["--unit", "nats, bits"]);
    refused(&["--support", "smoothed"], &["--support", "smoothed:EPS"]);
    refused(&["--verify", "-1"], &["--verify"]);
    refused(&["--verify", "some"], &["--verify", "off, all or a number"]);
    refused(&["--weight", "half"], &["--weight", "half"]);
    refused(&["--uint", "bits"], &["--uint", "--unit"]);
    refused(&["--json", "--json"], &["--json"]);
    refused(&["third.npy"], &["third.npy"]);
}

#[test]
fn backends_that_are_not_there() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5]]);
    let run = |flags: &[&str]| {
        let p = p.to_str().expect("UTF-8");
        kullback(&[&["score", p, p], flags].concat())
    };
    run(&["--backend", "tpu"]).refused(&["--backend", "auto, gpu, cpu, reference"]);
    if cfg!(not(feature = "gpu")) {
        run(&["--backend", "gpu"]).refused(&["--backend gpu"]);
    }
    run(&["--adapter", "no such adapter"]).refused(&["--adapter", "no such adapter"]);
    run(&["--backend", "cpu", "--adapter", "x"]).refused(&["--adapter", "cpu"]);
}

#[test]
fn missing_arguments() {
    kullback::<&str>(&[]).refused(&["score, devices, bench"]);
    kullback(&["score"]).refused(&["<P.npy>", "<Q.npy>"]);
    kullback(&["score", "p.npy"]).refused(&["<Q.npy>"]);
    kullback(&["scores"]).refused(&["scores", "score"]);
    kullback(&["bench", "--mib", "0"]).refused(&["--mib"]);
    kullback(&["bench", "--repetitions", "0"]).refused(&["--repetitions"]);
}

#[test]
fn help_and_version() {
    let help = kullback(&["--help"]);
    for command in ["score", "devices", "bench"] {
        assert!(help.ended(0).contains(command), "{help:?}");
    }
    let help = kullback(&["score", "--help"]);
    for flag in [
        "<P.npy>",
        "<Q.npy>",
        "--measure",
        "--p-as",
        "--q-as",
        "--temperature",
        "--order",
        "--weight",
        "--unit",
        "--support",
        "--backend",
        "--adapter",
        "--verify",
        "-o",
        "--json",
        "Exit code",
    ] {
        assert!(help.ended(0).contains(flag), "{flag} in {help:?}");
    }
    let version = kullback(&["--version"]);
    assert_eq!(
        version.ended(0),
        format!("kullback {}\n", env!("CARGO_PKG_VERSION"))
    );
}
