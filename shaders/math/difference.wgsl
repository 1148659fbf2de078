// Exact differences. Twin: src/cpu/domain/logarithmic.rs.

// b - a in two words.
fn difference_two_words(a: f32, b: f32) -> vec2<f32> {
    let high = opaque(b - a);
    let from_a = opaque(high - b);
    let low = (b - opaque(high - from_a)) - (a + from_a);
    return vec2<f32>(high, low);
}

// a b - product, exactly, where `product` is a b rounded. Products of 12 by 12 bits are exact.
fn difference_product_error(a: f32, b: f32, product: f32) -> f32 {
    let a_high = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
    let b_high = bitcast<f32>(bitcast<u32>(b) & 0xfffff000u);
    let a_low = a - a_high;
    let b_low = b - b_high;
    return (((a_high * b_high - product) + a_high * b_low) + a_low * b_high) + a_low * b_low;
}
