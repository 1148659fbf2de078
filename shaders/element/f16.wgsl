// IEEE binary16: eight elements a vector, widened by integer operations so that no adapter flushes.

const F16_PER_VECTOR_LOG2: u32 = 3u;

// The bits of the f32 equal to the f16 with bits `h`.
fn f16_widen(h: u32) -> u32 {
    let sign = (h & 0x8000u) << 16u;
    let exponent = (h >> 10u) & 31u;
    let fraction = h & 0x3ffu;
    if exponent == 31u {
        return sign | INFINITY | (fraction << 13u);
    }
    if exponent == 0u {
        // A subnormal f16 is a normal f32, or zero.
        return sign | bitcast<u32>(f32(fraction) * 5.960464477539063e-8);
    }
    return sign | ((exponent + 112u) << 23u) | (fraction << 13u);
}

fn f16_at(a: vec4<u32>, b: vec4<u32>, i: u32) -> u32 {
    let word = (i >> 1u) & 3u;
    let pair = select(a[word], b[word], i >= 8u);
    return f16_widen(select(pair & 0xffffu, pair >> 16u, (i & 1u) == 1u));
}

// The four elements that start at element `s` of vector `a`, reaching into `b`, as bits of f32.
fn f16_quad(a: vec4<u32>, b: vec4<u32>, s: u32) -> vec4<u32> {
    return vec4<u32>(f16_at(a, b, s), f16_at(a, b, s + 1u), f16_at(a, b, s + 2u), f16_at(a, b, s + 3u));
}
