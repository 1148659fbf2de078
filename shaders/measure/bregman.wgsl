// Bregman divergences of generators that users give: sum phi(p) - phi(q) - phi'(q) (p - q) of the values as they
// are. What differs between them is printed by src/expr/wgsl.rs: generated_phi, generated_slope and
// generated_bend, and constants.

// Beyond this bins are not close. Twin: src/expr/bregman.rs.
const BREGMAN_STEEP: f32 = 4.0;

fn bregman_term(pair: Pair) -> f32 {
    if pair.d == 0.0 {
        return 0.0;
    }
    let p = wide(pair.p, 0.0);
    let q = wide(pair.q, 0.0);
    let d = wide(-pair.d, 0.0);
    if pair.p_zero {
        let tangent = wide_sub(generated_phi(q), wide_mul(generated_slope(q), q));
        return wide_number(wide_sub(generated_phi_at_zero(), tangent));
    }
    if pair.q_zero {
        let line = wide_add(generated_phi_at_zero(), wide_mul(generated_slope_at_zero(), p));
        return wide_number(wide_sub(generated_phi(p), line));
    }
    if abs(pair.d) <= generated_radius() * max(pair.p, pair.q) && bregman_is_even(generated_bend(p), generated_bend(q)) {
        return wide_number(bregman_near(q, d));
    }
    let of_p = generated_phi(p);
    let of_q = generated_phi(q);
    if max(of_p.y, of_q.y) >= WIDE_MOST {
        return infinite();
    }
    let above = wide_sub(of_p, of_q);
    return wide_number(wide_sub(above, wide_mul(generated_slope(q), d)));
}

// Whether the second derivative is about the same at both: within 2^4.
fn bregman_is_even(a: vec2<f32>, b: vec2<f32>) -> bool {
    let less = wide_sub(a, vec2<f32>(b.x, b.y + BREGMAN_STEEP)).x <= 0.0;
    return less && wide_sub(b, vec2<f32>(a.x, a.y + BREGMAN_STEEP)).x <= 0.0;
}

// d^2 int (1 - x) phi''(q + x d) dx by Gauss and Legendre's points: no term is below zero.
fn bregman_near(q: vec2<f32>, d: vec2<f32>) -> vec2<f32> {
    var sum = bregman_point(q, d, 0.03376524, 0.08276984);
    sum = wide_add(sum, bregman_point(q, d, 0.16939531, 0.14982513));
    sum = wide_add(sum, bregman_point(q, d, 0.3806904, 0.1448918));
    sum = wide_add(sum, bregman_point(q, d, 0.6193096, 0.08906517));
    sum = wide_add(sum, bregman_point(q, d, 0.8306047, 0.030555658));
    sum = wide_add(sum, bregman_point(q, d, 0.96623474, 0.0028924067));
    return wide_mul(wide_mul(sum, d), d);
}

fn bregman_point(q: vec2<f32>, d: vec2<f32>, x: f32, weight: f32) -> vec2<f32> {
    let at = wide_add(q, wide_mul(d, wide(x, 0.0)));
    return wide_mul(generated_bend(at), wide(weight, 0.0));
}
