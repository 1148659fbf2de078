// Where quantiles lie in the order of the finite scores.

@group(0) @binding(1) var<storage, read> state: array<u32>;
// Of each, two words: a fraction of 64 bits, the upper half first; all ones stand for 1.
@group(0) @binding(2) var<storage, read> levels: array<u32>;
@group(0) @binding(3) var<storage, read_write> targets: array<u32>;

// The product, its upper half first.
fn multiply(a: u32, b: u32) -> vec2<u32> {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let first = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let second = (a & 0xffffu) * (b >> 16u) + (first & 0xffffu);
    let high = (a >> 16u) * (b >> 16u) + (first >> 16u) + (second >> 16u);
    return vec2(high, (second << 16u) | (low & 0xffffu));
}

fn set_target(number: u32, rank: u32, fraction: u32) {
    targets[number * 4u + RANK] = rank;
    targets[number * 4u + BITS] = 0u;
    targets[number * 4u + ROUNDS] = 0u;
    targets[number * 4u + FRACTION] = fraction;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let number = number_of(group) * INVOCATIONS + lane;
    if (number >= parameters.targets / 2u) {
        return;
    }
    // Of no score, any place will do: none is found.
    let last = max(state[FINITE], 1u) - 1u;
    let level = vec2(levels[2u * number], levels[2u * number + 1u]);
    let upper = multiply(last, level.x);
    let lower = multiply(last, level.y);
    let fraction = upper.y + lower.x;
    var rank = upper.x + select(0u, 1u, fraction < upper.y);
    var behind = fraction;
    if (all(level == vec2(0xffffffffu))) {
        rank = last;
        behind = 0u;
    }
    set_target(2u * number, rank, behind);
    set_target(2u * number + 1u, min(rank + 1u, last), behind);
}
