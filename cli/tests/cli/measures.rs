//! Every measure by its name, its flags, and what it scores.

use std::f64::consts::LN_2;

use crate::support::{Folder, read_scores, score_on};

/// The backend that has every measure, and is right to 1e-12.
const BACKEND: &str = "reference";

const P: [f32; 2] = [0.5, 0.5];
const Q: [f32; 2] = [0.25, 0.75];

/// The score of P against Q as the summary has it, and its first line.
fn scored(flags: &[&str]) -> (f64, String) {
    of(P, Q, flags)
}

fn of(p: [f32; 2], q: [f32; 2], flags: &[&str]) -> (f64, String) {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[p]);
    let q = folder.matrix("q.npy", &[q]);
    let output = folder.path("scores.npy");
    let to = ["-o", output.to_str().expect("UTF-8")];
    let run = score_on(BACKEND, &[&p, &q], &[flags, &to].concat());
    let title = run.ended(0).lines().next().expect("a line").to_owned();
    (f64::from(read_scores(&output)[0]), title)
}

fn assert_near(found: f64, exact: f64, title: &str) {
    let error = (found - exact).abs();
    assert!(error <= 1e-7 * exact, "{title}: {found}, not {exact}");
}

#[test]
fn every_measure_has_its_score() {
    let ln = f64::ln;
    let kl = 0.5 * ln(2.0) + 0.5 * ln(2.0 / 3.0);
    let reverse = 0.25 * ln(0.5) + 0.75 * ln(1.5);
    // The sums of p^a q^(1-a) at 1/2 and 3.
    let half = 0.125_f64.sqrt() + 0.375_f64.sqrt();
    let cubes = 0.125 / 0.0625 + 0.125 / 0.5625;
    let js = {
        let m = [0.375_f64, 0.625];
        let to_m = |row: [f64; 2]| row[0] * ln(row[0] / m[0]) + row[1] * ln(row[1] / m[1]);
        (to_m([0.5, 0.5]) + to_m([0.25, 0.75])) / 2.0
    };
    let cases: [(&[&str], f64); 21] = [
        (&["kl"], kl),
        (&["reverse-kl"], reverse),
        (&["jeffreys"], kl + reverse),
        (&["js"], js),
        (&["js-distance"], js.sqrt()),
        (&["renyi", "--order", "3"], ln(cubes) / 2.0),
        (&["tsallis", "--order", "3"], (cubes - 1.0) / 2.0),
        (&["alpha", "--order", "3"], (cubes - 1.0) / 6.0),
        (&["alpha", "--order", "-1"], 0.125),
        (&["hellinger"], (1.0 - half).sqrt()),
        (&["hellinger-squared"], 1.0 - half),
        (&["bhattacharyya"], -ln(half)),
        (&["tv"], 0.25),
        (&["chi2"], 1.0 / 3.0),
        (&["neyman"], 0.25),
        (&["triangular"], 0.0625 / 0.75 + 0.0625 / 1.25),
        (&["cross-entropy"], kl + LN_2),
        (&["entropy"], LN_2),
        (&["top1-agreement"], 0.0),
        (&["renyi", "--order", "0"], 0.0),
        (&["renyi", "--order", "inf"], LN_2),
    ];
    for (flags, exact) in cases {
        let (score, title) = scored(&[&["--measure"], flags].concat());
        assert_near(score, exact, &title);
        assert!(title.starts_with(flags[0]), "{title}");
    }
}

#[test]
fn raw_measures_take_weights_as_they_are() {
    let raw = |name, p, q| {
        let weights = ["--p-as", "weights", "--q-as", "weights"];
        let (score, title) = of(p, q, &[&["--measure", name], &weights[..]].concat());
        assert_eq!(title, format!("{name} of 1 row, K = 2"));
        score
    };
    let kl = raw("generalized-kl", [4.0, 0.0], [2.0, 1.0]);
    assert_near(kl, 4.0 * LN_2 - 2.0 + 1.0, "generalized-kl");
    let saito = raw("itakura-saito", [4.0, 3.0], [2.0, 3.0]);
    assert_near(saito, 1.0 - LN_2, "itakura-saito");
    let alone = raw("itakura-saito", [4.0, 0.0], [2.0, 1.0]);
    assert_eq!(alone, f64::INFINITY);
    let squared = raw("squared-euclidean", [4.0, 0.0], [2.0, 1.0]);
    assert_near(squared, 2.5, "squared-euclidean");
}

#[test]
fn parameters_and_units_are_told() {
    for (flags, title) in [
        (
            &["renyi", "--order", "inf", "--unit", "bits"][..],
            "renyi:inf of 1 row, K = 2, in bits",
        ),
        (
            &["renyi", "--order", "0.50"],
            "renyi:0.5 of 1 row, K = 2, in nats",
        ),
        (&["tsallis", "--order", "2"], "tsallis:2 of 1 row, K = 2"),
        (&["alpha", "--order", "-0.5"], "alpha:-0.5 of 1 row, K = 2"),
        (
            &["js-distance", "--weight", "0.25"],
            "js-distance:0.25 of 1 row, K = 2, in nats",
        ),
    ] {
        let (_, told) = scored(&[&["--measure"], flags].concat());
        assert_eq!(told, title);
    }
    // Rows that share no bin are one bit apart, and the root of one bit is one.
    for measure in ["js", "js-distance"] {
        let flags = ["--measure", measure, "--unit", "bits"];
        let (score, title) = of([1.0, 0.0], [0.0, 1.0], &flags);
        assert_near(score, 1.0, &title);
    }
}

#[test]
fn infinities_are_explained() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5]]);
    let q = folder.matrix("q.npy", &[[1.0, 0.0]]);
    let apart = folder.matrix("apart.npy", &[[0.0, 1.0]]);
    let line = |p, q, flags: &[&str]| {
        let run = score_on(BACKEND, &[p, q], &[&["--measure"], flags].concat());
        run.ended(0);
        run.line("infinities").to_owned()
    };
    let smoothed = "--support smoothed:EPS";
    for (flags, parts) in [
        (&["kl"][..], ["zero in one row alone;", smoothed]),
        (&["chi2"], ["beyond what float32 holds;", smoothed]),
        (&["alpha", "--order", "9"], ["float32", "leaves no zeros"]),
        (
            &["renyi", "--order", "2"],
            ["zero in one row alone;", smoothed],
        ),
    ] {
        let told = line(&p, &q, flags);
        assert!(told.starts_with("1: "), "{told}");
        for part in parts {
            assert!(told.contains(part), "`{part}` is not in `{told}`");
        }
    }
    for flags in [&["bhattacharyya"][..], &["renyi", "--order", "0.5"]] {
        assert_eq!(line(&p, &q, flags), "0");
        let told = line(&apart, &q, flags);
        assert!(told.contains("no bin in common;"), "{told}");
    }
    let weights = ["--p-as", "weights", "--q-as", "weights"];
    let raw = [&["itakura-saito"], &weights[..]].concat();
    let told = line(&p, &q, &raw);
    assert!(
        told.contains("alone") && !told.contains("smoothed"),
        "{told}"
    );
    // Smoothing cannot be what is missing where it is given.
    let flags = ["alpha", "--order", "99", "--support", "smoothed:1e-9"];
    let told = line(&p, &q, &flags);
    assert_eq!(told, "1: the score is beyond what float32 holds");
}
