// Row i of P meets row i of Q.

// The elements where the rows of a pair begin.
fn p_first(pair: u32) -> u32 {
    return pair * parameters.p_stride + parameters.p_start;
}

fn q_first(pair: u32) -> u32 {
    return pair * parameters.q_stride + parameters.q_start;
}
