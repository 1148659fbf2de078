//! The cells that a tier runs.

use crate::common::random::Random;
use crate::common::settings::Tier;

use super::covering::covering;
use super::table::{BINS, Choices, MANY_ROWS, ROWS, Table, factor};

/// The cells of a tier, those that work the same way side by side. Unless `patient`, many rows are
/// drawn only where they may share workgroups.
pub fn cells(table: &Table, tier: Tier, patient: bool, random: &mut Random) -> Vec<Choices> {
    let mut cells = match tier {
        Tier::Fast => covering(table.sizes(), 2, |a, b| fit(table, a, b), random),
        Tier::Ci => covering(table.sizes(), 3, |a, b| fit(table, a, b), random),
        Tier::Exhaustive => every(table),
    };
    let many = match tier {
        Tier::Fast => 1,
        Tier::Ci => 2,
        Tier::Exhaustive => 100,
    };
    // Once for each strategy, with or without subgroups.
    let mut executions: Vec<usize> = (0..table.executions.len()).collect();
    random.shuffle(&mut executions);
    executions.sort_by_key(|&execution| table.executions[execution].strategy());
    let strategies = executions
        .chunk_by(|&a, &b| table.executions[a].strategy() == table.executions[b].strategy());
    let affordable =
        |&execution: &usize| patient || table.executions[execution].shares_workgroups();
    for ways in strategies.filter(|ways| ways.iter().all(affordable)) {
        cells.extend((0..many).map(|i| with_many_rows(table, ways[i % ways.len()], random)));
    }
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// As the table says, without the many rows that are drawn apart.
pub fn fit(table: &Table, a: (usize, usize), b: (usize, usize)) -> bool {
    let many = |(factor, level)| factor == factor::ROWS && ROWS[level] == MANY_ROWS;
    table.fit(a, b) && !many(a) && !many(b)
}

fn every(table: &Table) -> Vec<Choices> {
    let sizes = table.sizes();
    let count = sizes.iter().product();
    let choices = |mut index: usize| {
        sizes.map(|size| {
            let level = index % size;
            index /= size;
            level
        })
    };
    let fits = |cell: &Choices| all_fit(cell, |a, b| fit(table, a, b));
    (0..count).map(choices).filter(fits).collect()
}

fn all_fit(cell: &Choices, fit: impl Fn((usize, usize), (usize, usize)) -> bool) -> bool {
    let pairs = (0..cell.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
    pairs
        .into_iter()
        .all(|(a, b)| fit((a, cell[a]), (b, cell[b])))
}

fn with_many_rows(table: &Table, execution: usize, random: &mut Random) -> Choices {
    loop {
        let mut cell = table.sizes().map(|size| random.below(size));
        cell[factor::EXECUTION] = execution;
        cell[factor::ROWS] = ROWS.len() - 1;
        // Half of them with few bins, where many rows are most likely.
        if random.one_in(2) {
            cell[factor::BINS] = random.below(BINS.len() / 2);
        }
        if all_fit(&cell, |a, b| table.fit(a, b)) {
            return cell;
        }
    }
}
