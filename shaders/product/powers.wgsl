// Sums of powers. Twin: src/product/finish.rs.

// True where a sum has lost no terms, and 2 to its exponent is in range.
fn is_known(sums: vec4<f32>, exponents: vec4<f32>) -> vec4<bool> {
    let large = abs(exponents) <= vec4<f32>(LARGEST_EXPONENT);
    return select(vec4<bool>(false), large, sums > vec4<f32>(SMALLEST_SUM));
}

// 2 to whole numbers in that range.
fn power_of_two(exponents: vec4<f32>) -> vec4<f32> {
    let within = clamp(exponents, vec4<f32>(-LARGEST_EXPONENT), vec4<f32>(LARGEST_EXPONENT));
    return bitcast<vec4<f32>>(bitcast<vec4<u32>>(vec4<i32>(within) + vec4<i32>(127)) << vec4<u32>(23u));
}

// Scores that are known and in range.
fn or_left(scores: vec4<f32>, known: vec4<bool>) -> vec4<u32> {
    let in_range = select(vec4<bool>(false), known, scores <= vec4<f32>(LARGEST));
    return select(vec4<u32>(LEFT), bitcast<vec4<u32>>(scores), in_range);
}
