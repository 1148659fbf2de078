// Who folds what: the slots, teams and blocks of the canonical tree.

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

// The tree over the blocks of this team for this slot.
fn tree_of_team(pass_index: u32) -> vec4<u32> {
    let blocks = tree_all_blocks();
    // The next power of two, shared evenly by the teams.
    let padded = select(1u << (32u - countLeadingZeros(blocks - 1u)), 1u, blocks <= 1u);
    let share = max(padded / parameters.teams, 1u);
    return tree_blocks(pass_index, team * share, share);
}
