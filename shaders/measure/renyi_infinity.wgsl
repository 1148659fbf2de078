// Renyi divergence of order infinity. Twin: src/measure/renyi_infinity.rs.

fn renyi_infinity_infinite_on() -> u32 {
    return P_ABOVE_ZERO_Q;
}

fn renyi_infinity_terms(pair: PowerPair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(select(-pair.t, -MAXIMUM, pair.p_extended.x == 0.0), 0.0);
}

// Where the drift has not been taken off, it adds ln(1 + D).
fn renyi_infinity_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    // Logarithms are kept finite: one as large stands for any that is larger.
    let score = sums.x + (masses.drift - ratio_excess_small(masses.drift));
    return select(score, infinite(), sums.x >= 2.99e38);
}

fn renyi_infinity_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    let drift = abs(masses.drift);
    return drift <= 1e-4 && (drift <= score || drift <= 1e-7);
}
