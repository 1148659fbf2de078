// Terms are products.

fn with_terms(sums: vec4<f32>, p: f32, q: vec4<f32>) -> vec4<f32> {
    return sums + p * q;
}
