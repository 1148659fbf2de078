// sqrt((a + b - S) scale). Twin: src/product/finish.rs.

fn finish(of_p: f32, of_q: vec4<f32>, sums: vec4<f32>) -> vec4<u32> {
    let square = max((of_p + of_q) - sums, vec4<f32>(0.0)) * parameters.scale;
    return bitcast<vec4<u32>>(sqrt(square));
}
