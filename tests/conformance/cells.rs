//! Cells as tests.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::Trial;

use crate::accuracy::Accuracy;
use crate::common::backends::{Execution, Shared, Target};
use crate::common::batch::{Batch, Shape};
use crate::common::harness::trial;
use crate::common::measures;
use crate::common::random::Random;
use crate::common::settings::{Tier, seed};

use super::covering::{covering, subsets};
use super::draw::{cells, fit};
use super::table::{Cell, Choices, Table, factor};

/// Values of distinct rows of P in a cell, beyond two rows.
const DISTINCT_VALUES: usize = 300_000;

/// The tests of a target, a group of like cells each, and what will be told of them.
pub fn trials(chosen: &Shared, tier: Tier, seed: u64, accuracy: &Accuracy) -> (Vec<Trial>, Tally) {
    let target = chosen.target();
    // A cell costs a pipeline on an adapter, a fraction of a second: three choices at a time are for the
    // CPU, which runs the same arithmetic.
    let on_gpu = target.name().starts_with("gpu");
    let tier = if on_gpu && tier == Tier::Ci {
        Tier::Fast
    } else {
        tier
    };
    let measures = if on_gpu && tier != Tier::Exhaustive {
        measures::of_each_stem()
    } else {
        measures::all()
    };
    let table = Table::new(target.executions(), measures, !on_gpu, tier);
    let mut random = Random::named(seed, target.name());
    // SwiftShader changes threads at every barrier: 70 000 workgroups take it minutes.
    let patient = tier == Tier::Exhaustive || !target.name().contains("SwiftShader");
    let cells = cells(&table, tier, patient, &mut random);
    let (total, capped) = table.count();
    let tally = Tally {
        target: target.name().to_owned(),
        run: Arc::default(),
        rows: Arc::default(),
        drawn: cells.len(),
        patient,
        capped,
        total,
    };
    let mut scorer = chosen.clone();
    let mut trials = Vec::new();
    // Sorted by the first factors: how the target works, the encodings and the measure.
    for group in cells.chunk_by(|a, b| a[..=factor::MEASURE] == b[..=factor::MEASURE]) {
        let group: Vec<Cell> = group.iter().map(|&choices| table.cell(choices)).collect();
        if group[0].execution != scorer.execution() {
            scorer = Shared::new(target, group[0].execution);
        }
        let (tally, accuracy, scorer) = (tally.clone(), accuracy.clone(), scorer.clone());
        trials.push(trial(&name(target, &group), move || {
            run(&scorer, &group, seed, &tally, &accuracy)
        }));
    }
    (trials, tally)
}

fn name(target: &Target, group: &[Cell]) -> String {
    let (cell, [p, q]) = (&group[0], group[0].encodings);
    let mut name = format!(
        "[{}] {} of {p} against {q}",
        target.name(),
        cell.options.measure
    );
    if cell.execution != Execution::Chosen {
        name += &format!(", {}", cell.execution.name());
    }
    let shapes = group.iter().map(|cell| format!("{}x{}", cell.rows, cell.k));
    let shapes: Vec<String> = shapes.take(4).collect();
    let more = group.len() - shapes.len();
    name += &format!(": {}", shapes.join(" "));
    if more > 0 {
        name += &format!(" and {more} more");
    }
    name
}

fn run(
    scorer: &Shared,
    group: &[Cell],
    seed: u64,
    tally: &Tally,
    accuracy: &Accuracy,
) -> Result<(), String> {
    let mut missed = Vec::new();
    for cell in group {
        let name = cell.name();
        let shape = Shape {
            encodings: cell.encodings,
            k: cell.k,
            rows: cell.rows,
            distinct: (DISTINCT_VALUES / cell.k).max(2),
        };
        for round in 0..rounds(scorer.target(), cell) {
            let mut random = Random::named(seed, &format!("{name}, round {round}"));
            let batch = Batch::draw(cell.options, shape, &mut random).rounded(cell.elements);
            match scorer.with(|open| batch.measure(scorer.target(), open)) {
                Ok((rows, worst)) if rows == cell.rows => {
                    tally.rows.fetch_add(rows, Ordering::Relaxed);
                    let measure = cell.options.measure.to_string();
                    accuracy.note(&measure, cell.encodings, cell.elements, worst);
                }
                Ok((rows, _)) => missed.push(format!("{name}: {rows} rows compared")),
                Err(wrong) => missed.push(format!("{name}, round {round}: {wrong}")),
            }
        }
        tally.run.fetch_add(1, Ordering::Relaxed);
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(missed.join("\n"))
    }
}

/// How often the rows of a cell are drawn: more often where that costs little. The reference takes most of the time, by
/// the number of bins.
fn rounds(target: &Target, cell: &Cell) -> usize {
    if target.is_cpu() && cell.rows * cell.k <= CHEAP {
        4
    } else {
        1
    }
}

/// So many values of P are scored soon.
const CHEAP: usize = 1 << 16;

/// What was run of the table of a target.
#[derive(Clone, Debug)]
pub struct Tally {
    target: String,
    run: Arc<AtomicUsize>,
    rows: Arc<AtomicUsize>,
    drawn: usize,
    patient: bool,
    capped: usize,
    total: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            target,
            drawn,
            patient,
            capped,
            total,
            ..
        } = self;
        let run = self.run.load(Ordering::Relaxed);
        let rows = self.rows.load(Ordering::Relaxed);
        let but = if *patient {
            ""
        } else {
            ", none of many rows with a workgroup or more a row"
        };
        write!(
            f,
            "[{target}] cells: {run} run of {drawn} drawn ({rows} rows compared), \
             {capped} skipped by cap, {total} in total{but} (seed {})",
            seed()
        )
    }
}

/// Counts anew what the cells of the small tiers cover.
pub fn check_covering() -> Result<(), String> {
    for (strength, tier) in [(2, Tier::Fast), (3, Tier::Ci)] {
        let table = Table::new(vec![Execution::Chosen; 3], measures::all(), true, tier);
        let sizes = table.sizes();
        let fits = |a, b| fit(&table, a, b);
        let lists = covering(sizes, strength, fits, &mut Random::new(1));
        let mut met = 0;
        for factors in subsets(sizes.len(), strength) {
            let mut found: Vec<Vec<usize>> = lists
                .iter()
                .map(|list| factors.iter().map(|&f| list[f]).collect())
                .collect();
            found.sort_unstable();
            found.dedup();
            let wanted = possible(&factors, &sizes, &fits);
            if found.len() != wanted {
                return Err(format!("{factors:?}: {} of {wanted}", found.len()));
            }
            met += wanted;
        }
        let misfit = lists
            .iter()
            .any(|list| (0..list.len()).any(|a| (0..a).any(|b| !fits((a, list[a]), (b, list[b])))));
        if misfit || met == 0 {
            return Err(format!("{tier}: choices that do not fit"));
        }
        println!(
            "{tier}: {met} combinations of {strength} choices in {} cells",
            lists.len()
        );
    }
    Ok(())
}

fn possible(
    factors: &[usize],
    sizes: &Choices,
    fits: &impl Fn((usize, usize), (usize, usize)) -> bool,
) -> usize {
    let mut partial: Vec<Vec<(usize, usize)>> = vec![Vec::new()];
    for &factor in factors {
        partial = partial
            .iter()
            .flat_map(|chosen| {
                let levels = (0..sizes[factor]).map(|level| (factor, level));
                let levels = levels.filter(|&new| chosen.iter().all(|&old| fits(old, new)));
                levels.map(|new| [&chosen[..], &[new]].concat())
            })
            .collect();
    }
    // The many rows fit nothing, not even alone.
    partial.retain(|choices| choices.iter().all(|&choice| fits(choice, (usize::MAX, 0))));
    partial.len()
}
