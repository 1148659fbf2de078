// One block of a slot, with each quad loaded when its turn comes.

// Merges the components as (0 + 2) + (1 + 3).
fn tree_block(pass_index: u32, block: u32) -> vec4<u32> {
    let zero = pass_zero(pass_index);
    var sums = Quad(zero, zero, zero, zero);
    let first = block * BLOCK_QUADS + slot;
    let quads = (parameters.k + 3u) >> 2u;
    for (var quad = first; quad < min(quads, first + 4u * FOLD_QUADS); quad += FOLD_QUADS) {
        let element = quad * 4u;
        let present = element + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(parameters.k);
        var p = vec4<u32>(0u);
        var q = vec4<u32>(0u);
        if pass_reads_p(pass_index) {
            p = select(vec4<u32>(P_PADDING), p_quad(row * parameters.p_stride + parameters.p_start + element), present);
        }
        if pass_reads_q(pass_index) {
            q = select(vec4<u32>(Q_PADDING), q_quad(row * parameters.q_stride + parameters.q_start + element), present);
        }
        sums = pass_fold_quad(pass_index, sums, p, q, present);
    }
    return pass_merge(pass_index, pass_merge(pass_index, sums.a, sums.c), pass_merge(pass_index, sums.b, sums.d));
}
