// Squared Euclidean distance, halved: 1/2 sum (p - q)^2 of the values as they are.

fn squared_euclidean_infinite_on() -> u32 {
    return 0u;
}

// Raw values come scaled down by 2^32, half of which is taken back: squares that count stay normal numbers.
const SQUARED_EUCLIDEAN_UP: f32 = 65536.0;
// A difference of that scale whose square alone is beyond f32 once scaled up.
const SQUARED_EUCLIDEAN_FAR: f32 = 9e15;

fn squared_euclidean_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    let apart = min(abs(pair.d) * SQUARED_EUCLIDEAN_UP, SQUARED_EUCLIDEAN_FAR);
    return vec2<f32>(apart * apart, 0.0);
}

fn squared_euclidean_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let inside = sums.x < 158456325028528675187087900672.0;
    return select(infinite(), select(0.0, sums.x, inside) * 2147483648.0, inside);
}
