//! What a generator is near `t = 1`, less its tangent there, as a polynomial.

use super::ast::Expr;
use super::error::GeneratorError;
use super::jet::{Jet, TERMS};
use super::program::Program;
use super::real::Real;
use super::rounding::{Tracked, UNIT_F32, UNIT_F64};

/// With `s = (p - q)/(p + q)`, what a bin adds over `p - q`: `P(s)`, where
///
/// ```text
/// (p - q) P(s) = q (f(p/q) - f(1) - f'(1) (p/q - 1))
/// ```
///
/// In `s` generators that are singular at 0 and infinity alone converge up to `|s| = 1`, and `P(0)` is exactly
/// 0 where the generator is smooth.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    /// It stands for the generator where `abs(s)` is less.
    pub(crate) radius: f64,
    /// For `p >= q`, from the constant on.
    pub(crate) right: Vec<f64>,
    /// For `p < q`.
    pub(crate) left: Vec<f64>,
    /// `f(1)`, a rounding of 0.
    pub(crate) offset: f64,
    /// `f'(1)`, or halfway between both.
    pub(crate) slope: f64,
    /// The largest factor by which what is added up may cancel.
    pub(crate) cancels: f64,
}

/// Radii to try; one third is a ratio of two.
const RADII: [f64; 11] = [
    1.0 / 3.0,
    1.0 / 4.0,
    1.0 / 6.0,
    1.0 / 8.0,
    1.0 / 12.0,
    1.0 / 16.0,
    1.0 / 32.0,
    1.0 / 64.0,
    1.0 / 128.0,
    1.0 / 256.0,
    1.0 / 512.0,
];
/// Points on either side at which a polynomial is compared with the generator.
const POINTS: i32 = 16;
/// What the two may differ by, relative.
const SAME: f64 = 1e-9;

impl Series {
    /// Finds the polynomials of a generator.
    pub(crate) fn new(expression: &Expr, f: &Program) -> Result<Self, GeneratorError> {
        let [right, left] = [false, true].map(|left| expression.value(Jet::moebius(left)));
        let not_smooth = GeneratorError::NotSmooth {
            t: 1.0,
            advice: "write `abs(x)` for a root of a square, and keep poles and kinks away from 1",
        };
        if !(right.is_finite() && left.is_finite()) {
            return Err(not_smooth);
        }
        // dt/ds is 2 at 1. Equal sides must give exactly 0.
        let slope = (right.terms[1] + left.terms[1]) / 4.0;
        let mut series = Series {
            radius: 0.0,
            right: quotient(&right, slope, false),
            left: quotient(&left, slope, true),
            offset: right.terms[0],
            slope,
            cancels: 1.0,
        };
        for radius in RADII {
            if let Some(cancels) = series.holds_within(radius, f) {
                series.radius = radius;
                series.cancels = cancels;
                series.right = shortened(&series.right, radius);
                series.left = shortened(&series.left, radius);
                return Ok(series);
            }
        }
        Err(not_smooth)
    }

    /// `P(s)`.
    pub(crate) fn value(&self, s: f64) -> f64 {
        let terms = if s < 0.0 { &self.left } else { &self.right };
        terms.iter().rev().fold(0.0, |sum, c| sum * s + c)
    }

    /// True if both sides are one polynomial.
    #[cfg(feature = "gpu")]
    pub(crate) fn is_one(&self) -> bool {
        self.left == self.right
    }

    /// The generator less its tangent, from the expression itself.
    pub(crate) fn direct<R: Real>(&self, f: &Program, t: R, memory: &mut Vec<R>) -> R {
        let tangent = t.sub(t.constant(1.0)).mul(t.constant(self.slope));
        let value = f.run(t, memory).sub(tangent);
        if self.offset == 0.0 {
            value
        } else {
            value.sub(t.constant(self.offset))
        }
    }

    /// How much cancels at most, if the polynomials are the generator up to there.
    fn holds_within(&self, radius: f64, f: &Program) -> Option<f64> {
        let mut most: f64 = 1.0;
        for i in -POINTS..=POINTS {
            let s = radius * f64::from(i) / f64::from(POINTS);
            if i == 0 {
                continue;
            }
            let t = Tracked::new((1.0 + s) / (1.0 - s), 0.0, UNIT_F64);
            let t = Tracked::new(t.value, 2.0 * UNIT_F64 * t.value, UNIT_F64);
            let direct = self.direct(f, t, &mut Vec::new());
            // q is (1 - s)/2 of the sum, and p - q is s of it.
            let over = (1.0 - s) / (2.0 * s);
            let found = self.value(s);
            let room = SAME * found.abs() + 2.0 * direct.error * over.abs();
            let apart = (direct.value * over - found).abs();
            if apart.is_nan() || apart > room {
                return None;
            }
            let terms = if s < 0.0 { &self.left } else { &self.right };
            let sizes = terms
                .iter()
                .rev()
                .fold(0.0, |sum, c| sum * s.abs() + c.abs());
            if sizes > 0.0 {
                most = most.max(sizes / found.abs());
            }
        }
        (most < 16.0).then_some(most)
    }

    /// What rounding in f32 does to a polynomial, relative, beyond what is promised of all measures.
    pub(crate) fn error(&self) -> f64 {
        if self.cancels > 3.0 {
            4.0 * self.cancels * UNIT_F32
        } else {
            0.0
        }
    }
}

/// `(1 - s)/2 (f - f(1) - slope (t - 1)) / s`, term by term.
fn quotient(f: &Jet, slope: f64, left: bool) -> Vec<f64> {
    let t = Jet::moebius(left);
    let mut apart = *f;
    for (n, term) in apart.terms.iter_mut().enumerate() {
        *term = if n == 0 {
            0.0
        } else {
            *term - slope * t.terms[n]
        };
    }
    let half = Jet::line(0.5, -0.5, left);
    apart.mul(half).terms[1..TERMS].to_vec()
}

/// As many terms as it takes.
fn shortened(terms: &[f64], radius: f64) -> Vec<f64> {
    let sizes: Vec<f64> = (0..)
        .zip(terms)
        .map(|(n, c)| c.abs() * radius.powi(n))
        .collect();
    let all: f64 = sizes.iter().sum();
    let mut rest = 0.0;
    let mut kept = terms.len();
    while kept > 1 && rest + sizes[kept - 1] <= 0.1 * SAME * all {
        rest += sizes[kept - 1];
        kept -= 1;
    }
    terms[..kept].to_vec()
}
