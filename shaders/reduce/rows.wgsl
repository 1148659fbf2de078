// One workgroup for one row or several: every pass in one dispatch.

var<workgroup> any_again: atomic<u32>;
var<workgroup> again: u32;

// True in the whole workgroup if `wanted` is in any invocation of it.
fn rows_any(wanted: bool) -> bool {
    if wanted {
        atomicOr(&any_again, 1u);
    }
    workgroupBarrier();
    if invocation == 0u {
        again = atomicLoad(&any_again);
        atomicStore(&any_again, 0u);
    }
    workgroupBarrier();
    return workgroupUniformLoad(&again) != 0u;
}

fn rows_reduce(pass_index: u32) -> vec4<u32> {
    let blocks = tree_all_blocks();
    // The next power of two, shared evenly by the teams.
    let padded = select(1u << (32u - countLeadingZeros(blocks - 1u)), 1u, blocks <= 1u);
    let share = max(padded / parameters.teams, 1u);
    let words = tree_blocks(pass_index, team * share, share);
    return tree_root(pass_index, words, parameters.width, parameters.teams);
}

// True if a dispatch before has settled that row.
fn rows_settled(of_row: u32) -> bool {
    return DIRECT && direct_wanted() && (statuses[of_row] >> 16u) == parameters.epoch;
}

// The rows that the workgroup takes at a time, from one on.
fn rows_batch(first_row: u32, invocations: u32) {
    let wanted_row = first_row + invocation / invocations;
    // Rows behind the last are computed again and not written, so that barriers stay uniform.
    row = min(wanted_row, parameters.rows - 1u);
    let settled = wanted_row >= parameters.rows || rows_settled(row);
    if DIRECT && direct_wanted() && !rows_any(!settled) {
        return;
    }
    score_level = 0u;
    var words = vec4<u32>(0u);
    // One loop, so that compilers see the code of these passes once.
    for (var i = PASS_LOOK_P; i < PASS_SCORE + MEASURE_LEVELS; i++) {
        if i == PASS_DRIFT && !NEEDS_DRIFT {
            continue;
        }
        // A second look that no row of the workgroup needs leaves the words of the first.
        var wanted = true;
        if i == PASS_MASS_P || i == PASS_MASS_Q || i > PASS_SCORE {
            wanted = rows_any(pass_wants(i));
        }
        if wanted {
            words = rows_reduce(i);
        }
        pass_settle(i, words);
    }
    if !settled && team == 0u && slot == 0u {
        pass_finish();
    }
}

fn rows_main(workgroup: vec3<u32>) {
    let invocations = parameters.width * parameters.teams;
    let batch = WORKGROUP / invocations;
    if invocation == 0u {
        atomicStore(&any_again, 0u);
    }
    workgroupBarrier();
    let group = workgroup.y * parameters.grid_width + workgroup.x;
    let first = group * batch * parameters.batches;
    team = (invocation % invocations) / parameters.width;
    slot = invocation % parameters.width;
    if DIRECT && direct_wanted() {
        let end = min(first + batch * parameters.batches, parameters.rows);
        var pending = false;
        for (var i = first + invocation; i < end; i += WORKGROUP) {
            pending = pending || !rows_settled(i);
        }
        if !rows_any(pending) {
            return;
        }
    }
    for (var i = 0u; i < parameters.batches; i++) {
        rows_batch(first + i * batch, invocations);
    }
}
