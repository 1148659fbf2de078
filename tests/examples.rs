//! Every example runs as it stands, on whatever the machine offers.

use std::path::PathBuf;
use std::process::Command;

mod common;

/// Runs an example and returns what it prints.
fn printed(name: &str, arguments: &[&str]) -> String {
    let test = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    // Tests are in a folder beside that of the examples.
    let folder: PathBuf = test.ancestors().skip(2).take(1).collect();
    let example = folder.join("examples").join(name);
    let output = Command::new(&example).args(arguments).output();
    let output = output
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo build --examples`", example.display()));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {text}{errors}");
    text
}

#[test]
fn quickstart() {
    let text = printed("quickstart", &[]);
    assert!(text.contains("row 1 of P: a value is negative"), "{text}");
}

#[test]
fn batch_score() {
    let text = printed("batch_score", &["32", "20000"]);
    assert!(text.contains("20000 pairs of K = 32"), "{text}");
    assert!(text.contains("1000 rows verified"), "{text}");
}

#[test]
fn verify() {
    let text = printed("verify", &[]);
    assert!(text.contains("every score is as promised"), "{text}");
}

#[test]
fn custom_divergence() {
    let text = printed("custom_divergence", &["(t - 1)^2/(t + 1)"]);
    assert!(text.contains("yours"), "{text}");
    assert!(
        text.contains("1 - t^2: the generator is not convex"),
        "{text}"
    );
}

#[test]
fn nearest_images() {
    let text = printed("nearest_images", &[]);
    let share = |measure: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with(measure));
        let share = line.and_then(|line| line.split(' ').rev().nth(1)?.parse().ok());
        share.unwrap_or_else(|| panic!("{measure} in {text}"))
    };
    // scikit-learn's five nearest neighbours by Euclidean distance read 96.2 % of this split.
    for measure in ["js", "hellinger", "tv"] {
        assert!(share(measure) > 95.0, "{text}");
    }
    // Infinite for most, as the example says.
    assert!(share("kl") < 60.0, "{text}");
}

#[test]
fn topic_models() {
    let text = printed("topic_models", &[]);
    let line = |start: &str| {
        let line = text.lines().find(|line| line.trim().starts_with(start));
        line.unwrap_or_else(|| panic!("{start} in {text}"))
    };
    // NumPy, from the definitions, in f64 on the same counts.
    assert!(line("Matthew").contains("Luke 0.046, Mark 0.054, John 0.100"));
    assert!(line("Jonah").contains("Gospels and Acts 1.020, Prophets 1.040"));
    assert!(line("60 of 65 books").contains("given to their group"));
    // Its third chapter has three times the verses of the others, a third as long.
    assert!(line("Lamentations 0.1633").contains("of 5 chapters"));
    assert!(line("0 bits").contains("5 books"), "{text}");
}

#[test]
fn model_selection() {
    let text = printed("model_selection", &[]);
    let best: Vec<&str> = text
        .lines()
        .filter_map(|l| l.strip_prefix("best: "))
        .collect();
    // The two that are the textbooks' examples of Poisson, and one that is their example of what is not.
    assert_eq!(best[..2], ["Poisson, mean 0.610", "Poisson, mean 3.872"]);
    assert!(best[2].starts_with("geometric"), "{text}");
    // What the Poisson distributions waste, from the definition by NumPy, in f64.
    let of_poisson = text.lines().filter(|line| line.contains("  Poisson"));
    let wasted: Vec<f64> = of_poisson
        .filter_map(|line| line.split_whitespace().nth(1)?.parse().ok())
        .collect();
    assert_eq!(wasted.len(), 3, "{text}");
    for (wasted, right) in wasted.into_iter().zip([0.626, 14.451, 39.515]) {
        assert!(
            (wasted - right).abs() < 0.01,
            "{wasted} for {right}: {text}"
        );
    }
}

#[cfg(feature = "gpu")]
#[test]
fn own_device() {
    if !common::backends::all().iter().any(|target| target.is_gpu()) {
        // A machine that need not have an adapter has nothing to own.
        let allowed = common::settings::variable("KULLBACK_ALLOW_NO_ADAPTER");
        assert_eq!(allowed.as_deref(), Some("1"), "there is no adapter");
        return;
    }
    let text = printed("own_device", &[]);
    assert!(text.contains("100000 divergences"), "{text}");
}
