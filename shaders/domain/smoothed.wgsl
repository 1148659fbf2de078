// eps of the mass is added to every bin of both rows. Twin: src/cpu/domain/smoothed.rs.

struct Smoothing {
    add_p: f32,
    add_q: f32,
    add_d: f32,
    // What the bins of both rows are multiplied by.
    down: f32,
    masses: Masses,
}

// Exponent of a mass for which sums keep their distance from the end of f32, twice biased.
const SMOOTHED_MOST: u32 = 344u;

// What brings a mass there that grows so many times, a power of two; 1 for one that is there. By exponents,
// for the mass may grow beyond f32.
fn smoothed_down(mass: f32, growth: f32) -> f32 {
    let exponents = (bitcast<u32>(mass) >> 23u) + (bitcast<u32>(growth) >> 23u);
    let above = max(exponents, SMOOTHED_MOST) - SMOOTHED_MOST;
    return bitcast<f32>((127u - above) << 23u);
}

fn smoothed_new(masses: Masses, drift: f32) -> Smoothing {
    let bins = f32(parameters.k);
    let down = smoothed_down(masses.mass, 1.0 + bins * parameters.eps);
    let mass = masses.mass * down;
    let mass_p = mass / (1.0 + drift);
    let add_q = parameters.eps * mass;
    return Smoothing(
        parameters.eps * mass_p,
        add_q,
        parameters.eps * mass_p * drift,
        down,
        Masses(
            mass + bins * add_q,
            drift,
            masses.q_max * down + add_q,
            masses.q_rest * down + (bins - 1.0) * add_q,
        ),
    );
}

fn smoothed_pair(exact: Pair, smoothing: Smoothing) -> Pair {
    let p = exact.p * smoothing.down + smoothing.add_p;
    let q = exact.q * smoothing.down + smoothing.add_q;
    let d = exact.d * smoothing.down + smoothing.add_d;
    let reduced = ratio_reduce(bitcast<u32>(p), bitcast<u32>(q));
    let larger = select(q, p, p > q);
    let near = 2.0 * abs(d) < larger;
    let s = select(reduced.above, d, near) / select(reduced.below, p + q, near);
    let z = s * s;
    let w = z * ratio_atanh_tail(z);
    let ln = (s + s) * w + (s + s);
    let far = f32(reduced.exponent) * LN_2_OF_EXPONENT + ln;
    let drop = ratio_ln(bitcast<u32>(q), bitcast<u32>(smoothing.masses.q_max));
    let t = select(far, ln, near);
    let excess = ratio_pair_excess(near, s, w, p * t, p, d);
    let reverse_excess = ratio_pair_reverse_excess(near, s, w, q * t, q, d);
    return Pair(p, q, d, t, excess, reverse_excess, p * select(0.0, drop, drop > 0.0), false, false);
}
