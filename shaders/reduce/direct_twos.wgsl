// Blocks of rows that are tried first, for powers. These compute so much that two quads read ahead keep memory
// busy, and four folds written out in the loop over blocks take SwiftShader's compiler minutes and gigabytes.

// This slot's part of one block.
fn tree_block(pass_index: u32, block: u32) -> vec4<u32> {
    let first = block * BLOCK_QUADS + slot;
    let quads = direct_quads();
    let end = min(quads, first + 4u * FOLD_QUADS);
    var sums = direct_zeros();
    for (var quad = first; quad < end; quad += 2u * FOLD_QUADS) {
        let second = quad + FOLD_QUADS;
        let a = direct_words(quad);
        let b = direct_words(min(second, quads - 1u));
        sums = direct_fold_quad(sums, a, quad);
        if second < end {
            sums = direct_fold_quad(sums, b, second);
        }
    }
    return bitcast<vec4<u32>>(direct_merge_quad(sums));
}
