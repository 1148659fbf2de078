// The tree over blocks where no team has more than one.

fn tree_blocks(pass_index: u32, first: u32, count: u32) -> vec4<u32> {
    if first >= tree_all_blocks() {
        return pass_zero(pass_index);
    }
    return tree_block(pass_index, first);
}
