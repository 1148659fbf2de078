// For each target, how many scores that have its bits so far go on with each digit.

@group(0) @binding(1) var<storage, read> scores: array<u32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> digits: array<atomic<u32>>;

var<workgroup> counts: array<atomic<u32>, 2048>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    for (var i = lane; i < DIGITS; i += INVOCATIONS) {
        atomicStore(&counts[i], 0u);
    }
    workgroupBarrier();
    let number = number_of(group);
    let target_index = number / parameters.groups;
    let is_one = target_index < parameters.targets;
    let part = number % parameters.groups;
    let step = parameters.groups * INVOCATIONS;
    let wanted = targets[select(0u, target_index, is_one) * 4u + BITS];
    let mask = (1u << parameters.width) - 1u;
    var i = select(parameters.scores, part * INVOCATIONS + lane, is_one);
    while (i < parameters.scores) {
        let bits = ordered(scores[i]);
        if (((bits ^ wanted) >> (parameters.shift + parameters.width)) == 0u) {
            atomicAdd(&counts[(bits >> parameters.shift) & mask], 1u);
        }
        i += step;
    }
    workgroupBarrier();
    if (is_one) {
        for (var digit = lane; digit < DIGITS; digit += INVOCATIONS) {
            let count = atomicLoad(&counts[digit]);
            if (count > 0u) {
                atomicAdd(&digits[target_index * DIGITS + digit], count);
            }
        }
    }
}
