// Agreement of the largest bin: 1 where the first peaks of both rows stand in the same place. Twin:
// src/cpu/agreement.rs.

fn top1_agreement_infinite_on() -> u32 {
    return 0u;
}

fn top1_agreement_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(pair.p, pair.q);
}

fn top1_agreement_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    return select(0.0, 1.0, sums.x == sums.y);
}
