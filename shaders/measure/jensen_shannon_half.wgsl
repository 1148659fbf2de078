// Jensen-Shannon divergence with equal weights. Twin: src/measure/jensen_shannon_half.rs.

fn jensen_shannon_half_infinite_on() -> u32 {
    return 0u;
}

// Half of [(1+x) ln(1+x) + (1-x) ln(1-x)] / x^2 for z = (2x)^2 <= 1.44.
fn jensen_shannon_half_even_series(z: f32) -> f32 {
    let z_2 = z * z;
    let low = z * 2.0834196e-2 + 0.5;
    let middle = z * 2.9717147e-4 + 2.0767404e-3;
    var high = z * 1.8505432e-5 + 2.1536964e-5;
    high = high * z_2 + middle;
    return high * z_2 + low;
}

// (2-u) ln(2-u) for u in [0, 0.4].
fn jensen_shannon_half_common_part(u: f32) -> f32 {
    let u_2 = u * u;
    let low = u * -1.6931466 + 1.3862944;
    let middle = u * 4.1853525e-2 + 0.24998176;
    var high = u * 4.8309448e-3 + 9.56577e-3;
    high = high * u_2 + middle;
    return high * u_2 + low;
}

// ln u for u in (0, 0.4]; some finite number for u = 0.
fn jensen_shannon_half_ln(u: f32) -> f32 {
    let bits = bitcast<u32>(u);
    let k = (bits - 0x3f3504f3u) & 0xff800000u;
    let f = bitcast<f32>(bits - k) - 1.0;
    let f_2 = f * f;
    let low = f * -0.33335263 + 0.50000584;
    let middle = f * -0.19888277 + 0.24961466;
    var high = f * -0.16335641 + 0.17325994;
    high = f_2 * 0.10034613 + high;
    high = high * f_2 + middle;
    let h = high * f_2 + low;
    let ln = (-f_2) * h + f;
    return f32(i32(k)) * LN_2_OF_EXPONENT + ln;
}

// Four times what the bins add, and that times 2 d/s.
fn jensen_shannon_half_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    let sum = pair.p + pair.q;
    let inverse = 2.0 / bitcast<f32>(max(bitcast<u32>(sum), MIN_NORMAL));
    let twice_x = pair.d * inverse;
    let z = twice_x * twice_x;
    var term = (pair.d * twice_x) * jensen_shannon_half_even_series(z);
    // Not a select: of near rows no invocation comes here.
    if z >= 1.44 {
        let u = bitcast<f32>(min(bitcast<u32>(pair.p), bitcast<u32>(pair.q))) * inverse;
        term = sum * (u * jensen_shannon_half_ln(u) + jensen_shannon_half_common_part(u));
    }
    return vec2<f32>(term, term * twice_x);
}

// The share of Q is less by an odd function of d/s, needed but roughly: it only meets the drift.
fn jensen_shannon_half_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let of_q = 0.25 * (sums.x - 0.18 * sums.y);
    return jensen_shannon_finish(vec2<f32>(0.25 * sums.x, of_q), masses);
}

fn jensen_shannon_half_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    return accepts_second_order(masses.drift, 0.25 * sums.x, 1e-6);
}
