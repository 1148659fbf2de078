// Alpha divergences where the sum of powers is beyond f32. Twin: src/measure/alpha_far.rs.

fn alpha_far_infinite_on() -> u32 {
    return parameters.power_infinite_on;
}

fn alpha_far_terms(pair: PowerPair, masses: Masses) -> vec2<f32> {
    return power_far_terms(pair);
}

fn alpha_far_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    // Less the 1 that a sum over long rows may still show.
    let sum = sums.y - masses.mass * power_scale(-(sums.x * POWER_SPAN));
    let bits = bitcast<u32>(sum / masses.mass * parameters.power_far_factor);
    let own = f32(bits >> 23u) - 127.0;
    let exponent = sums.x * POWER_SPAN + parameters.power_far_exponent + own;
    let mantissa = bitcast<f32>((bits & 0x007fffffu) | 0x3f800000u);
    let capped = select(127.0, exponent, exponent < 127.0);
    let inside = select(-126.0, capped, capped > -126.0);
    let value = select(mantissa * power_exp2_of_whole(inside), 0.0, exponent < -126.0);
    return select(value, infinite(), exponent >= 128.0);
}
