// Renyi divergences where the sum of powers is beyond f32 or next to nothing. Twin: src/measure/renyi_far.rs.

fn renyi_far_infinite_on() -> u32 {
    return parameters.power_infinite_on;
}

fn renyi_far_terms(pair: PowerPair, masses: Masses) -> vec2<f32> {
    return power_far_terms(pair);
}

// Infinite of rows that share no bin.
fn renyi_far_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let some = sums.y > 0.0;
    let sum = select(1.0, sums.y, some);
    let ln = ratio_ln(bitcast<u32>(masses.mass), bitcast<u32>(sum)) / parameters.power_order_less_one;
    // Divided first: beyond f32 the score may be, but nothing before it.
    let exponent = sums.x / parameters.power_order_less_one;
    let value = (exponent * (POWER_SPAN * LN_2) + ln) * parameters.power_factor;
    return select(infinite(), value, some);
}
