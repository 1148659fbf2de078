//! GPU adapters: which are listed, what they score, and what is said where there is none.
//!
//! `KULLBACK_EXPECT_ADAPTERS` names the software adapters that must be there, as in the library's tests.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Folder, Run, kullback, without_adapters};

/// The names in `KULLBACK_EXPECT_ADAPTERS`, each with the API and a part of the name of its adapter.
const SOFTWARE: [(&str, &str, &str); 3] = [
    ("lavapipe", "Vulkan", "llvmpipe"),
    ("swiftshader", "Vulkan", "SwiftShader"),
    ("gl", "Gl", "llvmpipe"),
];

/// The adapters that must be there, as `devices --json` lists them.
fn expected() -> Vec<Value> {
    let listed = kullback(&["devices", "--json"]).json();
    let adapters: Vec<&Value> = gpus(&listed).collect();
    if cfg!(not(feature = "gpu")) {
        assert!(adapters.is_empty(), "{listed}");
        return Vec::new();
    }
    let wanted = std::env::var("KULLBACK_EXPECT_ADAPTERS").unwrap_or_default();
    let wanted = wanted.split(',').map(str::trim);
    wanted
        .filter(|wanted| !wanted.is_empty())
        .map(|wanted| {
            let known = SOFTWARE.iter().find(|(word, ..)| *word == wanted);
            let (_, api, name) = known.unwrap_or_else(|| panic!("unknown adapter {wanted}"));
            let found = adapters.iter().find(|adapter| {
                adapter["api"] == *api
                    && adapter["adapter"]
                        .as_str()
                        .is_some_and(|a| a.contains(name))
            });
            (*found.unwrap_or_else(|| panic!("{wanted} is not in {listed}"))).clone()
        })
        .collect()
}

/// The adapters among the devices.
fn gpus(listed: &Value) -> impl Iterator<Item = &Value> {
    let devices = listed["devices"].as_array().expect("an array");
    devices.iter().filter(|device| device["backend"] == "gpu")
}

fn digits() -> [String; 2] {
    ["digits_p.npy", "digits_q.npy"].map(|name| {
        let data = [env!("CARGO_MANIFEST_DIR"), "..", "examples", "data", name];
        let path: PathBuf = data.iter().collect();
        path.to_str().expect("UTF-8").to_owned()
    })
}

fn score_digits(flags: &[&str]) -> Run {
    let [p, q] = digits();
    kullback(&[&["score", &p, &q], flags].concat())
}

#[test]
fn expected_adapters_are_listed_with_their_facts() {
    for adapter in expected() {
        assert!(adapter["index"].is_u64(), "{adapter}");
        assert!(
            adapter["max_binding_bytes"].as_u64() >= Some(1 << 20),
            "{adapter}"
        );
        assert!(adapter["subgroups"].is_boolean(), "{adapter}");
        assert!(adapter["driver"].is_string(), "{adapter}");
        // Never taken unasked.
        assert_eq!(adapter["software"], true, "{adapter}");
        assert_eq!(adapter["type"], "Cpu", "{adapter}");
        assert_eq!(adapter["auto"], false, "{adapter}");
        let index = adapter["index"].to_string();
        let name = adapter["adapter"].as_str().expect("a name");
        let listed = kullback(&["devices"]);
        let line = listed.line(&format!("gpu {index} "));
        assert!(line.starts_with(name), "{listed:?}");
        assert!(line.contains(&format!("--adapter {index}")), "{listed:?}");
    }
}

#[test]
fn exactly_one_device_is_what_auto_takes() {
    let listed = kullback(&["devices", "--json"]).json();
    let devices = listed["devices"].as_array().expect("an array");
    let taken: Vec<&Value> = devices.iter().filter(|d| d["auto"] == true).collect();
    assert_eq!(taken.len(), 1, "{listed}");
    assert_eq!(taken[0]["backend"], listed["auto"]);
    assert_eq!(listed["why_cpu"].is_string(), listed["auto"] == "cpu");

    // And what it scores on.
    let scored = score_digits(&["--json", "--verify", "8"]).json();
    assert_eq!(scored["backend"], listed["auto"]);
    assert_eq!(scored["adapter"], taken[0]["adapter"]);
    let summary = score_digits(&["--verify", "8"]);
    match listed["why_cpu"].as_str() {
        Some(why) => assert!(summary.line("backend").ends_with(why), "{summary:?}"),
        None => assert!(summary.line("backend").starts_with("gpu: "), "{summary:?}"),
    }
}

#[test]
fn expected_adapters_score_the_digits() {
    for adapter in expected() {
        let index = adapter["index"].to_string();
        let name = adapter["adapter"].as_str().expect("a name");
        // A named adapter is admitted under auto too.
        for backend in ["gpu", "auto"] {
            let run = score_digits(&["--backend", backend, "--adapter", &index]);
            run.ended(0);
            let line = run.line("backend");
            assert!(line.starts_with(&format!("gpu: {name} on ")), "{line}");
            assert!(line.contains(", rows-per-workgroup with"), "{line}");
            assert!(run.line("infinities").starts_with("216: "), "{run:?}");
            assert!(run.line("mean").starts_with("0.108080 "), "{run:?}");
            assert!(run.line("verification").ends_with("as promised"), "{run:?}");
        }
        let object = score_digits(&["--json", "--verify", "all", "--adapter", &index]).json();
        assert_eq!(object["backend"], "gpu");
        assert_eq!(object["adapter"], name);
        assert_eq!(object["verification"]["rows"], 1797);
        assert_eq!(object["verification"]["failed"], false);
    }
}

#[test]
fn where_there_is_no_adapter_the_cpu_scores_and_says_so() {
    let [p, q] = digits();
    let run = without_adapters(&["score", &p, &q, "--verify", "8"]);
    run.ended(0);
    let why = if cfg!(feature = "gpu") {
        "no GPU adapter was found"
    } else {
        "this build has no GPU support"
    };
    let line = run.line("backend");
    assert!(line.starts_with("cpu (") && line.ends_with(why), "{run:?}");

    let listed = without_adapters(&["devices", "--json"]).json();
    assert_eq!(listed["auto"], "cpu");
    assert_eq!(listed["why_cpu"], why);
    assert_eq!(gpus(&listed).count(), 0);
}

#[test]
fn where_there_is_no_adapter_none_can_be_asked_for() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[0.5, 0.5]]);
    let p = p.to_str().expect("UTF-8");
    let output = folder.path("scores.npy");
    let output = output.to_str().expect("UTF-8");
    let why = if cfg!(feature = "gpu") {
        "no GPU adapter"
    } else {
        "CPU only"
    };
    without_adapters(&["score", p, p, "--backend", "gpu", "-o", output])
        .refused(&["--backend gpu", why]);
    without_adapters(&["score", p, p, "--adapter", "radeon"]).refused(&["--adapter radeon", why]);
    assert_eq!(folder.names(), ["p.npy"]);
    let why = if cfg!(feature = "gpu") {
        "no GPU adapter"
    } else {
        "no GPU support"
    };
    without_adapters(&["bench", "--mib", "1", "--adapter", "radeon"])
        .refused(&["--adapter radeon", why]);
}

#[test]
fn a_bench_measures_a_named_adapter_beside_the_cpu() {
    // One is enough: the others differ in speed alone.
    let Some(adapter) = expected().into_iter().next() else {
        return;
    };
    let index = adapter["index"].to_string();
    let flags = ["--mib", "1", "--repetitions", "1", "--adapter", &index];
    let run = kullback(&[&["bench", "--json"], &flags[..]].concat());
    run.ended(0);
    let object = run.json();
    let backends = object["backends"].as_array().expect("an array");
    assert_eq!(backends.len(), 2, "{object}");
    let gpu = &backends[1];
    assert_eq!(gpu["backend"], "gpu");
    assert_eq!(gpu["adapter"], adapter["adapter"]);
    assert!(gpu["clock"].is_string());
    let (mut figures, mut with_builtin) = (0, 0);
    for set in gpu["sets"].as_array().expect("an array") {
        let roof = set["roof"]["gb_per_second"].as_f64().expect("a number");
        for figure in set["figures"].as_array().expect("an array") {
            let rate = figure["gb_per_second"].as_f64().expect("a number");
            assert!(rate > 0.0 && rate <= roof, "{figure}");
            assert!(figure["rows_per_second"].as_f64() > Some(0.0), "{figure}");
            assert!(
                figure["bare_copy_over_time"].as_f64() > Some(0.0),
                "{figure}"
            );
            assert!(figure["checked_rows"].as_u64() > Some(0), "{figure}");
            figures += 1;
            with_builtin += usize::from(figure["time_over_builtin_log"].as_f64() > Some(0.0));
        }
    }
    assert!(figures >= 18);
    assert!(with_builtin >= 12, "{object}");
}

#[test]
fn software_adapters_are_not_measured_unless_named() {
    let software = expected();
    let run = kullback(&["bench", "--json", "--mib", "1", "--repetitions", "1"]);
    run.ended(0);
    let object = run.json();
    let named = object["not_measured"].to_string();
    for adapter in software {
        let name = adapter["adapter"].as_str().expect("a name");
        assert!(named.contains(name), "{object}");
        let backends = object["backends"].as_array().expect("an array");
        assert!(backends.iter().all(|b| b["adapter"] != *name), "{object}");
    }
}
