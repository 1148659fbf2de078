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
    // Each below the largest of its row, for what these have in common may be all that one word holds; and half
    // of each, so that no difference is infinite. Some compilers would subtract first.
    let below_p = difference_two_words(0.5 * domain.max_p, opaque(0.5 * a));
    let below_q = difference_two_words(0.5 * domain.max_q, opaque(0.5 * b));
    let apart = difference_two_words(below_p.x, below_q.x);
    // Where both first words are large and all but equal, the low ones may be most of what is left.
    let below = difference_two_words(below_p.y - below_q.y - apart.y, apart.x);
    let twice = 2.0 * inverse;
    let x = opaque(domain_clamp(below.x * twice.x));
    let product = difference_product_error(below.x, twice.x, x);
    let error = product + opaque(below.y * twice.x + below.x * twice.y);
    let scaled = difference_two_words(logarithmic_ln_scales.x, x);
    let scales_low = logarithmic_ln_scales.y + powers_ln(drift);
    let y = scaled.x;
    let counts = abs(y) < SHARED_FAR;
    let rest = select(0.0, scaled.y + (error - scales_low), counts);
    let natural = power_log2_of_natural(select(0.0, y, counts), rest);
    let near = power_log2_words(natural.x, natural.y);
    // Nor is it to be doubled first.
    let far = shared_far_log2(opaque(below.x * (1.0 / POWER_OCTAVES)), twice.x);
    let log2 = vec2<f32>(select(far, near.x, counts), near.y);
    let of_p = shared_below(a, domain.max_p, inverse);
    let of_q = shared_below(b, domain.max_q, inverse);
    let p_scale = drift * domain.p_scale + domain.p_scale;
    return shared_pair(y + rest, log2, of_p, of_q, p_scale, domain.q_scale, p_zero, q_zero);
}
