//! `devices` and `bench`.

use crate::support::kullback;

#[test]
fn devices_are_listed() {
    let run = kullback(&["devices"]);
    assert!(
        run.ended(0).lines().any(|line| line.starts_with("cpu")),
        "{run:?}"
    );
    let run = kullback(&["devices", "--json"]);
    run.ended(0);
    let devices = run.json();
    assert!(devices["auto"] == "cpu" || devices["auto"] == "gpu");
    let devices = devices["devices"].as_array().expect("an array");
    let cpu = devices.iter().find(|device| device["backend"] == "cpu");
    let cpu = cpu.expect("there is always a CPU");
    assert!(cpu["isa"].is_string() && cpu["threads"].as_u64() > Some(0));
    assert!(cpu["adapter"].is_null());
    assert!(cpu["auto"].is_boolean());
}

#[test]
fn a_small_bench_prints_checked_figures() {
    let run = kullback(&["bench", "--json", "--mib", "2", "--repetitions", "1"]);
    run.ended(0);
    let object = run.json();
    assert_eq!(object["mib_per_operand"], 2);
    let cpu = &object["backends"][0];
    assert_eq!(cpu["backend"], "cpu");
    let mut figures = 0;
    for set in cpu["sets"].as_array().expect("an array") {
        let roof = set["roof"]["gb_per_second"].as_f64().expect("a number");
        for figure in set["figures"].as_array().expect("an array") {
            let rate = figure["gb_per_second"].as_f64().expect("a number");
            let fraction = figure["fraction_of_roof"].as_f64().expect("a number");
            assert!(rate > 0.0 && rate <= roof && fraction <= 1.0, "{figure}");
            assert!(figure["checked_rows"].as_u64() > Some(0), "{figure}");
            figures += 1;
        }
        for sum in set["sums"].as_array().expect("an array") {
            let rate = sum["gb_per_second"].as_f64().expect("a number");
            assert!(rate <= roof, "{sum}");
        }
    }
    assert!(figures >= 18);
}

#[test]
fn a_bench_measures_what_is_asked_for() {
    for element in ["f32", "f16", "bf16", "f64"] {
        let asked = [
            "--k",
            "3,64",
            "--measure",
            "tv,renyi:2",
            "--as",
            "weights,log-probabilities",
        ];
        let flags = [
            "--on",
            "cpu",
            "--mib",
            "1",
            "--repetitions",
            "1",
            "--element",
            element,
        ];
        let run = kullback(&[&["bench", "--json"], &flags[..], &asked[..]].concat());
        run.ended(0);
        let object = run.json();
        assert_eq!(object["element"], element);
        let backends = object["backends"].as_array().expect("an array");
        assert_eq!(backends.len(), 1, "{object}");
        let mut cells = Vec::new();
        for set in backends[0]["sets"].as_array().expect("an array") {
            for figure in set["figures"].as_array().expect("an array") {
                assert!(figure["gb_per_second"].as_f64() > Some(0.0), "{figure}");
                let cell = ["k", "encoding", "measure"].map(|key| figure[key].to_string());
                cells.push(cell.join(" ").replace('"', ""));
            }
        }
        assert_eq!(
            cells,
            [
                "3 weights tv",
                "3 weights renyi:2",
                "3 log-probabilities tv",
                "3 log-probabilities renyi:2",
                "64 weights tv",
                "64 weights renyi:2",
                "64 log-probabilities tv",
                "64 log-probabilities renyi:2",
            ]
        );
    }
}

#[test]
fn one_to_many_is_measured_on_the_cpu() {
    for element in ["f32", "f16"] {
        let flags = [
            "bench",
            "--json",
            "--pairs",
            "one-to-many",
            "--k",
            "3,64",
            "--mib",
            "1",
        ];
        let run = kullback(&[&flags[..], &["--repetitions", "1", "--element", element]].concat());
        run.ended(0);
        let object = run.json();
        assert_eq!(object["pairs"], "one-to-many");
        assert_eq!(object["backends"].as_array().expect("an array").len(), 1);
    }
    kullback(&["bench", "--pairs", "one-to-many", "--on", "gpu"])
        .refused(&["--pairs one-to-many", "CPU"]);
}

#[test]
fn a_bench_refuses_what_it_cannot_measure() {
    kullback(&["bench", "--k", "0"]).refused(&["--k"]);
    kullback(&["bench", "--measure", "kullback"]).refused(&["--measure", "kullback"]);
    kullback(&["bench", "--as", "densities"]).refused(&["--as", "densities"]);
    kullback(&["bench", "--element", "f8"]).refused(&["--element", "f8"]);
    kullback(&["bench", "--element", "f64", "--on", "gpu"]).refused(&["--element f64", "--on gpu"]);
    kullback(&["bench", "--element", "f64", "--resident"])
        .refused(&["--element f64", "--resident"]);
    kullback(&["bench", "--mib", "1", "--k", "200000"]).refused(&["--k 200000", "--mib"]);
    kullback(&["bench", "--on", "cpu", "--adapter", "x"]).refused(&["--adapter x", "--on cpu"]);
    kullback(&["bench", "--on", "cpu", "--resident"]).refused(&["--resident"]);
    let raw = [
        "bench",
        "--on",
        "cpu",
        "--mib",
        "1",
        "--measure",
        "itakura-saito",
    ];
    kullback(&raw).refused(&["itakura-saito", "weights"]);
}
