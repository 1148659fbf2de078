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

// How many blocks a team has: the next power of two of all, shared evenly.
fn tree_share() -> u32 {
    let blocks = tree_all_blocks();
    let padded = select(1u << (32u - countLeadingZeros(blocks - 1u)), 1u, blocks <= 1u);
    return max(padded / parameters.teams, 1u);
}
