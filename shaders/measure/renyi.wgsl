// Renyi divergence, and half of it. Twin: src/measure/renyi.rs.

fn renyi_infinite_on() -> u32 {
    return parameters.power_infinite_on;
}

fn renyi_terms(pair: PowerPair, masses: Masses) -> vec2<f32> {
    return power_terms(pair, masses);
}

// Bins that came out as zero may count where little else does.
fn renyi_settles(sums: vec2<f32>, masses: Masses) -> bool {
    let settled = power_settled(sums, masses);
    let grown = parameters.power_order * settled.alpha * parameters.power_order_less_one;
    return sums.y < POWER_BEYOND && !(grown < -0.5 && settled.power < 1e-12 * settled.mass);
}

fn renyi_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let settled = power_settled(sums, masses);
    let tsallis = parameters.power_order * settled.alpha;
    let grown = tsallis * parameters.power_order_less_one;
    let below = 2.0 + grown;
    let s = grown / below;
    let twice = 2.0 * tsallis / below;
    let z = s * s;
    let near = twice * (z * ratio_atanh_tail(z)) + twice;
    let positive = grown > 0.0;
    let power = select(settled.mass, settled.power, settled.power > 0.0);
    let divisor = select(settled.mass, 1.0, positive);
    let dividend = select(power, 1.0 + grown, positive);
    let far = ratio_ln(bitcast<u32>(divisor), bitcast<u32>(dividend)) / parameters.power_order_less_one;
    return select(far, near, abs(grown) <= 0.5) * parameters.power_factor;
}

fn renyi_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return renyi_settles(sums, masses) && power_accepts(masses, sums);
}
