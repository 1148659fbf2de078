// Exchange between invocations through workgroup memory.

// The words of the invocation whose index differs in the bit `distance`.
fn exchange_with(words: vec4<u32>, distance: u32) -> vec4<u32> {
    return exchange_through_memory(words, distance);
}
