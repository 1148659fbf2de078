// Blocks of rows that are tried first, all of a slot's four quads read before the first is folded.

// This slot's part of one block.
fn tree_block(pass_index: u32, block: u32) -> vec4<u32> {
    let first = block * BLOCK_QUADS + slot;
    let quads = direct_quads();
    var sums = direct_zeros();
    if first + 3u * FOLD_QUADS < quads {
        let a = direct_words(first);
        let b = direct_words(first + FOLD_QUADS);
        let c = direct_words(first + 2u * FOLD_QUADS);
        let d = direct_words(first + 3u * FOLD_QUADS);
        sums = direct_fold_quad(sums, a, first);
        sums = direct_fold_quad(sums, b, first + FOLD_QUADS);
        sums = direct_fold_quad(sums, c, first + 2u * FOLD_QUADS);
        sums = direct_fold_quad(sums, d, first + 3u * FOLD_QUADS);
    } else {
        for (var quad = first; quad < min(quads, first + 4u * FOLD_QUADS); quad += FOLD_QUADS) {
            sums = direct_fold_quad(sums, direct_words(quad), quad);
        }
    }
    return bitcast<vec4<u32>>(direct_merge_quad(sums));
}
