// Rows of logits and log-probabilities. Twin: src/cpu/survey/logarithmic.rs.

const LOGARITHMIC_NOT_FINITE: u32 = 1u;
const LOGARITHMIC_SEEN: u32 = 2u;

fn logarithmic_is_zero(bits: u32) -> bool {
    return bits == 0xff800000u;
}

// A logarithm as it counts: subnormals are 0, and -inf the most negative number.
fn logarithmic_value(bits: u32) -> f32 {
    let flushed = select(bits, 0u, (bits & ABS) < MIN_NORMAL);
    return bitcast<f32>(select(flushed, 0xff7fffffu, logarithmic_is_zero(bits)));
}

// (z - max) / T, at most 0, and no less than the most negative number.
fn logarithmic_below(z: f32, maximum: f32, inverse_temperature: vec2<f32>) -> f32 {
    let below = max(z - maximum, -MAXIMUM);
    if AT_ONE {
        return below;
    }
    let high = below * inverse_temperature.x;
    let low = select(0.0, below * inverse_temperature.y, high > -1e30);
    return max(high + low, -MAXIMUM);
}

// (z - max) / T and what it lost by rounding.
fn logarithmic_exponent_below(z: f32, maximum: f32, inverse_temperature: vec2<f32>) -> vec2<f32> {
    let words = difference_two_words(maximum, z);
    let inside = words.x > -1e30;
    let difference = select(-1e30, words.x, inside);
    if AT_ONE {
        return vec2<f32>(difference, select(0.0, words.y, inside));
    }
    let exponent = opaque(difference * inverse_temperature.x);
    let product = difference_product_error(difference, inverse_temperature.x, exponent);
    let error = product + opaque(words.y * inverse_temperature.x + difference * inverse_temperature.y);
    return vec2<f32>(exponent, select(0.0, error, inside));
}

// exp((z - max) / T): what the exponent loses by rounding is made good to first order.
fn logarithmic_exp_below(z: f32, maximum: f32, inverse_temperature: vec2<f32>) -> f32 {
    let words = logarithmic_exponent_below(z, maximum, inverse_temperature);
    let mended = select(0.0, words.y, words.x > -100.0);
    let value = exp_of(words.x);
    return value * mended + value;
}

fn logarithmic_zero() -> vec4<u32> {
    return vec4<u32>(0u, 0xff7fffffu, 0u, 0u);
}

// Words: flags, largest logarithm.
fn logarithmic_fold(acc: vec4<u32>, bits: u32) -> vec4<u32> {
    let bad = (bits & ABS) > INFINITY || bits == INFINITY;
    let seen = select(LOGARITHMIC_SEEN, LOGARITHMIC_NOT_FINITE, bad);
    let flag = select(seen, 0u, logarithmic_is_zero(bits));
    let value = logarithmic_value(select(bits, 0xff7fffffu, bad));
    let best = bitcast<f32>(acc.y);
    return vec4<u32>(acc.x | flag, bitcast<u32>(select(best, value, value > best)), 0u, 0u);
}

fn logarithmic_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let fa = bitcast<f32>(a.y);
    let fb = bitcast<f32>(b.y);
    return vec4<u32>(a.x | b.x, bitcast<u32>(select(fb, fa, fa > fb)), 0u, 0u);
}

// What a stored word adds to the mass relative to the maximum.
fn logarithmic_exponential(bits: u32, maximum: f32, inverse_temperature: vec2<f32>) -> f32 {
    let exponential = logarithmic_exp_below(logarithmic_value(bits), maximum, inverse_temperature);
    return select(exponential, 0.0, logarithmic_is_zero(bits));
}

// Words: largest exponential (1), sum of the others.
fn logarithmic_mass_fold(acc: vec4<u32>, bits: u32, maximum: f32, inverse_temperature: vec2<f32>) -> vec4<u32> {
    let value = logarithmic_exponential(bits, maximum, inverse_temperature);
    let masses = survey_max_and_rest(bitcast<vec2<f32>>(acc.xy), vec2<f32>(value, 0.0));
    return vec4<u32>(bitcast<vec2<u32>>(masses), 0u, 0u);
}

fn logarithmic_mass_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let masses = survey_max_and_rest(bitcast<vec2<f32>>(a.xy), bitcast<vec2<f32>>(b.xy));
    return vec4<u32>(bitcast<vec2<u32>>(masses), 0u, 0u);
}

fn logarithmic_survey(look: vec4<u32>, mass: vec4<u32>, must_be_normalised: bool, tolerance: f32) -> Survey {
    var fault = FAULT_NONE;
    let maximum = bitcast<f32>(look.y);
    let rest = bitcast<f32>(mass.y);
    if must_be_normalised && abs(exp_of(maximum) * (1.0 + rest) - 1.0) > tolerance {
        fault = FAULT_NOT_NORMALISED;
    }
    if (look.x & LOGARITHMIC_SEEN) == 0u {
        fault = FAULT_ZERO_MASS;
    }
    if (look.x & LOGARITHMIC_NOT_FINITE) != 0u {
        fault = FAULT_NOT_FINITE;
    }
    return Survey(fault, 0u, 0, maximum, rest);
}
