// Exponentials of rows that have several blocks a team are taken once for the masses and once for the fold.

fn mass_block(block: u32) -> vec4<u32> {
    let first = block * BLOCK_QUADS + slot;
    let end = min(quads_of_row(), first + 4u * FOLD_QUADS);
    var sums = quad_zero(MASS);
    for (var quad = first; quad < end; quad += FOLD_QUADS) {
        sums = mass_quad(sums, quad_exponentials(quad_words(quad)));
    }
    return quad_merge(MASS, sums);
}

fn score_block(block: u32) -> vec4<u32> {
    let first = block * BLOCK_QUADS + slot;
    let end = min(quads_of_row(), first + 4u * FOLD_QUADS);
    var sums = quad_zero(SCORE);
    for (var quad = first; quad < end; quad += FOLD_QUADS) {
        let words = quad_words(quad);
        sums = score_quad(sums, words, quad_exponentials(words));
    }
    return quad_merge(SCORE, sums);
}

fn tree_block(pass_index: u32, block: u32) -> vec4<u32> {
    if pass_index == MASS {
        return mass_block(block);
    }
    return score_block(block);
}

fn mass_blocks() -> vec4<u32> {
    return tree_of_team(MASS);
}

fn score_blocks() -> vec4<u32> {
    return tree_of_team(SCORE);
}
