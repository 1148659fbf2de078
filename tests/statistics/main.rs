//! Statistics of a batch: those of its scores, whoever takes them and wherever these are.

#[path = "../common/mod.rs"]
mod common;
#[cfg(feature = "gpu")]
mod failures;
mod of_batches;
#[cfg(feature = "gpu")]
mod wrong_kernels;

use std::process::ExitCode;

use common::backends;
use common::harness::{self, Test};

const TESTS: &[Test] = &[
    ("statistics are those of the scores", of_batches::of_scores),
    ("statistics of other pairings", of_batches::of_pairings),
    ("statistics of ragged rows", of_batches::of_ragged_rows),
    (
        "statistics of bad rows and infinities",
        of_batches::of_bad_rows,
    ),
    (
        "statistics in many submissions",
        of_batches::in_many_submissions,
    ),
    (
        "statistics by several measures",
        of_batches::by_several_measures,
    ),
    (
        "small scores count beside large ones",
        of_batches::small_beside_large,
    ),
    ("statistics of equal scores", of_batches::of_equal_scores),
    ("statistics of nothing", of_batches::of_nothing),
    ("what is not named is not taken", of_batches::not_named),
    (
        "statistics of scores that are verified",
        of_batches::verified,
    ),
    (
        "statistics until a request is cancelled",
        of_batches::cancelled,
    ),
    ("statistics of a stream", of_batches::of_a_stream),
    (
        "more quantiles than a GPU looks for",
        of_batches::many_quantiles,
    ),
    ("a histogram of many bins", of_batches::many_bins),
];

#[cfg(feature = "gpu")]
const ON_GPU: &[Test] = &[
    ("statistics by a future", of_batches::by_a_future),
    (
        "wrong kernels of statistics are caught",
        wrong_kernels::are_caught,
    ),
    ("failures while statistics are taken", failures::are_borne),
    (
        "out of memory while statistics are taken",
        failures::out_of_memory,
    ),
    ("scores stay on the device", failures::scores_stay),
];

fn main() -> ExitCode {
    let targets = backends::all();
    let trials = harness::on_each(&targets, TESTS);
    #[cfg(feature = "gpu")]
    let trials = {
        let gpus: Vec<_> = targets.into_iter().filter(|t| t.is_gpu()).collect();
        let on_gpu = harness::on_each(&gpus, ON_GPU);
        trials.into_iter().chain(on_gpu).collect()
    };
    harness::main(trials)
}
