// Scores of all pairs from a product of two matrices in f32, or from mixtures of their rows. Layout: src/product/ready.rs.
//
// A workgroup takes 128 rows of P and 128 of Q, 8 bins at a time, and an invocation 8 rows of each: two quads of P and
// two of Q. The bins at hand lie in one half of the workgroup memory while the next are brought to the other.

struct Product {
    // Bins, 8 at a time.
    steps: u32,
    // Panels of 128 rows of P, and of Q.
    p_panels: u32,
    q_panels: u32,
    // Where what rows bring and their marks begin, in vectors.
    p_constants: u32,
    q_constants: u32,
    p_marks: u32,
    q_marks: u32,
    // Words of marks of a row.
    words: u32,
    // Rows of P, and vectors of scores from each to the next.
    lines: u32,
    columns: u32,
    // Workgroups in a line of the dispatch grid.
    grid_width: u32,
    epoch: u32,
    scale: f32,
    // Always 0, which no compiler can know.
    zero: u32,
    unused_0: u32,
    unused_1: u32,
}

@group(0) @binding(0) var<uniform> parameters: Product;
@group(0) @binding(1) var<storage, read> p: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> q: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> scores: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> done: array<u32>;

const QUADS: u32 = 32u;
const LEFT: u32 = 0x7fc00000u;
const SMALLEST_SUM: f32 = 1e-25;
const LARGEST_EXPONENT: f32 = 100.0;
const LARGEST: f32 = 1e38;

// Twice 8 bins of P and of Q.
var<workgroup> tiles: array<vec4<f32>, 1024>;

// Adds the terms of one bin, whose first quads of P and of Q these are.
fn add_bin(sums: ptr<function, array<vec4<f32>, 16>>, of_p: u32, of_q: u32) {
    let a = tiles[of_p];
    let b = tiles[of_q];
    let c = tiles[of_p + 16u];
    let d = tiles[of_q + 16u];
    sums[0] = with_terms(sums[0], a.x, b);
    sums[1] = with_terms(sums[1], a.x, d);
    sums[2] = with_terms(sums[2], a.y, b);
    sums[3] = with_terms(sums[3], a.y, d);
    sums[4] = with_terms(sums[4], a.z, b);
    sums[5] = with_terms(sums[5], a.z, d);
    sums[6] = with_terms(sums[6], a.w, b);
    sums[7] = with_terms(sums[7], a.w, d);
    sums[8] = with_terms(sums[8], c.x, b);
    sums[9] = with_terms(sums[9], c.x, d);
    sums[10] = with_terms(sums[10], c.y, b);
    sums[11] = with_terms(sums[11], c.y, d);
    sums[12] = with_terms(sums[12], c.z, b);
    sums[13] = with_terms(sums[13], c.z, d);
    sums[14] = with_terms(sums[14], c.w, b);
    sums[15] = with_terms(sums[15], c.w, d);
}

fn add_bins(sums: ptr<function, array<vec4<f32>, 16>>, of_p: u32, of_q: u32) {
    add_bin(sums, of_p, of_q);
    add_bin(sums, of_p + QUADS, of_q + QUADS);
    add_bin(sums, of_p + 2u * QUADS, of_q + 2u * QUADS);
    add_bin(sums, of_p + 3u * QUADS, of_q + 3u * QUADS);
    add_bin(sums, of_p + 4u * QUADS, of_q + 4u * QUADS);
    add_bin(sums, of_p + 5u * QUADS, of_q + 5u * QUADS);
    add_bin(sums, of_p + 6u * QUADS, of_q + 6u * QUADS);
    add_bin(sums, of_p + 7u * QUADS, of_q + 7u * QUADS);
}

// Writes two quads of a line; bit `bit` of what is hit tells of infinite scores.
fn put(line: u32, column: u32, of_p: f32, of_q: array<vec4<f32>, 2>, sums: array<vec4<f32>, 2>, hit: Hits, bit: u32) {
    if line >= parameters.lines {
        return;
    }
    let at = line * parameters.columns + column;
    if column < parameters.columns {
        scores[at] = or_infinite(finish(of_p, of_q[0], sums[0]), hit.first, bit);
    }
    if column + 16u < parameters.columns {
        scores[at + 16u] = or_infinite(finish(of_p, of_q[1], sums[1]), hit.second, bit);
    }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let group = workgroup.y * parameters.grid_width + workgroup.x;
    if group >= parameters.p_panels * parameters.q_panels {
        return;
    }
    let p_panel = group / parameters.q_panels;
    let q_panel = group % parameters.q_panels;
    let row = index / 16u;
    let column = index % 16u;
    let panel = parameters.steps * 8u * QUADS;
    var p_at = p_panel * panel + index;
    var q_at = q_panel * panel + index;
    let hit = hits(p_panel * QUADS + row, q_panel * QUADS + column);
    var sums: array<vec4<f32>, 16>;
    tiles[index] = bitcast<vec4<f32>>(p[p_at]);
    tiles[index + 256u] = bitcast<vec4<f32>>(q[q_at]);
    workgroupBarrier();
    var here = 0u;
    for (var step = 1u; step < parameters.steps; step++) {
        p_at += 256u;
        q_at += 256u;
        let next_p = bitcast<vec4<f32>>(p[p_at]);
        let next_q = bitcast<vec4<f32>>(q[q_at]);
        add_bins(&sums, here + row, here + 256u + column);
        here = 512u - here;
        tiles[here + index] = next_p;
        tiles[here + 256u + index] = next_q;
        workgroupBarrier();
    }
    add_bins(&sums, here + row, here + 256u + column);
    let p_first = parameters.p_constants + p_panel * QUADS + row;
    let q_first = parameters.q_constants + q_panel * QUADS + column;
    let a = bitcast<vec4<f32>>(p[p_first]);
    let c = bitcast<vec4<f32>>(p[p_first + 16u]);
    let of_q = array<vec4<f32>, 2>(bitcast<vec4<f32>>(q[q_first]), bitcast<vec4<f32>>(q[q_first + 16u]));
    let line = p_panel * 128u + row * 4u;
    let at = q_panel * QUADS + column;
    put(line, at, a.x, of_q, array<vec4<f32>, 2>(sums[0], sums[1]), hit, 0u);
    put(line + 1u, at, a.y, of_q, array<vec4<f32>, 2>(sums[2], sums[3]), hit, 1u);
    put(line + 2u, at, a.z, of_q, array<vec4<f32>, 2>(sums[4], sums[5]), hit, 2u);
    put(line + 3u, at, a.w, of_q, array<vec4<f32>, 2>(sums[6], sums[7]), hit, 3u);
    put(line + 64u, at, c.x, of_q, array<vec4<f32>, 2>(sums[8], sums[9]), hit, 4u);
    put(line + 65u, at, c.y, of_q, array<vec4<f32>, 2>(sums[10], sums[11]), hit, 5u);
    put(line + 66u, at, c.z, of_q, array<vec4<f32>, 2>(sums[12], sums[13]), hit, 6u);
    put(line + 67u, at, c.w, of_q, array<vec4<f32>, 2>(sums[14], sums[15]), hit, 7u);
    if index == 0u {
        done[group] = parameters.epoch;
    }
}
