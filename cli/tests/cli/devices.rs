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
