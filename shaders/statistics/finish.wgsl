// Statistics as a program reads them: counts, extremes, mean and sum, quantiles, and the histogram.

@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> result: array<u32>;

const WANTS_LEAST: u32 = 1u;
const WANTS_GREATEST: u32 = 2u;
const WANTS_MEAN: u32 = 4u;
const WANTS_SUM: u32 = 8u;
const QUANTILES: u32 = 8u;

// The f32 next to a number whose highest bit has the value 2^(top - 149), and whose first 32 bits are these.
fn float_of(top: i32, bits: u32) -> u32 {
    if (top >= 23) {
        let mantissa = (bits >> 8u) + ((bits >> 7u) & 1u);
        // A mantissa that rounds up to the next power of two carries into the exponent.
        return min((u32(top - 22) << 23u) + mantissa - 0x800000u, INFINITE);
    }
    if (top >= 0) {
        let shift = u32(31 - top);
        return (bits >> shift) + ((bits >> (shift - 1u)) & 1u);
    }
    return select(0u, 1u, top == -1);
}

// The first 64 bits of the sum, and the place of the highest in units of the least subnormal; -2 where there is none.
struct Sum {
    high: u32,
    low: u32,
    top: i32,
}

fn exact_sum() -> Sum {
    // Words of 16 bits, with four of 0 below.
    var words = array<u32, 25>();
    var top_word = -1;
    var carry = 0u;
    for (var limb = 0u; limb < LIMBS; limb += 1u) {
        let sum = carry + (state[SUM + limb] & 0xffffu);
        carry = (sum >> 16u) + (state[SUM + limb] >> 16u);
        words[limb + 4u] = sum & 0xffffu;
        if (words[limb + 4u] != 0u) {
            top_word = i32(limb);
        }
    }
    if (top_word < 0) {
        return Sum(0u, 0u, -2);
    }
    let first = (words[top_word + 4] << 16u) | words[top_word + 3];
    let second = (words[top_word + 2] << 16u) | words[top_word + 1];
    let third = words[top_word] << 16u;
    let zeros = countLeadingZeros(first);
    // A shift by 32 is none.
    let high = (first << zeros) | ((second >> 1u) >> (31u - zeros));
    let low = (second << zeros) | ((third >> 1u) >> (31u - zeros));
    return Sum(high, low, 16 * top_word + 15 - i32(zeros));
}

// The sum over a number that is not 0.
fn mean_of(sum: Sum, count: u32) -> u32 {
    if (sum.top < 0) {
        return 0u;
    }
    let zeros = countLeadingZeros(count);
    let divisor = count << zeros;
    // Bit by bit, from a first that may be there to the 32nd behind it.
    let first = sum.high >= divisor;
    var rest = select(sum.high, sum.high - divisor, first);
    var quotient = 0u;
    for (var i = 0u; i < 32u; i += 1u) {
        let over = rest >> 31u;
        rest = (rest << 1u) | ((sum.low >> (31u - i)) & 1u);
        quotient <<= 1u;
        if (over != 0u || rest >= divisor) {
            rest -= divisor;
            quotient |= 1u;
        }
    }
    let top = sum.top - 32 + i32(zeros);
    if (first) {
        return float_of(top + 1, 0x80000000u | (quotient >> 1u));
    }
    return float_of(top, quotient);
}

// The number at a target, or none where its rounds found none.
fn quantile(number: u32) -> u32 {
    let at = number * 8u;
    if (targets[at + ROUNDS] != parameters.pass_index || targets[at + 4u + ROUNDS] != parameters.pass_index) {
        return NONE;
    }
    let fraction = f32(targets[at + FRACTION]) / 4294967296.0;
    let lower = targets[at + BITS];
    let upper = targets[at + 4u + BITS];
    let low = bitcast<f32>(lower);
    let between = bitcast<u32>(low + (bitcast<f32>(upper) - low) * fraction);
    // Neither end is rounded, and no rounding goes beyond: where subnormals are zeros neither.
    return select(clamp(between, lower, upper), upper, fraction >= 1.0);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let number = number_of(group) * INVOCATIONS + lane;
    let quantiles = parameters.targets / 2u;
    let finite = state[FINITE];
    if (number < quantiles) {
        result[QUANTILES + number] = select(NONE, quantile(number), finite > 0u);
    }
    if (parameters.bins > 0u && number < parameters.bins + 2u) {
        result[QUANTILES + quantiles + number] = state[HISTOGRAM + number];
    }
    if (number > 0u) {
        return;
    }
    let sum = exact_sum();
    result[0] = finite;
    result[1] = state[INFINITIES];
    result[2] = state[BAD];
    let counted = parameters.bins == 0u || state[HISTOGRAM_DONE] == parameters.groups;
    let whole = counted && state[EPOCH] == parameters.epoch && state[GROUPS_DONE] == parameters.groups;
    result[3] = select(0u, parameters.epoch, whole);
    let wants_least = finite > 0u && (parameters.wanted & WANTS_LEAST) != 0u;
    result[4] = select(NONE, ~state[LEAST], wants_least);
    let wants_greatest = finite > 0u && (parameters.wanted & WANTS_GREATEST) != 0u;
    result[5] = select(NONE, state[GREATEST], wants_greatest);
    let wants_mean = finite > 0u && (parameters.wanted & WANTS_MEAN) != 0u;
    result[6] = select(NONE, mean_of(sum, max(finite, 1u)), wants_mean);
    let wants_sum = (parameters.wanted & WANTS_SUM) != 0u;
    result[7] = select(NONE, float_of(sum.top, sum.high), wants_sum);
}
