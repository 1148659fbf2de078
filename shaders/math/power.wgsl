// Logarithms to base 2 in two words, and powers that neither over- nor underflow. Twin: src/math/power.rs.

// What logarithms come over, and what exponents of powers come over.
const POWER_OCTAVES: f32 = 256.0;
const POWER_SPAN: f32 = 1.8446744073709552e19;
// What turns the one into the other.
const POWER_UNITS: f32 = 1.3877787807814457e-17;
// Beyond this a logarithm has no fraction worth keeping.
const POWER_WHOLE: f32 = 4294967296.0;
// In place of the exponent of a sum over nothing.
const POWER_NO_EXPONENT: f32 = -3.4e38;

// A number rounded to 12 bits.
fn power_upper(x: f32) -> f32 {
    return bitcast<f32>((bitcast<u32>(x) + 0x800u) & 0xfffff000u);
}

// high + low in words of which the first has 12 bits. Opaque, lest who adds them gets high + low.
fn power_log2_words(high: f32, low: f32) -> vec2<f32> {
    let first = power_upper(high + low);
    return vec2<f32>(first, (high - opaque(first)) + low);
}

// 2 log2(e) (s + low), s of 11 or 12 bits. Opaque here and below, lest compilers regroup what it is added to.
fn power_twice_log2_e(s: f32, low: f32) -> vec2<f32> {
    return vec2<f32>(s * 2.884765625, opaque(low * 2.88539008 + s * 6.244568e-4));
}

// log2 of the ratio of q and p = q - d - e, which are within a factor of two; s is (d + e) / sum.
fn power_log2_near(difference: vec2<f32>, q: f32, sum: f32, s: f32, w: f32) -> vec2<f32> {
    let d = difference.x;
    let e = difference.y;
    let sum_high = power_upper(sum);
    let sum_low = (((q + q) - sum_high) - d) - e;
    let s_high = bitcast<f32>(bitcast<u32>(s) & 0xffffe000u);
    let rest = ((d - s_high * sum_high) - s_high * sum_low) + e;
    let s_low = rest * (1.0 / sum);
    let words = power_twice_log2_e(s_high, s_low + s * w);
    return power_log2_words(words.x, words.y) * (1.0 / POWER_OCTAVES);
}

struct FarLogarithm {
    log2: vec2<f32>,
    s: f32,
    w: f32,
}

// log2(b/a) - offset of a ratio, with the exponent 23 bits up.
fn power_log2_far(a: f32, b: f32, exponent: i32, offset: vec2<f32>) -> FarLogarithm {
    let sum = a + b;
    let sum_high = power_upper(sum);
    let first = a < b;
    let sum_low = select(b, a, first) - (sum_high - select(a, b, first));
    let inverse = 1.0 / sum;
    let apart = b - a;
    let s = apart * inverse;
    let z = s * s;
    let w = z * ratio_atanh_tail(z);
    let s_high = floor(s * 4096.0 + 0.5) * (1.0 / 4096.0);
    let rest = (apart - s_high * sum_high) - s_high * sum_low;
    let words = power_twice_log2_e(s_high, rest * inverse + s * w);
    let whole = f32(exponent) * (1.0 / 8388608.0);
    let low = words.y - offset.y;
    let upper = bitcast<f32>(bitcast<u32>(((whole - offset.x) + words.x) + low) & 0xfffffff0u);
    let lower = (((whole - opaque(upper)) - offset.x) + words.x) + low;
    return FarLogarithm(vec2<f32>(upper, lower) * (1.0 / POWER_OCTAVES), s, w);
}

// The same of two positive normal numbers given by their bits.
fn power_log2_ratio(a: u32, b: u32, shift: i32, offset: vec2<f32>) -> FarLogarithm {
    let near = ratio_moved(a, b, ratio_exponent(a, b));
    return power_log2_far(near.a, near.b, near.exponent + shift, offset);
}

// log2(e) (y + low).
fn power_log2_of_natural(y: f32, low: f32) -> vec2<f32> {
    let high = opaque(y * LOG2_E);
    let error = difference_product_error(y, LOG2_E, high);
    let rest = error + opaque(low * LOG2_E + y * 1.925963e-8);
    return vec2<f32>(high, rest) * (1.0 / POWER_OCTAVES);
}

// ln(b/a) in two words.
fn power_ln_ratio(a: f32, b: f32) -> vec2<f32> {
    let words = power_log2_ratio(bitcast<u32>(a), bitcast<u32>(b), 0, vec2<f32>(0.0)).log2 * POWER_OCTAVES;
    let log2 = power_log2_words(words.x, words.y);
    let rest = log2.y * LN_2 + log2.x * 3.1946184e-5;
    return power_log2_words(log2.x * 0.693115234375, rest);
}

// m 2^(unit (high + low)) as a number near m and an exponent over the unit, a power of two.
fn power_times_exp2(m: f32, log2: vec2<f32>, unit: f32) -> vec2<f32> {
    let counts = abs(log2.x) < POWER_WHOLE / unit;
    let inside = select(0.0, log2.x, counts) * unit;
    let low = select(0.0, log2.y, counts) * unit;
    let far = floor(inside * (1.0 / 4096.0) + 0.5) * 4096.0;
    let near = inside - far;
    let whole = floor(near + 0.5);
    let unreduced = (near - whole) + low;
    let more = floor(unreduced + 0.5);
    let fraction = (unreduced - more) * LN_2;
    let value = m * exp_m1_small(fraction) + m;
    let exponent = (far + whole) + more;
    return vec2<f32>(value, select(log2.x + log2.y, exponent * (1.0 / unit), counts));
}

// 2^n of a whole number from -126 to 127.
fn power_exp2_of_whole(n: f32) -> f32 {
    return bitcast<f32>(u32(i32(n) + 127) << 23u);
}

// A positive normal number as one in [1, 2) and an exponent.
fn power_extended(bits: u32) -> vec2<f32> {
    let mantissa = (bits & 0x007fffffu) | 0x3f800000u;
    let exponent = f32(i32(bits & 0x7f800000u) - 0x3f800000) * (1.0 / 2147483648.0);
    return vec2<f32>(bitcast<f32>(mantissa), exponent);
}

// 2^n of a whole number that is not above 0; 0 where that is not a normal number.
fn power_scale(n: f32) -> f32 {
    let inside = select(-126.0, n, n > -126.0);
    return select(power_exp2_of_whole(inside), 0.0, n < -126.0);
}

// Sums of numbers of any size: the largest exponent, and the sum relative to it. Twin: src/math/merge.rs.
fn power_merge(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let most = select(b.x, a.x, a.x > b.x);
    let of_a = a.y * power_scale((a.x - most) * POWER_SPAN);
    let of_b = b.y * power_scale((b.x - most) * POWER_SPAN);
    return vec2<f32>(most, of_a + of_b);
}
