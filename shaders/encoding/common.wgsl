// What a row amounts to, in whichever encoding. Twin: src/cpu/survey/mod.rs.

const FAULT_NONE: u32 = 0u;
const FAULT_NOT_FINITE: u32 = 1u;
const FAULT_NEGATIVE: u32 = 2u;
const FAULT_ZERO_MASS: u32 = 3u;
const FAULT_NOT_NORMALISED: u32 = 4u;

struct Survey {
    fault: u32,
    // linear: bits of the largest stored value, and the shift of the exponents
    max_bits: u32,
    shift: i32,
    // linear: largest scaled value; logarithmic: largest logarithm
    maximum: f32,
    // the sum of all others, scaled or relative to the maximum
    rest: f32,
}

fn survey_max_and_rest(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let a_larger = a.x > b.x;
    return vec2<f32>(select(b.x, a.x, a_larger), (a.y + b.y) + select(a.x, b.x, a_larger));
}
