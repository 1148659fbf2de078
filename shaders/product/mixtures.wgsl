// Terms are m log2 m of mixtures. Twin: src/cpu/product/mixtures_f32.rs.

// To 5e-8 and rounding; some finite number for 0. No builtin: what that may miss is up to the driver.
fn log2_of(m: vec4<f32>) -> vec4<f32> {
    let bits = bitcast<vec4<u32>>(m);
    let exponent = (bits - vec4<u32>(0x3f3504f3u)) & vec4<u32>(0xff800000u);
    let f = bitcast<vec4<f32>>(bits - exponent) - 1.0;
    let f_2 = f * f;
    let h_0 = f * -0.72135717 + 1.4426948;
    let h_2 = f * -0.36008722 + 0.48093945;
    let h_4 = f * -0.25006905 + 0.28670746;
    let h_6 = f * -0.14574452 + 0.23689042;
    let h = ((h_6 * f_2 + h_4) * f_2 + h_2) * f_2 + h_0;
    // Exact: a whole number of 23 bits less.
    let whole = vec4<f32>(bitcast<vec4<i32>>(exponent)) * (1.0 / 8388608.0);
    return f * h + whole;
}

fn with_terms(sums: vec4<f32>, p: f32, q: vec4<f32>) -> vec4<f32> {
    let mixtures = p + q;
    return sums + mixtures * log2_of(mixtures);
}
