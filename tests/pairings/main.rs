//! Other ways for rows to meet than row by row: one against many, rows by their numbers, all pairs, and the nearest.
//!
//! Each has the bits of the same rows copied and scored row by row, on every backend.

mod all_pairs;
#[path = "../common/mod.rs"]
mod common;
mod fast;
mod listed;
mod nearest;
mod support;
mod uneven;
#[cfg(feature = "gpu")]
mod wrong_products;

use std::process::ExitCode;

use common::backends::{self, Target};
use common::harness::{self, Test};

const TESTS: &[Test] = &[
    ("one to many", listed::one_to_many),
    ("many to one", listed::many_to_one),
    ("pairs", listed::pairs_of_rows),
    ("halves and mixed types", listed::halves),
    ("more pairs than a piece holds", listed::many_pairs),
    ("every measure", listed::every_measure),
    ("smoothed rows", listed::smoothed_rows),
    (
        "every way to score, in many submissions",
        listed::in_many_submissions,
    ),
    ("views of views", listed::views_of_views),
    ("progress", listed::progress),
    ("a one that is bad", listed::a_bad_one),
    ("bad rows of tables", listed::bad_rows_of_tables),
    ("several measures", listed::several_measures),
    ("the entropy of listed rows", listed::entropy_of_listed_rows),
    ("a stream of pairs", listed::a_stream),
    ("nothing to do", listed::nothing_to_do),
    (
        "what does not fit is an error before any work",
        listed::what_does_not_fit,
    ),
    ("all pairs", all_pairs::all_pairs),
    ("all pairs of halves and mixed types", all_pairs::halves),
    ("all pairs by every measure", all_pairs::every_measure),
    ("all pairs of smoothed rows", all_pairs::smoothed_rows),
    (
        "all pairs, in many submissions",
        all_pairs::in_many_submissions,
    ),
    ("all pairs into memory and sinks", all_pairs::every_way),
    ("all pairs of rows that are repeated", all_pairs::repeated),
    ("all pairs of bad rows", all_pairs::bad_rows),
    ("all pairs of many bad rows", all_pairs::many_bad_rows),
    (
        "all pairs of more bad rows than are kept",
        all_pairs::more_issues_than_are_kept,
    ),
    ("all pairs of nothing", all_pairs::nothing_to_do),
    ("all pairs that do not fit", all_pairs::what_does_not_fit),
    ("the nearest", nearest::nearest),
    ("the nearest in little memory", nearest::in_little_memory),
    ("the nearest of bad rows", nearest::bad_rows),
    ("the nearest among duplicates", nearest::duplicates),
    ("the nearest others", nearest::others),
    ("ranges of rows", nearest::ranges),
    ("the nearest of nothing", nearest::nothing_to_do),
    ("a search that is cancelled", nearest::cancelled),
    ("ragged rows", uneven::ragged_rows),
    ("sparse rows", uneven::sparse_rows),
    ("sparse rows as those of a matrix", uneven::as_dense),
    (
        "ragged and sparse rows by every measure",
        uneven::every_measure,
    ),
    ("ragged and sparse halves", uneven::halves),
    ("ragged rows smoothed", uneven::smoothed_rows),
    (
        "ragged and sparse rows in many submissions",
        uneven::in_many_submissions,
    ),
    ("views of sparse rows", uneven::views),
    (
        "ragged and sparse rows by several measures",
        uneven::several_measures,
    ),
    ("long rows among short ones", uneven::long_among_short),
    ("many bad ragged rows", uneven::many_bad_rows),
    ("every way to score ragged rows", uneven::every_way),
    (
        "ragged and sparse rows that do not fit",
        uneven::what_does_not_fit,
    ),
];

/// By a product in f32, which the reference has none of.
const FAST: &[Test] = &[
    ("all pairs fast", fast::as_bounded),
    ("ordinary rows fast", fast::ordinary_rows),
    ("zeros fast", fast::zeros),
    ("sparse rows fast", fast::sparse_rows),
    ("extreme rows fast", fast::extreme_rows),
    ("what no product serves", fast::as_paired),
    ("every way to be fast", fast::every_way),
    ("the nearest among many", nearest::among_many),
    ("the nearest among almost equal rows", nearest::almost_equal),
];

/// On GPUs alone.
#[cfg(feature = "gpu")]
const ON_GPU: &[Test] = &[
    ("wrong products are caught", wrong_products::are_caught),
    (
        "failures of fast products are borne",
        wrong_products::failures_are_borne,
    ),
];

/// Rows of f64 are for these.
const OFF_GPU: &[Test] = &[
    ("rows of f64", listed::rows_of_f64),
    ("all pairs of rows of f64", all_pairs::rows_of_f64),
    ("ragged and sparse rows of f64", uneven::rows_of_f64),
];

/// What the CPU alone does by a product.
const ON_CPU: &[Test] = &[
    ("all pairs as promised", all_pairs::as_promised),
    (
        "all pairs of near and equal rows",
        all_pairs::near_and_equal_rows,
    ),
    ("all pairs of rows that are too near", all_pairs::too_near),
];

fn main() -> ExitCode {
    let targets = backends::all();
    let mut trials = harness::on_each(&targets, TESTS);
    let by_product = |target: &&Target| target.is_gpu() || target.is_cpu();
    let fast: Vec<Target> = targets.iter().filter(by_product).cloned().collect();
    trials.extend(harness::on_each(&fast, FAST));
    #[cfg(feature = "gpu")]
    {
        let gpus: Vec<Target> = targets.iter().filter(|t| t.is_gpu()).cloned().collect();
        trials.extend(harness::on_each(&gpus, ON_GPU));
    }
    let off_gpu: Vec<Target> = targets.into_iter().filter(|t| !t.is_gpu()).collect();
    trials.extend(harness::on_each(&off_gpu, OFF_GPU));
    let on_cpu: Vec<Target> = off_gpu.into_iter().filter(Target::is_cpu).collect();
    trials.extend(harness::on_each(&on_cpu, ON_CPU));
    harness::main(trials)
}
