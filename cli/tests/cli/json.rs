//! `--json`: keys, types and values.

use serde_json::{Value, json};

use crate::support::{Folder, score};

const KEYS: [&str; 20] = [
    "rows",
    "k",
    "pairs",
    "p_rows",
    "q_rows",
    "neighbours",
    "measure",
    "unit",
    "support",
    "backend",
    "adapter",
    "mean",
    "min",
    "quantiles",
    "max",
    "infinities",
    "bad_rows",
    "rows_per_second",
    "error_bound",
    "verification",
];

const LEVELS: [&str; 5] = ["0.05", "0.25", "0.5", "0.75", "0.95"];

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

/// The object of rows (1, 0) against (q, 1 - q): their KL is -ln q.
fn of_rows(q: &[f32], flags: &[&str], code: i32) -> Value {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &vec![[1.0, 0.0]; q.len()]);
    let rows: Vec<[f32; 2]> = q.iter().map(|&q| [q, 1.0 - q]).collect();
    let q = folder.matrix("q.npy", &rows);
    let run = score(&p, &q, &[&["--json"], flags].concat());
    run.ended(code);
    if code == 0 {
        assert_eq!(run.err, "");
    }
    run.json()
}

#[test]
fn the_object_has_the_keys_that_scripts_read() {
    let object = of_rows(&[0.5; 3], &["--unit", "bits", "--verify", "2"], 0);
    assert_eq!(keys(&object), KEYS);
    assert_eq!(keys(&object["quantiles"]), LEVELS);
    assert_eq!(
        keys(&object["verification"]),
        ["rows", "worst_error", "failed"]
    );
    assert_eq!(object["rows"], 3);
    assert_eq!(object["k"], 2);
    assert_eq!(object["measure"], "kl");
    assert_eq!(object["unit"], "bits");
    assert_eq!(object["support"], "exact");
    assert_eq!(object["backend"], "cpu");
    assert_eq!(object["adapter"], Value::Null);
    for key in ["mean", "min", "max"] {
        assert_eq!(object[key], 1.0);
    }
    assert_eq!(object["infinities"], 0);
    assert_eq!(object["bad_rows"], 0);
    assert!(
        object["rows_per_second"]
            .as_f64()
            .is_some_and(|rate| rate > 0.0)
    );
    assert_eq!(object["verification"]["rows"], 2);
    assert!(object["verification"]["worst_error"].is_f64());
    assert_eq!(object["verification"]["failed"], false);
}

#[test]
fn quantiles_interpolate() {
    // Scores 0, 1, 2, .. 10 bits.
    let q: Vec<f32> = (0..=10).rev().map(|i| 0.5_f32.powi(i)).collect();
    let object = of_rows(&q, &["--unit", "bits"], 0);
    let quantile = |level: &str| object["quantiles"][level].as_f64().expect("a number");
    for (level, expected) in LEVELS.iter().zip([0.5, 2.5, 5.0, 7.5, 9.5]) {
        assert!((quantile(level) - expected).abs() < 1e-5, "{level}");
    }
    assert!((object["mean"].as_f64().expect("a number") - 5.0).abs() < 1e-5);
    assert_eq!(object["min"], 0.0);
    assert_eq!(object["max"], 10.0);
}

#[test]
fn statistics_cover_finite_scores_only() {
    // One infinite score, one bad row.
    let object = of_rows(&[0.5, 0.0, 2.0, 0.5], &["--unit", "bits"], 1);
    assert_eq!(object["infinities"], 1);
    assert_eq!(object["bad_rows"], 1);
    for key in ["mean", "min", "max"] {
        assert_eq!(object[key], 1.0);
    }
}

#[test]
fn where_nothing_is_finite_there_is_null() {
    let nulls = json!({"0.05": null, "0.25": null, "0.5": null, "0.75": null, "0.95": null});
    for (q, code) in [(&[0.0_f32, 0.0][..], 0), (&[2.0], 1), (&[], 0)] {
        let object = of_rows(q, &[], code);
        assert_eq!(keys(&object), KEYS);
        for key in ["mean", "min", "max"] {
            assert_eq!(object[key], Value::Null);
        }
        assert_eq!(object["quantiles"], nulls);
    }
}

#[test]
fn options_are_told() {
    let flags = ["--measure", "js", "--weight", "0.25", "--verify", "off"];
    let object = of_rows(&[0.5], &flags, 0);
    assert_eq!(object["measure"], "js:0.25");
    assert_eq!(object["unit"], "nats");
    assert_eq!(object["verification"], Value::Null);
    let object = of_rows(&[0.5], &["--measure", "tv", "--support", "smoothed:0.5"], 0);
    assert_eq!(object["unit"], Value::Null);
    assert_eq!(object["support"], "smoothed:0.5");
    let object = of_rows(&[0.5; 5], &["--verify", "all"], 0);
    assert_eq!(object["verification"]["rows"], 5);
}

#[test]
fn bad_rows_are_told_on_standard_error() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[1.0, 0.0], [-1.0, 2.0]]);
    let run = score(&p, &p, &["--json"]);
    run.ended(1);
    assert_eq!(
        run.err,
        "warning: 1 of 2 rows are bad; the first: row 1 of P: a value is negative\n"
    );
    assert_eq!(run.json()["bad_rows"], 1);
}
