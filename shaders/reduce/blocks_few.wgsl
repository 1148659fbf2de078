// The tree over up to 32 blocks, pairwise by a binary counter: c_l holds the tree over 2^l blocks where
// bit l of the number of blocks is set. No array, since one that is indexed at run time lies in memory.

var<private> c_0: vec4<u32>;
var<private> c_1: vec4<u32>;
var<private> c_2: vec4<u32>;
var<private> c_3: vec4<u32>;
var<private> c_4: vec4<u32>;
var<private> c_5: vec4<u32>;

fn blocks_count_one_more(pass_index: u32, filled: u32, words: vec4<u32>) {
    if (filled & 1u) == 0u {
        c_0 = words;
        return;
    }
    let pair = pass_merge(pass_index, c_0, words);
    if (filled & 2u) == 0u {
        c_1 = pair;
        return;
    }
    let four = pass_merge(pass_index, c_1, pair);
    if (filled & 4u) == 0u {
        c_2 = four;
        return;
    }
    let eight = pass_merge(pass_index, c_2, four);
    if (filled & 8u) == 0u {
        c_3 = eight;
        return;
    }
    let sixteen = pass_merge(pass_index, c_3, eight);
    if (filled & 16u) == 0u {
        c_4 = sixteen;
        return;
    }
    c_5 = pass_merge(pass_index, c_4, sixteen);
}

fn blocks_with(pass_index: u32, filled: u32, bit: u32, counted: vec4<u32>, root: vec4<u32>) -> vec4<u32> {
    if (filled & bit) == 0u {
        return root;
    }
    return pass_merge(pass_index, counted, root);
}

fn blocks_few(pass_index: u32, first: u32, end: u32) -> vec4<u32> {
    var filled = 0u;
    for (var block = first; block < end; block++) {
        blocks_count_one_more(pass_index, filled, tree_block(pass_index, block));
        filled++;
    }
    var root = pass_zero(pass_index);
    root = blocks_with(pass_index, filled, 1u, c_0, root);
    root = blocks_with(pass_index, filled, 2u, c_1, root);
    root = blocks_with(pass_index, filled, 4u, c_2, root);
    root = blocks_with(pass_index, filled, 8u, c_3, root);
    root = blocks_with(pass_index, filled, 16u, c_4, root);
    return blocks_with(pass_index, filled, 32u, c_5, root);
}
