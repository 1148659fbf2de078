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

// Scores the rows that the workgroup takes at a time, this one by this invocation and others. Where there is
// none, one of the others is computed again and not written, so that barriers stay uniform.
fn rows_batch(of_row: u32, is_one: bool) {
    row = of_row;
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
    if is_one && team == 0u && slot == 0u {
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
