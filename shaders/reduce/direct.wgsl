// The first try at two rows of probabilities: one read, with the masses as they come. Twin:
// src/cpu/direct.rs.

// How far inside the tolerance a sum must be for its rounding not to matter.
const DIRECT_MARGIN: f32 = 1e-6;
// How far from 1 it may be at most, whatever the tolerance.
const DIRECT_FARTHEST: f32 = 0.01;
// Stands for the mass of what needs a closer look; others are at least 0, so no sum hides it.
const DIRECT_ODD: f32 = 1.2676506002282294e30;
// The least bits of a word that no row of mass one has: 2, then infinity and NaN, then a sign.
const DIRECT_TOO_LARGE: u32 = 0x40000000u;

var<private> direct_done: bool;
var<private> direct_score: f32;

// Bits of two words that reach DIRECT_TOO_LARGE if one is no probability, or if a zero makes the score
// infinite. Those of many pairs may be joined: no probability has one of the two upper bits, nor has the
// difference of one to the least normal number, unless it is below.
fn direct_bits(p: u32, q: u32) -> u32 {
    let p_less = p - MIN_NORMAL;
    let q_less = q - MIN_NORMAL;
    var bits = p | q;
    if (measure_infinite_on(0u) & P_ABOVE_ZERO_Q) != 0u {
        bits |= q_less & ~p_less;
    }
    if (measure_infinite_on(0u) & Q_ABOVE_ZERO_P) != 0u {
        bits |= p_less & ~q_less;
    }
    return bits;
}

// A sum of the mass of P, or what stands in its place where such bits tell of anything odd: nothing is added, for
// a negative bin could take it off again, and what comes of infinities and NaN is not relied on.
fn direct_mass(mass: f32, bits: u32) -> f32 {
    return select(mass, DIRECT_ODD, bits >= DIRECT_TOO_LARGE);
}

// What a pair of bins adds: two sums of the measure, the drift, the mass of P.
fn direct_bin(p: u32, q: u32) -> vec4<f32> {
    return vec4<f32>(direct_terms(p, q), bitcast<f32>(p));
}

fn direct_zero() -> vec4<f32> {
    return vec4<f32>(measure_zero(0u), 0.0, 0.0);
}

fn direct_add(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(measure_merge(0u, a.xy, b.xy), a.zw + b.zw);
}

// Finds the score, and whether it counts.
fn direct_judge(sums: vec4<f32>) {
    let p_mass = sums.w;
    let q_mass = p_mass + sums.z;
    let settled = Masses(p_mass, sums.z / p_mass, 1.0, q_mass - 1.0);
    direct_score = measure_finish(0u, sums.xy, settled);
    direct_done = abs(p_mass - 1.0) < min(parameters.p_tolerance, DIRECT_FARTHEST) - DIRECT_MARGIN
        && abs(q_mass - 1.0) < min(parameters.q_tolerance, DIRECT_FARTHEST) - DIRECT_MARGIN
        && measure_accepts(settled, sums.xy, direct_score);
}
