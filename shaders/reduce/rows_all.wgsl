// All rows, where there is no first try.

fn rows_of_group(group: u32, invocations: u32) {
    rows_batch(group * (WORKGROUP / invocations), invocations);
}
