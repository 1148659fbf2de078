// Jeffreys divergence: X/S + R/(S (1+D)) - D^2/(1+D).

fn jeffreys_infinite_on() -> u32 {
    return P_ABOVE_ZERO_Q | Q_ABOVE_ZERO_P;
}

fn jeffreys_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(pair.excess, pair.reverse_excess);
}

fn jeffreys_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let grown = 1.0 + masses.drift;
    let sum = sums.x / masses.mass + sums.y / (masses.mass * grown);
    return sum - masses.drift * (masses.drift / grown);
}

fn jeffreys_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return accepts_second_order(masses.drift, sums.x, 1e-3);
}
