// Pairs with what powers take, less what is known of the drift. Twin: src/cpu/domain/centre.rs.

// See src/measure/pair.rs.
struct PowerPair {
    p: f32,
    q: f32,
    d: f32,
    t: f32,
    log2: vec2<f32>,
    p_extended: vec2<f32>,
    q_extended: vec2<f32>,
    p_zero: bool,
    q_zero: bool,
}

// ln(1 + D).
fn powers_ln(drift: f32) -> f32 {
    return drift - ratio_excess_small(drift);
}

fn powers_log2(drift: f32) -> f32 {
    return powers_ln(drift) * (LOG2_E / POWER_OCTAVES);
}

// The pair with p (1 + D) in place of p.
fn powers_take_off(pair: PowerPair, drift: f32) -> PowerPair {
    var less = pair;
    less.d = (-drift) * pair.p + pair.d;
    less.p = drift * pair.p + pair.p;
    less.t = pair.t - powers_ln(drift);
    less.log2.y = pair.log2.y - powers_log2(drift);
    less.p_extended.x = drift * pair.p_extended.x + pair.p_extended.x;
    return less;
}

// A positive normal number as one in [1, 2) and an exponent; 0 where the bin is zero.
fn powers_extended(zero: bool, bits: u32) -> vec2<f32> {
    return select(power_extended(bits), vec2<f32>(0.0), zero);
}

// A difference in two parts that are added apart, for masses of 1.
fn powers_parts(d: f32) -> vec2<f32> {
    let whole = floor(d * 1048576.0 + 0.5) * (1.0 / 1048576.0);
    return vec2<f32>(whole, d - whole);
}
