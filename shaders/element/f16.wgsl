// IEEE binary16, widened by integer operations: `unpack2x16float` may flush, and the extension `f16` is not
// on every adapter.

const F16_PER_VECTOR_LOG2: u32 = 3u;

// The bits of the f32 equal to the f16 with bits `h`.
fn f16_widen(h: vec4<u32>) -> vec4<u32> {
    let sign = (h & vec4<u32>(0x8000u)) << vec4<u32>(16u);
    let magnitude = h & vec4<u32>(0x7fffu);
    let moved = magnitude << vec4<u32>(13u);
    let normal = moved + vec4<u32>(0x38000000u);
    // A subnormal f16 is a normal f32, or zero.
    let subnormal = bitcast<vec4<u32>>(vec4<f32>(magnitude) * 5.960464477539063e-8);
    let finite = select(normal, subnormal, magnitude < vec4<u32>(0x400u));
    return sign | select(finite, moved | vec4<u32>(INFINITY), magnitude >= vec4<u32>(0x7c00u));
}

fn f16_aligned(a: vec4<u32>, element: u32) -> vec4<u32> {
    return f16_widen(half_apart(half_aligned(a, element)));
}

// The four elements that start at element `s` of vector `a`, reaching into `b`, as bits of f32.
fn f16_quad(a: vec4<u32>, b: vec4<u32>, s: u32) -> vec4<u32> {
    return f16_widen(half_apart(half_words(a, b, s)));
}
