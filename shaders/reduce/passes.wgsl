// What each pass over a row folds, and what its root settles.

// Try to fold at once; look at P (again, once its scale or maximum is known), likewise at Q, find the
// drift, fold; fold by what stands in for the measure where its sums settle nothing, up to twice.
const PASS_DIRECT: u32 = 0u;
const PASS_LOOK_P: u32 = 1u;
const PASS_MASS_P: u32 = 2u;
const PASS_LOOK_Q: u32 = 3u;
const PASS_MASS_Q: u32 = 4u;
const PASS_DRIFT: u32 = 5u;
const PASS_SCORE: u32 = 6u;
const PASSES: u32 = 9u;

// How often the measure has been stood in for, and what the last fold found.
var<private> score_level: u32;
var<private> score_words: vec4<u32>;
// The drift that powers take off.
var<private> centre: f32;

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
    if pass_index >= PASS_SCORE {
        return vec4<u32>(bitcast<vec2<u32>>(measure_zero(pass_index - PASS_SCORE)), 0u, 0u);
    }
    if pass_index == PASS_DIRECT {
        return vec4<u32>(bitcast<vec2<u32>>(measure_zero(0u)), 0u, 0u);
    }
    return vec4<u32>(0u);
}

fn pass_fold(pass_index: u32, acc: vec4<u32>, p: u32, q: u32, bin: u32, present: bool) -> vec4<u32> {
    switch pass_index {
        case PASS_DIRECT: { return direct_fold(acc, p, q, present); }
        case PASS_LOOK_P: { return p_look_fold(acc, p); }
        case PASS_MASS_P: { return p_mass_fold(acc, p); }
        case PASS_LOOK_Q: { return q_look_fold(acc, q); }
        case PASS_MASS_Q: { return q_mass_fold(acc, q); }
        default: { return pass_fold_pair(pass_index, acc, p, q, bin, present); }
    }
}

// Words: two sums of the measure, the drift, flags of support violations.
fn pass_fold_pair(pass_index: u32, acc: vec4<u32>, p: u32, q: u32, bin: u32, present: bool) -> vec4<u32> {
    if select(CENTRES, pass_index >= PASS_SCORE && measure_is_power(pass_index - PASS_SCORE), pass_index != PASS_DRIFT) {
        return pass_fold_powers(pass_index, acc, p, q, present);
    }
    var pair = domain_of_words(p, q, bin);
    var sums = bitcast<vec2<f32>>(acc.xy);
    if pass_index >= PASS_SCORE {
        let level = pass_index - PASS_SCORE;
        pair = support_pair(pair);
        let terms = select(measure_zero(level), measure_terms(level, pair, masses), present);
        sums = measure_merge(level, sums, terms);
    }
    let drift = bitcast<f32>(acc.z) + select(0.0, pair.d, present);
    let flags = acc.w | violations(pair.p_zero, pair.q_zero);
    return vec4<u32>(bitcast<vec2<u32>>(sums), bitcast<u32>(drift), flags);
}

// Likewise for powers: two parts of the drift; or the sums, no drift, since it has been taken off, and flags.
fn pass_fold_powers(pass_index: u32, acc: vec4<u32>, p: u32, q: u32, present: bool) -> vec4<u32> {
    let sums = bitcast<vec2<f32>>(acc.xy);
    if pass_index == PASS_DRIFT {
        let parts = select(vec2<f32>(0.0), powers_drift(p, q), present);
        return vec4<u32>(bitcast<vec2<u32>>(sums + parts), acc.zw);
    }
    let level = pass_index - PASS_SCORE;
    let pair = support_powers(p, q);
    let terms = select(measure_zero(level), measure_power_terms(level, pair, masses), present);
    let flags = acc.w | violations(pair.p_zero, pair.q_zero);
    return vec4<u32>(bitcast<vec2<u32>>(measure_merge(level, sums, terms)), acc.z, flags);
}

fn pass_merge(pass_index: u32, a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    switch pass_index {
        case PASS_DIRECT: { return direct_merge(a, b); }
        case PASS_LOOK_P: { return p_look_merge(a, b); }
        case PASS_MASS_P: { return p_mass_merge(a, b); }
        case PASS_LOOK_Q: { return q_look_merge(a, b); }
        case PASS_MASS_Q: { return q_mass_merge(a, b); }
        default: { return pass_merge_pairs(pass_index, a, b); }
    }
}

fn pass_merge_pairs(pass_index: u32, a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    var sums = vec2<f32>(0.0);
    if pass_index >= PASS_SCORE {
        sums = measure_merge(pass_index - PASS_SCORE, bitcast<vec2<f32>>(a.xy), bitcast<vec2<f32>>(b.xy));
    }
    if CENTRES && pass_index == PASS_DRIFT {
        sums = bitcast<vec2<f32>>(a.xy) + bitcast<vec2<f32>>(b.xy);
    }
    let drift = bitcast<f32>(a.z) + bitcast<f32>(b.z);
    return vec4<u32>(bitcast<vec2<u32>>(sums), bitcast<u32>(drift), a.w | b.w);
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
            powers_settle();
        }
        case PASS_DRIFT: {
            var drift = bitcast<f32>(words.z);
            if CENTRES {
                drift = bitcast<f32>(words.x) + bitcast<f32>(words.y);
            }
            masses.drift = drift / masses.mass;
            centre = masses.drift;
            support_settle();
        }
        default: { pass_settle_score(pass_index - PASS_SCORE, words); }
    }
}

// Rows that are settled stay so, even if others of their workgroup are folded once more.
fn pass_settle_score(level: u32, words: vec4<u32>) {
    if level != score_level {
        return;
    }
    score_words = words;
    masses.drift = bitcast<f32>(words.z) / masses.mass;
    if !measure_is_power(level) {
        centre = masses.drift;
    }
    let violated = (words.w & measure_infinite_on(level)) != 0u;
    if level + 1u < MEASURE_LEVELS && !violated && !measure_settles(level, bitcast<vec2<f32>>(words.xy), masses) {
        score_level = level + 1u;
    }
}

// True if a row needs that fold.
fn pass_wants(pass_index: u32) -> bool {
    switch pass_index {
        case PASS_MASS_P: { return p_needs_mass(); }
        case PASS_MASS_Q: { return q_needs_mass(); }
        default: { return pass_index <= PASS_SCORE || score_level == pass_index - PASS_SCORE; }
    }
}

// Writes the score of a row and what is wrong with it.
fn pass_finish() {
    var nats = direct_score;
    var violated = false;
    if !direct_done {
        nats = measure_finish(score_level, bitcast<vec2<f32>>(score_words.xy), masses);
        violated = (score_words.w & measure_infinite_on(score_level)) != 0u;
    }
    row_finish(nats, violated);
}
