// Statistics of scores that lie in a buffer. Layout and rounds: src/plan/statistics.rs.

// Scalars only, in the order of `plan::statistics::Parameters`.
struct Parameters {
    // Scores of this dispatch.
    scores: u32,
    // Workgroups that share them, and workgroups in a line of the dispatch grid.
    groups: u32,
    grid_width: u32,
    epoch: u32,
    // Bins of the histogram.
    bins: u32,
    // The bits of a score that are looked at: how many lie below, and how many they are.
    shift: u32,
    width: u32,
    // Which round of looks at them it is.
    pass_index: u32,
    // Places in the order of scores that are looked for: two a quantile.
    targets: u32,
    // What is wanted: bit 0 the least, 1 the greatest, 2 the mean, 3 the sum.
    wanted: u32,
    unused_0: u32,
    unused_1: u32,
}

@group(0) @binding(0) var<uniform> parameters: Parameters;

const INVOCATIONS: u32 = 256u;

// Of a state: counts, extremes, what tells that it is whole, the exact sum in words of 16 bits, and the histogram.
const FINITE: u32 = 0u;
const INFINITIES: u32 = 1u;
const BAD: u32 = 2u;
const UNFINISHED: u32 = 3u;
// The complement, so that memory of zeros is that of no score.
const LEAST: u32 = 4u;
const GREATEST: u32 = 5u;
const GROUPS_DONE: u32 = 6u;
const EPOCH: u32 = 7u;
const SUM: u32 = 8u;
const LIMBS: u32 = 21u;
const HISTOGRAM_DONE: u32 = 29u;
const HISTOGRAM: u32 = 32u;

// Of a target, four words: how many scores lie below among those with its bits, its bits so far, rounds that found
// them, and how far a quantile lies behind it, in parts of 2^32.
const RANK: u32 = 0u;
const BITS: u32 = 1u;
const ROUNDS: u32 = 2u;
const FRACTION: u32 = 3u;

// Digits that a round tells apart at most.
const DIGITS: u32 = 2048u;

const INFINITE: u32 = 0x7f800000u;
const NONE: u32 = 0x7fc00000u;

// Bits in the order of scores: zeros are one, and what is no score, be it NaN or below zero, is above infinity.
fn ordered(bits: u32) -> u32 {
    return select(bits, 0u, bits == 0x80000000u);
}

fn number_of(group: vec3<u32>) -> u32 {
    return group.y * parameters.grid_width + group.x;
}
