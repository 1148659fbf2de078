//! A GPU that fails while statistics are taken: nothing is counted twice, and nothing left out.

use kullback::gpu::Fault;
use kullback::{Fallback, Measure, ScoreError, ScoredOn, ScorerBuilder, Statistics, Summary};

use crate::common::backends::Target;
use crate::common::statistics::{Book, LEVELS, all};
use crate::of_batches::{Data, ENCODINGS, scored, summed};

fn small(target: &Target) -> ScorerBuilder {
    target.small(target.executions()[0])
}

fn cpu_rows(summary: &Summary) -> u64 {
    match &summary.report().scored_on {
        ScoredOn::Gpu { cpu_rows, .. } => *cpu_rows,
        on => panic!("{on:?}"),
    }
}

/// Statistics with quantiles, for which scores stay on the device, and without.
fn kinds() -> [(&'static str, Statistics); 2] {
    let simple = Statistics::new().sum().min().max();
    [("quantiles", all()), ("a sum", simple)]
}

/// Compares with scores of the GPU and of the CPU, of which each row may have either.
fn check(summary: &Summary, scores: &[f32], what: &str) {
    let book = Book::of(scores);
    let counts = (summary.finite(), summary.infinities(), summary.bad());
    let expected = (book.finite.len() as u64, book.infinities, book.bad);
    assert_eq!(counts, expected, "{what}");
    let near = |found: f64, expected: f64| (found - expected).abs() <= 3e-6 * expected + 1e-12;
    let sum = summary.sum().unwrap_or(f64::NAN);
    assert!(near(sum, book.sum), "{what}: {sum} for {}", book.sum);
    if let Some(quantiles) = summary.quantiles() {
        assert!(near(quantiles[1], book.quantile(LEVELS[1])), "{what}");
    }
}

pub fn are_borne(target: &Target) {
    let mut data = Data::new(ENCODINGS[1], 16, 4000);
    data.p[5] = -1.0;
    data.q[3999 * 16] = f32::NAN;
    let [p, q] = data.rows();
    let kl = Measure::KullbackLeibler;
    let build = |builder: ScorerBuilder| builder.build().unwrap_or_else(|error| panic!("{error}"));
    let clean = scored(build(small(target)).score(&kl, p, q), "clean");
    for (kind, statistics) in kinds() {
        for (step, after) in [
            ("compile", 1),
            ("upload", 2),
            ("record", 2),
            ("submit", 2),
            ("wait", 3),
            ("map", 3),
            ("epoch", 3),
            ("summary", 2),
            ("quantiles", 1),
        ] {
            let what = format!("{step} with {kind}");
            let fault = || Fault::new(step, after, u32::MAX);
            let scorer = build(small(target).fault(fault()).fallback(Fallback::Cpu));
            let told = std::sync::Mutex::new(Vec::new());
            let request = scorer.request(&kl).progress(|progress| {
                if let Ok(mut told) = told.lock() {
                    told.push(progress.rows_done);
                }
            });
            let summary = summed(request.summarize(&statistics, p, q), &what);
            check(&summary, clean.values(), &what);
            let issues = summary.issues().as_slice();
            assert_eq!(issues, clean.issues().as_slice(), "{what}");
            let told = told.lock().map(|told| told.clone()).unwrap_or_default();
            assert!(told.is_sorted() && told.last() == Some(&4000), "{what}");
            // Without quantiles nobody looks for them.
            let fails = step != "quantiles" || kind == "quantiles";
            // Where scores come back instead, these two steps are not taken.
            let goes_on = ["quantiles", "summary"].contains(&step);
            assert!(cpu_rows(&summary) > 0 || goes_on, "{what}");

            let scorer = build(small(target).fault(fault()));
            match scorer.request(&kl).summarize(&statistics, p, q) {
                Ok(summary) => {
                    assert!(!fails, "{what}");
                    check(&summary, clean.values(), &what);
                }
                Err(ScoreError::Gpu {
                    finished,
                    total,
                    scores: summary,
                    ..
                }) => {
                    assert!(fails && total == 4000, "{what}");
                    let told = &clean.values()[..finished as usize];
                    check(&summary, told, &what);
                    assert_eq!(summary.report().rows, finished, "{what}");
                    assert!(summary.quantiles().is_none(), "{what}");
                }
                Err(error) => panic!("{what}: {error}"),
            }
        }
    }
}

pub fn out_of_memory(target: &Target) {
    let data = Data::new(ENCODINGS[0], 16, 4000);
    let [p, q] = data.rows();
    let kl = Measure::KullbackLeibler;
    let build = |builder: ScorerBuilder| builder.build().unwrap_or_else(|error| panic!("{error}"));
    let clean = scored(build(small(target)).score(&kl, p, q), "clean");
    for (kind, statistics) in kinds() {
        // No fallback: scores come back instead, or submissions become smaller, and the GPU has made all.
        let scorer = build(small(target).fault(Fault::new("allocate", 2, 2)));
        let request = scorer.request(&kl);
        let summary = summed(request.summarize(&statistics, p, q), kind);
        assert_eq!(cpu_rows(&summary), 0, "{kind}");
        check(&summary, clean.values(), kind);
    }
    // Parts of lines that are scored again are counted once.
    let few = Data::new(ENCODINGS[0], 16, 400);
    let [p, q] = few.rows();
    let clean = scored(build(small(target)).request(&kl).matrix(p, q), "clean");
    for (kind, statistics) in kinds() {
        let scorer = build(small(target).fault(Fault::new("allocate", 3, 2)));
        let summary = scorer.request(&kl).summarize_matrix(&statistics, p, q);
        let summary = summed(summary, kind);
        assert_eq!(cpu_rows(&summary), 0, "{kind}");
        check(&summary, clean.values(), kind);
    }
}

/// Every submission brings statistics in place of scores, and quantiles are looked for on the device.
pub fn scores_stay(target: &Target) {
    let data = Data::new(ENCODINGS[0], 4, 9000);
    let [p, q] = data.rows();
    let kl = Measure::KullbackLeibler;
    for (kind, statistics) in kinds() {
        let [submissions, summaries, looks] =
            ["submit", "summary", "quantiles"].map(|step| Fault::new(step, 0, 0));
        for watch in [&submissions, &summaries, &looks] {
            let scorer = small(target).fault(watch.clone()).build();
            let scorer = scorer.unwrap_or_else(|error| panic!("{error}"));
            let summary = summed(scorer.summarize(&kl, &statistics, p, q), kind);
            assert_eq!(summary.report().rows, 9000, "{kind}");
        }
        assert!(submissions.seen() >= 3, "{kind}");
        assert_eq!(summaries.seen(), submissions.seen(), "{kind}");
        assert_eq!(looks.seen() > 0, kind == "quantiles", "{kind}");
    }
}
