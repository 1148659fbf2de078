// Rows of weights whose exponents need no shift, under measures that take no more: one look at both rows for their
// masses and one fold, each compiled for itself. The bits are those of passes.wgsl, to which all other rows are left.

const LOOK: u32 = 0u;
const SCORE: u32 = 1u;

// The largest word, which has a sign if any has, and the sum of all values but the largest.
fn look_word(acc: vec2<u32>, word: u32) -> vec2<u32> {
    let value = select(0u, word, word >= MIN_NORMAL);
    return vec2<u32>(max(acc.x, value), bitcast<u32>(bitcast<f32>(acc.y) + bitcast<f32>(min(acc.x, value))));
}

fn look_merge(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let rests = bitcast<f32>(a.y) + bitcast<f32>(b.y);
    return vec2<u32>(max(a.x, b.x), bitcast<u32>(rests + bitcast<f32>(min(a.x, b.x))));
}

// Words: those of P, then of Q.
fn look_bin(acc: vec4<u32>, p: u32, q: u32) -> vec4<u32> {
    return vec4<u32>(look_word(acc.xy, p), look_word(acc.zw, q));
}

fn look_block(block: u32) -> vec4<u32> {
    let first = block * BLOCK_QUADS + slot;
    let end = min(quads_of_row(), first + 4u * FOLD_QUADS);
    var sums = quad_zero(LOOK);
    for (var quad = first; quad < end; quad += FOLD_QUADS) {
        let words = quad_words(quad);
        sums = Quad(
            look_bin(sums.a, words.p.x, words.q.x),
            look_bin(sums.b, words.p.y, words.q.y),
            look_bin(sums.c, words.p.z, words.q.z),
            look_bin(sums.d, words.p.w, words.q.w),
        );
    }
    return quad_merge(LOOK, sums);
}

fn score_quad(acc: Quad, words: Words) -> Quad {
    return Quad(
        pair_fold(acc.a, domain_pair(domain, words.p.x, words.q.x), words.present.x),
        pair_fold(acc.b, domain_pair(domain, words.p.y, words.q.y), words.present.y),
        pair_fold(acc.c, domain_pair(domain, words.p.z, words.q.z), words.present.z),
        pair_fold(acc.d, domain_pair(domain, words.p.w, words.q.w), words.present.w),
    );
}

fn score_block(block: u32) -> vec4<u32> {
    let first = block * BLOCK_QUADS + slot;
    let end = min(quads_of_row(), first + 4u * FOLD_QUADS);
    var sums = quad_zero(SCORE);
    for (var quad = first; quad < end; quad += FOLD_QUADS) {
        sums = score_quad(sums, quad_words(quad));
    }
    return quad_merge(SCORE, sums);
}

fn tree_block(pass_index: u32, block: u32) -> vec4<u32> {
    if pass_index == LOOK {
        return look_block(block);
    }
    return score_block(block);
}

fn pass_zero(pass_index: u32) -> vec4<u32> {
    if pass_index == LOOK {
        return vec4<u32>(0u);
    }
    return pair_zero();
}

fn pass_merge(pass_index: u32, a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    if pass_index == LOOK {
        return vec4<u32>(look_merge(a.xy, b.xy), look_merge(a.zw, b.zw));
    }
    return pair_merge(a, b);
}

fn weights_main(workgroup: vec3<u32>) {
    let group = workgroup.y * parameters.grid_width + workgroup.x;
    let wanted_row = row_take(group);
    let found = row_root(LOOK, tree_of_team(LOOK));
    p_settle_look(found.xxxx);
    q_settle_look(found.zzzz);
    // What a sign, an infinity or NaN would make of it does not count: their words are too large to stay as they are.
    let is_comfortable = p_survey.shift == 0 && q_survey.shift == 0;
    p_settle_mass(found.xxxy);
    q_settle_mass(found.zzzw);
    let is_settled = is_comfortable && (p_survey.fault | q_survey.fault) == FAULT_NONE;
    domain = domain_new(p_survey, q_survey);
    masses = domain_masses(domain);
    let words = row_root(SCORE, tree_of_team(SCORE));
    let nats = pair_finish(words);
    if row_is_written(wanted_row) {
        if is_settled {
            row_finish(nats, pair_violated(words));
        } else {
            // Of no epoch, since another dispatch has to settle the row.
            statuses[row] = 0u;
            atomicStore(&unsettled[group], parameters.epoch);
        }
    }
}
