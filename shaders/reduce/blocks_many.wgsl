// The tree over any number of blocks, 32 at a time.

// The binary counter: enough for 2^25 blocks a team.
var<private> counter: array<vec4<u32>, 20>;

fn tree_blocks(pass_index: u32, first: u32, count: u32) -> vec4<u32> {
    let end = min(first + count, tree_all_blocks());
    var filled = 0u;
    for (var block = first; block < end; block += 32u) {
        var carry = blocks_few(pass_index, block, min(block + 32u, end));
        var level = 0u;
        while ((filled >> level) & 1u) == 1u {
            carry = pass_merge(pass_index, counter[level], carry);
            level++;
        }
        counter[level] = carry;
        filled++;
    }
    var root = pass_zero(pass_index);
    for (var level = 0u; (filled >> level) != 0u; level++) {
        if ((filled >> level) & 1u) == 1u {
            root = pass_merge(pass_index, counter[level], root);
        }
    }
    return root;
}
