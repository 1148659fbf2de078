// What gathers the partial trees of spread.wgsl.

// The binary counter. Private, since a variable of a function would be cleared in every pass.
var<private> chunk_counter: array<vec4<u32>, 24>;

// The tree over the chunks of one row.
fn gather_chunks(pass_index: u32, first: u32, count: u32) -> vec4<u32> {
    var filled = 0u;
    for (var i = 0u; i < count; i++) {
        if first + i >= parameters.chunks {
            break;
        }
        var carry = partials[(row * parameters.chunks + first + i) * 64u + slot];
        var level = 0u;
        while ((filled >> level) & 1u) == 1u {
            carry = pass_merge(pass_index, chunk_counter[level], carry);
            level++;
        }
        chunk_counter[level] = carry;
        filled++;
    }
    var root = pass_zero(pass_index);
    for (var level = 0u; (filled >> level) != 0u; level++) {
        if ((filled >> level) & 1u) == 1u {
            root = pass_merge(pass_index, chunk_counter[level], root);
        }
    }
    return root;
}

// One workgroup a row.
fn gather_main(workgroup: vec3<u32>) {
    let group = workgroup.y * parameters.grid_width + workgroup.x;
    let inside = group < parameters.rows;
    row = min(group, parameters.rows - 1u);
    team = invocation / 64u;
    slot = invocation % 64u;
    spread_recall();
    let chunks = parameters.chunks;
    let padded = select(1u << (32u - countLeadingZeros(chunks - 1u)), 1u, chunks <= 1u);
    let share = max(padded / 4u, 1u);
    let words = gather_chunks(parameters.pass_index, team * share, share);
    var root = tree_root(parameters.pass_index, words, 64u, 4u);
    if !inside || invocation != 0u {
        return;
    }
    if spread_idle() {
        root = results[row * PASSES + parameters.pass_index - 1u];
    }
    if parameters.pass_index + 1u < PASS_SCORE + MEASURE_LEVELS {
        results[row * PASSES + parameters.pass_index] = root;
    } else {
        pass_settle(parameters.pass_index, root);
        pass_finish();
    }
}
