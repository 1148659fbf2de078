// bfloat16: the upper half of a binary32.

const BF16_PER_VECTOR_LOG2: u32 = 3u;

// The bits of the f32 equal to the bf16 with bits `h`.
fn bf16_widen(h: vec4<u32>) -> vec4<u32> {
    return h << vec4<u32>(16u);
}

fn bf16_aligned(a: vec4<u32>, element: u32) -> vec4<u32> {
    return bf16_widen(half_apart(half_aligned(a, element)));
}

// The four elements that start at element `s` of vector `a`, reaching into `b`, as bits of f32.
fn bf16_quad(a: vec4<u32>, b: vec4<u32>, s: u32) -> vec4<u32> {
    return bf16_widen(half_apart(half_words(a, b, s)));
}
