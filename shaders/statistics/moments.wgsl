// Counts, extremes and, where it is wanted, the sum of scores.

@group(0) @binding(1) var<storage, read> scores: array<u32>;
@group(0) @binding(2) var<storage, read_write> state: array<atomic<u32>>;

var<workgroup> counts: array<atomic<u32>, 8>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    if (lane < SUM) {
        atomicStore(&counts[lane], 0u);
    }
    sum_clear(lane);
    workgroupBarrier();
    let number = number_of(group);
    let step = parameters.groups * INVOCATIONS;
    var finite = 0u;
    var infinities = 0u;
    var bad = 0u;
    var unfinished = 0u;
    var least = 0xffffffffu;
    var greatest = 0u;
    // A grid may have more workgroups than there is work for.
    var i = select(parameters.scores, number * INVOCATIONS + lane, number < parameters.groups);
    while (i < parameters.scores) {
        let bits = ordered(scores[i]);
        if (!is_finished(i)) {
            unfinished += 1u;
        } else if (bits < INFINITE) {
            finite += 1u;
            least = min(least, bits);
            greatest = max(greatest, bits);
            sum_add(lane, bits);
        } else if (bits == INFINITE) {
            infinities += 1u;
        } else {
            bad += 1u;
        }
        i += step;
    }
    atomicAdd(&counts[FINITE], finite);
    atomicAdd(&counts[INFINITIES], infinities);
    atomicAdd(&counts[BAD], bad);
    atomicAdd(&counts[UNFINISHED], unfinished);
    atomicMax(&counts[LEAST], ~least);
    atomicMax(&counts[GREATEST], greatest);
    workgroupBarrier();
    sum_gather(lane);
    workgroupBarrier();
    if (lane == 0u && number < parameters.groups) {
        for (var word = FINITE; word < LEAST; word += 1u) {
            atomicAdd(&state[word], atomicLoad(&counts[word]));
        }
        atomicMax(&state[LEAST], atomicLoad(&counts[LEAST]));
        atomicMax(&state[GREATEST], atomicLoad(&counts[GREATEST]));
        sum_store();
        atomicMax(&state[EPOCH], parameters.epoch);
        atomicAdd(&state[GROUPS_DONE], 1u);
    }
}
