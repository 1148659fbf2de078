// What each pass over a row folds, and what its root settles.

// Try to fold at once; look at P (again, once its scale or maximum is known), likewise at Q, find the
// drift, fold.
const PASS_DIRECT: u32 = 0u;
const PASS_LOOK_P: u32 = 1u;
const PASS_MASS_P: u32 = 2u;
const PASS_LOOK_Q: u32 = 3u;
const PASS_MASS_Q: u32 = 4u;
const PASS_DRIFT: u32 = 5u;
const PASS_SCORE: u32 = 6u;
const PASSES: u32 = 7u;

const FLAG_P_NORMALISED: u32 = 1u;
const FLAG_Q_NORMALISED: u32 = 2u;

var<private> p_survey: Survey;
var<private> q_survey: Survey;
var<private> domain: Domain;
var<private> masses: Masses;

fn pass_reads_p(pass_index: u32) -> bool {
    return pass_index < PASS_LOOK_Q || pass_index >= PASS_DRIFT;
}

fn pass_reads_q(pass_index: u32) -> bool {
    return pass_index >= PASS_LOOK_Q || pass_index == PASS_DIRECT;
}

fn pass_zero(pass_index: u32) -> vec4<u32> {
    if pass_index == PASS_LOOK_P {
        return p_look_zero();
    }
    if pass_index == PASS_LOOK_Q {
        return q_look_zero();
    }
    return vec4<u32>(0u);
}

fn pass_fold(pass_index: u32, acc: vec4<u32>, p: u32, q: u32, present: bool) -> vec4<u32> {
    switch pass_index {
        case PASS_DIRECT: { return direct_fold(acc, p, q, present); }
        case PASS_LOOK_P: { return p_look_fold(acc, p); }
        case PASS_MASS_P: { return p_mass_fold(acc, p); }
        case PASS_LOOK_Q: { return q_look_fold(acc, q); }
        case PASS_MASS_Q: { return q_mass_fold(acc, q); }
        default: { return pass_fold_pair(pass_index, acc, p, q, present); }
    }
}

// Words: two sums of the measure, the drift, flags of support violations.
fn pass_fold_pair(pass_index: u32, acc: vec4<u32>, p: u32, q: u32, present: bool) -> vec4<u32> {
    var pair = domain_of_words(p, q);
    var terms = vec2<f32>(0.0);
    if pass_index == PASS_SCORE {
        pair = support_pair(pair);
        terms = measure_terms(pair, masses);
    }
    let added = select(vec3<f32>(0.0), vec3<f32>(terms, pair.d), present);
    let sums = bitcast<vec3<f32>>(acc.xyz) + added;
    return vec4<u32>(bitcast<vec3<u32>>(sums), acc.w | pass_violations(pair.p_zero, pair.q_zero));
}

// Flags of a zero bin that meets one above zero.
fn pass_violations(p_zero: bool, q_zero: bool) -> u32 {
    let p_above = select(0u, P_ABOVE_ZERO_Q, !p_zero && q_zero);
    let q_above = select(0u, Q_ABOVE_ZERO_P, p_zero && !q_zero);
    return p_above | q_above;
}

fn pass_merge(pass_index: u32, a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    switch pass_index {
        case PASS_DIRECT: { return direct_merge(a, b); }
        case PASS_LOOK_P: { return p_look_merge(a, b); }
        case PASS_MASS_P: { return p_mass_merge(a, b); }
        case PASS_LOOK_Q: { return q_look_merge(a, b); }
        case PASS_MASS_Q: { return q_mass_merge(a, b); }
        default: {
            let sums = bitcast<vec3<f32>>(a.xyz) + bitcast<vec3<f32>>(b.xyz);
            return vec4<u32>(bitcast<vec3<u32>>(sums), a.w | b.w);
        }
    }
}

// Takes note of what a pass found.
fn pass_settle(pass_index: u32, words: vec4<u32>) {
    switch pass_index {
        case PASS_DIRECT: { direct_settle(words); }
        case PASS_LOOK_P: { p_settle_look(words); }
        case PASS_MASS_P: { p_settle_mass(words); }
        case PASS_LOOK_Q: { q_settle_look(words); }
        case PASS_MASS_Q: {
            q_settle_mass(words);
            domain = domain_of_surveys();
            masses = domain_masses(domain);
        }
        default: {
            masses.drift = bitcast<f32>(words.z) / masses.mass;
            support_settle();
        }
    }
}

// Writes the score of a row and what is wrong with it.
fn pass_finish(words: vec4<u32>) {
    var nats = direct_score;
    if !direct_done {
        var settled = masses;
        settled.drift = bitcast<f32>(words.z) / masses.mass;
        nats = measure_finish(bitcast<vec2<f32>>(words.xy), settled);
    }
    let score = nats * parameters.unit;
    let bits = bitcast<u32>(select(0.0, score, score > 0.0));
    let violated = !direct_done && (words.w & MEASURE_INFINITE_ON) != 0u;
    let finite_bits = select(bits, INFINITY, violated || (bits & ABS) >= INFINITY);
    let fault = p_survey.fault | (q_survey.fault << 4u);
    scores[row] = select(finite_bits, 0x7fc00000u, fault != 0u);
    statuses[row] = (parameters.epoch << 16u) | fault;
}
