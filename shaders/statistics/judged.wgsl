// Scores have statuses, which tell those of this dispatch from what lay there before.

@group(0) @binding(3) var<storage, read> statuses: array<u32>;

fn is_finished(i: u32) -> bool {
    return statuses[i] >> 16u == parameters.epoch;
}
