// Two rows of weights as they are stored, each pair of bins over its bin of Q and scaled down by 2^32. Only
// the reverse excess has a meaning. Twin: src/cpu/domain/quotient.rs.

const QUOTIENT_SCALE: f32 = 2.3283064365386963e-10;

// Exponents are kept 23 bits up.
const QUOTIENT_31: i32 = 31 * 8388608;
const QUOTIENT_32: i32 = 32 * 8388608;
const QUOTIENT_94: i32 = 94 * 8388608;
const QUOTIENT_100: i32 = 100 * 8388608;

struct Domain {
    nothing: u32,
}

fn domain_new(p: Survey, q: Survey) -> Domain {
    return Domain(0u);
}

fn domain_pair(domain: Domain, p_word: u32, q_word: u32) -> Pair {
    let p_bits = p_word & ABS;
    let q_bits = q_word & ABS;
    let p_zero = p_bits < MIN_NORMAL;
    let q_zero = q_bits < MIN_NORMAL;
    let either_zero = p_zero || q_zero;
    let near = ratio_in_reach(select(p_bits, 0x3f800000u, either_zero), select(q_bits, 0x3f800000u, either_zero));
    let k = near.exponent;
    let apart = near.b - near.a;
    let s = apart / (near.b + near.a);
    let z = s * s;
    let w = z * ratio_atanh_tail(z);
    let t = f32(k) * LN_2_OF_EXPONENT + ((s + s) * w + (s + s));
    // Mesa moves the factor of two of a sum. p/q - 1 cancels where it is near 1; far out it may overflow, or underflow, before it is scaled.
    let at_one = s * (apart / near.b + opaque(w + w));
    let inside = k > -QUOTIENT_31 && k < QUOTIENT_31;
    let moved_a = bitcast<f32>(u32(bitcast<i32>(near.a) - select(0, k, inside)));
    let close = (moved_a - near.b) / near.b + t;
    let down = -QUOTIENT_32 - min(k, QUOTIENT_94);
    let power = bitcast<f32>(u32(min(down, QUOTIENT_100) + 0x3f800000));
    let quotient = select(near.a / near.b * power, 0.0, k > QUOTIENT_94);
    // Mesa multiplies both summands by a constant that it knows.
    let far = quotient + (t - 1.0) * opaque(QUOTIENT_SCALE);
    let value = select(select(far, close * QUOTIENT_SCALE, inside), at_one * QUOTIENT_SCALE, k == 0);
    return Pair(0.0, 0.0, 0.0, 0.0, 0.0, select(value, 0.0, either_zero), 0.0, p_zero, q_zero);
}

fn domain_masses(domain: Domain) -> Masses {
    return Masses(1.0, 0.0, 1.0, 0.0);
}
