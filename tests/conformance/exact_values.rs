//! The committed cases from arbitrary precision, in batches of like ones.

use std::collections::BTreeMap;

use kullback::{Encoding, Options, Rows, Scorer};
use libtest_mimic::Trial;

use crate::common::backends::{Shared, Target};
use crate::common::check::judge_exact;
use crate::common::exact::{Case, cases, generators};
use crate::common::harness::trial;
use crate::common::settings::Tier;

/// A test for each measure and pair of encodings. On an adapter, where each costs pipelines, the small tiers
/// run one of several, such that every measure and every pair of encodings is among them.
pub fn trials(scorer: &Shared, tier: Tier, seed: u64) -> Vec<Trial> {
    let one_of = match tier {
        _ if scorer.target().is_cpu() => 1,
        Tier::Fast | Tier::Ci => 8,
        Tier::Exhaustive => 1,
    };
    let mut groups: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for case in cases().into_iter().chain(generators()) {
        let [p, q] = [case.p_encoding, case.q_encoding].map(|e| e.name());
        let name = format!("{} of {p} against {q}", case.options.measure.name());
        groups.entry(name).or_default().push(case);
    }
    let of_group = |(name, cases): (String, Vec<Case>)| {
        let scorer = scorer.clone();
        let name = format!(
            "[{}] exact {name}: {} cases",
            scorer.target().name(),
            cases.len()
        );
        trial(&name, move || run(&scorer, &cases))
    };
    // Sorted by measure: an odd number of steps a measure keeps the encodings turning.
    let kept = |(i, (name, _)): &(usize, &(String, Vec<Case>))| {
        let measure = name.split(' ').next().unwrap_or_default().len();
        (i + measure + seed as usize).is_multiple_of(one_of)
    };
    let groups: Vec<(String, Vec<Case>)> = groups.into_iter().collect();
    let total = groups.len();
    let chosen: Vec<_> = groups
        .iter()
        .enumerate()
        .filter(kept)
        .map(|(_, group)| group.clone())
        .collect();
    println!(
        "[{}] exact values: {} of {total} groups",
        scorer.target().name(),
        chosen.len()
    );
    chosen.into_iter().map(of_group).collect()
}

fn run(scorer: &Shared, cases: &[Case]) -> Result<(), String> {
    let mut batches: BTreeMap<String, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        let Case { options, p, .. } = case;
        let (p_as, q_as) = (case.p_encoding, case.q_encoding);
        let key = format!("{options:?} {p_as:?} {q_as:?} {}", p.len());
        batches.entry(key).or_default().push(case);
    }
    let mut missed = Vec::new();
    let mut compared = 0;
    for batch in batches.values() {
        let scores = scorer.with(|open| score(scorer.target(), open, batch))?;
        for (case, score) in batch.iter().zip(scores) {
            if let Err(wrong) = judge_exact(score, case.exact, case.allowed()) {
                missed.push(format!("{}: {wrong}", case.title()));
            }
            compared += 1;
        }
    }
    if compared != cases.len() {
        missed.push(format!("{compared} cases compared"));
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(missed.join("\n"))
    }
}

/// The scores of cases of the same options, encodings and length.
fn score(target: &Target, scorer: &Scorer, batch: &[&Case]) -> Result<Vec<f32>, String> {
    let Case { options, p, .. } = batch[0];
    let Options {
        measure,
        unit,
        support,
        ..
    } = options;
    let k = p.len();
    let values = |row: fn(&Case) -> &[f32]| -> Vec<f32> {
        batch.iter().flat_map(|case| row(case)).copied().collect()
    };
    let (p, q) = (values(|case| &case.p), values(|case| &case.q));
    let scores = scorer
        .request(measure)
        .unit(*unit)
        .support(*support)
        .score(
            matrix(batch[0].p_encoding, &p, k)?,
            matrix(batch[0].q_encoding, &q, k)?,
        )
        .map_err(|error| format!("not scored: {error}"))?;
    target.check(&scores.report().scored_on, scores.report().rows)?;
    if scores.len() != batch.len() || !scores.issues().is_empty() {
        return Err(format!("{:?}", scores.report()));
    }
    Ok(scores.into_values())
}

fn matrix(encoding: Encoding, values: &[f32], k: usize) -> Result<Rows<'_>, String> {
    Rows::new(encoding, values, k).map_err(|error| error.to_string())
}
