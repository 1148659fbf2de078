// One row over several workgroups: a dispatch of partial trees and one that gathers them, each pass.

// What the passes before this one found.
fn spread_recall() {
    for (var i = 0u; i < parameters.pass_index; i++) {
        let was_run = (i != PASS_DRIFT || NEEDS_DRIFT) && (i != PASS_DIRECT || DIRECT);
        if was_run {
            pass_settle(i, results[row * PASSES + i]);
        }
        if direct_done {
            break;
        }
    }
}

fn spread_idle() -> bool {
    return direct_done || !pass_wants(parameters.pass_index);
}

// Each team of 64 slots takes one chunk of a row.
fn spread_main(workgroup: vec3<u32>) {
    let group = workgroup.y * parameters.grid_width + workgroup.x;
    let groups = (parameters.chunks + 3u) / 4u;
    row = min(group / groups, parameters.rows - 1u);
    let chunk = (group % groups) * 4u + invocation / 64u;
    slot = invocation % 64u;
    if group / groups >= parameters.rows || chunk >= parameters.chunks {
        return;
    }
    spread_recall();
    if spread_idle() {
        return;
    }
    let words = tree_blocks(parameters.pass_index, chunk * parameters.chunk_blocks, parameters.chunk_blocks);
    partials[(row * parameters.chunks + chunk) * 64u + slot] = words;
}
