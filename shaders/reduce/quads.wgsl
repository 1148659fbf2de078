// Quads of rows that several passes go over, each compiled for itself.

// Where the row starts in each operand, in elements.
var<private> p_row: u32;
var<private> q_row: u32;

// Four bins side by side as they are stored.
struct Words {
    p: vec4<u32>,
    q: vec4<u32>,
    present: vec4<bool>,
}

// What each of four bins side by side has come to.
struct Quad {
    a: vec4<u32>,
    b: vec4<u32>,
    c: vec4<u32>,
    d: vec4<u32>,
}

fn quads_of_row() -> u32 {
    return (parameters.k + 3u) >> 2u;
}

fn quad_words(quad: u32) -> Words {
    let element = quad * 4u;
    let p = p_words(p_row + element);
    let q = q_words(q_row + element);
    if WHOLE_QUADS {
        return Words(p, q, vec4<bool>(true));
    }
    let present = element + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(parameters.k);
    return Words(select(vec4<u32>(P_PADDING), p, present), select(vec4<u32>(Q_PADDING), q, present), present);
}

fn quad_zero(pass_index: u32) -> Quad {
    let zero = pass_zero(pass_index);
    return Quad(zero, zero, zero, zero);
}

fn quad_merge(pass_index: u32, quad: Quad) -> vec4<u32> {
    return pass_merge(pass_index, pass_merge(pass_index, quad.a, quad.c), pass_merge(pass_index, quad.b, quad.d));
}

// What a pair of bins adds to: two sums of the measure, the drift, flags of support violations.
fn pair_fold(acc: vec4<u32>, pair: Pair, present: bool) -> vec4<u32> {
    let terms = select(measure_zero(0u), measure_terms(0u, pair, masses), present);
    let sums = measure_merge(0u, bitcast<vec2<f32>>(acc.xy), terms);
    let drift = bitcast<f32>(acc.z) + select(0.0, pair.d, present);
    let flags = acc.w | violations(pair.p_zero, pair.q_zero);
    return vec4<u32>(bitcast<vec2<u32>>(sums), bitcast<u32>(drift), flags);
}

fn pair_zero() -> vec4<u32> {
    return vec4<u32>(bitcast<vec2<u32>>(measure_zero(0u)), 0u, 0u);
}

fn pair_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let sums = measure_merge(0u, bitcast<vec2<f32>>(a.xy), bitcast<vec2<f32>>(b.xy));
    let drift = bitcast<f32>(a.z) + bitcast<f32>(b.z);
    return vec4<u32>(bitcast<vec2<u32>>(sums), bitcast<u32>(drift), a.w | b.w);
}

// The score that these sums come to.
fn pair_finish(words: vec4<u32>) -> f32 {
    masses.drift = bitcast<f32>(words.z) / masses.mass;
    return measure_finish(0u, bitcast<vec2<f32>>(words.xy), masses);
}

fn pair_violated(words: vec4<u32>) -> bool {
    return (words.w & measure_infinite_on(0u)) != 0u;
}

// What this slot's words, those of the other slots and of the other teams have come to.
fn row_root(pass_index: u32, words: vec4<u32>) -> vec4<u32> {
    return tree_root(pass_index, words, parameters.width, parameters.teams);
}

// Finds this invocation's part of a row, and returns the row's number. Rows behind the last are computed again and
// not written, so that barriers stay uniform.
fn row_take(group: u32) -> u32 {
    let invocations = parameters.width * parameters.teams;
    let wanted_row = group * (WORKGROUP / invocations) + invocation / invocations;
    row = min(wanted_row, parameters.rows - 1u);
    team = (invocation % invocations) / parameters.width;
    slot = invocation % parameters.width;
    p_row = p_first(row);
    q_row = q_first(row);
    return wanted_row;
}

// True for the one invocation that writes of a row.
fn row_is_written(wanted_row: u32) -> bool {
    return wanted_row < parameters.rows && team == 0u && slot == 0u;
}
