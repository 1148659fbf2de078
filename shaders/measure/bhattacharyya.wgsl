// Bhattacharyya distance: -ln(1 - h) of the squared Hellinger distance h where that is small, and
// -ln sum sqrt(p q) elsewhere.

fn bhattacharyya_infinite_on() -> u32 {
    return 0u;
}

fn bhattacharyya_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return hellinger_terms(pair, masses);
}

// Bins that came out as zero may count where little else does.
fn bhattacharyya_settles(sums: vec2<f32>, masses: Masses) -> bool {
    return sums.y >= 1e-6 * masses.mass;
}

fn bhattacharyya_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let h = hellinger_finish(sums, masses);
    let s = h / (2.0 - h);
    let z = s * s;
    let near = (s + s) * (z * ratio_atanh_tail(z)) + (s + s);
    let most = masses.mass * (1.0 + hellinger_root_of_grown(masses.drift));
    let both = select(most, sums.y, sums.y > 0.0);
    return select(ratio_ln(bitcast<u32>(both), bitcast<u32>(most)), near, h <= 0.5);
}

fn bhattacharyya_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return hellinger_accepts(masses, sums, score) && sums.y >= 1e-6 * masses.mass;
}
