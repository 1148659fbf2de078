// Rows of logarithms at one temperature, under measures that take no more: a look at both rows for their maxima,
// one for their masses, and one fold, each compiled for itself. The bits are those of passes.wgsl.

const LOOK: u32 = 0u;
const MASS: u32 = 1u;
const SCORE: u32 = 2u;

// What four bins side by side are relative to the largest of their rows.
struct Exponentials {
    p: vec4<f32>,
    q: vec4<f32>,
}

fn quad_exponentials(words: Words) -> Exponentials {
    return Exponentials(
        vec4<f32>(p_exponential(words.p.x), p_exponential(words.p.y), p_exponential(words.p.z), p_exponential(words.p.w)),
        vec4<f32>(q_exponential(words.q.x), q_exponential(words.q.y), q_exponential(words.q.z), q_exponential(words.q.w)),
    );
}

// Words: flags and maximum of P, then of Q.
fn look_bin(acc: vec4<u32>, p: u32, q: u32) -> vec4<u32> {
    let of_p = p_look_fold(vec4<u32>(acc.xy, 0u, 0u), p);
    let of_q = q_look_fold(vec4<u32>(acc.zw, 0u, 0u), q);
    return vec4<u32>(of_p.xy, of_q.xy);
}

fn look_quad(acc: Quad, words: Words) -> Quad {
    return Quad(
        look_bin(acc.a, words.p.x, words.q.x),
        look_bin(acc.b, words.p.y, words.q.y),
        look_bin(acc.c, words.p.z, words.q.z),
        look_bin(acc.d, words.p.w, words.q.w),
    );
}

// All blocks of this team one after the other, for the order does not matter.
fn look_blocks() -> vec4<u32> {
    let share = tree_share();
    let end = min((team + 1u) * share, tree_all_blocks());
    var found = quad_zero(LOOK);
    for (var quad = team * share * BLOCK_QUADS + slot; quad < min(end * BLOCK_QUADS, quads_of_row()); quad += FOLD_QUADS) {
        found = look_quad(found, quad_words(quad));
    }
    return quad_merge(LOOK, found);
}

// Words: largest exponential and sum of the others, of P, then of Q.
fn mass_bin(acc: vec4<u32>, p: f32, q: f32) -> vec4<u32> {
    let of_p = survey_max_and_rest(bitcast<vec2<f32>>(acc.xy), vec2<f32>(p, 0.0));
    let of_q = survey_max_and_rest(bitcast<vec2<f32>>(acc.zw), vec2<f32>(q, 0.0));
    return vec4<u32>(bitcast<vec2<u32>>(of_p), bitcast<vec2<u32>>(of_q));
}

fn mass_quad(acc: Quad, bins: Exponentials) -> Quad {
    return Quad(
        mass_bin(acc.a, bins.p.x, bins.q.x),
        mass_bin(acc.b, bins.p.y, bins.q.y),
        mass_bin(acc.c, bins.p.z, bins.q.z),
        mass_bin(acc.d, bins.p.w, bins.q.w),
    );
}

fn score_bin(acc: vec4<u32>, p: u32, q: u32, of_p: f32, of_q: f32, present: bool) -> vec4<u32> {
    let pair = domain_from_exponentials(
        domain, logarithmic_value(p), logarithmic_value(q), of_p, of_q, p_is_zero(p), q_is_zero(q),
    );
    return pair_fold(acc, pair, present);
}

fn score_quad(acc: Quad, words: Words, bins: Exponentials) -> Quad {
    return Quad(
        score_bin(acc.a, words.p.x, words.q.x, bins.p.x, bins.q.x, words.present.x),
        score_bin(acc.b, words.p.y, words.q.y, bins.p.y, bins.q.y, words.present.y),
        score_bin(acc.c, words.p.z, words.q.z, bins.p.z, bins.q.z, words.present.z),
        score_bin(acc.d, words.p.w, words.q.w, bins.p.w, bins.q.w, words.present.w),
    );
}

fn pass_zero(pass_index: u32) -> vec4<u32> {
    switch pass_index {
        case LOOK: { return vec4<u32>(p_look_zero().xy, q_look_zero().xy); }
        case MASS: { return vec4<u32>(0u); }
        default: { return pair_zero(); }
    }
}

fn pass_merge(pass_index: u32, a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    switch pass_index {
        case LOOK: {
            let of_p = p_look_merge(a, b);
            let of_q = q_look_merge(a.zwxy, b.zwxy);
            return vec4<u32>(of_p.xy, of_q.xy);
        }
        case MASS: {
            let of_p = p_mass_merge(a, b);
            let of_q = q_mass_merge(a.zwxy, b.zwxy);
            return vec4<u32>(of_p.xy, of_q.xy);
        }
        default: { return pair_merge(a, b); }
    }
}

fn logarithms_main(workgroup: vec3<u32>) {
    let wanted_row = row_take(workgroup.y * parameters.grid_width + workgroup.x);
    let found = row_root(LOOK, look_blocks());
    p_settle_look(found);
    q_settle_look(found.zwxy);
    let sums = row_root(MASS, mass_blocks());
    p_settle_mass(sums);
    q_settle_mass(sums.zwxy);
    domain = domain_of_surveys();
    masses = domain_masses(domain);
    let words = row_root(SCORE, score_blocks());
    let nats = pair_finish(words);
    if row_is_written(wanted_row) {
        row_finish(nats, pair_violated(words));
    }
}
