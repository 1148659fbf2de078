// Two rows of probabilities or weights, for powers. Twin: src/cpu/domain/linear.rs.

struct LinearPowers {
    // log2 c in two words, the first a multiple of 2^-12
    log2_c: vec2<f32>,
    // What differences are added in multiples of, and its inverse
    grid: f32,
    inverse_grid: f32,
}

var<private> linear_powers: LinearPowers;

fn powers_settle() {
    let c = bitcast<u32>(domain.c);
    let log2 = power_log2_ratio(0x3f800000u, c, 0, vec2<f32>(0.0)).log2 * POWER_OCTAVES;
    let high = floor((log2.x + log2.y) * 4096.0 + 0.5) * (1.0 / 4096.0);
    let mass = i32(bitcast<u32>(domain.q_max + domain.q_rest) & INFINITY);
    linear_powers = LinearPowers(
        vec2<f32>(high, (log2.x - high) + log2.y),
        bitcast<f32>(u32(mass - (20 << 23u))),
        bitcast<f32>(u32(0x7f000000 - mass + (20 << 23u))),
    );
}

// What is left of the difference without its first digits, where both are within a factor of two.
fn linear_rest(p: f32, q: f32, first: f32) -> f32 {
    let high = domain_upper(p);
    let low = p - high;
    var rest = (q - domain.c_high * high) - first;
    rest = rest - domain.c_high * low;
    rest = rest - domain.c_low * high;
    return rest - domain.c_low * low;
}

fn linear_power_pair(p_word: u32, q_word: u32, drift: f32) -> PowerPair {
    let exact = domain_pair(domain, p_word, q_word);
    let p_bits = p_word & ABS;
    let q_bits = q_word & ABS;
    let either_zero = exact.p_zero || exact.q_zero;
    let unscaled = linear_scaled(p_bits, domain.shift_p, domain.floor_p);
    let first = power_upper(exact.d);
    let words = vec2<f32>(first, linear_rest(unscaled, exact.q, first));
    let larger = select(exact.q, exact.p, exact.p > exact.q);
    let near = 2.0 * abs(exact.d) < larger && !either_zero;
    let sum = select(1.0, exact.p + exact.q, near);
    let s = exact.d / sum;
    let z = s * s;
    let near_log2 = power_log2_near(words, exact.q, sum, s, z * ratio_atanh_tail(z));
    let a = select(p_bits, 0x3f800000u, either_zero);
    let b = select(q_bits, 0x3f800000u, either_zero);
    let far_log2 = power_log2_ratio(a, b, domain.ratio_shift, linear_powers.log2_c).log2;
    let far_words = power_log2_words(far_log2.x, far_log2.y);
    let p = powers_extended(exact.p_zero, p_bits);
    let q = powers_extended(exact.q_zero, q_bits);
    let pair = PowerPair(
        exact.p,
        exact.q,
        exact.d,
        exact.t,
        select(far_words, near_log2, near),
        vec2<f32>(p.x * domain.c, p.y + f32(domain.shift_p >> 23u) * (1.0 / POWER_OCTAVES)),
        vec2<f32>(q.x, q.y + f32(domain.shift_q >> 23u) * (1.0 / POWER_OCTAVES)),
        exact.p_zero,
        exact.q_zero,
    );
    return powers_take_off(pair, drift);
}

fn linear_grid(x: f32) -> f32 {
    return floor(x * linear_powers.inverse_grid + 0.5) * linear_powers.grid;
}

// Near, the difference has more digits than one number; far, both sides are split.
fn powers_drift(p_word: u32, q_word: u32) -> vec2<f32> {
    let p = linear_scaled(p_word & ABS, domain.shift_p, domain.floor_p);
    let q = linear_scaled(q_word & ABS, domain.shift_q, domain.floor_q);
    let high = domain_upper(p);
    let low = p - high;
    let most = high * domain.c_high;
    let d = domain_difference(domain, p, q);
    let scaled = p * domain.c;
    let near = 2.0 * abs(d) < select(q, scaled, scaled > q);
    let d_whole = linear_grid(d);
    let near_rest = linear_rest(p, q, d_whole);
    let q_whole = linear_grid(q);
    let p_whole = linear_grid(most);
    var rest = (q - q_whole) - (most - p_whole);
    rest = rest - domain.c_high * low;
    rest = rest - domain.c_low * high;
    rest = rest - domain.c_low * low;
    return select(vec2<f32>(q_whole - p_whole, rest), vec2<f32>(d_whole, near_rest), near);
}
