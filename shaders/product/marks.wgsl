// Pairs whose score is infinite, whatever their product: those with a bin that both rows mark.

// A bit for each of 8 rows of P, of each row of the first quad of Q and of the second.
struct Hits {
    first: vec4<u32>,
    second: vec4<u32>,
}

fn marked(a: u32, b: vec4<u32>, bit: u32) -> vec4<u32> {
    return select(vec4<u32>(0u), vec4<u32>(1u << bit), (vec4<u32>(a) & b) != vec4<u32>(0u));
}

fn marked_by(a: vec4<u32>, c: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let of_a = marked(a.x, b, 0u) | marked(a.y, b, 1u) | marked(a.z, b, 2u) | marked(a.w, b, 3u);
    return of_a | marked(c.x, b, 4u) | marked(c.y, b, 5u) | marked(c.z, b, 6u) | marked(c.w, b, 7u);
}

// Of the rows whose first quads these are, counted over all panels.
fn hits(of_p: u32, of_q: u32) -> Hits {
    let step = parameters.words * QUADS;
    var p_at = parameters.p_marks + of_p / QUADS * step + of_p % QUADS;
    var q_at = parameters.q_marks + of_q / QUADS * step + of_q % QUADS;
    var found = Hits(vec4<u32>(0u), vec4<u32>(0u));
    for (var word = 0u; word < parameters.words; word++) {
        let a = p[p_at];
        let c = p[p_at + 16u];
        found.first |= marked_by(a, c, q[q_at]);
        found.second |= marked_by(a, c, q[q_at + 16u]);
        p_at += QUADS;
        q_at += QUADS;
    }
    return found;
}

fn or_infinite(scores: vec4<u32>, hit: vec4<u32>, bit: u32) -> vec4<u32> {
    return select(scores, vec4<u32>(INFINITY), (hit & vec4<u32>(1u << bit)) != vec4<u32>(0u));
}
