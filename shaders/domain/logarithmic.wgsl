// Two rows of logarithms, read as such or made into such. Twin: src/cpu/domain/logarithmic.rs.

struct Domain {
    max_p: f32,
    max_q: f32,
    max_difference: vec2<f32>,
    inverse_temperature: vec2<f32>,
    ln_normalisers: f32,
    p_scale: f32,
    q_scale: f32,
    q_rest: f32,
}

// Beyond this a logarithm has no use for its low word.
const DOMAIN_HUGE: f32 = 1e30;
// 2^-64 and 2^64.
const DOMAIN_DOWN: f32 = 5.421010862427522e-20;
const DOMAIN_UP: f32 = 1.8446744073709552e19;

// Keeps a logarithm of a ratio finite, with room for what is added.
fn domain_clamp(x: f32) -> f32 {
    let capped = select(x, 3e38, x > 3e38);
    return select(capped, -3e38, capped < -3e38);
}

fn domain_from_logarithms(max_p: f32, rest_p: f32, max_q: f32, rest_q: f32, inverse_temperature: vec2<f32>) -> Domain {
    let sum_p = 1.0 + rest_p;
    let sum_q = 1.0 + rest_q;
    return Domain(
        max_p,
        max_q,
        difference_two_words(max_p, max_q),
        inverse_temperature,
        ratio_ln_1p_ratio(rest_p, rest_q),
        1.0 / sum_p,
        1.0 / sum_q,
        rest_q,
    );
}

fn domain_from_parts(domain: Domain, p_value: f32, q_value: f32, p_zero: bool, q_zero: bool) -> Pair {
    let a = select(p_value, domain.max_p, p_zero);
    let b = select(q_value, domain.max_q, q_zero);
    let p = select(logarithmic_exp_below(a, domain.max_p, domain.inverse_temperature), 0.0, p_zero);
    let q = select(logarithmic_exp_below(b, domain.max_q, domain.inverse_temperature), 0.0, q_zero);
    return domain_from_exponentials(domain, a, b, p, q, p_zero, q_zero);
}

// The same, given what both bins are relative to the largest of their rows.
fn domain_from_exponentials(
    domain: Domain,
    p_value: f32,
    q_value: f32,
    of_p: f32,
    of_q: f32,
    p_zero: bool,
    q_zero: bool,
) -> Pair {
    let either_zero = p_zero || q_zero;
    let a = select(p_value, domain.max_p, p_zero);
    let b = select(q_value, domain.max_q, q_zero);

    let words = difference_two_words(a, b);
    let high = domain_clamp(words.x - domain.max_difference.x);
    let low = select(0.0, words.y - domain.max_difference.y, abs(high) < DOMAIN_HUGE);
    var tempered = high + low;
    if !AT_ONE {
        tempered = tempered * domain.inverse_temperature.x + tempered * domain.inverse_temperature.y;
    }
    let x = domain_clamp(tempered - domain.ln_normalisers);

    let p = of_p * domain.p_scale;
    let q = of_q * domain.q_scale;
    let near = abs(x) < 0.6875 && !either_zero;
    let inside = select(0.0, x, near);
    let square = inside * inside;
    let d = select(q - p, p * (square * exp_m1_tail(inside) + inside), near);

    // p (e^x - 1 - x), and q (e^-x - 1 + x), whose terms cancel nowhere.
    var excess = p * (square * exp_m1_tail(inside));
    var reverse_excess = q * (square * exp_m1_tail(-inside));
    let p_up = p * DOMAIN_UP;
    let scaled_b = domain_scaled(b, domain.max_q);
    // Not a select: of near rows no invocation comes here.
    if !near {
        let far_x = (scaled_b - domain_scaled(a, domain.max_p)) * domain.inverse_temperature.x;
        let t = select(select(far_x, x * DOMAIN_DOWN, abs(x) < DOMAIN_HUGE), 0.0, either_zero);
        excess = d - p_up * t;
        reverse_excess = (q * DOMAIN_UP) * t - d;
    }
    let below_q = logarithmic_below(b, domain.max_q, domain.inverse_temperature);
    let far_drop = -scaled_b * domain.inverse_temperature.x;
    let drop = select(far_drop, -below_q * DOMAIN_DOWN, below_q > -DOMAIN_HUGE);
    return Pair(p, q, d, pair_marked(x, p_zero, q_zero), excess, reverse_excess, p_up * drop, p_zero, q_zero);
}

// A logarithm below the largest of its row, scaled down: those beyond f32 still make products within it. Some
// compilers would subtract first.
fn domain_scaled(z: f32, maximum: f32) -> f32 {
    return opaque(z * DOMAIN_DOWN) - maximum * DOMAIN_DOWN;
}

fn domain_masses(domain: Domain) -> Masses {
    return Masses(1.0, 0.0, domain.q_scale, domain.q_rest * domain.q_scale);
}
