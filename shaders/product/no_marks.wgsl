// No score is infinite but by its product.

struct Hits {
    first: u32,
    second: u32,
}

fn hits(of_p: u32, of_q: u32) -> Hits {
    return Hits(0u, 0u);
}

fn or_infinite(scores: vec4<u32>, hit: u32, bit: u32) -> vec4<u32> {
    return scores;
}
