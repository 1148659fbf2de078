// What several measures share.

const P_ABOVE_ZERO_Q: u32 = 1u;
const Q_ABOVE_ZERO_P: u32 = 2u;

// Flags of a zero bin that meets one above zero.
fn violations(p_zero: bool, q_zero: bool) -> u32 {
    let p_above = select(0u, P_ABOVE_ZERO_Q, !p_zero && q_zero);
    let q_above = select(0u, Q_ABOVE_ZERO_P, p_zero && !q_zero);
    return p_above | q_above;
}

// The bits of a score as they are written, in its unit.
fn score_bits(nats: f32, infinite: bool) -> u32 {
    let positive = select(0.0, nats, nats > 0.0);
    let root = (parameters.flags & FLAG_ROOT) != 0u;
    let score = select(positive, sqrt(positive), root) * parameters.unit;
    let bits = bitcast<u32>(score);
    return select(bits, INFINITY, infinite || (bits & ABS) >= INFINITY);
}

// Infinity, which WGSL has no literal for.
fn infinite() -> f32 {
    return bitcast<f32>(INFINITY ^ parameters.zero);
}

// True if the drift takes away no more than a quarter of the excess and stays below a limit. Twin:
// src/measure/kernel.rs.
fn accepts_second_order(drift: f32, excess: f32, limit: f32) -> bool {
    return abs(drift) <= limit && 2.0 * drift * drift <= excess;
}
