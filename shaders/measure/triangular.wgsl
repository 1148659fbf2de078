// Triangular discrimination (Le Cam): sum d^2/(p+q), with what the drift of the masses takes away.

fn triangular_infinite_on() -> u32 {
    return 0u;
}

// With x = d/(p+q), d x and d x^2.
fn triangular_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    let sum = pair.p + pair.q;
    let x = pair.d / select(sum, 1.0, sum == 0.0);
    let square = pair.d * x;
    return vec2<f32>(square, square * x);
}

fn triangular_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let drift = masses.drift;
    let e = drift / (1.0 + drift);
    let x = sums.x / masses.mass;
    let odd = sums.y / masses.mass;
    let second = 0.5 * ((1.0 - x) + 0.5 * drift) + 0.25 * e;
    return x - e * ((drift + 0.5 * (x - odd)) - e * second);
}

fn triangular_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return accepts_second_order(masses.drift, sums.x, 1e-4);
}
