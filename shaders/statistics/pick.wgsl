// Takes the digit of each target, a workgroup for each, and clears the counts for the next round.

@group(0) @binding(1) var<storage, read_write> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> digits: array<u32>;

// Digits of an invocation.
const EACH: u32 = 8u;

var<workgroup> sums: array<u32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let number = number_of(group);
    let is_one = number < parameters.targets;
    let target_index = select(0u, number, is_one);
    let first = target_index * DIGITS;
    if (is_one) {
        var sum = 0u;
        for (var i = 0u; i < EACH; i += 1u) {
            sum += digits[first + lane * EACH + i];
        }
        sums[lane] = sum;
    }
    workgroupBarrier();
    if (is_one && lane == 0u) {
        let at = target_index * 4u;
        var rank = targets[at + RANK];
        var some = 0u;
        while (some < INVOCATIONS && rank >= sums[some]) {
            rank -= sums[some];
            some += 1u;
        }
        // Beyond all scores nothing is found, and no round is counted.
        if (some < INVOCATIONS && targets[at + ROUNDS] == parameters.pass_index) {
            var digit = some * EACH;
            while (digit + 1u < (some + 1u) * EACH && rank >= digits[first + digit]) {
                rank -= digits[first + digit];
                digit += 1u;
            }
            targets[at + RANK] = rank;
            targets[at + BITS] |= digit << parameters.shift;
            targets[at + ROUNDS] = parameters.pass_index + 1u;
        }
    }
    storageBarrier();
    workgroupBarrier();
    if (is_one) {
        for (var i = 0u; i < EACH; i += 1u) {
            digits[first + lane * EACH + i] = 0u;
        }
    }
}
