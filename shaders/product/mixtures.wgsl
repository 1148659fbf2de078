// Terms are m log2 m of mixtures. The logarithm may be as coarse as WGSL has it: its error is part of the bound that is
// stated. No mixture of a pair is 0: P has a tiny number in place of that.

fn with_terms(sums: vec4<f32>, p: f32, q: vec4<f32>) -> vec4<f32> {
    let mixtures = p + q;
    return sums + mixtures * log2(mixtures);
}
