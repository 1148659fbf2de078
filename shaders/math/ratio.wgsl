// Logarithms of ratios, and the excess r - 1 - ln r. Twin: src/math/ratio.rs.

fn ratio_atanh_tail(z: f32) -> f32 {
    var h = 0.11616782;
    h = h * z + 0.10852266;
    h = h * z + 0.1429625;
    h = h * z + 0.19999851;
    return h * z + 0.33333334;
}

// Twice that, for z <= 1/9.
fn ratio_atanh_tail_twice(z: f32) -> f32 {
    let z_2 = z * z;
    let low = z * 0.39999697 + 0.6666667;
    var high = z * 0.21699105 + 0.28592867;
    high = z_2 * 0.23258579 + high;
    return high * z_2 + low;
}

// The power of two in b/a, kept 23 bits up: without it, the ratio is in [2/3, 3/2].
fn ratio_exponent(a: u32, b: u32) -> i32 {
    return (i32(b) - i32(a) + 0x00400000) & ~0x007fffff;
}

// The same rounded towards zero: without it, the ratio is in (1/2, 2).
fn ratio_whole_exponent(a: u32, b: u32) -> i32 {
    let apart = i32(b) - i32(a);
    return (apart + ((apart >> 31u) & 0x007fffff)) & ~0x007fffff;
}

// Numerator and denominator of s, and k << 23, with b/a = 2^k (1 + s)/(1 - s).
struct ReducedRatio {
    above: f32,
    below: f32,
    exponent: i32,
}

fn ratio_reduce(a: u32, b: u32) -> ReducedRatio {
    let near = ratio_moved(a, b, ratio_exponent(a, b));
    return ReducedRatio(near.b - near.a, near.b + near.a, near.exponent);
}

// Both moved so that a lies in [1, 2): nothing overflows, underflows or is flushed.
fn ratio_moved(a: u32, b: u32, exponent: i32) -> NearRatio {
    let moved = (a & 0x007fffffu) | 0x3f800000u;
    let moved_b = u32(i32(b) - exponent + (i32(moved) - i32(a)));
    return NearRatio(bitcast<f32>(moved), bitcast<f32>(moved_b), exponent);
}

fn ratio_ln_of(s: f32, w: f32, exponent: i32) -> f32 {
    let two_s = s + s;
    let ln = two_s * w + two_s;
    return f32(exponent) * LN_2_OF_EXPONENT + ln;
}

// b/a as that of two numbers within a factor of two of each other, a in [1, 2), times 2^k; k << 23 is 0 where
// they are so close already.
struct NearRatio {
    a: f32,
    b: f32,
    exponent: i32,
}

fn ratio_in_reach(a: u32, b: u32) -> NearRatio {
    let apart = i32(b) - i32(a);
    let close = apart > -0x00800000 && apart < 0x00800000;
    return ratio_moved(a, b, select(ratio_exponent(a, b), 0, close));
}

// ln(b/a) of two positive normal numbers given by their bits.
fn ratio_ln(a: u32, b: u32) -> f32 {
    let near = ratio_in_reach(a, b);
    let s = (near.b - near.a) / (near.b + near.a);
    let z = s * s;
    return ratio_ln_of(s, z * ratio_atanh_tail(z), near.exponent);
}

// ln(1 + x) for x >= 0.
fn ratio_ln_1p(x: f32) -> f32 {
    let s = x / (2.0 + x);
    let z = s * s;
    let near = ratio_ln_of(s, z * ratio_atanh_tail(z), 0);
    let far = ratio_ln(bitcast<u32>(1.0), bitcast<u32>(1.0 + x));
    return select(far, near, x < 1.0);
}

// ln((1 + b)/(1 + a)) for a and b of at least 0.
fn ratio_ln_1p_ratio(a: f32, b: f32) -> f32 {
    let of_a = 1.0 + a;
    let of_b = 1.0 + b;
    let s = (b - a) / (of_a + of_b);
    let z = s * s;
    let near = ratio_ln_of(s, z * ratio_atanh_tail(z), 0);
    let far = ratio_ln(bitcast<u32>(of_a), bitcast<u32>(of_b));
    return select(far, near, z < 0.1);
}

// a ln(a/b) + e for b = a + e, at least 0.
fn ratio_excess(a_in: f32, e: f32, b: f32) -> f32 {
    let zero = a_in == 0.0;
    let a = select(a_in, b, zero);
    let reduced = ratio_reduce(bitcast<u32>(a), bitcast<u32>(b));
    let larger = select(b, a, a > b);
    let near = 2.0 * abs(e) < larger;
    let above = select(reduced.above, e, near);
    let sum = select(reduced.below, a + b, near);
    let below = select(sum, 1.0, sum == 0.0);
    let s = above / below;
    let z = s * s;
    let w = z * ratio_atanh_tail(z);
    let near_value = s * ((-2.0 * a) * w + e);
    let far_value = (-a) * ratio_ln_of(s, w, reduced.exponent) + e;
    return select(select(far_value, near_value, near), e, zero);
}

// p ln(p/q) + q - p: near, from s and w; elsewhere, from p ln(q/p). Twin: src/measure/pair.rs.
fn ratio_pair_excess(near: bool, s: f32, w: f32, p_t: f32, p: f32, d: f32) -> f32 {
    return select(d - p_t, s * ((-2.0 * p) * w + d), near);
}

// q ln(q/p) + p - q.
fn ratio_pair_reverse_excess(near: bool, s: f32, w: f32, q_t: f32, q: f32, d: f32) -> f32 {
    return select(q_t - d, s * ((2.0 * q) * w + d), near);
}

// u - ln(1 + u) for |u| below 2e-3.
fn ratio_excess_small(u: f32) -> f32 {
    return u * u * (0.5 - u * (1.0 / 3.0 - 0.25 * u));
}
