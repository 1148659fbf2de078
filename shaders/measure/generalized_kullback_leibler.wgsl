// Generalised Kullback-Leibler divergence: sum p ln(p/q) - p + q of the values as they are.

fn generalized_kullback_leibler_infinite_on() -> u32 {
    return P_ABOVE_ZERO_Q;
}

fn generalized_kullback_leibler_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(pair.excess, 0.0);
}

// 2^32 x, infinite beyond f32: raw values are folded scaled down by that.
fn generalized_kullback_leibler_unscaled(x: f32) -> f32 {
    let inside = x < 7.922816251426434e28;
    return select(infinite(), select(0.0, x, inside) * 4294967296.0, inside);
}

fn generalized_kullback_leibler_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    return generalized_kullback_leibler_unscaled(sums.x);
}
