// All rows, where there is no first try.

fn rows_of_group(group: u32, invocations: u32) {
    let of_row = group * (WORKGROUP / invocations) + invocation / invocations;
    rows_batch(min(of_row, parameters.rows - 1u), of_row < parameters.rows);
}
