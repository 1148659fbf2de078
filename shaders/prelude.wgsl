// Constants, parameters and the guard against compilers that know better.

const MIN_NORMAL: u32 = 0x00800000u;
const ABS: u32 = 0x7fffffffu;
const INFINITY: u32 = 0x7f800000u;
const MAXIMUM: f32 = 3.4028234663852886e38;
const LN_2: f32 = 0.6931471805599453;
// ln 2, for an exponent that is kept 23 bits up.
const LN_2_OF_EXPONENT: f32 = 0.6931471805599453 / 8388608.0;
const LOG2_E: f32 = 1.4426950408889634;

// Scalars only, in the order of `plan::Parameters`.
struct Parameters {
    rows: u32,
    k: u32,
    // Where the first row starts, and from one row to the next, in elements.
    p_start: u32,
    q_start: u32,
    p_stride: u32,
    q_stride: u32,
    // Invocations a row: `width` slots in each of `teams` teams.
    width: u32,
    teams: u32,
    // Workgroups in a line of the dispatch grid.
    grid_width: u32,
    epoch: u32,
    // Always 0, which no compiler can know.
    zero: u32,
    // Bit 0: P must be normalised; bit 1: Q must be; bit 2: one temperature for both; bit 3: the score is
    // a root; bit 4: powers take the rows exchanged; bit 5: Q is read;
    // bit 6: every quad lies in one vector.
    flags: u32,
    p_inverse_temperature_high: f32,
    p_inverse_temperature_low: f32,
    q_inverse_temperature_high: f32,
    q_inverse_temperature_low: f32,
    p_tolerance: f32,
    q_tolerance: f32,
    weight: f32,
    weight_q: f32,
    eps: f32,
    unit: f32,
    // A row over several workgroups: the pass, blocks a chunk and chunks a row.
    pass_index: u32,
    chunk_blocks: u32,
    chunks: u32,
    // The exponent that the largest value of a linear row must have at least for the row to stay as it is.
    least_exponent: i32,
    // What sums of powers need, see src/measure/power.rs.
    power_infinite_on: u32,
    power_order: f32,
    power_order_less_one: f32,
    power_a: f32,
    power_inverse_a: f32,
    power_c: f32,
    power_c_high: f32,
    power_c_low: f32,
    power_inverse_c: f32,
    power_stretch: f32,
    power_factor: f32,
    power_far_factor: f32,
    power_far_exponent: f32,
    power_series_0: f32,
    power_series_1: f32,
    power_series_2: f32,
    power_series_3: f32,
    power_series_4: f32,
    power_series_5: f32,
    power_series_6: f32,
    power_series_7: f32,
    power_series_8: f32,
    power_series_9: f32,
    power_series_10: f32,
    power_series_11: f32,
    power_series_12: f32,
    // Of rows that were tried in a dispatch before, in groups of `group_rows`: how many groups a workgroup
    // looks at, up to 256, how many there are, and from one that it looks at to the next.
    groups: u32,
    group_rows: u32,
    all_groups: u32,
    group_step: u32,
    // Where all pairs meet, the rows of Q.
    columns: u32,
}

// Bits of `flags`.
const FLAG_P_NORMALISED: u32 = 1u;
const FLAG_Q_NORMALISED: u32 = 2u;
const FLAG_ROOT: u32 = 8u;
const FLAG_USES_Q: u32 = 32u;
const FLAG_ALIGNED: u32 = 64u;

// A value that no algebra can look through: folding (a + b) - a would undo exact differences.
fn opaque(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) ^ parameters.zero);
}

// Bins of rows whose masses have been brought together. `d`, `t` and both excesses have full relative accuracy.
struct Pair {
    p: f32,
    q: f32,
    // q - p
    d: f32,
    // ln(q/p); MAXIMUM where p alone is zero, -MAXIMUM where q is, 0 where both are
    t: f32,
    // p ln(p/q) + q - p and q ln(q/p) + p - q, at least 0
    excess: f32,
    reverse_excess: f32,
    // p ln(max q / q)
    p_drop: f32,
    p_zero: bool,
    q_zero: bool,
}

// `t` where neither bin is zero, and what stands for it elsewhere.
fn pair_marked(t: f32, p_zero: bool, q_zero: bool) -> f32 {
    let one_zero = select(select(t, MAXIMUM, p_zero), -MAXIMUM, q_zero);
    return select(one_zero, 0.0, p_zero && q_zero);
}

// What is known of a pair of rows when their bins are folded.
struct Masses {
    mass: f32,
    // (sum q - sum p) / sum p
    drift: f32,
    q_max: f32,
    q_rest: f32,
}
