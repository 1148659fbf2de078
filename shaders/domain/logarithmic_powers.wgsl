// Two rows of logarithms, for powers. Twin: src/cpu/domain/logarithmic.rs.

// ln of the scale of P over that of Q, in two words.
var<private> logarithmic_ln_scales: vec2<f32>;

fn logarithmic_powers_settle() {
    logarithmic_ln_scales = power_ln_ratio(domain.q_scale, domain.p_scale);
}

fn logarithmic_power_pair(p_value: f32, q_value: f32, p_zero: bool, q_zero: bool, drift: f32) -> PowerPair {
    let a = select(p_value, domain.max_p, p_zero);
    let b = select(q_value, domain.max_q, q_zero);
    let inverse = domain.inverse_temperature;
    let words = difference_two_words(a, b);
    // As it is unless it is infinite: that of the maxima may be as large, and leave nothing.
    let below = difference_two_words(domain.max_difference.x, domain_within(words.x, MAXIMUM));
    let low = (words.y - domain.max_difference.y) + below.y;
    let x = opaque(domain_clamp(below.x * inverse.x));
    let product = difference_product_error(below.x, inverse.x, x);
    let error = product + opaque(low * inverse.x + below.x * inverse.y);
    let scaled = difference_two_words(logarithmic_ln_scales.x, x);
    let scales_low = logarithmic_ln_scales.y + powers_ln(drift);
    let y = scaled.x;
    let counts = abs(y) < SHARED_FAR;
    let rest = select(0.0, scaled.y + (error - scales_low), counts);
    let natural = power_log2_of_natural(select(0.0, y, counts), rest);
    let near = power_log2_words(natural.x, natural.y);
    let scaled_a = opaque(a * (1.0 / POWER_OCTAVES)) - domain.max_p * (1.0 / POWER_OCTAVES);
    let scaled_b = opaque(b * (1.0 / POWER_OCTAVES)) - domain.max_q * (1.0 / POWER_OCTAVES);
    let far = shared_far_log2(scaled_b - scaled_a, inverse.x);
    let log2 = vec2<f32>(select(far, near.x, counts), near.y);
    let of_p = shared_below(a, domain.max_p, inverse);
    let of_q = shared_below(b, domain.max_q, inverse);
    let p_scale = drift * domain.p_scale + domain.p_scale;
    return shared_pair(y + rest, log2, of_p, of_q, p_scale, domain.q_scale, p_zero, q_zero);
}
