//! Whether an expression can be a generator: a value everywhere, and convex.

use super::ast::Expr;
use super::error::GeneratorError;
use super::program::Program;
use super::rounding::{Tracked, UNIT_F64};
use super::wide::Wide;

/// Where generators are looked at, in order: eight points an octave from `2^-60` to `2^60`, 64 from 1/16 to 16,
/// some beyond, and more and more closely around 1.
pub(crate) fn grid() -> Vec<f64> {
    let mut grid: Vec<f64> = (-480..=480).map(|e| (f64::from(e) / 8.0).exp2()).collect();
    grid.extend((-256..=256).map(|e| (f64::from(e) / 64.0).exp2()));
    for far in [70, 80, 100, 126, 160, 200, 240, 300] {
        grid.extend([2f64.powi(far), 2f64.powi(-far)]);
    }
    for close in 2..=20 {
        grid.extend([1.0 + 2f64.powi(-close), 1.0 - 2f64.powi(-close)]);
    }
    grid.sort_by(f64::total_cmp);
    grid.dedup();
    grid
}

/// The value in f64 with a bound of what rounding did.
pub(crate) fn tracked(program: &Program, t: f64) -> Tracked {
    program.run(Tracked::new(t, 0.0, UNIT_F64), &mut Vec::new())
}

/// Fails where the expression has no value.
pub(crate) fn defined(expression: &Expr) -> Result<(), GeneratorError> {
    match grid()
        .into_iter()
        .find(|&t| expression.value(Wide::from(t)).is_none())
    {
        Some(t) => Err(GeneratorError::Undefined { t }),
        None => Ok(()),
    }
}

/// Fails where it lies above a chord, or has a second derivative below zero: by more than rounding did.
pub(crate) fn convex(f: &Program, bend: &Program) -> Result<(), GeneratorError> {
    let values: Vec<(f64, Tracked)> = grid().into_iter().map(|t| (t, tracked(f, t))).collect();
    for of in values.windows(3) {
        let [(a, f_a), (b, f_b), (c, f_c)] = [of[0], of[1], of[2]];
        let share = (c - b) / (c - a);
        let chord = share * f_a.value + (1.0 - share) * f_c.value;
        let weights = share * f_a.value.abs() + (1.0 - share) * f_c.value.abs();
        let room = 2.0 * (f_a.error + f_b.error + f_c.error) + 4.0 * f64::EPSILON * weights;
        // What is beyond f64 tells nothing; but a bound that is no number hides what may be wrong.
        let hidden = f_b.value.is_finite() && f_b.error.is_nan();
        if hidden && (1e-9..=1e9).contains(&b) {
            return Err(GeneratorError::Undefined { t: b });
        }
        if (chord.is_finite() && room.is_finite()) && f_b.value > chord + room {
            return Err(GeneratorError::NotConvex { t: b });
        }
    }
    for (t, _) in values {
        let found = tracked(bend, t);
        if found.error.is_finite() && found.value < -2.0 * found.error {
            return Err(GeneratorError::NotConvex { t });
        }
    }
    Ok(())
}
