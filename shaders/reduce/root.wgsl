// Where the trees of slots and teams meet.

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
