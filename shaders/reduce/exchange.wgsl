// Workgroup memory through which invocations exchange words, in two halves that take turns: whoever is
// still reading one half cannot be overtaken by a write to it, since a barrier of the other lies between.

const EXCHANGE_HALF: u32 = 256u;

var<workgroup> exchange: array<vec4<u32>, 512>;
var<private> exchange_at: u32;

fn exchange_through_memory(words: vec4<u32>, distance: u32) -> vec4<u32> {
    exchange_at = exchange_at ^ EXCHANGE_HALF;
    exchange[exchange_at + invocation] = words;
    workgroupBarrier();
    return exchange[exchange_at + (invocation ^ distance)];
}
