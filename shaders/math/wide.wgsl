// Numbers of any size, for generators that users give: a mantissa in [1, 2), with a sign, or 0, and an exponent
// of two. Every operation has a value for all of them, and calls no builtin but the root.

// Exponents stop here; all whole numbers up to there are numbers.
const WIDE_MOST: f32 = 16000000.0;

// m 2^e, of a finite m.
fn wide(m: f32, e: f32) -> vec2<f32> {
    let bits = bitcast<u32>(m);
    if (bits & ABS) < MIN_NORMAL {
        return vec2<f32>(0.0);
    }
    let own = f32(i32((bits >> 23u) & 0xffu) - 127);
    let one = bitcast<f32>((bits & 0x807fffffu) | 0x3f800000u);
    let exponent = e + own;
    let capped = select(exponent, WIDE_MOST, exponent > WIDE_MOST);
    return vec2<f32>(one, select(capped, -WIDE_MOST, capped < -WIDE_MOST));
}

// A constant by the bits of both words.
fn wide_bits(m: u32, e: u32) -> vec2<f32> {
    return vec2<f32>(bitcast<f32>(m), bitcast<f32>(e));
}

// 2^n of a whole number from -126 to 127.
fn wide_exp2(n: f32) -> f32 {
    return bitcast<f32>(u32(i32(n) + 127) << 23u);
}

// As a number: infinite where it is too large, 0 where it is too small.
fn wide_number(a: vec2<f32>) -> f32 {
    if a.y > 127.0 {
        return select(0.0, infinite(), a.x > 0.0);
    }
    let inside = select(a.y, -126.0, a.y < -126.0);
    return select(a.x * wide_exp2(inside), 0.0, a.y < -126.0);
}

fn wide_neg(a: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(-a.x, a.y);
}

fn wide_abs(a: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(abs(a.x), a.y);
}

fn wide_add(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    if a.x == 0.0 {
        return b;
    }
    if b.x == 0.0 {
        return a;
    }
    let first = a.y > b.y;
    let large = select(b, a, first);
    let small = select(a, b, first);
    // How far beyond either is, is not known: what has no value here makes the score infinite.
    if small.y >= WIDE_MOST && small.x * large.x < 0.0 {
        return vec2<f32>(1.0, WIDE_MOST);
    }
    let apart = small.y - large.y;
    // Beyond the 24 digits of the larger, with room to spare.
    if apart < -60.0 {
        return large;
    }
    return wide(small.x * wide_exp2(apart) + large.x, large.y);
}

fn wide_sub(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return wide_add(a, wide_neg(b));
}

fn wide_mul(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return wide(a.x * b.x, a.y + b.y);
}

fn wide_div(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    if b.x == 0.0 {
        return vec2<f32>(a.x, WIDE_MOST);
    }
    return wide(a.x / b.x, a.y - b.y);
}

// x where a < b, else y.
fn wide_where_less(a: vec2<f32>, b: vec2<f32>, x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
    return select(y, x, wide_sub(a, b).x < 0.0);
}

fn wide_min(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return wide_where_less(a, b, a, b);
}

fn wide_max(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return wide_where_less(b, a, a, b);
}

fn wide_sqrt(a: vec2<f32>) -> vec2<f32> {
    if a.x <= 0.0 {
        return vec2<f32>(0.0);
    }
    let half = floor(a.y * 0.5);
    return wide(sqrt(select(a.x, a.x + a.x, half + half < a.y)), half);
}

fn wide_ln(a: vec2<f32>) -> vec2<f32> {
    if a.x <= 0.0 {
        return vec2<f32>(-1.0, 24.0);
    }
    // Near 1 the exponent would cancel.
    if abs(a.y) < 100.0 {
        return wide(ratio_ln(0x3f800000u, bitcast<u32>(a.x * wide_exp2(a.y))), 0.0);
    }
    return wide(a.y * LN_2 + ratio_ln(0x3f800000u, bitcast<u32>(a.x)), 0.0);
}

fn wide_exp(a: vec2<f32>) -> vec2<f32> {
    if a.y < -40.0 || a.x == 0.0 {
        return vec2<f32>(1.0, 0.0);
    }
    if a.y > 22.0 {
        return select(vec2<f32>(0.0), vec2<f32>(1.0, WIDE_MOST), a.x > 0.0);
    }
    let x = a.x * wide_exp2(a.y);
    let n = floor(x * LOG2_E + 0.5);
    var r = n * -0.693359375 + x;
    r = n * 2.1219444e-4 + r;
    return wide(exp_m1_small(r) + 1.0, n);
}

// A power of a number that is not below zero, with the exponent c in two words, the first of 12 bits.
fn wide_power(a: vec2<f32>, c_high: f32, c_low: f32) -> vec2<f32> {
    if a.x <= 0.0 {
        return select(vec2<f32>(0.0), vec2<f32>(1.0, WIDE_MOST), c_high < 0.0);
    }
    let above = a.x > 1.4142135;
    let m = select(a.x, a.x * 0.5, above);
    let e = select(a.y, a.y + 1.0, above);
    let far = power_log2_far(1.0, m, 0, vec2<f32>(-e, 0.0)).log2;
    let log2 = power_log2_words(far.x, far.y);
    let rest = log2.y * c_high + (log2.x + log2.y) * c_low;
    let words = power_times_exp2(1.0, vec2<f32>(log2.x * c_high, rest), POWER_OCTAVES);
    return wide(words.x, words.y * POWER_OCTAVES);
}
