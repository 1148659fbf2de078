// The first try at two rows of probabilities: one read, with the masses as they come. Twin:
// src/cpu/direct.rs.

const DIRECT: bool = true;

// How far inside the tolerance a sum must be for its rounding not to matter.
const DIRECT_MARGIN: f32 = 1e-6;
// How far from 1 it may be at most, whatever the tolerance.
const DIRECT_FARTHEST: f32 = 0.01;
// Added to the mass for each pair of bins that needs a closer look: no mass of one hides it.
const DIRECT_ODD: f32 = 1.2676506002282294e30;

var<private> direct_done: bool;
var<private> direct_score: f32;

fn direct_wanted() -> bool {
    let both = FLAG_P_NORMALISED | FLAG_Q_NORMALISED;
    return (parameters.flags & both) == both;
}

// True if a word is no number above or equal to zero, or a zero makes the score infinite.
fn direct_is_odd(p: u32, q: u32) -> bool {
    let p_zero = (p & ABS) < MIN_NORMAL;
    let q_zero = (q & ABS) < MIN_NORMAL;
    let bad = (!p_zero && p >= INFINITY) || (!q_zero && q >= INFINITY);
    return bad || (pass_violations(p_zero, q_zero) & measure_infinite_on(0u)) != 0u;
}

// Words: two sums of the measure, the drift, the mass of P.
fn direct_fold(acc: vec4<u32>, p: u32, q: u32, present: bool) -> vec4<u32> {
    let terms = direct_terms(p, q);
    let mass = bitcast<f32>(select(p, bitcast<u32>(DIRECT_ODD), direct_is_odd(p, q)));
    let sums = select(measure_zero(0u), terms.xy, present);
    let masses = select(vec2<f32>(0.0), vec2<f32>(terms.z, mass), present);
    return direct_merge(acc, bitcast<vec4<u32>>(vec4<f32>(sums, masses)));
}

fn direct_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let left = bitcast<vec4<f32>>(a);
    let right = bitcast<vec4<f32>>(b);
    return bitcast<vec4<u32>>(vec4<f32>(measure_merge(0u, left.xy, right.xy), left.zw + right.zw));
}

fn direct_settle(words: vec4<u32>) {
    let sums = bitcast<vec4<f32>>(words);
    let p_mass = sums.w;
    let q_mass = p_mass + sums.z;
    let settled = Masses(p_mass, sums.z / p_mass, 1.0, q_mass - 1.0);
    direct_score = measure_finish(0u, sums.xy, settled);
    direct_done = abs(p_mass - 1.0) < min(parameters.p_tolerance, DIRECT_FARTHEST) - DIRECT_MARGIN
        && abs(q_mass - 1.0) < min(parameters.q_tolerance, DIRECT_FARTHEST) - DIRECT_MARGIN
        && measure_accepts(settled, sums.xy, direct_score);
}
