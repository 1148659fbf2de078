// For rows that were tried in a dispatch before.

const DIRECT: bool = true;
const direct_score: f32 = 0.0;

var<private> direct_done: bool;

// True if a group of rows has one that is not settled.
fn unsettled_in(group: u32) -> bool {
    return atomicLoad(&unsettled[group]) == parameters.epoch;
}
