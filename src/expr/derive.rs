//! Derivatives, symbolically.

use super::program::{Builder, Op, Place};

/// The derivative by `t` of the value at a place.
///
/// Where two meet (`abs`, `min`, `max`) it is that of one side.
pub(crate) fn derivative(builder: &mut Builder, of: Place) -> Place {
    // One for each value, in the order in which these stand: no recursion, and nothing twice.
    let mut known: Vec<Place> = Vec::with_capacity(of as usize + 1);
    for place in 0..=of {
        let slope = of_op(builder, place, &known);
        known.push(slope);
    }
    known[of as usize]
}

fn of_op(b: &mut Builder, place: Place, known: &[Place]) -> Place {
    let slope = |x: Place| known[x as usize];
    match b.op(place) {
        Op::T => b.constant(1.0),
        Op::Constant(_) => b.constant(0.0),
        Op::Neg(x) => b.neg(slope(x)),
        Op::Ln(x) => b.div(slope(x), x),
        Op::Exp(x) => b.mul(slope(x), place),
        Op::Sqrt(x) => {
            let twice = b.add(place, place);
            b.div(slope(x), twice)
        }
        Op::Abs(x) => {
            let (zero, down) = (b.constant(0.0), b.neg(slope(x)));
            b.where_less(x, zero, down, slope(x))
        }
        Op::Add(x, y) => b.add(slope(x), slope(y)),
        Op::Sub(x, y) => b.sub(slope(x), slope(y)),
        Op::Mul(x, y) => {
            let first = b.mul(slope(x), y);
            let second = b.mul(x, slope(y));
            b.add(first, second)
        }
        // (x' - (x/y) y') / y
        Op::Div(x, y) => {
            let moved = b.mul(place, slope(y));
            let above = b.sub(slope(x), moved);
            b.div(above, y)
        }
        Op::Min(x, y) => b.where_less(x, y, slope(x), slope(y)),
        Op::Max(x, y) => b.where_less(y, x, slope(x), slope(y)),
        Op::Power(x, exponent) => {
            let lower = b.power(x, exponent - 1.0);
            let factor = b.constant(exponent);
            let outer = b.mul(factor, lower);
            b.mul(outer, slope(x))
        }
        Op::WhereLess(x, y, first, second) => b.where_less(x, y, slope(first), slope(second)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Expr;

    #[test]
    fn derivatives_are_slopes() {
        for text in [
            "t*ln(t)",
            "-ln(t)",
            "sqrt(t)*exp(-t)",
            "(t - 1)^2/(t + 1)",
            "abs(t - 1)^3",
            "max(t - 2, 0) + min(t, 3)^2",
            "t^0.3 - t^-2.5 + 2^t",
            "-(0*t)/t + ln(t)/(1 + exp(t))",
        ] {
            let expression: Expr = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            let mut builder = Builder::default();
            let f = builder.expression(&expression);
            let slope = derivative(&mut builder, f);
            let bend = derivative(&mut builder, slope);
            let [f, slope, bend] = [f, slope, bend].map(|place| builder.finish(place));
            for t in [0.01, 0.3, 1.7, 2.6, 9.0] {
                let memory = &mut Vec::new();
                let h = 1e-5 * t;
                let mut difference = |of: &crate::expr::program::Program| {
                    (of.run(t + h, memory) - of.run(t - h, memory)) / (2.0 * h)
                };
                let (by_f, by_slope) = (difference(&f), difference(&slope));
                for (found, expected) in [
                    (slope.run(t, memory), by_f),
                    (bend.run(t, memory), by_slope),
                ] {
                    let near = (found - expected).abs() <= 1e-6 * (expected.abs() + 1.0);
                    assert!(near, "{text} at {t}: {found} {expected}");
                }
            }
        }
    }
}
