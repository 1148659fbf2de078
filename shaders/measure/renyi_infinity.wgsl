// Renyi divergence of order infinity. Twin: src/measure/renyi_infinity.rs.

// Where domains may have capped a logarithm, unless it is over the octaves.
const RENYI_INFINITY_FAR: f32 = 1e38;
// Logarithms over these that else are beyond f32.
const RENYI_INFINITY_FARTHEST: f32 = MAXIMUM / POWER_OCTAVES;

fn renyi_infinity_infinite_on() -> u32 {
    return P_ABOVE_ZERO_Q;
}

fn renyi_infinity_terms(pair: PowerPair, masses: Masses) -> vec2<f32> {
    let near = abs(pair.t) < RENYI_INFINITY_FAR;
    let over_octaves = select((pair.log2.x + pair.log2.y) * LN_2, pair.t * (1.0 / POWER_OCTAVES), near);
    return vec2<f32>(select(-over_octaves, -MAXIMUM, pair.p_extended.x == 0.0), 0.0);
}

// Where the drift has not been taken off, it adds ln(1 + D).
fn renyi_infinity_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let beyond = sums.x > RENYI_INFINITY_FARTHEST;
    let most = select(sums.x, 0.0, beyond) * POWER_OCTAVES;
    return select(most + (masses.drift - ratio_excess_small(masses.drift)), infinite(), beyond);
}

fn renyi_infinity_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    let drift = abs(masses.drift);
    return drift <= 1e-4 && (drift <= score || drift <= 1e-7);
}
