// Itakura-Saito divergence: sum p/q - ln(p/q) - 1 of the values as they are, which is the generalised reverse
// KL of quotients.

fn itakura_saito_infinite_on() -> u32 {
    return P_ABOVE_ZERO_Q | Q_ABOVE_ZERO_P;
}

fn itakura_saito_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(pair.reverse_excess, 0.0);
}

fn itakura_saito_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    return generalized_kullback_leibler_unscaled(sums.x);
}
