// Two rows of which only one holds logarithms, or at different temperatures, for powers. Twin:
// src/cpu/domain/mixed.rs.

// log2 of the scale of P over that of Q, in two words.
var<private> mixed_log2_scales: vec2<f32>;

fn mixed_powers_settle() {
    mixed_log2_scales = power_log2_ratio(bitcast<u32>(domain.q_scale), bitcast<u32>(domain.p_scale), 0, vec2<f32>(0.0)).log2;
}

fn mixed_power_pair(of_p: vec2<f32>, of_q: vec2<f32>, p_zero: bool, q_zero: bool, drift: f32) -> PowerPair {
    let apart = difference_two_words(of_p.x, of_q.x);
    let low = apart.y + (of_q.y - of_p.y);
    let scaled = difference_two_words(mixed_log2_scales.x, apart.x);
    let scales_low = mixed_log2_scales.y + powers_log2(drift);
    let rest = scaled.y + (low - scales_low);
    let log2 = power_log2_words(scaled.x, rest);
    // Not from the words: compilers would fold their sum.
    let ln = (scaled.x + rest) * (POWER_OCTAVES * LN_2);
    let most = select(1.5e36, -1.5e36, scaled.x < 0.0) * 200.0;
    let x = select(ln, most, abs(scaled.x) > 1.5e36);
    let p_scale = drift * domain.p_scale + domain.p_scale;
    return shared_pair(x, log2, of_p, of_q, p_scale, domain.q_scale, p_zero, q_zero);
}
