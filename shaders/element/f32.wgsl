// IEEE binary32: four elements a vector.

const F32_PER_VECTOR_LOG2: u32 = 2u;

// The four elements of a vector.
fn f32_aligned(a: vec4<u32>, element: u32) -> vec4<u32> {
    return a;
}

// The four elements that start at element `s` of vector `a`, reaching into `b`, as bits of f32.
fn f32_quad(a: vec4<u32>, b: vec4<u32>, s: u32) -> vec4<u32> {
    switch s {
        case 0u: { return a; }
        case 1u: { return vec4<u32>(a.yzw, b.x); }
        case 2u: { return vec4<u32>(a.zw, b.xy); }
        default: { return vec4<u32>(a.w, b.xyz); }
    }
}
