// The tree over the blocks of this team for this slot.

fn tree_of_team(pass_index: u32) -> vec4<u32> {
    let share = tree_share();
    return tree_blocks(pass_index, team * share, share);
}
