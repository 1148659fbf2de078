// What several measures share.

const P_ABOVE_ZERO_Q: u32 = 1u;
const Q_ABOVE_ZERO_P: u32 = 2u;

// Infinity, which WGSL has no literal for.
fn infinite() -> f32 {
    return bitcast<f32>(INFINITY ^ parameters.zero);
}

// True if the drift takes away no more than a quarter of the excess and stays below a limit. Twin:
// src/measure/kernel.rs.
fn accepts_second_order(drift: f32, excess: f32, limit: f32) -> bool {
    return abs(drift) <= limit && 2.0 * drift * drift <= excess;
}
