// Pairs to which eps of the mass is added, for powers. Twin: src/cpu/domain/smoothed.rs.

fn smoothed_power_pair(exact: PowerPair, smoothing: Smoothing, drift: f32) -> PowerPair {
    let p = exact.p * smoothing.down + smoothing.add_p;
    let q = exact.q * smoothing.down + smoothing.add_q;
    let d = exact.d * smoothing.down + smoothing.add_d;
    let sum = p + q;
    let larger = select(q, p, p > q);
    let near = 2.0 * abs(d) < larger;
    let near_s = d / sum;
    let z = near_s * near_s;
    let near_w = z * ratio_atanh_tail(z);
    let near_log2 = power_log2_near(vec2<f32>(d, 0.0), q, sum, near_s, near_w);
    let reached = ratio_moved(bitcast<u32>(p), bitcast<u32>(q), ratio_exponent(bitcast<u32>(p), bitcast<u32>(q)));
    let found = power_log2_far(reached.a, reached.b, reached.exponent, vec2<f32>(0.0));
    let s = select(found.s, near_s, near);
    let w = select(found.w, near_w, near);
    let ln = opaque((s + s) * w + (s + s));
    let far = f32(reached.exponent) * LN_2_OF_EXPONENT + ln;
    let pair = PowerPair(
        p,
        q,
        d,
        select(far, ln, near),
        select(power_log2_words(found.log2.x, found.log2.y), near_log2, near),
        power_extended(bitcast<u32>(p)),
        power_extended(bitcast<u32>(q)),
        false,
        false,
    );
    return powers_take_off(pair, drift);
}
