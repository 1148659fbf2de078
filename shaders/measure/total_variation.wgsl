// Total variation: sum |d - D p| / (2 S (1+D)). A fold that does not know the drift D adds |d|, and p with the
// sign of d. Twin: src/measure/total_variation.rs.

// A bin whose difference is a smaller part of it than this may change its sign.
const TOTAL_VARIATION_CLOSE: f32 = 1e-6;
// What is too small for its sign to matter.
const TOTAL_VARIATION_TINY: f32 = 1e-36;
// Added to the second sum for each bin that may change its sign.
const TOTAL_VARIATION_ANY_CLOSE: f32 = 1e30;
// Second sums beyond this know of such a bin.
const TOTAL_VARIATION_MOST: f32 = 1e20;

fn total_variation_infinite_on() -> u32 {
    return 0u;
}

fn total_variation_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    if masses.drift != 0.0 {
        return vec2<f32>(abs((-masses.drift) * pair.p + pair.d), 0.0);
    }
    let apart = abs(pair.d);
    let signed = select(-pair.p, pair.p, pair.d > 0.0);
    let close = apart < pair.p * TOTAL_VARIATION_CLOSE - TOTAL_VARIATION_TINY;
    return vec2<f32>(apart, signed + select(0.0, TOTAL_VARIATION_ANY_CLOSE, close));
}

fn total_variation_finish(sums: vec2<f32>, masses: Masses) -> f32 {
    let moved = select(0.0, masses.drift * sums.y, sums.y < TOTAL_VARIATION_MOST);
    return (sums.x - moved) / (2.0 * masses.mass * (1.0 + masses.drift));
}

// Half the drift may be missing; or all bins are farther apart than it can move them, and it takes little away.
fn total_variation_accepts(masses: Masses, sums: vec2<f32>, score: f32) -> bool {
    let drift = abs(masses.drift);
    let moves_none = sums.y < TOTAL_VARIATION_MOST && drift <= TOTAL_VARIATION_CLOSE;
    return drift <= 2e-7 * score || (moves_none && drift <= 0.125 * score);
}
