// The first try as a pass over rows that are spread over workgroups.

const DIRECT: bool = true;

// Words: two sums of the measure, the drift, the mass of P.
fn direct_fold(acc: vec4<u32>, p: u32, q: u32, present: bool) -> vec4<u32> {
    var bin = direct_bin(p, q);
    bin.w = direct_mass(bin.w, direct_bits(p, q));
    return direct_merge(acc, bitcast<vec4<u32>>(select(direct_zero(), bin, present)));
}

fn direct_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    return bitcast<vec4<u32>>(direct_add(bitcast<vec4<f32>>(a), bitcast<vec4<f32>>(b)));
}

fn direct_settle(words: vec4<u32>) {
    direct_judge(bitcast<vec4<f32>>(words));
}
