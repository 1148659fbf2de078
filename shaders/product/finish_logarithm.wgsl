// (ln S + (a + b) ln 2) scale. Twin: src/product/finish.rs.

fn ln_of(x: f32) -> f32 {
    return ratio_ln(bitcast<u32>(1.0), bitcast<u32>(max(x, SMALLEST_SUM)));
}

fn finish(of_p: f32, of_q: vec4<f32>, sums: vec4<f32>) -> vec4<u32> {
    let logarithms = vec4<f32>(ln_of(sums.x), ln_of(sums.y), ln_of(sums.z), ln_of(sums.w));
    let score = max((logarithms + (of_p + of_q) * LN_2) * parameters.scale, vec4<f32>(0.0));
    return or_left(score, sums > vec4<f32>(SMALLEST_SUM));
}
