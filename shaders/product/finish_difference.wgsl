// (2^(a + b) S - 1) scale. Twin: src/product/finish.rs.

fn finish(of_p: f32, of_q: vec4<f32>, sums: vec4<f32>) -> vec4<u32> {
    let exponents = of_p + of_q;
    let score = max((sums * power_of_two(exponents) - 1.0) * parameters.scale, vec4<f32>(0.0));
    return or_left(score, is_known(sums, exponents));
}
