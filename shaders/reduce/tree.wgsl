// The canonical summation tree, see docs/numerics.md. Twin: src/cpu/tree.rs.
//
// An invocation holds one slot of one team: it folds its quads of each block of its team's share, and
// merges blocks pairwise by a binary counter. Only then do invocations exchange anything.

const BLOCK_QUADS: u32 = 256u;
const FOLD_QUADS: u32 = 64u;
const WORKGROUP: u32 = 256u;

var<private> row: u32;
var<private> slot: u32;
var<private> team: u32;
var<private> invocation: u32;

fn tree_all_blocks() -> u32 {
    return (parameters.k + 1023u) >> 10u;
}

// Merges the teams and then the slots of a row; every invocation gets the root.
fn tree_root(pass_index: u32, slot_words: vec4<u32>, width: u32, teams: u32) -> vec4<u32> {
    var words = slot_words;
    for (var step = width; step < width * teams; step = step * 2u) {
        words = pass_merge(pass_index, words, exchange_with(words, step));
    }
    for (var half = width / 2u; half > 0u; half = half / 2u) {
        words = pass_merge(pass_index, words, exchange_with(words, half));
    }
    return words;
}
