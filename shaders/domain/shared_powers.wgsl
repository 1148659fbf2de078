// What rows of logarithms, of whichever kind, have in common for powers. Twin: src/cpu/domain/logarithmic.rs.

// Beyond this neither has the logarithm of a power.
const SHARED_FAR: f32 = 1e15;
const SHARED_MOST: f32 = 1.5e38;

// The logarithm of what is so far away that it has no low word.
fn shared_far_log2(below: f32, inverse_temperature: f32) -> f32 {
    let x = below * (inverse_temperature * LOG2_E);
    let capped = select(x, SHARED_MOST, x > SHARED_MOST);
    return select(capped, -SHARED_MOST, capped < -SHARED_MOST);
}

// The logarithm to base 2 of exp((z - max) / T) in two words.
fn shared_below(z: f32, maximum: f32, inverse_temperature: vec2<f32>) -> vec2<f32> {
    let words = logarithmic_exponent_below(z, maximum, inverse_temperature);
    let counts = words.x > -SHARED_FAR;
    let near = power_log2_of_natural(select(0.0, words.x, counts), select(0.0, words.y, counts));
    // Some compilers would subtract first, which may be infinite.
    let scaled = opaque(z * (1.0 / POWER_OCTAVES)) - maximum * (1.0 / POWER_OCTAVES);
    let far = shared_far_log2(scaled, inverse_temperature.x);
    return vec2<f32>(select(far, near.x, counts), near.y);
}

struct SharedBin {
    value: f32,
    extended: vec2<f32>,
}

// A scaled bin, also as powers have it.
fn shared_bin(log2: vec2<f32>, scale: f32, zero: bool) -> SharedBin {
    let of_scale = power_extended(bitcast<u32>(scale));
    let words = power_times_exp2(of_scale.x, log2, POWER_OCTAVES);
    let exponent = words.y + of_scale.y;
    let whole = exponent * POWER_OCTAVES;
    let gone = zero || whole < -126.0;
    let power = power_exp2_of_whole(select(whole, 0.0, gone));
    let value = select(words.x * power, 0.0, gone);
    return SharedBin(value, select(vec2<f32>(words.x, exponent), vec2<f32>(0.0), zero));
}

// Two bins given by logarithms to base 2 in two words, which are to be scaled, and by that of their ratio.
fn shared_pair(x: f32, log2: vec2<f32>, of_p: vec2<f32>, of_q: vec2<f32>, p_scale: f32, q_scale: f32, p_zero: bool, q_zero: bool) -> PowerPair {
    let p = shared_bin(of_p, p_scale, p_zero);
    let q = shared_bin(of_q, q_scale, q_zero);
    let near = abs(x) < 0.6875 && !(p_zero || q_zero);
    let close = p.value * exp_m1_small(select(0.0, x, near));
    let d = select(q.value - p.value, close, near);
    let t = pair_marked(x, p_zero, q_zero);
    return PowerPair(p.value, q.value, d, t, log2, p.extended, q.extended, p_zero, q_zero);
}
