// Squared Hellinger distance: (H/S - u^2) / (2 (1+u)) with H = sum d^2/(sqrt p + sqrt q)^2, u = sqrt(1+D) - 1.

fn hellinger_infinite_on() -> u32 {
    return 0u;
}

// The second sum is that of sqrt(p q).
fn hellinger_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    let both = sqrt(pair.p) * sqrt(pair.q);
    let sum = both * 2.0 + (pair.p + pair.q);
    return vec2<f32>(pair.d * (pair.d / select(sum, 1.0, sum == 0.0)), both);
}

// sqrt(1 + drift) - 1.
fn hellinger_root_of_grown(drift: f32) -> f32 {
    return drift * (0.5 - drift * (0.125 - 0.0625 * drift));
}

fn hellinger_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let u = hellinger_root_of_grown(masses.drift);
    let value = (sums.x / masses.mass - u * u) / (2.0 * (1.0 + u));
    return select(0.0, value, value > 0.0);
}

fn hellinger_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return accepts_second_order(masses.drift, sums.x, 1e-4);
}
