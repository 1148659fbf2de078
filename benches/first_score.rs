//! What the first score of a fresh process takes, step by step: once, since no second one is the first.
//!
//! `cargo bench --bench first_score -- [ADAPTER [FOLDER]]` names an adapter, and a folder for
//! `ScorerBuilder::pipeline_cache`. Drivers may keep what they compile by themselves, as Mesa does unless
//! `MESA_SHADER_CACHE_DISABLE=true`.

use std::error::Error;
use std::time::{Duration, Instant};

use kullback::{Backend, Measure, Rows, Scorer};

const ROWS: usize = 1000;
const K: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    // What cargo adds is no argument of ours.
    let mut arguments = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    let mut builder = Scorer::builder().backend(Backend::Gpu);
    if let Some(adapter) = arguments.next() {
        builder = builder.adapter(adapter);
    }
    if let Some(folder) = arguments.next() {
        builder = builder.pipeline_cache(folder);
    }
    let values: Vec<f32> = (0..ROWS * K).map(|i| 1.0 + (i % 37) as f32).collect();
    let (p, q) = (Rows::weights(&values, K)?, Rows::weights(&values, K)?);
    let measure = Measure::KullbackLeibler;

    let begun = Instant::now();
    let (scorer, opened) = timed(|| builder.build());
    let scorer = scorer?;
    let (prepared, compiled) = timed(|| scorer.request(&measure).prepare(&p, &q));
    prepared?;
    let (scores, scored) = timed(|| scorer.score(&measure, p, q));
    let total = begun.elapsed();
    // Of rows against themselves all are 0.
    if scores?.values() != [0.0; ROWS] {
        return Err("the scores are wrong".into());
    }
    println!(
        "{ROWS} pairs of K = {K}: {total:.0?}, of which opening the device {opened:.0?}, compiling \
         {compiled:.0?}, scoring {scored:.0?}"
    );
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}
