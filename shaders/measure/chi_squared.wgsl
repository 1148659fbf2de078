// Pearson's chi-squared divergence: X (1+D)/S - D^2 with X = sum d^2/q.

// From that many masses on sums are not to be relied on: a bin was too far from the other.
const CHI_SQUARED_BEYOND: f32 = 1e12;

fn chi_squared_infinite_on() -> u32 {
    return P_ABOVE_ZERO_Q;
}

// d^2 / over, and more than is in reach where the bin is so much smaller than d, or has come out as zero without
// being zero, that it takes more than these numbers to tell. `t` is the logarithm of `over` over the other bin.
fn chi_squared_square_over(masses: Masses, d: f32, over: f32, t: f32) -> f32 {
    let zero = over == 0.0;
    // What came out as zero is below e^-87, so that nearer ones add less than 1e-20.
    let counts = t < -20.0 && t > -MAXIMUM;
    let far = over * CHI_SQUARED_BEYOND < abs(d) || (zero && counts);
    let quotient = d / select(over, 1.0, zero);
    return select(d * quotient, 2.0 * CHI_SQUARED_BEYOND * masses.mass, far);
}

fn chi_squared_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(chi_squared_square_over(masses, pair.d, pair.q, pair.t), 0.0);
}

fn chi_squared_settles(sums: vec2<f32>, masses: Masses) -> bool {
    return sums.x < CHI_SQUARED_BEYOND * masses.mass;
}

fn chi_squared_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    return sums.x / masses.mass * (1.0 + masses.drift) - masses.drift * masses.drift;
}

fn chi_squared_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return sums.x < CHI_SQUARED_BEYOND * masses.mass && accepts_second_order(masses.drift, sums.x, 1e-4);
}
