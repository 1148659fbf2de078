// The first try at all rows of probabilities, one or several a workgroup, in one dispatch. It must keep memory
// busy, so an invocation reads all it can before it folds, and exchanges nothing before the end. Rows that it
// does not settle are left to the next dispatch.
//
// The tree is that of tree.wgsl. An invocation holds several of the 64 slots, `width` apart, of one team.

// Where the row starts in each operand, in elements.
var<private> p_row: u32;
var<private> q_row: u32;
// Bits of all pairs, joined.
var<private> joined: u32;

// Four bins side by side, each with its sums.
struct Quad {
    a: vec4<f32>,
    b: vec4<f32>,
    c: vec4<f32>,
    d: vec4<f32>,
}

struct Words {
    p: vec4<u32>,
    q: vec4<u32>,
}

fn direct_quads() -> u32 {
    return (parameters.k + 3u) >> 2u;
}

fn direct_zeros() -> Quad {
    let zero = direct_zero();
    return Quad(zero, zero, zero, zero);
}

fn direct_words(quad: u32) -> Words {
    return Words(p_words(p_row + quad * 4u), q_words(q_row + quad * 4u));
}

fn direct_fold_bin(acc: vec4<f32>, p: u32, q: u32, quad: u32, component: u32) -> vec4<f32> {
    let bin = direct_bin(p, q);
    let present = WHOLE_QUADS || quad * 4u + component < parameters.k;
    joined |= select(0u, direct_bits(p, q), present);
    return direct_add(acc, select(direct_zero(), bin, present));
}

fn direct_fold_quad(acc: Quad, words: Words, quad: u32) -> Quad {
    return Quad(
        direct_fold_bin(acc.a, words.p.x, words.q.x, quad, 0u),
        direct_fold_bin(acc.b, words.p.y, words.q.y, quad, 1u),
        direct_fold_bin(acc.c, words.p.z, words.q.z, quad, 2u),
        direct_fold_bin(acc.d, words.p.w, words.q.w, quad, 3u),
    );
}

fn direct_merge_quad(sums: Quad) -> vec4<f32> {
    return direct_add(direct_add(sums.a, sums.c), direct_add(sums.b, sums.d));
}

// One quad in one slot of a row that has one fold.
fn direct_single(words: Words, quad: u32) -> vec4<f32> {
    if quad >= direct_quads() {
        return direct_zero();
    }
    return direct_merge_quad(direct_fold_quad(direct_zeros(), words, quad));
}

// Rows of up to 256 bins: four slots an invocation, of one quad each. Quads behind the row are those of the
// next, or none, and are not folded.
fn direct_short() -> vec4<f32> {
    let width = parameters.width;
    let last = direct_quads() - 1u;
    let quads = vec4<u32>(slot) + vec4<u32>(0u, 1u, 2u, 3u) * width;
    let a = direct_words(min(quads.x, last));
    let b = direct_words(min(quads.y, last));
    let c = direct_words(min(quads.z, last));
    let d = direct_words(min(quads.w, last));
    let even = direct_add(direct_single(a, quads.x), direct_single(c, quads.z));
    let odd = direct_add(direct_single(b, quads.y), direct_single(d, quads.w));
    return direct_add(even, odd);
}

fn pass_zero(pass_index: u32) -> vec4<u32> {
    return bitcast<vec4<u32>>(direct_zero());
}

fn pass_merge(pass_index: u32, a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    return bitcast<vec4<u32>>(direct_add(bitcast<vec4<f32>>(a), bitcast<vec4<f32>>(b)));
}

// The tree over the blocks of this team for one slot.
fn direct_blocks(of_slot: u32) -> vec4<f32> {
    slot = of_slot;
    return bitcast<vec4<f32>>(tree_of_team(0u));
}

// Slots of an invocation, which the tree merges before those of others. A loop, though it runs once or twice,
// since compilers write out what is called.
fn direct_long() -> vec4<f32> {
    let first = slot;
    var sums = direct_zero();
    for (var of_slot = first; of_slot < FOLD_QUADS; of_slot += parameters.width) {
        let more = direct_blocks(of_slot);
        sums = select(direct_add(sums, more), more, vec4<bool>(of_slot == first));
    }
    slot = first;
    return sums;
}

fn direct_exchange(sums: vec4<f32>, distance: u32) -> vec4<f32> {
    return direct_add(sums, bitcast<vec4<f32>>(exchange_with(bitcast<vec4<u32>>(sums), distance)));
}

fn direct_main(workgroup: vec3<u32>) {
    let width = parameters.width;
    let invocations = width * parameters.teams;
    let group = workgroup.y * parameters.grid_width + workgroup.x;
    let wanted_row = group * (WORKGROUP / invocations) + invocation / invocations;
    // Rows behind the last are computed again and not written, so that barriers stay uniform.
    row = min(wanted_row, parameters.rows - 1u);
    team = (invocation % invocations) / width;
    slot = invocation % width;
    p_row = p_first(row);
    q_row = q_first(row);

    var sums = direct_zero();
    if parameters.k <= 256u {
        sums = direct_short();
    } else {
        sums = direct_long();
    }
    sums.w = direct_mass(sums.w, joined);
    for (var step = width; step < invocations; step = step * 2u) {
        sums = direct_exchange(sums, step);
    }
    for (var half = width / 2u; half > 0u; half = half / 2u) {
        sums = direct_exchange(sums, half);
    }
    direct_judge(sums);
    if wanted_row < parameters.rows && team == 0u && slot == 0u {
        if direct_done {
            scores[row] = score_bits(direct_score, false);
        } else {
            atomicStore(&unsettled[group], parameters.epoch);
        }
        // Of no epoch where another dispatch has to settle the row.
        statuses[row] = select(0u, parameters.epoch << 16u, direct_done);
    }
}
