// The exponential with the same bits everywhere. Twin: src/math/exp.rs.

// (e^x - 1 - x) / x^2 for |x| <= 0.72.
fn exp_m1_tail(x: f32) -> f32 {
    var h = 2.488451e-5;
    h = h * x + 2.00918e-4;
    h = h * x + 1.3889542e-3;
    h = h * x + 8.332686e-3;
    h = h * x + 4.1666646e-2;
    h = h * x + 0.1666667;
    return h * x + 0.5;
}

// e^x - 1 there.
fn exp_m1_small(x: f32) -> f32 {
    return (x * x) * exp_m1_tail(x) + x;
}

// e^x for x in [-87, 88]; 0 below.
fn exp_of(x: f32) -> f32 {
    let capped = select(x, 88.0, x > 88.0);
    let inside = select(capped, -87.0, capped < -87.0);
    let n = floor(inside * LOG2_E + 0.5);
    var r = n * -0.693359375 + inside;
    r = n * 2.1219444e-4 + r;
    let tail = exp_m1_small(r);
    let scale = bitcast<f32>(u32(i32(n) + 127) << 23u);
    return select(tail * scale + scale, 0.0, x < -87.0);
}
