// Each row of P meets each row of Q, those of the first row of P come first.

// The elements where the rows of a pair begin.
fn p_first(pair: u32) -> u32 {
    return pair / parameters.columns * parameters.p_stride + parameters.p_start;
}

fn q_first(pair: u32) -> u32 {
    return pair % parameters.columns * parameters.q_stride + parameters.q_start;
}
