// One block of a slot, with all of its quads loaded before the first is folded, so that memory is waited for
// once. Software has no use for it.

// Merges the components as (0 + 2) + (1 + 3).
fn tree_block(pass_index: u32, block: u32) -> vec4<u32> {
    let first = block * BLOCK_QUADS + slot;
    let quads = (parameters.k + 3u) >> 2u;
    let last = min(quads - 1u, first + 3u * FOLD_QUADS);
    let at = min(vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u) * FOLD_QUADS, vec4<u32>(last)) * 4u;
    var p_0 = vec4<u32>(0u);
    var p_1 = vec4<u32>(0u);
    var p_2 = vec4<u32>(0u);
    var p_3 = vec4<u32>(0u);
    if pass_reads_p(pass_index) {
        let p_row = row * parameters.p_stride + parameters.p_start;
        p_0 = p_quad(p_row + at.x);
        p_1 = p_quad(p_row + at.y);
        p_2 = p_quad(p_row + at.z);
        p_3 = p_quad(p_row + at.w);
    }
    var q_0 = vec4<u32>(0u);
    var q_1 = vec4<u32>(0u);
    var q_2 = vec4<u32>(0u);
    var q_3 = vec4<u32>(0u);
    if pass_reads_q(pass_index) {
        let q_row = row * parameters.q_stride + parameters.q_start;
        q_0 = q_quad(q_row + at.x);
        q_1 = q_quad(q_row + at.y);
        q_2 = q_quad(q_row + at.z);
        q_3 = q_quad(q_row + at.w);
    }
    let zero = pass_zero(pass_index);
    var sums = Quad(zero, zero, zero, zero);
    for (var quad = first; quad <= last; quad += FOLD_QUADS) {
        let present = quad * 4u + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(parameters.k);
        let p = select(vec4<u32>(P_PADDING), p_0, present);
        let q = select(vec4<u32>(Q_PADDING), q_0, present);
        sums = pass_fold_quad(pass_index, sums, p, q, present);
        // The next in turn: no array, since one that is indexed at run time lies in memory.
        p_0 = p_1;
        p_1 = p_2;
        p_2 = p_3;
        q_0 = q_1;
        q_1 = q_2;
        q_2 = q_3;
    }
    return pass_merge(pass_index, pass_merge(pass_index, sums.a, sums.c), pass_merge(pass_index, sums.b, sums.d));
}

