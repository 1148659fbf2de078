// How many finite scores lie below the first edge, in each bin, and above the last.

@group(0) @binding(1) var<storage, read> scores: array<u32>;
@group(0) @binding(2) var<storage, read_write> state: array<atomic<u32>>;
// Integers in the order of the edges.
@group(0) @binding(3) var<storage, read> edges: array<u32>;

// The first counts; if there are more, the others go to the state at once.
const HERE: u32 = 2048u;

var<workgroup> counts: array<atomic<u32>, 2048>;

// 0 below all edges, the number of the bin from 1 on, and one more than there are bins above.
fn bin_of(bits: u32) -> u32 {
    let score = bits | 0x80000000u;
    // Edges that the score has reached are `low` at least and `high` at most.
    var low = 0u;
    var high = parameters.bins + 1u;
    while (low < high) {
        let middle = (low + high) / 2u;
        if (edges[middle] <= score) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    // The last bin has its upper edge.
    let at_end = low == parameters.bins + 1u && edges[parameters.bins] == score;
    return select(low, parameters.bins, at_end);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    for (var i = lane; i < HERE; i += INVOCATIONS) {
        atomicStore(&counts[i], 0u);
    }
    workgroupBarrier();
    let number = number_of(group);
    let step = parameters.groups * INVOCATIONS;
    var i = select(parameters.scores, number * INVOCATIONS + lane, number < parameters.groups);
    while (i < parameters.scores) {
        let bits = ordered(scores[i]);
        if (bits < INFINITE) {
            let bin = bin_of(bits);
            if (bin < HERE) {
                atomicAdd(&counts[bin], 1u);
            } else {
                atomicAdd(&state[HISTOGRAM + bin], 1u);
            }
        }
        i += step;
    }
    workgroupBarrier();
    for (var bin = lane; bin < min(HERE, parameters.bins + 2u); bin += INVOCATIONS) {
        let count = atomicLoad(&counts[bin]);
        if (count > 0u) {
            atomicAdd(&state[HISTOGRAM + bin], count);
        }
    }
    if (lane == 0u && number < parameters.groups) {
        atomicAdd(&state[HISTOGRAM_DONE], 1u);
    }
}
