// Exchange between invocations by shuffles within a subgroup, through workgroup memory beyond.

var<private> lanes: u32;

// The words of the invocation whose index differs in the bit `distance`.
fn exchange_with(words: vec4<u32>, distance: u32) -> vec4<u32> {
    if distance < lanes {
        return subgroupShuffleXor(words, distance);
    }
    return exchange_through_memory(words, distance);
}
