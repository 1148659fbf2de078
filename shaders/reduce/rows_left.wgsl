// Rows that the first try has left: a workgroup looks for those of many groups and scores as many at a time as it
// has room for, since mostly they are few and far between.

// A bit for each of 256 groups of rows.
var<workgroup> groups_left: array<atomic<u32>, 8>;
// Rows that have been found and not scored yet: fewer than a workgroup takes at a time, and those of one group.
var<workgroup> rows_found: array<u32, 512>;
var<workgroup> rows_counted: atomic<u32>;

// True if a group of rows has one that is not settled.
fn unsettled_in(group: u32) -> bool {
    return atomicLoad(&unsettled[group]) == parameters.epoch;
}

// True if a dispatch before has settled that row.
fn rows_settled(of_row: u32) -> bool {
    return (statuses[of_row] >> 16u) == parameters.epoch;
}

// Marks the groups of which a dispatch before has left something, of those that this workgroup looks at: every
// n-th, since odd rows often follow one another. False if there is none.
fn groups_mark(first_group: u32) -> bool {
    let group = first_group + invocation * parameters.group_step;
    let left = invocation < parameters.groups && group < parameters.all_groups && unsettled_in(group);
    if !rows_any(left) {
        return false;
    }
    if invocation < 8u {
        atomicStore(&groups_left[invocation], 0u);
    }
    if invocation == 0u {
        atomicStore(&rows_counted, 0u);
    }
    workgroupBarrier();
    if left {
        atomicOr(&groups_left[invocation / 32u], 1u << (invocation % 32u));
    }
    return true;
}

// What one of them has come to, in the whole workgroup.
fn groups_marked(word: u32) -> u32 {
    workgroupBarrier();
    if invocation == 0u {
        again = atomicLoad(&groups_left[word]);
    }
    workgroupBarrier();
    return workgroupUniformLoad(&again);
}

fn rows_waiting() -> u32 {
    workgroupBarrier();
    if invocation == 0u {
        again = atomicLoad(&rows_counted);
    }
    workgroupBarrier();
    return workgroupUniformLoad(&again);
}

fn rows_find(group: u32) {
    let of_row = group * parameters.group_rows + invocation;
    if invocation < parameters.group_rows && of_row < parameters.rows && !rows_settled(of_row) {
        rows_found[atomicAdd(&rows_counted, 1u)] = of_row;
    }
}

fn rows_of_group(first_group: u32, invocations: u32) {
    if !groups_mark(first_group) {
        return;
    }
    let most = WORKGROUP / invocations;
    var word = 0u;
    var bits = groups_marked(0u);
    var waiting = 0u;
    loop {
        while waiting < most && (bits != 0u || (word + 1u) * 32u < parameters.groups) {
            if bits == 0u {
                word++;
                bits = groups_marked(word);
                continue;
            }
            rows_find(first_group + (word * 32u + firstTrailingBit(bits)) * parameters.group_step);
            bits = bits & (bits - 1u);
            waiting = rows_waiting();
        }
        if waiting == 0u {
            break;
        }
        let taken = min(waiting, most);
        let number = invocation / invocations;
        waiting -= taken;
        rows_batch(rows_found[waiting + min(number, taken - 1u)], number < taken);
        // Nothing is found before it is known how many are left, nor counted again before all have read their rows.
        workgroupBarrier();
        if invocation == 0u {
            atomicStore(&rows_counted, waiting);
        }
        workgroupBarrier();
    }
}
