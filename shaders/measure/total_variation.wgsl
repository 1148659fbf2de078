// Total variation: sum |d - D p| / (2 S (1+D)); the drift D must be known.

fn total_variation_infinite_on() -> u32 {
    return 0u;
}

fn total_variation_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(abs((-masses.drift) * pair.p + pair.d), 0.0);
}

fn total_variation_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    return sums.x / (2.0 * masses.mass * (1.0 + masses.drift));
}

// Half the drift may be missing.
fn total_variation_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return abs(masses.drift) <= 2e-7 * score;
}
