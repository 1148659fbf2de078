// Rows of probabilities and weights. Twin: src/cpu/survey/linear.rs.

// The least stored bits that stay a normal number under a shift of exponents.
fn linear_floor(shift: i32) -> u32 {
    return u32(i32(MIN_NORMAL) - min(shift, 0));
}

// The value of a stored word: zero below the floor, else scaled.
fn linear_scaled(bits: u32, shift: i32, least: u32) -> f32 {
    let magnitude = bits & ABS;
    let moved = u32(i32(magnitude) + shift);
    return bitcast<f32>(select(0u, moved, magnitude >= least));
}

fn linear_zero() -> vec4<u32> {
    return vec4<u32>(0u);
}

// Words: largest magnitude, largest word, largest value, sum of the other values.
fn linear_fold(acc: vec4<u32>, bits: u32, shift: i32) -> vec4<u32> {
    let value = linear_scaled(bits, shift, linear_floor(shift));
    let masses = survey_max_and_rest(bitcast<vec2<f32>>(acc.zw), vec2<f32>(value, 0.0));
    return vec4<u32>(max(acc.x, bits & ABS), max(acc.y, bits), bitcast<vec2<u32>>(masses));
}

fn linear_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let masses = survey_max_and_rest(bitcast<vec2<f32>>(a.zw), bitcast<vec2<f32>>(b.zw));
    return vec4<u32>(max(a.xy, b.xy), bitcast<vec2<u32>>(masses));
}

// What brings the largest value to [2^64, 2^65), or 0 where it is below that and not too small.
fn linear_comfortable_shift(max_bits: u32) -> i32 {
    let exponent = i32(max_bits >> 23u) - 127;
    let comfortable = exponent >= parameters.least_exponent && exponent <= 64;
    return select((64 - exponent) << 23u, 0, comfortable);
}

// The power of two whose exponent is `shift`, still shifted, negated.
fn linear_down(shift: i32) -> f32 {
    return bitcast<f32>(u32(0x3f800000 - shift));
}

fn linear_survey(words: vec4<u32>, shift: i32, must_be_normalised: bool, tolerance: f32) -> Survey {
    var fault = FAULT_NONE;
    let masses = bitcast<vec2<f32>>(words.zw);
    let half_shift = ((shift >> 23u) / 2) << 23u;
    let sum = ((masses.x + masses.y) * linear_down(half_shift)) * linear_down(shift - half_shift);
    if must_be_normalised && abs(sum - 1.0) > tolerance {
        fault = FAULT_NOT_NORMALISED;
    }
    if words.x < MIN_NORMAL {
        fault = FAULT_ZERO_MASS;
    }
    if words.y > 0x807fffffu {
        fault = FAULT_NEGATIVE;
    }
    if words.x >= INFINITY {
        fault = FAULT_NOT_FINITE;
    }
    return Survey(fault, words.x, shift, masses.x, masses.y);
}
