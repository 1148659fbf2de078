// Sums of powers p^a q^(1-a), which Renyi, Tsallis and alpha divergences have in common. Twin:
// src/measure/power.rs.

// From here on a sum of powers is not to be relied on: a term was beyond what it may be.
const POWER_BEYOND: f32 = 3.1e29;
const POWER_MOST: f32 = 1.5e38;

// A pair of bins as the order takes it: exchanged or not.
struct PowerBins {
    p: f32,
    d: f32,
    t: f32,
    log2: vec2<f32>,
    extended: vec2<f32>,
    p_zero: bool,
    q_zero: bool,
}

fn power_exchanged() -> bool {
    return (parameters.flags & 16u) != 0u;
}

fn power_bins(pair: PowerPair) -> PowerBins {
    let p_zero = pair.p_extended.x == 0.0;
    let q_zero = pair.q_extended.x == 0.0;
    let t = select(pair.t, 0.0, p_zero || q_zero);
    if power_exchanged() {
        return PowerBins(pair.q, -pair.d, -t, -pair.log2, pair.q_extended, q_zero, p_zero);
    }
    return PowerBins(pair.p, pair.d, t, pair.log2, pair.p_extended, p_zero, q_zero);
}

// p (q/p)^c as a number near 1 and an exponent, without meaning where either is zero.
fn power_of_bins(bins: PowerBins) -> vec2<f32> {
    let high = bins.log2.x;
    let low = bins.log2.y;
    let exact = high * parameters.power_c_high;
    let capped = select(exact, POWER_MOST, exact > POWER_MOST);
    let product = select(capped, -POWER_MOST, capped < -POWER_MOST);
    let rest = low * parameters.power_c_high + (high + low) * parameters.power_c_low;
    let words = power_times_exp2(bins.extended.x, vec2<f32>(product, rest), POWER_SPAN);
    return vec2<f32>(words.x, words.y + bins.extended.y * POWER_UNITS);
}

// What makes masses about 1, a power of two.
fn power_unit(masses: Masses) -> f32 {
    return bitcast<f32>(0x7f000000u - (bitcast<u32>(masses.q_max) & INFINITY));
}

fn power_series(v: f32) -> f32 {
    var h = parameters.power_series_12;
    h = h * v + parameters.power_series_11;
    h = h * v + parameters.power_series_10;
    h = h * v + parameters.power_series_9;
    h = h * v + parameters.power_series_8;
    h = h * v + parameters.power_series_7;
    h = h * v + parameters.power_series_6;
    h = h * v + parameters.power_series_5;
    h = h * v + parameters.power_series_4;
    h = h * v + parameters.power_series_3;
    h = h * v + parameters.power_series_2;
    h = h * v + parameters.power_series_1;
    return h * v + parameters.power_series_0;
}

// What the bin has in the alpha divergence, less the first order, in units of the mass; and the power.
fn power_terms(pair: PowerPair, masses: Masses) -> vec2<f32> {
    let unit = power_unit(masses);
    let bins = power_bins(pair);
    let p = bins.p;
    let d = bins.d;
    let t = bins.t;
    let v = t * parameters.power_stretch;
    let near_phi = (d * t) * power_series(v);
    let near_power = parameters.power_c * ((-parameters.power_a) * near_phi + d) + p;

    let words = power_of_bins(bins);
    let exponent = words.y * POWER_SPAN;
    let capped = select(100.0, exponent, exponent < 100.0);
    let inside = select(-126.0, capped, capped > -126.0);
    let far_power = select(words.x * power_exp2_of_whole(inside), 0.0, exponent < -126.0);
    let product = t * parameters.power_c;
    let small = abs(product) < 0.72;
    let y = select(0.0, product, small);
    let slow = (p * t) * (y * exp_m1_tail(y) + 1.0);
    let fast = (far_power - p) * parameters.power_inverse_c;
    let far_phi = (d - select(fast, slow, small)) * parameters.power_inverse_a;

    let near = abs(v) < 1.8;
    var phi = select(far_phi, near_phi, near) * unit;
    phi = select(phi, (d * unit) * parameters.power_inverse_a, bins.p_zero);
    phi = select(phi, (p * unit) * parameters.power_inverse_c, bins.q_zero);
    phi = select(phi, 0.0, bins.p_zero && bins.q_zero);
    let power = select(select(far_power, near_power, near), 0.0, bins.p_zero || bins.q_zero);
    return vec2<f32>(phi, power);
}

// The exponent of the power, and what it multiplies.
fn power_far_terms(pair: PowerPair) -> vec2<f32> {
    let bins = power_bins(pair);
    let words = power_of_bins(bins);
    return select(vec2<f32>(words.y, words.x), vec2<f32>(POWER_NO_EXPONENT, 0.0), bins.p_zero || bins.q_zero);
}

struct PowerSettled {
    alpha: f32,
    power: f32,
    mass: f32,
}

// A = (sum phi / S) G - R where the drift has not been taken off.
fn power_settled(sums: vec2<f32>, masses: Masses) -> PowerSettled {
    let grown = 1.0 + masses.drift;
    let exchanged = power_exchanged();
    let mass = select(masses.mass, masses.mass * grown, exchanged);
    let drift = select(masses.drift, -masses.drift / grown, exchanged);
    let first = -parameters.power_c * drift;
    let growth = 1.0 + exp_m1_small(first - 0.5 * first * drift);
    let w = first - drift;
    var rest = w * (1.0 / 30.0) + 0.125;
    rest = w * rest + 1.0 / 3.0;
    rest = drift * drift * (w * rest + 0.5);
    let alpha = sums.x / (mass * power_unit(masses)) * growth - rest;
    return PowerSettled(select(0.0, alpha, alpha > 0.0), sums.y * growth, mass);
}

// Whether a first try may count: the drift must be small for the order, too, and is known to 1e-7 only.
fn power_accepts(masses: Masses, sums: vec2<f32>) -> bool {
    let c = abs(parameters.power_c);
    let drift = masses.drift;
    return c <= 4.5 && abs(drift) <= 1e-4 && 2.0 * drift * drift <= sums.x && c * abs(drift) <= 0.1;
}
