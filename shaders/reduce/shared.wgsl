// Exchange between invocations through workgroup memory.

// The words of the invocation whose index differs in the bit `distance`.
fn exchange_with(words: vec4<u32>, distance: u32) -> vec4<u32> {
    exchange[invocation] = words;
    workgroupBarrier();
    let other = exchange[invocation ^ distance];
    workgroupBarrier();
    return other;
}
