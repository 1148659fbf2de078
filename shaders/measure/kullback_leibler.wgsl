// Kullback-Leibler divergence: sum p l(d/p) / S - l(D).

fn kullback_leibler_infinite_on() -> u32 {
    return P_ABOVE_ZERO_Q;
}

fn kullback_leibler_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(pair.excess, 0.0);
}

fn kullback_leibler_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    return sums.x / masses.mass - ratio_excess_small(masses.drift);
}

fn kullback_leibler_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return accepts_second_order(masses.drift, sums.x, 1e-3);
}
