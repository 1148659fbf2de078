// Two rows of probabilities or weights. Twin: src/cpu/domain/linear.rs.

struct Domain {
    shift_p: i32,
    shift_q: i32,
    floor_p: u32,
    floor_q: u32,
    c: f32,
    c_high: f32,
    c_low: f32,
    ln_c: f32,
    ratio_shift: i32,
    q_max_bits: u32,
    q_max: f32,
    q_rest: f32,
}

// Values as they are, but for a power of two: one of 2^-32 keeps sums from overflowing.
fn domain_raw(exponent: i32) -> Domain {
    let shift = exponent * 8388608;
    let least = linear_floor(shift);
    return Domain(shift, shift, least, least, 1.0, 1.0, 0.0, 0.0, 0, 0x3f800000u, 1.0, 0.0);
}

// A number rounded to 12 bits: what is left of it then has 12 bits, too, with a sign.
fn domain_upper(x: f32) -> f32 {
    return bitcast<f32>((bitcast<u32>(x) + 0x800u) & 0xfffff000u);
}

fn domain_new(p: Survey, q: Survey) -> Domain {
    let q_sum = q.maximum + q.rest;
    let p_sum = p.maximum + p.rest;
    // Divisions may be off by a digit: of equal rows, and of such up to a power of two, none must be.
    let apart = bitcast<i32>(q_sum) - bitcast<i32>(p_sum);
    let ratio = select(bitcast<i32>(q_sum / p_sum), 0x3f800000 + apart, (apart & 0x007fffff) == 0);
    let exponent = (ratio - 0x3f800000 + 0x00400000) & ~0x007fffff;
    let c_bits = u32(ratio - exponent);
    let c = bitcast<f32>(c_bits);
    let c_high = domain_upper(c);
    let shift_p = p.shift + exponent;
    return Domain(
        shift_p,
        q.shift,
        linear_floor(shift_p),
        linear_floor(q.shift),
        c,
        c_high,
        c - c_high,
        ratio_ln(0x3f800000u, c_bits),
        q.shift - shift_p,
        q.max_bits,
        q.maximum,
        q.rest,
    );
}

// q - c p. All products are of 12 by 12 bits and hence exact, whether fused or not.
fn domain_difference(domain: Domain, p: f32, q: f32) -> f32 {
    let high = domain_upper(p);
    let low = p - high;
    var d = q - domain.c_high * high;
    d = d - domain.c_high * low;
    d = d - domain.c_low * high;
    return d - domain.c_low * low;
}

fn domain_pair(domain: Domain, p_word: u32, q_word: u32) -> Pair {
    let p_bits = p_word & ABS;
    let q_bits = q_word & ABS;
    let p_zero = p_bits < MIN_NORMAL;
    let q_zero = q_bits < MIN_NORMAL;
    let either_zero = p_zero || q_zero;

    let unscaled = linear_scaled(p_bits, domain.shift_p, domain.floor_p);
    let q = linear_scaled(q_bits, domain.shift_q, domain.floor_q);
    let p = domain.c * unscaled;
    let d = domain_difference(domain, unscaled, q);

    let reduced = ratio_reduce(p_bits, q_bits);
    let larger = select(q, p, p > q);
    let near = 2.0 * abs(d) < larger;
    let above = select(select(reduced.above, d, near), 0.0, either_zero);
    let below = select(select(reduced.below, p + q, near), 1.0, either_zero);
    let s = above / below;
    let z = s * s;
    let w = z * ratio_atanh_tail(z);
    let ln = (s + s) * w + (s + s);
    let exponent = f32(reduced.exponent + domain.ratio_shift);
    let far = exponent * LN_2_OF_EXPONENT + (ln - domain.ln_c);
    let t = select(select(far, ln, near), 0.0, either_zero);

    let q_safe = select(q_bits, domain.q_max_bits, q_zero);
    let p_drop = p * ratio_ln(q_safe, domain.q_max_bits);
    let is_near = near && !either_zero;
    let excess = ratio_pair_excess(is_near, s, w, p * t, p, d);
    let reverse_excess = ratio_pair_reverse_excess(is_near, s, w, q * t, q, d);
    return Pair(p, q, d, pair_marked(t, p_zero, q_zero), excess, reverse_excess, p_drop, p_zero, q_zero);
}

fn domain_masses(domain: Domain) -> Masses {
    return Masses(domain.q_max + domain.q_rest, 0.0, domain.q_max, domain.q_rest);
}
