// f-divergences of generators that users give: sum q f(p/q), less the tangent at 1. What differs between them is
// printed by src/expr/wgsl.rs: generated_series and generated_excess, and constants.

// A bin over the mass. Bins that are close come from a polynomial of s = (p - q)/(p + q).
fn f_divergence_term(pair: Pair, masses: Masses) -> f32 {
    let p = masses.drift * pair.p + pair.p;
    let d = (-masses.drift) * pair.p + pair.d;
    let sum = p + pair.q;
    let s = -d / select(sum, 1.0, sum == 0.0);
    if abs(s) < generated_radius() {
        return (-d / masses.mass) * generated_series(s);
    }
    if pair.p_zero {
        return pair.q / masses.mass * generated_only_q();
    }
    if pair.q_zero {
        return p / masses.mass * generated_only_p();
    }
    return f_divergence_far(pair, p, masses.mass);
}

// Masses that have come out as zero, or next to it, are not.
fn f_divergence_far(pair: Pair, p: f32, mass: f32) -> f32 {
    var t = vec2<f32>(0.0);
    if bitcast<u32>(p) >= MIN_NORMAL && bitcast<u32>(pair.q) >= MIN_NORMAL {
        t = wide_div(wide(p, 0.0), wide(pair.q, 0.0));
    } else {
        t = wide_exp(wide(-pair.t, 0.0));
    }
    let value = generated_excess(t);
    var term = vec2<f32>(0.0);
    if p < pair.q {
        term = wide_mul(value, wide(pair.q, 0.0));
    } else {
        term = wide_mul(wide_div(value, t), wide(p, 0.0));
    }
    return wide_number(wide_div(term, wide(mass, 0.0)));
}
