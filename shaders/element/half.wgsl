// What both kinds of halves share: eight elements a vector, two a word, the first in the lower half.

// The two words that hold the four halves that start at half `s` of vector `a`, reaching into `b`.
fn half_words(a: vec4<u32>, b: vec4<u32>, s: u32) -> vec2<u32> {
    var words = vec3<u32>(a.w, b.xy);
    switch s >> 1u {
        case 0u: { words = a.xyz; }
        case 1u: { words = a.yzw; }
        case 2u: { words = vec3<u32>(a.zw, b.x); }
        default: {}
    }
    return half_shifted(words, s);
}

// The two words that hold the four halves that start at half `s`, if the first of them lies in the first word.
fn half_shifted(words: vec3<u32>, s: u32) -> vec2<u32> {
    let odd = (words.xy >> vec2<u32>(16u)) | (words.yz << vec2<u32>(16u));
    return select(words.xy, odd, (s & 1u) == 1u);
}

// The two words of vector `a` that hold the four halves from half `s` on, a multiple of four.
fn half_aligned(a: vec4<u32>, s: u32) -> vec2<u32> {
    return select(a.xy, a.zw, (s & 4u) != 0u);
}

// Two words as four halves, each in the lower half of a word.
fn half_apart(words: vec2<u32>) -> vec4<u32> {
    let low = words & vec2<u32>(0xffffu);
    let high = words >> vec2<u32>(16u);
    return vec4<u32>(low.x, high.x, low.y, high.y);
}
