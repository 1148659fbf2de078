// In place of powers.wgsl, for measures without powers.

struct PowerPair {
    d: f32,
    p_zero: bool,
    q_zero: bool,
}

fn powers_settle() {}

fn powers_drift(p: u32, q: u32) -> vec2<f32> {
    return vec2<f32>(0.0);
}

fn support_powers(p: u32, q: u32) -> PowerPair {
    return PowerPair(0.0, false, false);
}
