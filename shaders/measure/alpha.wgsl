// Alpha divergence, and what is a multiple of it. Twin: src/measure/alpha.rs.

fn alpha_infinite_on() -> u32 {
    return parameters.power_infinite_on;
}

fn alpha_terms(pair: PowerPair, masses: Masses) -> vec2<f32> {
    return power_terms(pair, masses);
}

fn alpha_settles(sums: vec2<f32>, masses: Masses) -> bool {
    return sums.y < POWER_BEYOND;
}

fn alpha_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    return power_settled(sums, masses).alpha * parameters.power_factor;
}

fn alpha_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return alpha_settles(sums, masses) && power_accepts(masses, sums);
}
