// Neyman's chi-squared divergence: (X/S - D^2) / (1+D)^2 with X = sum d^2/p.

fn neyman_infinite_on() -> u32 {
    return Q_ABOVE_ZERO_P;
}

fn neyman_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(chi_squared_square_over(masses, pair.d, pair.p, -pair.t), 0.0);
}

fn neyman_settles(sums: vec2<f32>, masses: Masses) -> bool {
    return sums.x < CHI_SQUARED_BEYOND * masses.mass;
}

fn neyman_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let grown = 1.0 + masses.drift;
    return (sums.x / masses.mass - masses.drift * masses.drift) / (grown * grown);
}

fn neyman_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return sums.x < CHI_SQUARED_BEYOND * masses.mass && accepts_second_order(masses.drift, sums.x, 1e-4);
}
