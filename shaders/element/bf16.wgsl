// bfloat16: the upper half of a binary32.

const BF16_PER_VECTOR_LOG2: u32 = 3u;

// The four elements that start at element `s` of vector `a`, reaching into `b`, as bits of f32.
fn bf16_quad(a: vec4<u32>, b: vec4<u32>, s: u32) -> vec4<u32> {
    return half_apart(half_words(a, b, s)) << vec4<u32>(16u);
}
