// The canonical summation tree, see docs/numerics.md. Twin: src/cpu/tree.rs.
//
// An invocation holds one slot of one team: it folds its quads of each block of its team's share, and
// merges blocks pairwise by a binary counter. Only then do invocations exchange anything.

// Folds this slot's quads of one block and merges their components as (0 + 2) + (1 + 3).
fn tree_block(pass_index: u32, block: u32) -> vec4<u32> {
    let zero = pass_zero(pass_index);
    var a = zero;
    var b = zero;
    var c = zero;
    var d = zero;
    let first = block * BLOCK_QUADS + slot;
    let quads = (parameters.k + 3u) >> 2u;
    let p_begin = p_first(row);
    let q_begin = q_first(row);
    for (var fold = 0u; fold < 4u; fold++) {
        let quad = first + fold * FOLD_QUADS;
        if quad >= quads {
            break;
        }
        let element = quad * 4u;
        let present = element + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(parameters.k);
        var p = vec4<u32>(0u);
        var q = vec4<u32>(0u);
        if pass_reads_p(pass_index) {
            p = select(vec4<u32>(P_PADDING), p_quad(p_begin + element), present);
        }
        if pass_reads_q(pass_index) {
            q = select(vec4<u32>(Q_PADDING), q_quad(q_begin + element), present);
        }
        a = pass_fold(pass_index, a, p.x, q.x, element, present.x);
        b = pass_fold(pass_index, b, p.y, q.y, element + 1u, present.y);
        c = pass_fold(pass_index, c, p.z, q.z, element + 2u, present.z);
        d = pass_fold(pass_index, d, p.w, q.w, element + 3u, present.w);
    }
    return pass_merge(pass_index, pass_merge(pass_index, a, c), pass_merge(pass_index, b, d));
}
