// What several measures share. Twin: src/measure/pair.rs.

const P_ABOVE_ZERO_Q: u32 = 1u;
const Q_ABOVE_ZERO_P: u32 = 2u;

// p ln(p/q) + q - p, at least 0.
fn pair_excess(pair: Pair) -> f32 {
    let near = pair.s * ((-2.0 * pair.p) * pair.w + pair.d);
    let far = pair.d - pair.p_t;
    return select(far, near, pair.near);
}

// q ln(q/p) + p - q, at least 0.
fn pair_reverse_excess(pair: Pair) -> f32 {
    let near = pair.s * ((2.0 * pair.q) * pair.w + pair.d);
    let far = pair.q_t - pair.d;
    return select(far, near, pair.near);
}
