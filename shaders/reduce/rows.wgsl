// One workgroup for one row or several: every pass in one dispatch, but for the first try. What calls
// `rows_batch` does so in one place, since compilers write its code out wherever it is called.

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
    return tree_root(pass_index, tree_of_team(pass_index), parameters.width, parameters.teams);
}

// True if a dispatch before has settled that row.
fn rows_settled(of_row: u32) -> bool {
    return DIRECT && (statuses[of_row] >> 16u) == parameters.epoch;
}

// The rows that the workgroup takes at a time, from one on.
fn rows_batch(first_row: u32, invocations: u32) {
    let wanted_row = first_row + invocation / invocations;
    // Rows behind the last are computed again and not written, so that barriers stay uniform.
    row = min(wanted_row, parameters.rows - 1u);
    let settled = wanted_row >= parameters.rows || rows_settled(row);
    if DIRECT && !rows_any(!settled) {
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
    if invocation == 0u {
        atomicStore(&any_again, 0u);
    }
    workgroupBarrier();
    let group = workgroup.y * parameters.grid_width + workgroup.x;
    team = (invocation % invocations) / parameters.width;
    slot = invocation % parameters.width;
    rows_of_group(group, invocations);
}
