// One workgroup for one row or several: every pass in one dispatch.

// Starts as 0, as all workgroup memory in WGSL.
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
    let blocks = (parameters.k + 1023u) >> 10u;
    // The next power of two, shared evenly by the teams.
    let padded = select(1u << (32u - countLeadingZeros(blocks - 1u)), 1u, blocks <= 1u);
    let share = max(padded / parameters.teams, 1u);
    let words = tree_blocks(pass_index, team * share, share);
    return tree_root(pass_index, words, parameters.width, parameters.teams);
}

fn rows_main(workgroup: vec3<u32>) {
    let invocations = parameters.width * parameters.teams;
    let group = workgroup.y * parameters.grid_width + workgroup.x;
    let wanted_row = group * (WORKGROUP / invocations) + invocation / invocations;
    // Rows behind the last are computed again and not written, so that barriers stay uniform.
    let inside = wanted_row < parameters.rows;
    row = min(wanted_row, parameters.rows - 1u);
    team = (invocation % invocations) / parameters.width;
    slot = invocation % parameters.width;

    // Apart, so that compilers see a constant pass and drop all others from its code.
    var words = vec4<u32>(0u);
    var first = PASS_LOOK_P;
    if DIRECT && direct_wanted() {
        words = rows_reduce(PASS_DIRECT);
        direct_settle(words);
        first = select(PASSES, PASS_LOOK_P, rows_any(!direct_done));
    }
    // One loop, so that they see the code of these passes once.
    for (var i = first; i < PASS_SCORE + MEASURE_LEVELS; i++) {
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
    if inside && team == 0u && slot == 0u {
        pass_finish();
    }
}
