// Two rows of probabilities, taken as they are. Twin: src/cpu/domain/direct.rs.

fn direct_at_least_normal(bits: u32) -> u32 {
    return u32(max(i32(bits), i32(MIN_NORMAL)));
}

// The excess against a number within a factor of two of the other, and what the exponent adds: exactly 0
// where it is 0, and never of the other sign. What follows from the exponent is behind a branch, since in near
// rows almost no bin has one.
fn direct_pair(p_word: u32, q_word: u32) -> Pair {
    let a = direct_at_least_normal(p_word);
    let b = direct_at_least_normal(q_word);
    let p = bitcast<f32>(a);
    let q = bitcast<f32>(b);
    let d = q - p;
    // Moved to [1, 2) and (1/2, 4): differences of tiny numbers may be flushed.
    let moved_p = (a & 0x007fffffu) | 0x3f800000u;
    var moved_q = b + (moved_p - a);
    var near_d = d;
    var near_minus_d = d;
    var p_far = 0.0;
    var q_far = 0.0;
    var k_ln_2 = 0.0;
    // The ratio is not in (1/2, 2).
    if u32(i32(b) - i32(a) + 0x007fffff) > 0x00fffffeu {
        let k = ratio_whole_exponent(a, b);
        let near_q = bitcast<f32>(b - u32(k));
        let near_p = bitcast<f32>(a + u32(k));
        moved_q = moved_q - u32(k);
        near_d = near_q - p;
        near_minus_d = q - near_p;
        k_ln_2 = f32(k) * LN_2_OF_EXPONENT;
        p_far = (-p) * k_ln_2 + (q - near_q);
        q_far = q * k_ln_2 + (p - near_p);
    }
    let s = (bitcast<f32>(moved_q) - bitcast<f32>(moved_p)) / (bitcast<f32>(moved_q) + bitcast<f32>(moved_p));
    let z = s * s;
    let w = z * ratio_atanh_tail_twice(z);
    let of_near_q = (-p) * w + near_d;
    let of_near_p = q * w + near_minus_d;
    let excess = s * of_near_q + p_far;
    let reverse_excess = s * of_near_p + q_far;
    let p_drop = opaque(p * ratio_ln(b, 0x3f800000u));
    let p_zero = i32(p_word) < i32(MIN_NORMAL);
    let q_zero = i32(q_word) < i32(MIN_NORMAL);
    let t = pair_marked(k_ln_2 + (s * w + (s + s)), p_zero, q_zero);
    return Pair(p, q, d, t, excess, reverse_excess, p_drop, p_zero, q_zero);
}
