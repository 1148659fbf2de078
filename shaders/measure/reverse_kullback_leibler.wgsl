// Reverse Kullback-Leibler divergence: sum q l(-d/q) / (S (1+D)) - l(-D/(1+D)).

fn reverse_kullback_leibler_infinite_on() -> u32 {
    return Q_ABOVE_ZERO_P;
}

fn reverse_kullback_leibler_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(pair.reverse_excess, 0.0);
}

fn reverse_kullback_leibler_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let grown = 1.0 + masses.drift;
    return sums.x / (masses.mass * grown) - ratio_excess_small(-masses.drift / grown);
}

fn reverse_kullback_leibler_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return accepts_second_order(masses.drift, sums.x, 1e-3);
}
