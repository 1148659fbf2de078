// Cross-entropy: sum p ln(qmax/q) / S + ln(1 + R/qmax).

fn cross_entropy_infinite_on() -> u32 {
    return P_ABOVE_ZERO_Q;
}

fn cross_entropy_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(pair.p_drop, 0.0);
}

fn cross_entropy_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    return sums.x / masses.mass + ratio_ln_1p(masses.q_rest / masses.q_max);
}

// The rounding of the mass of Q comes in as it is.
fn cross_entropy_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return score > 0.5;
}
