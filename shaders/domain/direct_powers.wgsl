// Two rows of probabilities, taken as they are, for powers. Twin: src/cpu/domain/direct.rs.

fn direct_power_pair(p_word: u32, q_word: u32) -> PowerPair {
    let a = direct_at_least_normal(p_word);
    let b = direct_at_least_normal(q_word);
    let p = bitcast<f32>(a);
    let q = bitcast<f32>(b);
    let p_zero = i32(p_word) < i32(MIN_NORMAL);
    let q_zero = i32(q_word) < i32(MIN_NORMAL);
    // From mantissas: differences of tiny numbers may be flushed.
    let near = ratio_in_reach(a, b);
    let found = power_log2_far(near.a, near.b, near.exponent, vec2<f32>(0.0));
    let two_s = found.s + found.s;
    let t = f32(near.exponent) * LN_2_OF_EXPONENT + opaque(two_s * found.w + two_s);
    return PowerPair(
        p,
        q,
        q - p,
        pair_marked(t, p_zero, q_zero),
        power_log2_words(found.log2.x, found.log2.y),
        powers_extended(p_zero, a),
        powers_extended(q_zero, b),
        p_zero,
        q_zero,
    );
}
