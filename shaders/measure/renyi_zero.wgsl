// Renyi divergence of order 0: -ln Q(p > 0). Twin: src/measure/renyi_zero.rs.

fn renyi_zero_infinite_on() -> u32 {
    return 0u;
}

fn renyi_zero_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return tsallis_zero_terms(pair, masses);
}

// Bins that came out as zero may count where little else does.
fn renyi_zero_settles(sums: vec2<f32>, masses: Masses) -> bool {
    return sums.y >= 1e-6 * (sums.x + sums.y);
}

fn renyi_zero_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let all = sums.x + sums.y;
    let part = sums.x / all;
    let s = part / (2.0 - part);
    let z = s * s;
    let near = (s + s) * (z * ratio_atanh_tail(z)) + (s + s);
    let shared_mass = select(all, sums.y, sums.y > 0.0);
    return select(ratio_ln(bitcast<u32>(shared_mass), bitcast<u32>(all)), near, part <= 0.5);
}

fn renyi_zero_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return renyi_zero_settles(sums, masses);
}
