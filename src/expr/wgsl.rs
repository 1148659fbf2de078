//! Generators as WGSL: one line for each operation, on the numbers of any size of `shaders/math/wide.wgsl`.
//!
//! What is printed are names of functions, numbers of lines and the bits of constants: nothing of a text that a
//! user gave reaches a shader.

use std::fmt::Write;

use super::bregman::Curve;
use super::generator::{Bending, Generator};
use super::program::{Op, Program};
use super::real::whole;
use super::series::Series;

/// The fragment of a generator.
pub(crate) fn fragment(generator: &Generator) -> String {
    let mut wgsl = format!(
        "\nfn generated_infinite_on() -> u32 {{ return {}u; }}\n",
        generator.infinite_on
    );
    match &generator.bending {
        Bending::AtOne(series, f) => {
            wgsl += "
fn generated_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(f_divergence_term(pair, masses), 0.0);
}
";
            of_series(&mut wgsl, series, f);
            // Where they are infinite, flags say so.
            number(&mut wgsl, "generated_only_q", finite(generator.only_q));
            number(&mut wgsl, "generated_only_p", finite(generator.only_p));
        }
        Bending::Everywhere(curve) => {
            wgsl += "
fn generated_terms(pair: Pair, masses: Masses) -> vec2<f32> {
    return vec2<f32>(bregman_term(pair), 0.0);
}
";
            of_curve(&mut wgsl, curve);
            wide(&mut wgsl, "generated_phi_at_zero", finite(generator.only_q));
            wide(
                &mut wgsl,
                "generated_slope_at_zero",
                finite(generator.only_p),
            );
        }
    }
    wgsl += "fn generated_finish(sums: vec2<f32>, masses: Masses) -> f32 { return sums.x; }\n";
    wgsl
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

fn of_series(wgsl: &mut String, series: &Series, f: &Program) {
    number(wgsl, "generated_radius", series.radius);
    if series.is_one() {
        polynomial(wgsl, "generated_series", &series.right);
    } else {
        polynomial(wgsl, "generated_right", &series.right);
        polynomial(wgsl, "generated_left", &series.left);
        *wgsl += "fn generated_series(s: f32) -> f32 {
    return select(generated_right(s), generated_left(s), s < 0.0);
}
";
    }
    program(wgsl, "generated_value", f);
    let _ = writeln!(
        wgsl,
        "fn generated_excess(t: vec2<f32>) -> vec2<f32> {{
    let tangent = wide_mul(wide_sub(t, {}), {});
    return wide_sub(wide_sub(generated_value(t), tangent), {});
}}",
        constant(1.0),
        constant(series.slope),
        constant(series.offset)
    );
}

fn of_curve(wgsl: &mut String, curve: &Curve) {
    number(wgsl, "generated_radius", curve.radius);
    program(wgsl, "generated_phi", &curve.phi);
    program(wgsl, "generated_slope", &curve.slope);
    program(wgsl, "generated_bend", &curve.bend);
}

/// A number by its bits, which no compiler reads otherwise.
fn bits(value: f64) -> String {
    format!("bitcast<f32>(0x{:08x}u)", (value as f32).to_bits())
}

fn number(wgsl: &mut String, name: &str, value: f64) {
    let _ = writeln!(wgsl, "fn {name}() -> f32 {{ return {}; }}", bits(value));
}

fn wide(wgsl: &mut String, name: &str, value: f64) {
    let _ = writeln!(
        wgsl,
        "fn {name}() -> vec2<f32> {{ return {}; }}",
        constant(value)
    );
}

/// A number of any size: its mantissa and its exponent.
fn constant(value: f64) -> String {
    let (mantissa, exponent) = split(value);
    format!(
        "wide_bits(0x{:08x}u, 0x{:08x}u)",
        mantissa.to_bits(),
        exponent.to_bits()
    )
}

/// A finite number as a mantissa rounded to f32, in `[1, 2)` or 0, and an exponent.
fn split(value: f64) -> (f32, f32) {
    if !value.is_normal() {
        return (0.0, 0.0);
    }
    let word = value.to_bits();
    let exponent = ((word >> 52) & 0x7ff) as f32 - 1023.0;
    let mantissa = f64::from_bits((word & !(0x7ff << 52)) | (1023 << 52)) as f32;
    if mantissa.abs() == 2.0 {
        (0.5 * mantissa, exponent + 1.0)
    } else {
        (mantissa, exponent)
    }
}

fn polynomial(wgsl: &mut String, name: &str, terms: &[f64]) {
    let _ = writeln!(wgsl, "fn {name}(s: f32) -> f32 {{");
    let mut terms = terms.iter().rev();
    let first = terms.next().copied().unwrap_or(0.0);
    let _ = writeln!(wgsl, "    var h = {};", bits(first));
    for term in terms {
        let _ = writeln!(wgsl, "    h = h * s + {};", bits(*term));
    }
    *wgsl += "    return h;\n}\n";
}

fn program(wgsl: &mut String, name: &str, program: &Program) {
    let _ = writeln!(wgsl, "fn {name}(t: vec2<f32>) -> vec2<f32> {{");
    for (at, op) in program.ops().iter().enumerate() {
        let value = match *op {
            Op::T => "t".to_owned(),
            Op::Constant(value) => constant(value),
            Op::Neg(x) => format!("wide_neg(v{x})"),
            Op::Ln(x) => format!("wide_ln(v{x})"),
            Op::Exp(x) => format!("wide_exp(v{x})"),
            Op::Sqrt(x) => format!("wide_sqrt(v{x})"),
            Op::Abs(x) => format!("wide_abs(v{x})"),
            Op::Add(a, b) => format!("wide_add(v{a}, v{b})"),
            Op::Sub(a, b) => format!("wide_sub(v{a}, v{b})"),
            Op::Mul(a, b) => format!("wide_mul(v{a}, v{b})"),
            Op::Div(a, b) => format!("wide_div(v{a}, v{b})"),
            Op::Min(a, b) => format!("wide_min(v{a}, v{b})"),
            Op::Max(a, b) => format!("wide_max(v{a}, v{b})"),
            Op::WhereLess(a, b, x, y) => format!("wide_where_less(v{a}, v{b}, v{x}, v{y})"),
            Op::Power(x, exponent) => power(wgsl, at, x, exponent),
        };
        let _ = writeln!(wgsl, "    let v{at} = {value};");
    }
    let last = program.ops().len().saturating_sub(1);
    let _ = writeln!(wgsl, "    return v{last};\n}}");
}

/// A power, by repeated squaring where its exponent is whole.
fn power(wgsl: &mut String, at: usize, x: u32, exponent: f64) -> String {
    let Some(n) = whole(exponent) else {
        if exponent == 0.5 {
            return format!("wide_sqrt(v{x})");
        }
        // Products with 12 bits of the logarithm are exact.
        let word = (exponent as f32).to_bits();
        let high = f32::from_bits((word + 0x800) & 0xffff_f000);
        let low = exponent - f64::from(high);
        return format!("wide_power(v{x}, {}, {})", bits(f64::from(high)), bits(low));
    };
    let mut result: Option<String> = None;
    let mut square = format!("v{x}");
    let mut left = n.unsigned_abs();
    let mut step = 0;
    while left > 0 {
        if left & 1 == 1 {
            result = Some(match result {
                None => square.clone(),
                Some(result) => format!("wide_mul({result}, {square})"),
            });
        }
        left >>= 1;
        if left > 0 {
            let _ = writeln!(wgsl, "    let v{at}_{step} = wide_mul({square}, {square});");
            square = format!("v{at}_{step}");
            step += 1;
        }
    }
    let result = result.unwrap_or_else(|| constant(1.0));
    if n < 0 {
        format!("wide_div({}, {result})", constant(1.0))
    } else {
        result
    }
}
