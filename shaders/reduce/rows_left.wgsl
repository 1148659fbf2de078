// Rows that the first try has left.

// A bit for each of 256 groups of rows.
var<workgroup> groups_left: array<atomic<u32>, 8>;

// True if a group of rows has one that is not settled.
fn unsettled_in(group: u32) -> bool {
    return atomicLoad(&unsettled[group]) == parameters.epoch;
}

// The groups of which a dispatch before has left something, of those that this workgroup looks at: every n-th,
// since odd rows often follow one another.
fn rows_of_group(first_group: u32, invocations: u32) {
    let group = first_group + invocation * parameters.group_step;
    let left = invocation < parameters.groups && group < parameters.all_groups && unsettled_in(group);
    if !rows_any(left) {
        return;
    }
    if invocation < 8u {
        atomicStore(&groups_left[invocation], 0u);
    }
    workgroupBarrier();
    if left {
        atomicOr(&groups_left[invocation / 32u], 1u << (invocation % 32u));
    }
    workgroupBarrier();
    for (var word = 0u; word * 32u < parameters.groups; word++) {
        if invocation == 0u {
            again = atomicLoad(&groups_left[word]);
        }
        workgroupBarrier();
        var bits = workgroupUniformLoad(&again);
        while bits != 0u {
            let found = first_group + (word * 32u + firstTrailingBit(bits)) * parameters.group_step;
            let end = (found + 1u) * parameters.group_rows;
            for (var i = found * parameters.group_rows; i < min(end, parameters.rows); i += WORKGROUP / invocations) {
                rows_batch(i, invocations);
            }
            bits = bits & (bits - 1u);
        }
    }
}
