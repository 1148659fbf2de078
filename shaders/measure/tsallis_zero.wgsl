// Tsallis divergence of order 0: what Q puts where P is zero. Twin: src/measure/tsallis_zero.rs.

fn tsallis_zero_infinite_on() -> u32 {
    return 0u;
}

// q where P is zero, and where it is not.
fn tsallis_zero_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return select(vec2<f32>(0.0, pair.q), vec2<f32>(pair.q, 0.0), pair.t == MAXIMUM);
}

fn tsallis_zero_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    return sums.x / (sums.x + sums.y);
}

// No mass of P comes in.
fn tsallis_zero_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return true;
}
