// In place of direct_pass.wgsl, for rows that were tried in a dispatch before.

const DIRECT: bool = true;
const direct_score: f32 = 0.0;

var<private> direct_done: bool;

// True if a group of rows has one that is not settled.
fn unsettled_in(group: u32) -> bool {
    return atomicLoad(&unsettled[group]) == parameters.epoch;
}

fn direct_fold(acc: vec4<u32>, p: u32, q: u32, present: bool) -> vec4<u32> {
    return acc;
}

fn direct_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    return a;
}

fn direct_settle(words: vec4<u32>) {}
