// Squared Euclidean distance, halved: 1/2 sum (p - q)^2 of the values as they are.

fn squared_euclidean_infinite_on() -> u32 {
    return 0u;
}

// A difference, scaled down as raw values are, whose square alone is beyond f32 once scaled up.
const SQUARED_EUCLIDEAN_FAR: f32 = 1e15;

fn squared_euclidean_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    let apart = min(abs(pair.d), SQUARED_EUCLIDEAN_FAR);
    return vec2<f32>(apart * apart, 0.0);
}

fn squared_euclidean_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let inside = sums.x < 36893488147419103232.0;
    return select(infinite(), select(0.0, sums.x, inside) * 9223372036854775808.0, inside);
}
