// Jensen-Shannon divergence with a weight on P. The mixture is never divided by.

fn jensen_shannon_infinite_on() -> u32 {
    return 0u;
}

fn jensen_shannon_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    let m = parameters.weight * pair.p + parameters.weight_q * pair.q;
    let of_p = ratio_excess(pair.p, parameters.weight_q * pair.d, m);
    let of_q = ratio_excess(pair.q, -parameters.weight * pair.d, m);
    return vec2<f32>(of_p * parameters.weight + of_q * parameters.weight_q, of_q);
}

fn jensen_shannon_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let w = parameters.weight;
    let v = parameters.weight_q;
    let e = masses.drift / (1.0 + masses.drift);
    let g = v * (sums.y / masses.mass + w * masses.drift);
    let score = sums.x / masses.mass - e * g + 0.5 * e * e * w * v;
    return select(score, 0.0, w == 0.0 || v == 0.0);
}

fn jensen_shannon_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return accepts_second_order(masses.drift, sums.x, 1e-6);
}
