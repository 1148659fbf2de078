// Exact differences. Twin: src/cpu/domain/logarithmic.rs.

// b - a in two words.
fn difference_two_words(a: f32, b: f32) -> vec2<f32> {
    let high = opaque(b - a);
    let from_a = opaque(high - b);
    let low = (b - opaque(high - from_a)) - (a + from_a);
    return vec2<f32>(high, low);
}
