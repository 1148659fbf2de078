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
    refused(
        &["--measure", "js", "--order", "2"],
        &["--order", "js has no order, only renyi, tsallis and alpha"],
    );
    refused(&["--weight", "0.5"], &["--weight", "kl", "only js"]);
    for measure in ["tv", "hellinger", "entropy"] {
        refused(
            &["--measure", measure, "--weight", "0.5"],
            &["--weight", measure],
        );
    }
    refused(
        &["--measure", "renyi", "--order", "2", "--weight", "0.5"],
        &["--weight: renyi has no weight, only js and js-distance"],
    );
    for measure in ["tv", "chi2", "hellinger", "squared-euclidean"] {
        for unit in ["bits", "nats"] {
            refused(
                &["--measure", measure, "--unit", unit],
                &["--unit", measure],
            );
        }
    }
    refused(
        &["--measure", "tsallis", "--order", "2", "--unit", "bits"],
        &["--unit: tsallis:2 has no unit"],
    );
}

#[test]
fn orders_that_are_missing() {
    for (measure, orders) in [
        ("renyi", "from 0 to inf"),
        ("tsallis", "of 0 or more"),
        ("alpha", "any finite number"),
    ] {
        refused(
            &["--measure", measure],
            &["--order is missing", measure, orders],
        );
    }
}

#[test]
fn measures_of_raw_weights() {
    for measure in ["generalized-kl", "itakura-saito", "squared-euclidean"] {
        let flags = |more: &[&'static str]| [&["--measure", measure], more].concat();
        refused(&flags(&[]), &["--p-as", measure, "not probabilities"]);
        refused(
            &flags(&["--p-as", "weights", "--q-as", "logits"]),
            &["--q-as", measure, "not logits", "--q-as weights"],
        );
        let weights = ["--p-as", "weights", "--q-as", "weights"];
        refused(
            &flags(&[&weights[..], &["--support", "smoothed:0.1"]].concat()),
            &["--support", measure, "exact"],
        );
    }
}

#[test]
fn flags_that_the_encodings_do_not_use() {
    refused(&["--temperature", "2"], &["--temperature", "logits"]);
    let encodings = ["--p-as", "weights", "--q-as", "log-probabilities"];
    for flag in ["--temperature", "--p-temperature", "--q-temperature"] {
        refused(
            &[&encodings[..], &[flag, "2"]].concat(),
            &[flag, "logits", "leave the flag out"],
        );
    }
    refused(
        &["--p-as", "logits", "--q-temperature", "2"],
        &["--q-temperature: Q holds probabilities", "--q-as logits"],
    );
    refused(
        &["--q-as", "logits", "--p-temperature", "2"],
        &["--p-temperature: P holds probabilities", "--p-as logits"],
    );
    // Nothing is left for it to apply to.
    let own = ["--p-as", "logits", "--p-temperature", "2"];
    refused(
        &[&own[..], &["--temperature", "3"]].concat(),
        &["--temperature: every operand"],
    );
}

#[test]
fn flags_of_a_q_that_is_not_there() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5]]);
    let p = p.to_str().expect("UTF-8");
    let entropy = ["score", p, "--measure", "entropy"];
    for flags in [["--q-as", "logits"], ["--q-temperature", "2"]] {
        kullback(&[&entropy[..], &flags].concat()).refused(&[flags[0], "<Q.npy>"]);
    }
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
    for (measure, order, part) in [
        ("renyi", "-1", "[0, inf]"),
        ("renyi", "nan", "[0, inf]"),
        ("tsallis", "-0.5", "at least 0"),
        ("tsallis", "inf", "finite"),
        ("alpha", "inf", "finite"),
        ("alpha", "nan", "finite"),
    ] {
        refused(
            &["--measure", measure, "--order", order],
            &["--order: ", measure, part],
        );
    }
    for flag in ["--p-temperature", "--q-temperature"] {
        refused(
            &["--p-as", "logits", "--q-as", "logits", flag, "0"],
            &[flag, "[1e-6, 1e6]"],
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
        &[
            "--measure",
            "kl, reverse-kl, jeffreys, js, js-distance, renyi",
        ],
    );
    for measure in ["chi", "PSI", "KL", "kl ", "renyi2", ""] {
        refused(
            &["--measure", measure],
            &["--measure", "no measure is called"],
        );
    }
    for (measure, flag) in [
        ("js:0.25", "--weight 0.25"),
        ("js-distance:0.25", "--measure js-distance --weight 0.25"),
        ("renyi:2", "--measure renyi --order 2"),
        ("alpha:-1", "--order -1"),
    ] {
        refused(&["--measure", measure], &["--measure", flag]);
    }
    refused(&["--measure", "kl:1"], &["--measure", "takes no parameter"]);
    refused(
        &["--measure", "renyi", "--order", "half"],
        &["--order", "half"],
    );
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
    kullback::<&str>(&[]).refused(&["score, matrix, nearest, devices, bench"]);
    kullback(&["score"]).refused(&["<P.npy>"]);
    kullback(&["score", "p.npy"]).refused(&["<Q.npy>", "kl needs both files"]);
    kullback(&["score", "p.npy", "--measure", "cross-entropy"])
        .refused(&["<Q.npy>", "cross-entropy needs both files"]);
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
        "[Q.npy]",
        "--measure",
        "--p-as",
        "--q-as",
        "--temperature",
        "--p-temperature",
        "--q-temperature",
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
    for measure in kullback::measure::NAMES {
        let listed = help.out.split([' ', ',', '.', '\n']);
        assert!(listed.into_iter().any(|word| word == measure), "{measure}");
    }
    let version = kullback(&["--version"]);
    assert_eq!(
        version.ended(0),
        format!("kullback {}\n", env!("CARGO_PKG_VERSION"))
    );
}
